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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeaderList(pub(crate) Vec<Header>);
