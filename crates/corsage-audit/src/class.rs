//! Kinds of findings: a code, what it is, what it is called elsewhere.

use serde::Serialize;

/// What is said of a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClassInfo {
    /// A stable code.
    pub code: &'static str,
    /// The weakness, as [CWE](https://cwe.mitre.org) counts them.
    pub cwe: u16,
    /// What is wrong, in a few words.
    pub title: &'static str,
    /// What whoever uses it gains.
    pub gain: &'static str,
}

macro_rules! classes {
    ($($variant:ident = $code:literal, $cwe:literal, $title:literal, $gain:literal;)*) => {
        /// A kind of finding.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Class { $(#[doc = $title] $variant,)* }

        impl Class {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// What is said of it.
            #[must_use]
            pub const fn info(self) -> ClassInfo {
                match self {
                    $(Self::$variant => {
                        ClassInfo { code: $code, cwe: $cwe, title: $title, gain: $gain }
                    })*
                }
            }
        }
    };
}

classes! {
    ReflectAny = "reflect-any", 942, "any origin is allowed", "any page that the user visits reads the answer";
    Wildcard = "wildcard", 942, "every origin is allowed by `*`, and the network is the only protection", "any page that somebody inside visits reads the answer";
    NullOrigin = "null-origin", 942, "the origin `null` is allowed", "any page reads the answer from a sandboxed frame";
    SubstringMatch = "substring-match", 942, "an origin is allowed if a trusted name stands anywhere in it", "whoever registers such a name reads the answer";
    FirstLabelMatch = "first-label-match", 942, "an origin is allowed by the first label of its host", "whoever registers a domain with such a label reads the answer";
    PrefixMatch = "prefix-match", 942, "an origin is allowed if it begins as a trusted one", "whoever registers a name that goes on behind it reads the answer";
    SuffixMatch = "suffix-match", 942, "an origin is allowed if it ends as a trusted one", "whoever registers a name that ends so reads the answer";
    DotUnescaped = "dot-unescaped", 942, "a dot of the expression stands for any character", "whoever registers the name with another character reads the answer";
    DotUnescapedInZone = "dot-unescaped-in-zone", 942, "a dot of the expression stands for any character, within the domain", "whoever has another name of the domain reads the answer";
    ListSubstring = "list-substring", 942, "an origin is looked up as a part of a text", "whoever registers a name that stands within the list reads the answer";
    SpecialCharacter = "special-character", 942, "what follows a trusted name is cut off at a special character", "whoever has such a host name reads the answer";
    LocalhostPrefix = "localhost-prefix", 942, "an origin is allowed if it begins with, or holds, localhost", "whoever registers such a name reads the answer";
    PrivateIpAsName = "private-ip-as-name", 942, "an origin is allowed if it begins as a private address", "whoever registers such a name reads the answer";
    SharedHosting = "shared-hosting", 942, "names of a hosting service are allowed that anybody can get", "whoever deploys there reads the answer";
    CodeHost = "code-host", 942, "a site is allowed on which anybody runs code", "any visitor of a snippet there reads out the answer";
    AnySubdomain = "any-subdomain", 942, "every name of the domain is allowed", "a takeover or a script on any one of them reads the answer";
    PartnerSubdomain = "partner-subdomain", 942, "every name of a partner's domain is allowed", "a takeover or a script on any one of them reads the answer";
    HttpOnHttps = "http-on-https", 319, "pages without encryption may read", "whoever is between a user and the network puts a script into such a page, and reads the answer";
    PortIgnored = "port-ignored", 942, "the port of an origin is not compared", "whatever serves another port of that host reads the answer";
    LocalhostTrusted = "localhost-trusted", 942, "pages of the user's own machine may read", "any program there that serves a page reads the answer";
    PrivateIpTrusted = "private-ip-trusted", 942, "pages of private addresses may read", "any machine of the user's network reads the answer";
    DriftPath = "drift-path", 942, "the same resource under another spelling of its path has another policy", "any page reads the answer by asking for that spelling";
    DriftMethod = "drift-method", 942, "another method has another policy", "any page reads the answer by asking with that method";
    DriftScheme = "drift-scheme", 942, "without encryption there is another policy", "any page reads the answer by asking so";
    AltInputQuery = "alt-input-query", 942, "the page is believed what it says of its origin in the query", "any page reads the answer by saying so";
    AltInputReferer = "alt-input-referer", 942, "the origin is taken from the referrer's text", "any page reads the answer by its own address";
    AltInputHeader = "alt-input-xfh", 942, "the page is believed what it says of its origin in another header", "any page reads the answer by saying so";
    CachedPrivate = "cached-private", 525, "a shared cache keeps the answer made for a user, and any page may read it", "any page reads what was made for somebody else";
    CachePoisoned = "cache-poisoned", 524, "a cache gives one origin the answer made for another", "any page can lock the right ones out";
    VaryMissing = "vary-missing", 524, "the answer depends on the origin and does not say so", "caches give pages an answer that is not theirs";
    VaryMissingNoOrigin = "vary-missing-no-origin", 524, "without an origin the answer does not say that it depends on it", "caches give pages an answer that they cannot read";
    VaryMissingRefused = "vary-missing-refused", 524, "to a refused origin the answer does not say that it depends on it", "caches give pages an answer that they cannot read";
    WildcardCredentials = "wildcard-credentials", 942, "`*` stands beside Access-Control-Allow-Credentials", "nothing: requests with credentials fail in every browser";
    CredentialsInvalid = "acac-invalid", 1286, "Access-Control-Allow-Credentials is not exactly `true`", "nothing: requests with credentials fail in every browser";
    AllowOriginInvalid = "acao-invalid", 1286, "Access-Control-Allow-Origin is no origin", "nothing: no page can read the answer";
    AllowOriginMultiple = "acao-multiple", 1286, "Access-Control-Allow-Origin is there more than once", "nothing: no page can read the answer";
    IntendedRefused = "intended-refused", 1286, "a page that is meant to read cannot", "nothing: the owner's own page fails";
    PreflightStatus = "preflight-status", 1286, "the preflight is not answered with success", "nothing: the owner's own pages fail";
    PreflightRedirect = "preflight-redirect", 1286, "the preflight is redirected", "nothing: the owner's own pages fail";
    PreflightNarrower = "preflight-narrower", 1286, "the preflight refuses a page that may read the answer", "nothing: the owner's own page fails";
    PreflightWider = "preflight-wider", 352, "the preflight grants any page what the answer does not", "any page sends requests that change something, in the user's name";
    MethodsMalformed = "acam-syntax", 1286, "Access-Control-Allow-Methods is no list of methods", "nothing: the preflight fails";
    MethodsCase = "acam-case", 1286, "methods are listed in the wrong case", "nothing: the preflight fails";
    MethodMissing = "preflight-method-missing", 1286, "a method that is served is not listed", "nothing: the owner's own pages fail";
    LiteralStar = "literal-star", 1286, "with credentials `*` is a method's or header's name", "nothing: the preflight fails";
    AuthorizationStar = "authorization-star", 1286, "`*` does not cover Authorization", "nothing: the owner's own pages fail";
    MaxAgeInvalid = "max-age-invalid", 1286, "Access-Control-Max-Age is no number of seconds", "nothing: every request is preceded by a preflight";
    ErrorWithoutCors = "error-without-cors", 1286, "errors do not carry the headers", "nothing: pages see a network error in place of the reason";
    RedirectToLogin = "redirect-to-login", 1286, "whoever is signed out is redirected, which a page cannot see", "nothing: pages see a network error in place of the reason";
    ExposeUseless = "aceh-useless", 1286, "a header is exposed that browsers never expose", "nothing: Set-Cookie stays hidden";
    TimingWildcard = "tao-wildcard", 203, "every page sees the timing and size of private answers", "any page learns how large an answer to the user is";
    CrossdomainOpen = "crossdomain-open", 942, "crossdomain.xml lets every page in", "old plug-ins read the answer";
    WebSocketOrigin = "ws-no-origin-check", 1385, "the WebSocket takes handshakes of strange pages", "any page speaks to the service in the user's name";
    HostNotValidated = "host-not-validated", 350, "any name is answered to", "a page that makes its own name point here is of the same origin, and reads everything";
    JsonAsText = "json-as-text", 352, "the endpoint takes JSON in a request that needs no preflight", "any page calls it in the user's name";
}

impl Serialize for Class {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.info().code)
    }
}
