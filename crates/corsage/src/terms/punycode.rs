//! [Punycode](https://www.rfc-editor.org/rfc/rfc3492): a label of another script in letters, digits and hyphens.
//!
//! Browsers send hosts in this form. It is here to say what was meant, and what cannot be one; a browser's own mapping
//! of letters (UTS 46) comes before it, of which lower case is all that is done here.

const BASE: u32 = 36;
const T_MIN: u32 = 1;
const T_MAX: u32 = 26;
const INITIAL_BIAS: u32 = 72;
const INITIAL_N: u32 = 128;

/// A label without its `xn--`; `None` if no host has so long a label.
#[must_use]
pub fn encode(label: &str) -> Option<String> {
    let mut encoded: String = label.chars().filter(char::is_ascii).collect();
    let plain = u32::try_from(encoded.len()).ok()?;
    if plain > 0 {
        encoded.push('-');
    }
    let (mut n, mut delta, mut bias, mut handled) = (INITIAL_N, 0_u32, INITIAL_BIAS, plain);
    let count = u32::try_from(label.chars().count()).ok()?;
    while handled < count {
        let next = label.chars().map(u32::from).filter(|point| *point >= n).min()?;
        delta = delta.checked_add((next - n).checked_mul(handled + 1)?)?;
        n = next;
        for point in label.chars().map(u32::from) {
            if point < n {
                delta = delta.checked_add(1)?;
            }
            if point != n {
                continue;
            }
            let mut q = delta;
            for k in (BASE..).step_by(BASE as usize) {
                let t = threshold(k, bias);
                if q < t {
                    break;
                }
                encoded.push(digit(t + (q - t) % (BASE - t))?);
                q = (q - t) / (BASE - t);
            }
            encoded.push(digit(q)?);
            bias = adapt(delta, handled + 1, handled == plain);
            (delta, handled) = (0, handled + 1);
        }
        (delta, n) = (delta.checked_add(1)?, n + 1);
        if encoded.len() > 63 {
            return None;
        }
    }
    Some(encoded)
}

/// The label that stands behind an `xn--`; `None` if these letters encode none.
#[must_use]
pub fn decode(encoded: &str) -> Option<String> {
    let (plain, digits) = encoded.rsplit_once('-').unwrap_or(("", encoded));
    let mut decoded: Vec<char> = plain.chars().collect();
    if !encoded.is_ascii() || encoded.len() > 63 || digits.is_empty() {
        return None;
    }
    let (mut n, mut i, mut bias) = (INITIAL_N, 0_u32, INITIAL_BIAS);
    let mut digits = digits.bytes();
    while digits.len() > 0 {
        let (before, mut weight) = (i, 1_u32);
        for k in (BASE..).step_by(BASE as usize) {
            let value = value(digits.next()?)?;
            i = i.checked_add(value.checked_mul(weight)?)?;
            let t = threshold(k, bias);
            if value < t {
                break;
            }
            weight = weight.checked_mul(BASE - t)?;
        }
        let count = u32::try_from(decoded.len()).ok()? + 1;
        bias = adapt(i - before, count, before == 0);
        n = n.checked_add(i / count)?;
        decoded.insert((i % count) as usize, char::from_u32(n)?);
        i = i % count + 1;
    }
    Some(decoded.into_iter().collect())
}

fn threshold(k: u32, bias: u32) -> u32 {
    k.saturating_sub(bias).clamp(T_MIN, T_MAX)
}

fn adapt(delta: u32, count: u32, first: bool) -> u32 {
    let mut delta = if first { delta / 700 } else { delta / 2 };
    delta += delta / count;
    let mut k = 0;
    while delta > (BASE - T_MIN) * T_MAX / 2 {
        delta /= BASE - T_MIN;
        k += BASE;
    }
    k + (BASE - T_MIN + 1) * delta / (delta + 38)
}

fn digit(value: u32) -> Option<char> {
    char::from_digit(if value < 26 { value + 10 } else { value - 26 }, 36)
}

fn value(digit: u8) -> Option<u32> {
    match digit {
        b'a'..=b'z' => Some(u32::from(digit - b'a')),
        b'0'..=b'9' => Some(u32::from(digit - b'0') + 26),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Registered names, and the samples of RFC 3492 that are in lower case.
    #[test]
    fn both_ways() {
        for (label, encoded) in [
            ("bücher", "bcher-kva"),
            ("münchen", "mnchen-3ya"),
            ("пример", "e1afmkfd"),
            ("例え", "r8jz45g"),
            ("ü", "tda"),
            ("ليهمابتكلموشعربي؟", "egbpdaj6bu4bxfgehfvwxn"),
            ("他们为什么不说中文", "ihqwcrb4cv8a8dqg056pqjye"),
        ] {
            assert_eq!(encode(label).as_deref(), Some(encoded), "{label}");
            assert_eq!(decode(encoded).as_deref(), Some(label), "{encoded}");
        }
    }

    #[test]
    fn what_encodes_nothing_is_refused() {
        for encoded in ["f", "", "a-", "99999999999", "ä", "A"] {
            assert_eq!(decode(encoded), None, "{encoded}");
        }
        assert_eq!(encode(&"ü".repeat(200)), None);
    }
}
