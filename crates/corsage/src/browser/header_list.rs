//! [Header list](https://fetch.spec.whatwg.org/#concept-header-list)
//!
//! A list, not a map: order, spelling, repeats and control bytes all matter to a browser.

/// One header, its name as it was spelled and its value as it was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The name, in its original case.
    pub name: Vec<u8>,
    /// The value without leading and trailing HTTP whitespace.
    pub value: Vec<u8>,
}

/// Headers in order of arrival.
///
/// ```
/// use corsage::browser::HeaderList;
/// let mut list = HeaderList::new();
/// list.append("X-A", "1");
/// list.append("x-a", "2");
/// assert_eq!(list.get(b"X-A"), Some(b"1, 2".to_vec()));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeaderList(Vec<Header>);

impl HeaderList {
    /// No header.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// All headers in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Header> {
        self.0.iter()
    }

    /// How many lines there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a header of that name is [contained](https://fetch.spec.whatwg.org/#header-list-contains).
    #[must_use]
    pub fn contains(&self, name: &[u8]) -> bool {
        self.lines(name).next().is_some()
    }

    /// The values of all lines of that name.
    pub fn lines<'l>(&'l self, name: &'l [u8]) -> impl Iterator<Item = &'l [u8]> + 'l {
        self.0
            .iter()
            .filter(|header| header.name.eq_ignore_ascii_case(name))
            .map(|header| &*header.value)
    }

    /// [Get](https://fetch.spec.whatwg.org/#concept-header-list-get): all lines joined by comma and space.
    #[must_use]
    pub fn get(&self, name: &[u8]) -> Option<Vec<u8>> {
        let mut lines = self.lines(name);
        let mut value = lines.next()?.to_vec();
        for line in lines {
            value.extend_from_slice(b", ");
            value.extend_from_slice(line);
        }
        Some(value)
    }

    /// [Append](https://fetch.spec.whatwg.org/#concept-header-list-append): a header that is there already
    /// lends its spelling.
    pub fn append(&mut self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) {
        let name = name.as_ref();
        let spelled = self.0.iter().find(|header| header.name.eq_ignore_ascii_case(name));
        let name = spelled.map_or_else(|| name.to_vec(), |header| header.name.clone());
        self.0.push(Header { name, value: trim(value.as_ref()).to_vec() });
    }

    /// Adds a line as it came over the wire: its own spelling, its value trimmed.
    pub fn push_line(&mut self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) {
        self.0.push(Header { name: name.as_ref().to_vec(), value: trim(value.as_ref()).to_vec() });
    }

    /// [Set](https://fetch.spec.whatwg.org/#concept-header-list-set): the first line of that name, and it alone.
    pub fn set(&mut self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) {
        let (name, value) = (name.as_ref(), trim(value.as_ref()).to_vec());
        match self.0.iter().position(|header| header.name.eq_ignore_ascii_case(name)) {
            None => self.0.push(Header { name: name.to_vec(), value }),
            Some(first) => {
                self.0[first].value = value;
                let mut position = 0;
                self.0.retain(|header| {
                    position += 1;
                    position <= first + 1 || !header.name.eq_ignore_ascii_case(name)
                });
            }
        }
    }

    /// [Delete](https://fetch.spec.whatwg.org/#concept-header-list-delete).
    pub fn delete(&mut self, name: &[u8]) {
        self.0.retain(|header| !header.name.eq_ignore_ascii_case(name));
    }

    /// Keeps the headers that are wanted.
    pub fn retain(&mut self, keep: impl FnMut(&Header) -> bool) {
        self.0.retain(keep);
    }
}

impl FromIterator<Header> for HeaderList {
    fn from_iter<I: IntoIterator<Item = Header>>(headers: I) -> Self {
        Self(headers.into_iter().collect())
    }
}

impl<'l> IntoIterator for &'l HeaderList {
    type Item = &'l Header;
    type IntoIter = std::slice::Iter<'l, Header>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

/// Without leading and trailing [HTTP whitespace](https://fetch.spec.whatwg.org/#http-whitespace).
pub(crate) fn trim(value: &[u8]) -> &[u8] {
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
    let start = value.iter().position(|byte| !blank(byte)).unwrap_or(value.len());
    let end = value.iter().rposition(|byte| !blank(byte)).map_or(start, |last| last + 1);
    &value[start..end]
}
