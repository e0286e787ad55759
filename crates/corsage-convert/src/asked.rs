//! A request as a program sees it.

/// One request on the wire.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The method, as sent.
    pub method: &'a str,
    /// The path with its query, as sent.
    pub path: &'a str,
    /// The value of `Host`.
    pub host: &'a str,
    /// Every other header line, in the order sent, duplicates kept.
    pub headers: &'a [(String, String)],
}

impl<'a> Asked<'a> {
    /// The values of all lines of one name, compared without case, in order.
    pub fn lines(&self, name: &str) -> impl Iterator<Item = &'a str> {
        self.headers
            .iter()
            .filter(move |(other, _)| other.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The value of the first line of one name. `Host` is answered too.
    #[must_use]
    pub fn first(&self, name: &str) -> Option<&'a str> {
        if name.eq_ignore_ascii_case("host") { Some(self.host) } else { self.lines(name).next() }
    }

    /// The value of the last line of one name.
    #[must_use]
    pub fn last(&self, name: &str) -> Option<&'a str> {
        self.lines(name).last()
    }

    /// All lines of one name as one value; nothing where there is none.
    #[must_use]
    pub fn joined(&self, name: &str, separator: &str) -> Option<String> {
        let lines: Vec<&str> = self.lines(name).collect();
        (!lines.is_empty()).then(|| lines.join(separator))
    }

    /// The path without its query.
    #[must_use]
    pub fn path_only(&self) -> &'a str {
        self.path.split_once('?').map_or(self.path, |(path, _)| path)
    }
}
