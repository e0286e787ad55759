//! curl's globbing: `{a,b}` and `[1-3]` make several URLs of one.

/// A range in its brackets: two numbers and a step of twenty digits each, which a `u64` has at most, and their signs.
const RANGE_BYTES: usize = 64;

/// The URLs, or how many there would be at least.
pub(super) fn expand(url: &str, most: usize) -> Result<Vec<String>, usize> {
    let mut all = vec![String::new()];
    let mut rest = url;
    // An IPv6 address stands in brackets too.
    let host_end = rest.find("://").map_or(0, |at| {
        let after = &rest[at + 3..];
        if after.starts_with('[') { at + 3 + after.find(']').map_or(0, |end| end + 1) } else { 0 }
    });
    let (host, tail) = rest.split_at(host_end);
    all[0].push_str(host);
    rest = tail;
    // Looked for once: a search to the end from each of a million opening braces would not end soon.
    let mut closing_left = rest.contains('}');
    while let Some(c) = rest.chars().next() {
        let choices = match c {
            '\\' if rest[1..].starts_with(['[', ']', '{', '}']) => {
                let next = &rest[1..2];
                for url in &mut all {
                    url.push_str(next);
                }
                rest = &rest[2..];
                continue;
            }
            '{' if closing_left => {
                let end = rest.find('}');
                closing_left = end.is_some();
                end.map(|end| {
                    (rest[1..end].split(',').map(str::to_owned).collect::<Vec<_>>(), end + 1)
                })
            }
            '[' => rest
                .bytes()
                .take(RANGE_BYTES)
                .position(|byte| byte == b']')
                .and_then(|end| Some((range(&rest[1..end])?, end + 1))),
            _ => None,
        };
        match choices {
            Some((choices, length)) => {
                let count = all.len().saturating_mul(choices.len());
                if count > most {
                    return Err(count);
                }
                all = all
                    .iter()
                    .flat_map(|url| choices.iter().map(move |choice| format!("{url}{choice}")))
                    .collect();
                rest = &rest[length..];
            }
            None => {
                for url in &mut all {
                    url.push(c);
                }
                rest = &rest[c.len_utf8()..];
            }
        }
    }
    Ok(all)
}

/// `1-10`, `001-100:10`, `a-z`
fn range(text: &str) -> Option<Vec<String>> {
    const MOST: u64 = 10_000;
    let (range, step) = text
        .split_once(':')
        .map_or((text, 1), |(range, step)| (range, step.parse::<u64>().unwrap_or(1).max(1)));
    let (from, to) = range.split_once('-')?;
    let (mut from_chars, mut to_chars) = (from.chars(), to.chars());
    if let (Some(a), None, Some(b), None) =
        (from_chars.next(), from_chars.next(), to_chars.next(), to_chars.next())
        && a.is_ascii_alphabetic()
        && b.is_ascii_alphabetic()
    {
        let step = usize::try_from(step).unwrap_or(1);
        return Some((a..=b).step_by(step).map(String::from).collect());
    }
    let (a, b): (u64, u64) = (from.parse().ok()?, to.parse().ok()?);
    let width = if from.starts_with('0') { from.len() } else { 0 };
    let numbers = (a..=b)
        .step_by(usize::try_from(step).unwrap_or(1))
        .take(usize::try_from(MOST).unwrap_or(0));
    Some(numbers.map(|number| format!("{number:0width$}")).collect())
}

#[cfg(test)]
mod tests {
    use super::expand;

    #[test]
    fn globs_are_undone() {
        assert_eq!(
            expand("https://a/{x,y}/[1-2]", 9),
            Ok(["x/1", "x/2", "y/1", "y/2"].map(|tail| format!("https://a/{tail}")).into())
        );
        assert_eq!(expand("http://[::1]:80/a", 9), Ok(vec!["http://[::1]:80/a".to_owned()]));
        assert_eq!(
            expand(r"https://a/?q=\[1-2\]\{\}", 9),
            Ok(vec!["https://a/?q=[1-2]{}".to_owned()])
        );
        assert_eq!(
            expand("https://a/[08-10]", 9),
            Ok(["08", "09", "10"].map(|tail| format!("https://a/{tail}")).into())
        );
        assert_eq!(expand("https://a/[1-500]", 9), Err(500));
        assert_eq!(
            expand("https://a/?filter[]=1&x={", 9),
            Ok(vec!["https://a/?filter[]=1&x={".to_owned()])
        );
    }
}
