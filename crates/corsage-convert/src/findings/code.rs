//! The kinds of findings, with their words.

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $severity:ident, $cause:literal, $way_out:literal;)*) => {
        /// A kind of finding.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum FindingCode {
            $($(#[$doc])* $variant,)*
        }

        impl FindingCode {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// A stable name.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// How bad it is.
            #[must_use]
            pub fn severity(self) -> FindingSeverity {
                match self { $(Self::$variant => FindingSeverity::$severity,)* }
            }

            /// What is wrong.
            #[must_use]
            pub fn cause(self) -> &'static str {
                match self { $(Self::$variant => $cause,)* }
            }

            /// What to do.
            #[must_use]
            pub fn way_out(self) -> &'static str {
                match self { $(Self::$variant => $way_out,)* }
            }
        }
    };
}

codes! {
    /// Every origin may read with credentials.
    AnyOriginWithCredentials = "any-origin-with-credentials", Error,
        "every site may read with the user's cookies", "list the origins";
    /// A pattern admits origins that strangers can register.
    PatternAdmitsStrangers = "pattern-admits-strangers", Error,
        "anybody can register a name that this admits", "anchor it at both ends and escape its dots, or list the origins";
    /// `null` may read with credentials.
    NullWithCredentials = "null-with-credentials", Error,
        "any sandboxed frame of any site may read with the user's cookies", "leave null out";
    /// `null` is admitted.
    NullOrigin = "null-origin", Warning,
        "any sandboxed frame of any site has this origin", "leave null out";
    /// An unencrypted origin may read with credentials.
    InsecureOriginWithCredentials = "insecure-origin-with-credentials", Warning,
        "whoever sits on the network can be a page of this origin", "admit https only";
    /// `*` is sent together with `Access-Control-Allow-Credentials`.
    StarWithCredentials = "star-with-credentials", Warning,
        "browsers refuse credentialed responses that say *", "list the origins, or leave credentials out";
    /// A value lists several origins.
    ListInOneHeader = "list-in-one-header", Error,
        "Access-Control-Allow-Origin holds one origin: browsers refuse a list", "answer the request's origin where it is listed";
    /// The headers come twice.
    DoubledHeaders = "doubled-headers", Warning,
        "where the handler sends CORS headers of its own, both are sent and browsers refuse", "let one of the two send them";
    /// The answer depends on the origin, and caches are not told.
    MissingVary = "missing-vary", Warning,
        "the answer depends on the origin and Vary does not name it: caches mix answers up", "send Vary: Origin on every response";
    /// `Vary` is missing where the origin is not admitted.
    VaryOnMatchOnly = "vary-on-match-only", Note,
        "Vary names Origin on granted responses only: a cache may give the other one to everybody", "send Vary: Origin on every response";
    /// Errors carry no headers.
    ErrorsWithoutHeaders = "errors-without-headers", Note,
        "errors carry no CORS headers: pages see a network error", "send the headers on errors too";
    /// A value that restricts is not taken, and everybody is let in.
    ValueFailsOpen = "value-fails-open", Error,
        "the program does not take this value, and lets every origin in instead", "write origins alone, with scheme, without a slash at the end, separated by commas";
    /// A value is not taken, and a default stands in its place.
    ValueIgnored = "value-ignored", Warning,
        "the program does not take this value, and goes on with its default", "write it as the program's documentation has it";
    /// What is not written is granted all the same.
    DefaultGrants = "default-grants", Note,
        "what is not written is granted by default", "write it out, so that the next reader knows that it is meant";
    /// Settings that nothing switches on.
    InactiveSettings = "inactive-settings", Warning,
        "this does nothing: CORS is not switched on here", "switch it on, or take this out";
    /// A method is granted that no page can use, or needs no leave.
    NeedlessMethod = "needless-method", Note,
        "no page needs leave for this method: browsers never send it for one, or never ask", "leave it out";
    /// A method is granted in lower case, in which no page asks for it.
    MethodCase = "method-case", Warning,
        "methods are compared byte for byte, and browsers ask in upper case", "write it in upper case";
    /// An entry that no browser's origin fits.
    OriginNeverMatches = "origin-never-matches", Warning,
        "no browser sends such an origin: nothing fits this", "write scheme, host and port only, in lower case, without a slash at the end";
    /// A preflight is remembered for longer than any browser does.
    MaxAgeBeyondBrowsers = "max-age-beyond-browsers", Note,
        "no browser remembers a preflight for so long", "86400 seconds is the most that any honours";
    /// Every method is granted with every header.
    EverythingGranted = "everything-granted", Note,
        "every method and every header is granted", "list what pages need";
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FindingSeverity {
    /// Worth knowing.
    Note,
    /// Does not do what it seems to.
    Warning,
    /// Lets strangers in, or keeps everybody out.
    Error,
}

impl FindingSeverity {
    /// A stable name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}
