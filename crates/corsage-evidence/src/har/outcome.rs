//! What a replay says of a recorded request, beside what the tool that recorded it says.

use corsage::browser::{Code, Mode};
use corsage_diagnosis::account::Verdict;
use corsage_diagnosis::{Observation, RemarkKind};

use super::assemble::Recorded;
use super::creator::records_errors;
use super::entry::{corsage_evidence_code, failure};
use super::read::RawEntry;

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The page may read the response, or what it loads is loaded.
    Readable,
    /// The browser kept the response from the page.
    Blocked {
        /// Why.
        code: Code,
        /// How sure that is.
        certainty: Certainty,
    },
    /// The network failed, which is not CORS.
    Network {
        /// How.
        code: Code,
    },
    /// It failed, and what was recorded does not say at what.
    Unknown,
    /// It is not judged by CORS.
    Apart(Why),
}

/// How sure a code is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Certainty {
    /// The recorded answers fail that condition.
    Recorded,
    /// The answer was not recorded: browsers report this failure so, and that is what is wrong most often.
    Probable,
}

/// Why a request is not judged by CORS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Why {
    /// The page's own origin answers.
    SameOrigin,
    /// A page is loaded.
    Navigation,
    /// A WebSocket.
    WebSocket,
    /// An element's load without CORS.
    WithoutCors,
    /// Script asked in mode `no-cors`, and gets nothing to read.
    Opaque,
    /// Somebody gave up before it ended.
    Aborted,
    /// Which page asked was not recorded.
    NoPage,
    /// Not an http URL.
    NotHttp,
}

impl Why {
    /// What is to be said about it.
    #[must_use]
    pub fn remark(self) -> RemarkKind {
        match self {
            Self::SameOrigin => RemarkKind::ApartSameOrigin,
            Self::Navigation => RemarkKind::ApartNavigation,
            Self::WebSocket => RemarkKind::ApartWebSocket,
            Self::WithoutCors => RemarkKind::ApartWithoutCors,
            Self::Opaque => RemarkKind::ApartOpaque,
            Self::Aborted => RemarkKind::ApartAborted,
            Self::NoPage => RemarkKind::ApartNoPage,
            Self::NotHttp => RemarkKind::ApartNotHttp,
        }
    }
}

/// Of a chain of redirects the last one tells how it ended.
pub(super) fn outcome(
    recorded: &Recorded<'_, '_>,
    observation: &Observation,
    judged: (Verdict, Option<Code>),
) -> Outcome {
    let entry = recorded.last();
    match judged {
        (Verdict::Allowed, _) if entry.error().is_some() && entry.status().is_some() => {
            // It passes, and failed: the body broke off, or another of the page's rules forbade it.
            named(entry).unwrap_or(Outcome::Unknown)
        }
        (Verdict::Allowed, _) => passed(observation),
        (Verdict::Blocked, Some(Code::OpaqueResponse | Code::CanvasTainted)) => passed(observation),
        (Verdict::Blocked, Some(code)) if is_beside_cors(code) => passed(observation),
        // That tool would have said so: the request was of another mode than it seems.
        (Verdict::Blocked, Some(code))
            if entry.error().is_none()
                && entry.status().is_some()
                && records_errors(recorded.archive)
                && !is_of_consumer(code) =>
        {
            passed(observation)
        }
        (Verdict::Blocked, Some(code)) => Outcome::Blocked { code, certainty: Certainty::Recorded },
        (Verdict::Undecided, Some(code)) => Outcome::Network { code },
        (Verdict::Undecided | Verdict::Blocked, None) => unrecorded(entry),
    }
}

/// What the page gets of an answer that nothing kept from it.
fn passed(observation: &Observation) -> Outcome {
    let no_cors = observation.init.mode == Some(Mode::NoCors);
    match observation.loads.is_empty() {
        _ if !no_cors => Outcome::Readable,
        true => Outcome::Apart(Why::Opaque),
        false => Outcome::Apart(Why::WithoutCors),
    }
}

/// What no header of CORS or of a protection has to do with: the archive shows the status, and not the body.
fn is_beside_cors(code: Code) -> bool {
    matches!(code, Code::LoadStatusNotOk | Code::ContentNotDecodable | Code::NotFetchedByEngine)
}

/// Whether the network gave the answer to the element, which then did not take it: no tool writes that down.
fn is_of_consumer(code: Code) -> bool {
    matches!(
        code,
        Code::ScriptTypeNotJavascript | Code::StyleTypeNotCss | Code::EventStreamTypeWrong
    )
}

/// Nothing was recorded of the answer.
fn unrecorded(entry: &RawEntry<'_>) -> Outcome {
    let probable =
        Outcome::Blocked { code: Code::MissingAllowOrigin, certainty: Certainty::Probable };
    match entry.error() {
        Some(_) if entry.failed_as_cors_does() => probable,
        Some(_) => named(entry).unwrap_or(Outcome::Unknown),
        None if entry.status().is_none() => probable,
        None => Outcome::Unknown,
    }
}

/// What the tool itself calls the failure.
fn named(entry: &RawEntry<'_>) -> Option<Outcome> {
    let error = entry.error()?;
    let code = corsage_evidence_code(error)?;
    Some(match failure(error) {
        Some(_) => Outcome::Network { code },
        None => Outcome::Blocked { code, certainty: Certainty::Recorded },
    })
}
