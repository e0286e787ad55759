//! [Filtered response](https://fetch.spec.whatwg.org/#concept-filtered-response): what script may see.

use url::Url;

use super::HeaderList;

/// [Response type](https://fetch.spec.whatwg.org/#concept-response-type), as far as a fetch can
/// end with one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ResponseType {
    /// `basic`
    Basic,
    /// `cors`
    Cors,
    /// `opaque`
    Opaque,
    /// `opaqueredirect`
    OpaqueRedirect,
}

/// What script may see of a response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilteredResponse {
    pub(crate) response_type: ResponseType,
    pub(crate) status: u16,
    pub(crate) status_text: Vec<u8>,
    pub(crate) headers: HeaderList,
    pub(crate) url: Option<Url>,
    pub(crate) redirected: bool,
    pub(crate) body: BodyAccess,
}

/// What script may do with the body, which the driver holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyAccess {
    /// `response.body` streams the driver's bytes.
    Readable,
    /// `response.body` is null: HEAD, a null body status.
    Null,
    /// Hidden by an opaque filter: null, whatever was sent.
    Hidden,
    /// A body that the engine itself made (a `data:` URL).
    Bytes,
}
