//! The codes of what can be wrong with a policy.

use std::fmt;

macro_rules! codes {
    ($($variant:ident = $text:literal,)*) => {
        /// A stable name for a kind of problem.
        ///
        /// ```
        /// use corsage::server::{PolicyDraft, PolicyProblemCode};
        /// let errors = PolicyDraft::new().origins(["https://app.example/"]).compile().unwrap_err();
        /// assert_eq!(errors.problems()[0].code, PolicyProblemCode::TrailingSlash);
        /// assert_eq!(errors.problems()[0].code.as_str(), "trailing-slash");
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        #[expect(missing_docs, reason = "each problem says its cause and its way out")]
        pub enum PolicyProblemCode { $($variant,)* }

        impl PolicyProblemCode {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The code in kebab-case: stable, for machines.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }
    };
}

codes! {
    NoOrigins = "no-origins",
    WildcardMixed = "wildcard-mixed",
    WildcardWithPredicate = "wildcard-with-predicate",
    WildcardWithCredentials = "wildcard-with-credentials",
    NullWithCredentials = "null-with-credentials",
    NullNeedsWaiver = "null-needs-waiver",
    PredicateAdmitsEverybody = "predicate-admits-everybody",
    Empty = "empty",
    Quoted = "quoted",
    CommaList = "comma-list",
    Whitespace = "whitespace",
    FileScheme = "file-scheme",
    NotAnOrigin = "not-an-origin",
    IdnNotPunycode = "idn-not-punycode",
    BadALabel = "bad-a-label",
    TrailingSlash = "trailing-slash",
    HasPath = "has-path",
    HasQuery = "has-query",
    HasFragment = "has-fragment",
    HasUserInformation = "has-user-information",
    UpperCase = "upper-case",
    MisplacedWildcard = "misplaced-wildcard",
    NoScheme = "no-scheme",
    BadScheme = "bad-scheme",
    BadHost = "bad-host",
    BadIp = "bad-ip",
    TooLong = "too-long",
    BadPort = "bad-port",
    DefaultPort = "default-port",
    InsecureOriginWithCredentials = "insecure-origin-with-credentials",
    PublicSuffix = "public-suffix",
    PublicSuffixWithCredentials = "public-suffix-with-credentials",
    PublicSuffixUnchecked = "public-suffix-unchecked",
    Duplicate = "duplicate",
    CoveredByPattern = "covered-by-pattern",
    NotAToken = "not-a-token",
    ForbiddenMethod = "forbidden-method",
    LowerCasePatch = "lower-case-patch",
    OptionsRarelyMeant = "options-rarely-meant",
    NormalizedMethod = "normalized-method",
    WildcardWithAuthorization = "wildcard-with-authorization",
    WildcardWithoutAuthorization = "wildcard-without-authorization",
    MethodOverride = "method-override",
    ResponseHeaderInRequestList = "response-header-in-request-list",
    ForbiddenRequestHeader = "forbidden-request-header",
    SafelistedRequestHeader = "safelisted-request-header",
    ForbiddenResponseHeader = "forbidden-response-header",
    RequestHeaderInResponseList = "request-header-in-response-list",
    PreflightHeaderInResponseList = "preflight-header-in-response-list",
    NoUse = "no-use",
    SafelistedResponseHeader = "safelisted-response-header",
    Negative = "negative",
    OverEveryBrowsersCap = "over-every-browsers-cap",
    OverChromiumsCap = "over-chromiums-cap",
    OverWebKitsCap = "over-webkits-cap",
    FractionOfASecond = "fraction-of-a-second",
    PrivateNetworkAccessAbandoned = "private-network-access-abandoned",
    WildcardWithPrivateNetwork = "wildcard-with-private-network",
    WaiverWithoutReason = "waiver-without-reason",
}

impl fmt::Display for PolicyProblemCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
