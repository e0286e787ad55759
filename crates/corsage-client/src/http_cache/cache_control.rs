//! [Cache-Control](https://www.rfc-editor.org/rfc/rfc9111#section-5.2), of requests and of responses.

use std::time::Duration;

use corsage::browser::HeaderList;

/// The directives of a message, names in lower case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct CacheControl(Vec<(String, Option<String>)>);

impl CacheControl {
    pub(crate) fn of(headers: &HeaderList) -> Self {
        let value = headers.get(b"cache-control").unwrap_or_default();
        let text: String = value.iter().map(|byte| char::from(*byte)).collect();
        Self(split(&text).filter_map(directive).collect())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(found, _)| found == name)
    }

    /// A directive's time. The first of that name counts; what is no number is no time at all.
    pub(crate) fn seconds(&self, name: &str) -> Option<Duration> {
        let (_, value) = self.0.iter().find(|(found, _)| found == name)?;
        Some(value.as_deref().and_then(delta_seconds).unwrap_or_default())
    }

    /// Of `max-stale`: without a value, any staleness will do.
    pub(crate) fn max_stale(&self) -> Option<Duration> {
        let (_, value) = self.0.iter().find(|(found, _)| found == "max-stale")?;
        match value {
            None => Some(Duration::MAX),
            Some(value) => delta_seconds(value),
        }
    }
}

/// [Delta seconds](https://www.rfc-editor.org/rfc/rfc9111#section-1.2.2): what is too large is very large.
pub(crate) fn delta_seconds(text: &str) -> Option<Duration> {
    const LONGEST: u64 = 1 << 31;
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| Duration::from_secs(text.parse().unwrap_or(LONGEST).min(LONGEST)))
}

/// At commas that are not within quotes.
fn split(text: &str) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    text.split(move |character| {
        quoted ^= character == '"';
        character == ',' && !quoted
    })
}

fn directive(item: &str) -> Option<(String, Option<String>)> {
    let (name, value) = match item.split_once('=') {
        Some((name, value)) => (name.trim(), Some(value.trim().trim_matches('"').to_owned())),
        None => (item.trim(), None),
    };
    (!name.is_empty()).then(|| (name.to_ascii_lowercase(), value))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use corsage::browser::HeaderList;

    use super::CacheControl;

    #[test]
    fn directives() {
        let mut headers = HeaderList::new();
        headers.append("Cache-Control", "No-Cache=\"a, max-age=9\", MAX-AGE=\"60\", max-age=7");
        headers.append("cache-control", "foo,, max-stale");
        let directives = CacheControl::of(&headers);
        assert!(directives.has("no-cache") && directives.has("foo"));
        assert_eq!(directives.seconds("max-age"), Some(Duration::from_secs(60)));
        assert_eq!(directives.seconds("foo"), Some(Duration::ZERO));
        assert_eq!(directives.seconds("min-fresh"), None);
        assert_eq!(directives.max_stale(), Some(Duration::MAX));
    }
}
