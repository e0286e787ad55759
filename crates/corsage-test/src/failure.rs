//! Why a page gets nothing.

use std::fmt;

use corsage::browser::{Code, NetworkError, Profile, RequestError};
use corsage::terms::OriginError;
use corsage_diagnosis::{Account, CodeText, Language};

use crate::{Dialect, report};

/// Why the page gets nothing, or not what it reads.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Failure {
    /// The page's origin is none.
    NotAnOrigin(String, OriginError),
    /// `fetch()` itself throws: nothing is sent.
    Refused(RequestError),
    /// The page is the server's own: no browser asks the policy, so nothing was judged.
    SameOrigin(String),
    /// The server has nothing at this place: a typo in the path, or no route, is not a refusal.
    NothingThere(String, Box<Blocked>),
    /// A network error, with every condition that was not met.
    Blocked(Box<Blocked>),
    /// The response comes without a header that the page is to read.
    HeaderMissing(String),
    /// The response has it, and does not expose it.
    HeaderNotExposed(String),
    /// The load works, and what came is closed to the page.
    Closed(NetworkError),
}

/// A network error, explained.
#[derive(Clone, Debug)]
pub struct Blocked {
    pub(crate) error: NetworkError,
    pub(crate) account: Account,
    pub(crate) browser: Profile,
}

impl Blocked {
    /// Every condition that was not met.
    #[must_use]
    pub fn error(&self) -> &NetworkError {
        &self.error
    }

    /// The same.
    #[must_use]
    pub fn into_error(self) -> NetworkError {
        self.error
    }

    /// What it means: the wire, the blockers, causes, fixes.
    #[must_use]
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// Who judged.
    #[must_use]
    pub fn browser(&self) -> Profile {
        self.browser
    }

    /// Whether there was no answer to judge.
    pub(crate) fn is_unanswered(&self) -> bool {
        matches!(
            self.error.blamed().code,
            Code::DnsFailed | Code::ConnectionFailed | Code::TlsFailed | Code::HttpMalformed
        )
    }
}

impl Failure {
    /// What it says, with code of that language.
    #[must_use]
    pub fn told_in(&self, dialect: Dialect) -> String {
        Told { failure: self, dialect }.to_string()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Told { failure: self, dialect: Dialect::Rust }.fmt(f)
    }
}

impl std::error::Error for Failure {}

/// A failure, in a language.
struct Told<'a> {
    failure: &'a Failure,
    dialect: Dialect,
}

impl fmt::Display for Told<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dialect = self.dialect;
        match self.failure {
            Failure::NotAnOrigin(text, error) => {
                write!(f, "{text:?} is no page's origin: {error}")
            }
            Failure::Refused(error) => {
                write!(f, "fetch() throws before anything is sent: {error}")
            }
            Failure::SameOrigin(origin) => write!(
                f,
                "not judged: {origin} is the server's own origin, and browsers ask nobody's leave there\n  \
                 fix: have a page of another origin fetch it: {}",
                dialect.page_of("https://app.example")
            ),
            Failure::NothingThere(url, blocked) => {
                writeln!(
                    f,
                    "not judged: the server answers {url} with 404, without the headers of a policy\n  \
                     fix: mend the path or the method; or, if errors are to be readable, mount the policy \
                     around what answers 404\n"
                )?;
                report::write(f, &blocked.account, blocked.browser, dialect)
            }
            Failure::Blocked(blocked) => {
                report::write(f, &blocked.account, blocked.browser, dialect)
            }
            Failure::HeaderMissing(name) => write!(f, "the response has no header {name}"),
            Failure::Closed(error) => {
                let code = error.blamed().code;
                let text = CodeText::of(code, Language::English);
                let fixes = [text.page, text.server].map(|fix| {
                    if fix.is_empty() { String::new() } else { format!("\n  fix: {fix}") }
                });
                write!(f, "{code}: {}{}", text.title, fixes.concat())
            }
            Failure::HeaderNotExposed(name) => write!(
                f,
                "{}: the response has the header {name}, and hides it from the page\n  fix: name it in Access-Control-Expose-Headers: {}",
                Code::HeaderNotExposed,
                dialect.option("expose", &[name])
            ),
        }
    }
}
