//! Kinds of findings: a code, and what the weakness is called elsewhere. What they mean is told by the catalogue.

use corsage_texts::Language;
use serde::{Deserialize, Deserializer, Serialize};

macro_rules! classes {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $cwe:literal;)*) => {
        /// A kind of finding.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Class { $($(#[$doc])* $variant,)* }

        impl Class {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// A stable code.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// The weakness, as [CWE](https://cwe.mitre.org) counts them.
            #[must_use]
            pub const fn cwe(self) -> u16 {
                match self { $(Self::$variant => $cwe,)* }
            }
        }
    };
}

classes! {
    /// Any origin is allowed.
    ReflectAny = "reflect-any", 942;
    /// Every origin is allowed by `*`, and the network is the only protection.
    Wildcard = "wildcard", 942;
    /// The origin `null` is allowed.
    NullOrigin = "null-origin", 942;
    /// An origin is allowed if a trusted name stands anywhere in it.
    SubstringMatch = "substring-match", 942;
    /// An origin is allowed by the first label of its host.
    FirstLabelMatch = "first-label-match", 942;
    /// An origin is allowed if it begins as a trusted one.
    PrefixMatch = "prefix-match", 942;
    /// An origin is allowed if it ends as a trusted one.
    SuffixMatch = "suffix-match", 942;
    /// A dot of the expression stands for any character.
    DotUnescaped = "dot-unescaped", 942;
    /// A dot of the expression stands for any character, within the domain.
    DotUnescapedInZone = "dot-unescaped-in-zone", 942;
    /// An origin is looked up as a part of a text.
    ListSubstring = "list-substring", 942;
    /// What follows a trusted name is cut off at a special character.
    SpecialCharacter = "special-character", 942;
    /// An origin is allowed if it begins with, or holds, localhost.
    LocalhostPrefix = "localhost-prefix", 942;
    /// An origin is allowed if it begins as a private address.
    PrivateIpAsName = "private-ip-as-name", 942;
    /// A pattern lets in names that anybody can register.
    PatternMatch = "pattern-match", 942;
    /// An origin is allowed whose letters only become those of a trusted one.
    FoldedMatch = "folded-match", 942;
    /// An origin is allowed that is put together of two trusted ones.
    PairMatch = "pair-match", 942;
    /// The domain of an allowed origin is nobody's.
    DanglingDomain = "dangling-domain", 942;
    /// Names of a hosting service are allowed that anybody can get.
    SharedHosting = "shared-hosting", 942;
    /// A site is allowed on which anybody runs code.
    CodeHost = "code-host", 942;
    /// Every name of the domain is allowed.
    AnySubdomain = "any-subdomain", 942;
    /// Every name of a partner's domain is allowed.
    PartnerSubdomain = "partner-subdomain", 942;
    /// Pages without encryption may read.
    HttpOnHttps = "http-on-https", 319;
    /// The port of an origin is not compared.
    PortIgnored = "port-ignored", 942;
    /// Pages of the user's own machine may read.
    LocalhostTrusted = "localhost-trusted", 942;
    /// Pages of private addresses may read.
    PrivateIpTrusted = "private-ip-trusted", 942;
    /// Extensions of browsers and pages within applications may read, whichever they are.
    AppScheme = "app-scheme", 942;
    /// The same resource under another spelling of its path has another policy.
    DriftPath = "drift-path", 942;
    /// Another method has another policy.
    DriftMethod = "drift-method", 942;
    /// Without encryption there is another policy.
    DriftScheme = "drift-scheme", 942;
    /// In an older version of HTTP there is another policy.
    DriftVersion = "drift-version", 942;
    /// What is meant for operators has another policy, or the same for strangers.
    OperatorRoute = "operator-route", 489;
    /// The data comes as a script that any page can run.
    Jsonp = "jsonp", 346;
    /// The page is believed what it says of its origin in the query.
    AltInputQuery = "alt-input-query", 942;
    /// The origin is taken from the referrer's text.
    AltInputReferer = "alt-input-referer", 942;
    /// The page is believed what it says of its origin in another header.
    AltInputHeader = "alt-input-xfh", 942;
    /// A shared cache keeps the answer made for a user, and any page may read it.
    CachedPrivate = "cached-private", 525;
    /// A cache gives one origin the answer made for another.
    CachePoisoned = "cache-poisoned", 524;
    /// The answer depends on the origin and does not say so.
    VaryMissing = "vary-missing", 524;
    /// Without an origin the answer does not say that it depends on it.
    VaryMissingNoOrigin = "vary-missing-no-origin", 524;
    /// To a refused origin the answer does not say that it depends on it.
    VaryMissingRefused = "vary-missing-refused", 524;
    /// `*` stands beside Access-Control-Allow-Credentials.
    WildcardCredentials = "wildcard-credentials", 942;
    /// Access-Control-Allow-Credentials is not exactly `true`.
    CredentialsInvalid = "acac-invalid", 1286;
    /// Access-Control-Allow-Origin is no origin.
    AllowOriginInvalid = "acao-invalid", 1286;
    /// Access-Control-Allow-Origin is there more than once.
    AllowOriginMultiple = "acao-multiple", 1286;
    /// A page that is meant to read cannot.
    IntendedRefused = "intended-refused", 1286;
    /// The preflight is not answered with success.
    PreflightStatus = "preflight-status", 1286;
    /// The preflight is redirected.
    PreflightRedirect = "preflight-redirect", 1286;
    /// The preflight refuses a page that may read the answer.
    PreflightNarrower = "preflight-narrower", 1286;
    /// The preflight grants any page what the answer does not.
    PreflightWider = "preflight-wider", 352;
    /// Access-Control-Allow-Methods is no list of methods.
    MethodsMalformed = "acam-syntax", 1286;
    /// Methods are listed in the wrong case.
    MethodsCase = "acam-case", 1286;
    /// A method that is served is not listed.
    MethodMissing = "preflight-method-missing", 1286;
    /// With credentials `*` is a method's or header's name.
    LiteralStar = "literal-star", 1286;
    /// `*` does not cover Authorization.
    AuthorizationStar = "authorization-star", 1286;
    /// Access-Control-Max-Age is no number of seconds.
    MaxAgeInvalid = "max-age-invalid", 1286;
    /// Access-Control-Max-Age is longer than any browser remembers.
    MaxAgeOverCap = "max-age-over-cap", 1286;
    /// Methods are listed that no page can send.
    MethodsForbidden = "acam-forbidden", 1286;
    /// A header is allowed that makes one method another.
    MethodOverride = "method-override", 650;
    /// A header is sent that browsers no longer read.
    PrivateNetworkHeader = "private-network-header", 1286;
    /// Some origins take the server exponentially long to compare.
    Backtracking = "origin-backtracking", 1333;
    /// A long list of headers keeps the server busy.
    PreflightBurden = "preflight-burden", 407;
    /// Errors do not carry the headers.
    ErrorWithoutCors = "error-without-cors", 1286;
    /// Whoever is signed out is redirected, which a page cannot see.
    RedirectToLogin = "redirect-to-login", 1286;
    /// A header is exposed that browsers never expose.
    ExposeUseless = "aceh-useless", 1286;
    /// Every page sees the timing and size of private answers.
    TimingWildcard = "tao-wildcard", 203;
    /// Crossdomain.xml lets every page in.
    CrossdomainOpen = "crossdomain-open", 942;
    /// The WebSocket takes handshakes of strange pages.
    WebSocketOrigin = "ws-no-origin-check", 1385;
    /// Any name is answered to.
    HostNotValidated = "host-not-validated", 350;
    /// The endpoint takes JSON in a request that needs no preflight.
    JsonAsText = "json-as-text", 352;
}

impl Class {
    /// What is wrong, in one line.
    #[must_use]
    pub fn title(self, language: Language) -> &'static str {
        self.text(language, "title")
    }

    /// What whoever uses it gains.
    #[must_use]
    pub fn gain(self, language: Language) -> &'static str {
        self.text(language, "gain")
    }

    /// What to do.
    #[must_use]
    pub fn fix(self, language: Language) -> &'static str {
        self.text(language, "fix")
    }

    fn text(self, language: Language, part: &str) -> &'static str {
        language.find(&format!("audit.{}.{part}", self.code())).unwrap_or(self.code())
    }
}

impl Serialize for Class {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Class {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Class".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let codes: Vec<&str> = Self::ALL.iter().map(|class| class.code()).collect();
        schemars::json_schema!({
            "description": "The code of a kind of finding.",
            "type": "string",
            "enum": codes,
        })
    }
}

impl<'de> Deserialize<'de> for Class {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = String::deserialize(deserializer)?;
        let found = Self::ALL.iter().find(|class| class.code() == code);
        found.copied().ok_or_else(|| serde::de::Error::custom(format!("{code:?} is no class")))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_class_has_a_code_of_its_own_and_its_texts() {
        let codes: HashSet<&str> = Class::ALL.iter().map(|class| class.code()).collect();
        assert_eq!(codes.len(), Class::ALL.len());
        for class in Class::ALL {
            for part in ["title", "gain", "fix"] {
                assert_ne!(class.text(Language::English, part), class.code(), "{class:?} {part}");
            }
        }
    }
}
