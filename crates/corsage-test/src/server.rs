//! Whom to ask.

use std::future::Future;

use bytes::Bytes;
use corsage::browser::WireFailure;
use http::{Request, Response};

/// Something that answers requests. The body of its response is not looked at.
pub trait Server {
    /// Answers one request, whose URI has scheme and authority.
    ///
    /// # Errors
    /// Why there is no answer.
    fn answer(
        &self,
        request: Request<Bytes>,
    ) -> impl Future<Output = Result<Response<()>, WireFailure>>;
}
