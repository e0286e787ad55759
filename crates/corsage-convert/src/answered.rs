//! What a program answers, as far as CORS can tell.

/// A response, reduced to what browsers and caches judge CORS by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answered {
    /// The status; 0 where the connection was closed without an answer.
    pub status: u16,
    /// Every `Access-Control-*` line: the name as sent, in order, duplicates kept.
    pub cors: Vec<(String, String)>,
    /// Every `Vary` line, as sent.
    pub vary: Vec<String>,
    /// Whether what stands behind the program (an upstream, a handler) saw the request.
    pub reached: bool,
}

impl Answered {
    /// An answer of the program's own: nothing behind it was asked.
    #[must_use]
    pub fn by_itself(status: u16) -> Self {
        Self { status, ..Self::default() }
    }

    /// The values of all `Access-Control-*` lines of one name, compared without case.
    pub fn lines(&self, name: &str) -> impl Iterator<Item = &str> {
        self.cors
            .iter()
            .filter(move |(other, _)| other.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// Takes all lines of one name away.
    pub fn remove(&mut self, name: &str) {
        self.cors.retain(|(other, _)| !other.eq_ignore_ascii_case(name));
    }

    /// Adds a line after all others.
    pub fn add(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.cors.push((name.into(), value.into()));
    }
}
