//! How a fetch, or its setting up, can fail.

use corsage::browser::{Code, NetworkError, RequestError, Transcript, WireFailure};

use crate::Exchange;

/// Why a fetch failed: to a script one `TypeError`, here with its reasons.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// The API would have thrown at once; nothing was sent.
    #[error("the request is refused before anything is sent: {0}")]
    Refused(RequestError),
    /// A network error.
    #[error("{error}{}", detail.as_deref().map(|detail| format!(" ({detail})")).unwrap_or_default())]
    Network {
        /// Every condition that was not met.
        error: NetworkError,
        /// All that happened.
        transcript: Transcript,
        /// The messages as they passed, with times and addresses.
        exchanges: Vec<Exchange>,
        /// What the operating system, or TLS, said.
        detail: Option<String>,
    },
    /// The body broke off, or could not be decoded.
    #[error("the body cannot be read: {code}{}", detail.as_deref().map(|detail| format!(" ({detail})")).unwrap_or_default())]
    Body {
        /// The unified code.
        code: Code,
        /// What was seen.
        detail: Option<String>,
    },
}

impl FetchError {
    /// The code that the profile's console would name.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::Refused(error) => error.code,
            Self::Network { error, .. } => error.blamed().code,
            Self::Body { code, .. } => *code,
        }
    }

    /// What the code is about, as bytes: the value that was refused, the status or the header name in
    /// question, what a header held, what the operating system said. Empty where there is nothing to add.
    #[must_use]
    pub fn detail(&self) -> Vec<u8> {
        match self {
            Self::Refused(error) => error.value.clone(),
            Self::Network { error, detail, .. } => {
                let blamed = error.blamed();
                let said = detail.as_ref().map(|detail| detail.clone().into_bytes());
                let network = matches!(
                    blamed.code,
                    Code::DnsFailed
                        | Code::ConnectionFailed
                        | Code::TlsFailed
                        | Code::HttpMalformed
                        | Code::TimedOut
                        | Code::PreflightNetworkError
                );
                let about = blamed.subject.clone().or_else(|| blamed.seen.clone());
                if network { said.or(about) } else { about }.unwrap_or_default()
            }
            Self::Body { detail, .. } => detail.clone().unwrap_or_default().into_bytes(),
        }
    }
}

/// Why a single message got no response.
#[derive(Clone, Debug, thiserror::Error)]
#[error("no response: {detail}")]
pub struct SendError {
    /// What kind of failure, as the machine takes it.
    pub failure: WireFailure,
    /// What the operating system, or TLS, said.
    pub detail: String,
}

/// A page's address that is none.
#[derive(Debug, thiserror::Error)]
#[error("{text:?} is no page's origin or address: {cause}")]
pub struct PageError {
    /// What was given.
    pub text: String,
    /// What is wrong with it.
    pub cause: String,
}
