//! What is to be said about how a copy was read, and why one could not be.

use corsage_texts::Language;

macro_rules! remarks {
    ($($variant:ident = $name:literal,)*) => {
        /// What is to be said about how a copy was read, or why it could not be.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[expect(missing_docs, reason = "each is a sentence of the catalogue")]
        pub enum RemarkKind { $($variant,)* }

        impl RemarkKind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The name in kebab-case: stable, for machines.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

remarks! {
    // How it was read.
    CredentialsGuessed = "credentials-guessed",
    CredentialsProven = "credentials-proven",
    CacheHeaders = "cache-headers",
    PreflightTyped = "preflight-typed",
    BodyFromFile = "body-from-file",
    BodyComputed = "body-computed",
    HeaderComputed = "header-computed",
    CookieFile = "cookie-file",
    SchemeAssumed = "scheme-assumed",
    Globbing = "globbing",
    ConnectionOption = "connection-option",
    UnknownOption = "unknown-option",
    CommandLeftOut = "command-left-out",
    WithCredentialsIgnored = "with-credentials-ignored",
    ObjectBody = "object-body",
    UnknownMember = "unknown-member",
    HeadersComputed = "headers-computed",
    MemberComputed = "member-computed",
    LibraryHeaders = "library-headers",
    PageAssumed = "page-assumed",
    ServerSide = "server-side",
    ArchiveCut = "archive-cut",
    ProbableCode = "probable-code",
    FailureNamed = "failure-named",
    NetworkFailed = "network-failed",
    OtherMode = "other-mode",
    ApartSameOrigin = "apart-same-origin",
    ApartNavigation = "apart-navigation",
    ApartWebSocket = "apart-websocket",
    ApartWithoutCors = "apart-without-cors",
    ApartOpaque = "apart-opaque",
    ApartAborted = "apart-aborted",
    ApartNoPage = "apart-no-page",
    ApartNotHttp = "apart-not-http",
    // Why it could not be.
    NothingCopied = "nothing-copied",
    NotACommand = "not-a-command",
    Unclosed = "unclosed",
    NoUrl = "no-url",
    OptionWithoutValue = "option-without-value",
    UrlComputed = "url-computed",
    ConfigFile = "config-file",
    TooManyUrls = "too-many-urls",
    TooManyHeaders = "too-many-headers",
    TooManyRequests = "too-many-requests",
    TooLong = "too-long",
    TooDeep = "too-deep",
    NotJavaScript = "not-javascript",
    NoCall = "no-call",
    NoJavaScriptParser = "no-javascript-parser",
    HarNotJson = "har-not-json",
    HarNoEntries = "har-no-entries",
    HarZip = "har-zip",
    HarGzip = "har-gzip",
    HarNone = "har-none",
    HarSeveral = "har-several",
}

impl RemarkKind {
    /// The sentence in a language, with its `{places}`. A test holds that every kind has one.
    ///
    /// ```
    /// use corsage_diagnosis::{Language, RemarkKind};
    ///
    /// assert_eq!(RemarkKind::NothingCopied.text(Language::English), "there is no command in it");
    /// ```
    #[must_use]
    pub fn text(self, language: Language) -> &'static str {
        language.find(&format!("remarks.{}", self.as_str())).unwrap_or_else(|| self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_sentence() {
        for kind in RemarkKind::ALL {
            for language in Language::ALL {
                assert_ne!(kind.text(language), kind.as_str(), "{language}");
            }
        }
    }
}
