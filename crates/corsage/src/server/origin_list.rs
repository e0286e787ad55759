//! A list of origins in one buffer: a million of them are two allocations, not a million.

use std::fmt;

/// Origins and patterns as written, in order.
///
/// ```
/// use corsage::server::OriginList;
/// let list = OriginList::from(["https://app.example", "https://*.app.example"]);
/// assert_eq!(list.get(1), Some("https://*.app.example"));
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct OriginList {
    text: String,
    /// Where each element ends. 4 GiB of origins are more than anybody has.
    ends: Vec<u32>,
}

impl OriginList {
    /// No origin.
    #[must_use]
    pub const fn new() -> Self {
        Self { text: String::new(), ends: Vec::new() }
    }

    /// Appends one. What would make the list longer than 4 GiB of text is left out, as no policy
    /// compiles that has so much in it.
    pub fn push(&mut self, origin: &str) {
        if let Ok(end) = u32::try_from(self.text.len() + origin.len()) {
            self.text.push_str(origin);
            self.ends.push(end);
        }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The element at a position, from 0.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<&str> {
        let end = *self.ends.get(index)? as usize;
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        self.text.get(start..end)
    }

    /// All elements in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> + '_ {
        (0..self.len()).map(|index| self.get(index).unwrap_or_default())
    }

    /// An element's bytes.
    pub(super) fn bytes_of(&self, index: u32) -> &[u8] {
        &self.text.as_bytes()[self.start_of(index) as usize..self.ends[index as usize] as usize]
    }

    /// Where an element begins in the buffer.
    pub(super) fn start_of(&self, index: u32) -> u32 {
        (index as usize).checked_sub(1).map_or(0, |before| self.ends[before])
    }

    /// A piece of the buffer.
    #[inline]
    pub(super) fn piece(&self, start: u32, len: u16) -> &[u8] {
        let start = start as usize;
        &self.text.as_bytes()[start..start + usize::from(len)]
    }

    pub(super) fn shrink_to_fit(&mut self) {
        self.text.shrink_to_fit();
        self.ends.shrink_to_fit();
    }
}

impl fmt::Debug for OriginList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<S: AsRef<str>> Extend<S> for OriginList {
    fn extend<I: IntoIterator<Item = S>>(&mut self, origins: I) {
        let origins = origins.into_iter();
        self.ends.reserve(origins.size_hint().0);
        for origin in origins {
            self.push(origin.as_ref());
        }
    }
}

impl<S: AsRef<str>> FromIterator<S> for OriginList {
    fn from_iter<I: IntoIterator<Item = S>>(origins: I) -> Self {
        let mut list = Self::new();
        list.extend(origins);
        list
    }
}

impl<S: AsRef<str>> From<Vec<S>> for OriginList {
    fn from(origins: Vec<S>) -> Self {
        origins.into_iter().collect()
    }
}

impl<S: AsRef<str>, const N: usize> From<[S; N]> for OriginList {
    fn from(origins: [S; N]) -> Self {
        origins.into_iter().collect()
    }
}

impl<S: AsRef<str>> From<&[S]> for OriginList {
    fn from(origins: &[S]) -> Self {
        origins.iter().collect()
    }
}
