//! Spellings of names, and the one that was probably meant.

/// `allow_origins` as `allowOrigins`.
pub(crate) fn camel_case(name: &str) -> String {
    let mut camel = String::with_capacity(name.len());
    let mut upper = false;
    for c in name.chars() {
        if c == '_' {
            upper = true;
        } else if upper {
            camel.extend(c.to_uppercase());
            upper = false;
        } else {
            camel.push(c);
        }
    }
    camel
}

/// The known name that is nearest to what was written, if any is near.
pub(crate) fn nearest<'a>(
    written: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let plain = |name: &str| name.replace(['-', '_', ' '], "").to_lowercase();
    let written = plain(written);
    known
        .into_iter()
        .map(|name| {
            let other = plain(name);
            let mut likeness = strsim::jaro_winkler(&written, &other);
            // `origins` for `allow_origins`, `origin` for `origins`.
            if written.len() >= 4 && (other.contains(&written) || written.contains(&other)) {
                let (short, long) =
                    (written.len().min(other.len()), written.len().max(other.len()));
                // The less is left out, the nearer; and never as near as a slip of the finger.
                likeness = likeness.max(0.85 + 0.1 * short as f64 / long as f64);
            }
            (likeness, name)
        })
        .filter(|&(likeness, _)| likeness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn camel_case_joins_words() {
        assert_eq!(camel_case("allow_origins"), "allowOrigins");
        assert_eq!(camel_case("name"), "name");
        assert_eq!(camel_case("http2_max_streams"), "http2MaxStreams");
    }

    #[test]
    fn a_near_name_is_found() {
        let known =
            ["allow_origins", "allow_methods", "allow_headers", "max_age", "timing_allow_origins"];
        assert_eq!(nearest("allow-origin", known), Some("allow_origins"));
        assert_eq!(nearest("alow_method", known), Some("allow_methods"));
        assert_eq!(nearest("origins", known), Some("allow_origins"));
        assert_eq!(nearest("timing_origins", known), Some("timing_allow_origins"));
        assert_eq!(nearest("colour", known), None);
    }
}
