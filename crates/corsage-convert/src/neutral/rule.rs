//! What the neutral form holds.

use crate::OriginBorder;

/// What one route does.
#[derive(Clone, Debug)]
pub struct RoutedPolicy {
    /// The host that it is for.
    pub host: String,
    /// The path that it is for, and all below it as the program has it.
    pub path: String,
    /// One rule for each way that origins are treated; origins in none get nothing.
    pub rules: Vec<Rule>,
    /// What becomes of a preflight from an origin that gets nothing.
    pub refused: RefusedPreflight,
    /// What becomes of an `OPTIONS` that is no preflight.
    pub plain_options: PlainOptions,
    /// What becomes of CORS headers that come from behind.
    pub own_headers: OwnHeaders,
}

/// How some origins are treated.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Which.
    pub origins: RuleOrigins,
    /// What `Access-Control-Allow-Origin` says to them.
    pub answered: AnsweredOrigin,
    /// Whether `Access-Control-Allow-Credentials: true` is sent.
    pub credentials: bool,
    /// Whether it is sent beside `*`, where browsers refuse it: nobody reads with credentials, although the
    /// source seems to say so.
    pub credentials_beside_star: bool,
    /// The methods that preflights grant beyond those that need no listing.
    pub methods: Names,
    /// The request headers that preflights grant.
    pub headers: Names,
    /// The response headers that pages may read.
    pub expose: Names,
    /// `Access-Control-Max-Age` as a number, where one is sent.
    pub max_age: Option<i64>,
    /// A granted preflight's status.
    pub preflight_status: u16,
    /// When `Vary` names `Origin`.
    pub vary: VaryOnOrigin,
    /// Whether errors from behind carry the headers.
    pub errors: ErrorsCarry,
}

/// Which origins a rule is for.
#[derive(Clone, Debug)]
pub enum RuleOrigins {
    /// Those that fit one of these.
    These(Vec<OriginBorder>),
    /// All but those that fit one of these.
    AllBut(Vec<OriginBorder>),
    /// Those in some of the source's sets and not in others: the sets that hold none but them, and one
    /// origin that is left over.
    Mixed {
        /// Sets that hold none but them.
        inside: Vec<OriginBorder>,
        /// One that is in no such set.
        left_over: String,
    },
}

/// What `Access-Control-Allow-Origin` says.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum AnsweredOrigin {
    /// The request's origin.
    Reflected,
    /// `*`.
    Star,
    /// This, whoever asks.
    Constant(String),
}

/// A list of names.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Names {
    /// These, which may be none.
    Listed(Vec<String>),
    /// `*`.
    Star,
    /// Whatever was asked for.
    Mirrored,
}

/// What becomes of a preflight from an origin that gets nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RefusedPreflight {
    /// It is answered, without the headers that would grant it.
    Answered(u16),
    /// It goes on to whatever stands behind.
    Forwarded,
}

/// What becomes of an `OPTIONS` that is no preflight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PlainOptions {
    /// The program answers it.
    Answered(u16),
    /// It goes on to whatever stands behind.
    Forwarded,
}

/// What becomes of CORS headers that come from behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OwnHeaders {
    /// The program's own stand in their place.
    Replaced,
    /// They stay, and the program's are left out.
    Kept,
    /// Both are sent, which browsers refuse.
    Doubled,
}

/// When `Vary` names `Origin`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum VaryOnOrigin {
    /// On every response.
    Always,
    /// On responses that grant something.
    OnMatch,
    /// Never.
    Never,
}

/// Whether errors from behind carry the headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorsCarry {
    /// As other responses do.
    Headers,
    /// Not: pages cannot read errors.
    Nothing,
}

impl Names {
    /// Whether nothing is granted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Listed(names) if names.is_empty())
    }
}
