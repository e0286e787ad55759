//! What a console line speaks of where no code fits: it says too little, or something else than CORS.

use corsage_texts::Language;
use serde::Serialize;

use crate::catalogue::find;

macro_rules! topics {
    ($($kind:ident { $($variant:ident = $name:literal,)* })*) => {
        /// What a console line speaks of, if it is no failed condition of a fetch.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[expect(missing_docs, reason = "each is described in the catalogue")]
        pub enum Topic { $($($variant,)*)* }

        impl Topic {
            /// Every topic.
            pub const ALL: &[Self] = &[$($(Self::$variant,)*)*];

            /// The name in kebab-case: stable, for machines.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $($(Self::$variant => $name,)*)* }
            }

            /// What kind of topic it is.
            #[must_use]
            pub const fn kind(self) -> TopicKind {
                match self { $($(Self::$variant => TopicKind::$kind,)*)* }
            }
        }
    };
}

/// What kind of topic it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TopicKind {
    /// The line says that a request failed, and not why: another line does.
    Short,
    /// Something failed that CORS has no say in.
    NotCors,
    /// Nothing failed.
    Remark,
}

topics! {
    Short {
        RequestFailed = "request-failed",
        NetErrFailed = "net-err-failed",
        AccessControlChecks = "access-control-checks",
        CutLine = "cut-line",
        CorsError = "cors-error",
        ScriptError = "script-error",
        CorsDisabled = "cors-disabled",
        OriginHeaderNotAdded = "origin-header-not-added",
        OldRedirectRule = "old-redirect-rule",
        LoadFailed = "load-failed",
        ServerCorsLayer = "server-cors-layer",
    }
    NotCors {
        WebSocket = "websocket",
        FrameAccess = "frame-access",
        FrameRefused = "frame-refused",
        PostMessage = "post-message",
        Cookie = "cookie",
        Manifest = "manifest",
        EventSourceType = "event-source-type",
        LocalFile = "local-file",
        ContentSecurityPolicy = "content-security-policy",
        HttpStatus = "http-status",
        PrivateNetworkAccess = "private-network-access",
    }
    Remark {
        Preload = "preload",
        ReportOnly = "report-only",
    }
}

impl Serialize for Topic {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// The texts of one topic.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct TopicText {
    /// One line: what the line says. Lower case, no full stop.
    pub title: &'static str,
    /// What it does and does not tell.
    pub tells: &'static str,
    /// What to do next.
    pub next: &'static str,
}

impl TopicText {
    /// The texts of this topic in a language. A test holds that every topic has some.
    #[must_use]
    pub fn of(topic: Topic, language: Language) -> Self {
        let say = |part| find(language, "topics", topic.as_str(), part);
        Self { title: say("title"), tells: say("tells"), next: say("next") }
    }
}
