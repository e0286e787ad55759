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
    /// No rule could admit it: it is insecure, and the policy allows credentials.
    Insecure {
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

macro_rules! named {
    ($(#[$of:meta])* $kind:ident { $($(#[$doc:meta])* $variant:ident = $name:literal,)* }) => {
        $(#[$of])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $kind { $($(#[$doc])* $variant,)* }

        impl $kind {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// Its stable name in logs and metrics.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }

        impl fmt::Display for $kind {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

named! {
    /// Which of the five ways it was: an [`Outcome`] without what it borrows.
    ///
    /// ```
    /// use corsage::server::OutcomeKind;
    /// assert_eq!(OutcomeKind::RefusePreflight.to_string(), "refuse-preflight");
    /// ```
    OutcomeKind {
        /// No business of CORS.
        NotCors = "not-cors",
        /// The page may read the response.
        Share = "share",
        /// The page may not.
        Withhold = "withhold",
        /// The browser will send the request.
        GrantPreflight = "grant-preflight",
        /// It will not.
        RefusePreflight = "refuse-preflight",
    }
}

impl OutcomeKind {
    /// Whether the server let the message pass.
    #[must_use]
    pub const fn passes(self) -> bool {
        match self {
            Self::NotCors | Self::Share | Self::GrantPreflight => true,
            Self::Withhold | Self::RefusePreflight => false,
        }
    }
}

named! {
    /// Which rule refused: an [`OriginRefusal`] or a [`PreflightRefusal`] without what it borrows.
    ///
    /// ```
    /// use corsage::server::RefusalKind;
    /// assert!(RefusalKind::ALL.iter().any(|kind| kind.as_str() == "header-not-allowed"));
    /// ```
    #[non_exhaustive]
    RefusalKind {
        /// The policy does not name the origin.
        OriginNotAllowed = "origin-not-allowed",
        /// `Origin` is nothing that a browser sends.
        OriginMalformed = "origin-malformed",
        /// More than one `Origin` line.
        SeveralOrigins = "several-origins",
        /// The policy does not name the method.
        MethodNotAllowed = "method-not-allowed",
        /// `Access-Control-Request-Method` is no method.
        MethodMalformed = "method-malformed",
        /// `Access-Control-Request-Method` on several lines.
        SeveralMethods = "several-methods",
        /// The policy does not name a header.
        HeaderNotAllowed = "header-not-allowed",
        /// `Access-Control-Request-Headers` holds what is no name.
        HeaderMalformed = "header-malformed",
        /// More names than a server echoes.
        TooManyHeaders = "too-many-headers",
    }
}

impl Outcome<'_> {
    /// Which of the five ways it is.
    #[must_use]
    pub const fn kind(&self) -> OutcomeKind {
        match self {
            Self::NotCors => OutcomeKind::NotCors,
            Self::Share => OutcomeKind::Share,
            Self::Withhold(_) => OutcomeKind::Withhold,
            Self::GrantPreflight => OutcomeKind::GrantPreflight,
            Self::RefusePreflight(_) => OutcomeKind::RefusePreflight,
        }
    }

    /// Which rule refused, if one did.
    #[must_use]
    pub const fn refusal(&self) -> Option<RefusalKind> {
        match self {
            Self::NotCors | Self::Share | Self::GrantPreflight => None,
            Self::Withhold(refusal) => Some(refusal.kind()),
            Self::RefusePreflight(refusal) => Some(refusal.kind()),
        }
    }

    /// A stable name for logs and metrics.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        self.kind().as_str()
    }

    /// A stable name for the reason of a refusal.
    #[must_use]
    pub const fn reason(&self) -> Option<&'static str> {
        match self.refusal() {
            Some(kind) => Some(kind.as_str()),
            None => None,
        }
    }
}

impl OriginRefusal<'_> {
    /// Which rule refused.
    #[must_use]
    pub const fn kind(&self) -> RefusalKind {
        match self {
            Self::NotAllowed { .. } | Self::Insecure { .. } => RefusalKind::OriginNotAllowed,
            Self::Malformed { .. } => RefusalKind::OriginMalformed,
            Self::Several => RefusalKind::SeveralOrigins,
        }
    }

    /// A stable name for logs and metrics.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        self.kind().as_str()
    }
}

impl PreflightRefusal<'_> {
    /// Which rule refused.
    #[must_use]
    pub const fn kind(&self) -> RefusalKind {
        match self {
            Self::Origin(refusal) => refusal.kind(),
            Self::MethodNotAllowed { .. } => RefusalKind::MethodNotAllowed,
            Self::MalformedMethod { .. } => RefusalKind::MethodMalformed,
            Self::SeveralMethods => RefusalKind::SeveralMethods,
            Self::HeaderNotAllowed { .. } => RefusalKind::HeaderNotAllowed,
            Self::MalformedHeader { .. } => RefusalKind::HeaderMalformed,
            Self::TooManyHeaders => RefusalKind::TooManyHeaders,
        }
    }

    /// A stable name for logs and metrics.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        self.kind().as_str()
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
            Self::NotAllowed { origin } if *origin == "null" => {
                write!(
                    f,
                    "{}: origin \"null\" is a sandboxed frame's, a file's or a redirect's, whoever made it; \
                     serve the page over https",
                    self.as_str()
                )
            }
            Self::Insecure { origin } => {
                write!(
                    f,
                    "{}: origin {} is not encrypted, and this policy allows credentials; serve the page over \
                     https, or tolerate insecure-origins with a reason",
                    self.as_str(),
                    Shown(origin.as_bytes())
                )
            }
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
