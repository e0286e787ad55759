//! What is audited, and what its owner has told.

use std::fmt;

use corsage::terms::Origin;
use url::Url;

/// One address, and what is known of it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Target {
    pub(crate) url: Url,
    pub(crate) origin: Origin,
    /// Origins and patterns (`https://*.example.com`) that the owner means to allow.
    pub intended: Vec<String>,
    /// Methods that the owner's own pages send, besides GET.
    pub methods: Vec<String>,
    /// What tells a user from a stranger.
    pub credential: Option<Credential>,
    /// The cookie of a second user: what both users see is nobody's own.
    pub other_user: Option<String>,
    /// Who can reach it.
    pub network: Network,
    /// Domains that browsers ask by https only, because they are on the preload list.
    pub hsts_preload: Vec<String>,
    /// The path of a WebSocket.
    pub websocket: Option<String>,
    /// The path of an endpoint that takes JSON.
    pub json_endpoint: Option<String>,
    /// Methods that may be sent besides GET, HEAD and OPTIONS, with empty bodies: they may change something.
    pub may_send: Vec<String>,
    /// Origins to be tried besides those that are derived: what the patterns of a configuration tell apart, say.
    pub candidates: Vec<String>,
    /// How much is asked.
    pub depth: Depth,
}

/// What tells a user from a stranger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credential {
    /// A cookie, which browsers send by themselves: `sid=1`. Where it is set is where its `SameSite` is read.
    Cookie {
        /// Name and value.
        value: String,
        /// The address that sets it.
        login: Option<String>,
    },
    /// A header that a page must add itself: no other page has its value.
    Header {
        /// Its name.
        name: String,
        /// Its value.
        value: String,
    },
}

/// Who can reach a server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Network {
    /// Everybody.
    #[default]
    Public,
    /// Those inside: what it says is for them, whoever they are.
    Private,
}

/// How much is asked of a server that seems sound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// A dozen requests.
    #[default]
    Usual,
    /// Some fifty: code hosts, shared hosting, ports, other ways to the same data, what is meant for operators.
    Deep,
    /// As well as what costs a careless server much: long lists of headers, origins at which expressions backtrack.
    Heavy,
}

/// A target that cannot be audited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetError {
    text: String,
    cause: String,
}

impl fmt::Display for TargetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:?}: {}; write an address such as https://api.example.com/me",
            self.text, self.cause
        )
    }
}

impl std::error::Error for TargetError {}

impl Target {
    /// An address, of which nothing more is known.
    ///
    /// # Errors
    /// What is no http or https URL.
    pub fn new(url: &str) -> Result<Self, TargetError> {
        let fail = |cause: String| TargetError { text: url.to_owned(), cause };
        let mut parsed = Url::parse(url).map_err(|error| fail(error.to_string()))?;
        if !matches!(parsed.scheme(), "http" | "https") {
            return Err(fail(format!("{} is not http or https", parsed.scheme())));
        }
        if !parsed.username().is_empty() || parsed.password().is_some() {
            return Err(fail("it holds a user name or a password".to_owned()));
        }
        parsed.set_fragment(None);
        let origin = Origin::from_url(&parsed).ok_or_else(|| fail("it has no host".to_owned()))?;
        let network = match parsed.host() {
            Some(url::Host::Ipv4(ip))
                if ip.is_loopback() || ip.is_private() || ip.is_link_local() =>
            {
                Network::Private
            }
            Some(url::Host::Ipv6(ip)) if ip.is_loopback() || ip.is_unique_local() => {
                Network::Private
            }
            Some(url::Host::Domain(name))
                if name == "localhost" || name.ends_with(".localhost") =>
            {
                Network::Private
            }
            _ => Network::Public,
        };
        Ok(Self {
            url: parsed,
            origin,
            intended: Vec::new(),
            methods: Vec::new(),
            credential: None,
            network,
            hsts_preload: Vec::new(),
            websocket: None,
            json_endpoint: None,
            other_user: None,
            may_send: Vec::new(),
            candidates: Vec::new(),
            depth: Depth::Usual,
        })
    }

    /// With a user's cookie.
    #[must_use]
    pub fn cookie(mut self, value: &str) -> Self {
        self.credential = Some(Credential::Cookie { value: value.to_owned(), login: None });
        self
    }

    /// Its address.
    #[must_use]
    pub fn url(&self) -> &str {
        self.url.as_str()
    }

    pub(crate) fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    pub(crate) fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }

    pub(crate) fn has_cookie(&self) -> bool {
        matches!(self.credential, Some(Credential::Cookie { .. }))
    }

    /// Whether this method may be sent.
    pub(crate) fn may_send(&self, method: &str) -> bool {
        self.may_send.iter().any(|it| it == method)
    }

    /// Whether probes are sent that seldom find anything.
    pub(crate) fn is_deep(&self) -> bool {
        self.depth >= Depth::Deep
    }

    /// Whether there is anything to read that is not for everybody.
    pub(crate) fn holds_something(&self) -> bool {
        self.has_cookie() || self.network == Network::Private
    }
}
