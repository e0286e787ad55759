//! What a page asks for.

use std::fmt;
use std::sync::Arc;

use corsage::browser::{
    Body, Client, CredentialsMode, FilteredResponse, NetworkError, Profile, Request, RequestError,
    RequestInit,
};
use corsage::terms::Origin;

use crate::{Server, account, drive};

/// A `fetch()` of a page: who asks, for what.
#[derive(Clone, Debug)]
pub struct PageFetch {
    pub(crate) origin: String,
    pub(crate) init: RequestInit,
    pub(crate) profile: Profile,
}

/// Why the page gets nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The page's origin is none.
    NotAnOrigin(String),
    /// `fetch()` itself throws: nothing is sent.
    Refused(RequestError),
    /// A network error, with every condition that was not met.
    Blocked(NetworkError),
}

impl PageFetch {
    /// A plain GET by a page of `https://page.example`.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            origin: "https://page.example".to_owned(),
            init: RequestInit { url: url.into(), ..RequestInit::default() },
            profile: Profile::Standard,
        }
    }

    /// The page's origin.
    #[must_use]
    pub fn from(mut self, origin: impl Into<String>) -> Self {
        self.origin = origin.into();
        self
    }

    /// The method, as a script spells it.
    #[must_use]
    pub fn method(mut self, method: impl AsRef<[u8]>) -> Self {
        self.init.method = Some(method.as_ref().to_vec());
        self
    }

    /// A header of the script's.
    #[must_use]
    pub fn header(mut self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Self {
        self.init.headers.push((name.as_ref().to_vec(), value.as_ref().to_vec()));
        self
    }

    /// The body. A `Content-Type` is not implied.
    #[must_use]
    pub fn body(mut self, body: impl Into<Arc<[u8]>>) -> Self {
        self.init.body = Some(Body::Bytes(body.into()));
        self
    }

    /// `credentials`, which is `same-origin` if it is not given.
    #[must_use]
    pub fn credentials(mut self, mode: CredentialsMode) -> Self {
        self.init.credentials = Some(mode);
        self
    }

    /// Whose browser judges; the standard's if it is not given.
    #[must_use]
    pub fn in_browser(mut self, profile: Profile) -> Self {
        self.profile = profile;
        self
    }

    /// Fetches, and answers with what the page gets.
    ///
    /// # Errors
    /// Why the page gets nothing.
    pub async fn run(&self, server: &impl Server) -> Result<FilteredResponse, Failure> {
        let origin =
            Origin::parse(&self.origin).map_err(|_| Failure::NotAnOrigin(self.origin.clone()))?;
        let client = Client::page(origin);
        let request =
            Request::new(self.init.clone(), &client, self.profile).map_err(Failure::Refused)?;
        drive::drive(request, &client, self.profile, server).await.map_err(Failure::Blocked)
    }
}

impl fmt::Display for PageFetch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let method = self.init.method.as_deref().unwrap_or(b"GET").escape_ascii();
        write!(f, "{method} {} from a page of {}", self.init.url, self.origin)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAnOrigin(text) => write!(f, "{text:?} is no page's origin"),
            Self::Refused(error) => write!(f, "fetch() throws before anything is sent: {error}"),
            Self::Blocked(error) => account::write(f, error),
        }
    }
}

impl std::error::Error for Failure {}
