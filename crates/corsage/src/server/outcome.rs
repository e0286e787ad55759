//! What was decided, and why, for the owner of the server: never sent to a stranger unless a debug
//! header is asked for.

use std::fmt;

use http::HeaderValue;

/// The five ways in which a request can be decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome<'a> {
    /// No `Origin`: no business of CORS.
    NotCors,
    /// The page may read the response.
    Share,
    /// The page may not.
    Withhold(OriginRefusal<'a>),
    /// The browser will send the request.
    GrantPreflight,
    /// It will not.
    RefusePreflight(PreflightRefusal<'a>),
}

/// Why a page's origin is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OriginRefusal<'a> {
    /// The policy does not name it.
    NotAllowed {
        /// The `Origin` that was sent.
        origin: &'a HeaderValue,
    },
    /// It is nothing that a browser sends.
    Malformed {
        /// The `Origin` that was sent.
        origin: &'a HeaderValue,
    },
    /// More than one `Origin` line.
    Several,
}

/// Why a preflight is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PreflightRefusal<'a> {
    /// For its origin.
    Origin(OriginRefusal<'a>),
    /// For its method.
    MethodNotAllowed {
        /// As asked for.
        method: &'a [u8],
    },
    /// `Access-Control-Request-Method` is no method.
    MalformedMethod {
        /// As sent.
        method: &'a [u8],
    },
    /// `Access-Control-Request-Method` on several lines.
    SeveralMethods,
    /// For a header.
    HeaderNotAllowed {
        /// As asked for.
        name: &'a [u8],
    },
    /// `Access-Control-Request-Headers` holds what is no name.
    MalformedHeader {
        /// As sent.
        name: &'a [u8],
    },
    /// More names than a server echoes.
    TooManyHeaders,
}

impl Outcome<'_> {
    /// A stable name for logs and metrics.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::NotCors => "not-cors",
            Self::Share => "share",
            Self::Withhold(_) => "withhold",
            Self::GrantPreflight => "grant-preflight",
            Self::RefusePreflight(_) => "refuse-preflight",
        }
    }

    /// A stable name for the reason of a refusal.
    #[must_use]
    pub const fn reason(&self) -> Option<&'static str> {
        match self {
            Self::NotCors | Self::Share | Self::GrantPreflight => None,
            Self::Withhold(refusal) => Some(refusal.as_str()),
            Self::RefusePreflight(refusal) => Some(refusal.as_str()),
        }
    }
}

impl OriginRefusal<'_> {
    /// A stable name for logs and metrics.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::NotAllowed { .. } => "origin-not-allowed",
            Self::Malformed { .. } => "origin-malformed",
            Self::Several => "several-origins",
        }
    }
}

impl PreflightRefusal<'_> {
    /// A stable name for logs and metrics.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Origin(refusal) => refusal.as_str(),
            Self::MethodNotAllowed { .. } => "method-not-allowed",
            Self::MalformedMethod { .. } => "method-malformed",
            Self::SeveralMethods => "several-methods",
            Self::HeaderNotAllowed { .. } => "header-not-allowed",
            Self::MalformedHeader { .. } => "header-malformed",
            Self::TooManyHeaders => "too-many-headers",
        }
    }
}

/// The rule, the part that failed, its value, and what to change.
impl fmt::Display for Outcome<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotCors | Self::Share | Self::GrantPreflight => f.write_str(self.as_str()),
            Self::Withhold(refusal) => refusal.fmt(f),
            Self::RefusePreflight(refusal) => refusal.fmt(f),
        }
    }
}

impl fmt::Display for OriginRefusal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAllowed { origin } => {
                let origin = Shown(origin.as_bytes());
                write!(
                    f,
                    "{}: origin {origin} is not in allow_origins; add it there if the page is yours",
                    self.as_str()
                )
            }
            Self::Malformed { origin } => {
                write!(
                    f,
                    "{}: {} is not an origin that a browser sends",
                    self.as_str(),
                    Shown(origin.as_bytes())
                )
            }
            Self::Several => write!(f, "{}: a browser sends one Origin line", self.as_str()),
        }
    }
}

impl fmt::Display for PreflightRefusal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = self.as_str();
        match self {
            Self::Origin(refusal) => refusal.fmt(f),
            Self::MethodNotAllowed { method } => {
                write!(
                    f,
                    "{code}: {} is not in allow_methods; add it there if pages may use it",
                    Shown(method)
                )
            }
            Self::MalformedMethod { method } => write!(f, "{code}: {} is no method", Shown(method)),
            Self::SeveralMethods => write!(f, "{code}: a browser asks for one method"),
            Self::HeaderNotAllowed { name } => {
                write!(
                    f,
                    "{code}: {} is not in allow_headers; add it there if pages may send it",
                    Shown(name)
                )
            }
            Self::MalformedHeader { name } => {
                write!(f, "{code}: {} is no header name", Shown(name))
            }
            Self::TooManyHeaders => write!(f, "{code}: more names are asked for than are echoed"),
        }
    }
}

/// A stranger's bytes, bounded and without control bytes.
struct Shown<'a>(&'a [u8]);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const LONGEST: usize = 128;
        let shown = &self.0[..self.0.len().min(LONGEST)];
        write!(f, "\"{}\"", shown.escape_ascii())?;
        f.write_str(if self.0.len() > LONGEST { "…" } else { "" })
    }
}
