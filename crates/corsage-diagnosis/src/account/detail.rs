//! What a remark says beside its code: facts, put into words last.

use corsage::browser::{AddressSpace, Code, CredentialsMode};
use corsage::terms::caps::{CHROMIUM_MAX_AGE, FIREFOX_MAX_AGE, WEBKIT_MAX_AGE};
use corsage_texts::{Language, text};

use super::model::Verdict;

/// One detail of a remark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Detail {
    /// Something of the fetch itself: a header's name, a cookie's.
    Named(String),
    /// A page of one address space asks for something in a more private one.
    AddressSpaces { page: AddressSpace, target: AddressSpace },
    /// The request went without cookies, for its credentials mode, and the server wanted some.
    Credentials { mode: CredentialsMode, status: u16 },
    /// A cookie that does not travel across sites, and why.
    Cookie { name: String, why: StaysHome },
    /// What the answer carries with `Origin` and without, and which of the two has no `Vary: Origin`.
    Vary { with: Option<String>, without: Option<String>, lacking: Lacking },
    /// The preflight's answer names no time.
    NoMaxAge,
    /// A time that is nothing, or is no number.
    MaxAge(String),
    /// A time that some browsers cut short.
    MaxAgeCapped(u64),
    /// What one browser makes of it.
    Judged { browser: &'static str, verdict: Verdict, code: Option<Code> },
}

/// Why a cookie does not travel across sites, in its own attributes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StaysHome {
    Strict,
    Lax,
    LaxByDefault,
    NoneWithoutSecure,
}

/// Which answer has no `Vary: Origin`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lacking {
    With,
    Without,
    Both,
}

impl Detail {
    /// In words.
    pub(crate) fn say(&self, language: Language) -> String {
        match self {
            Self::Named(name) => name.clone(),
            Self::AddressSpaces { page, target } => {
                let name = |space: &AddressSpace| match space {
                    AddressSpace::Loopback => text!(language, "account.space-loopback"),
                    AddressSpace::Local => text!(language, "account.space-local"),
                    AddressSpace::Public => text!(language, "account.space-public"),
                };
                text!(language, "account.spaces", page = name(page), target = name(target))
            }
            Self::Credentials { mode, status } => match mode {
                CredentialsMode::Omit => {
                    text!(language, "account.credentials-omit", status = status)
                }
                CredentialsMode::SameOrigin => {
                    text!(language, "account.credentials-same-origin", status = status)
                }
                CredentialsMode::Include => {
                    text!(language, "account.credentials-include", status = status)
                }
            },
            Self::Cookie { name, why } => match why {
                StaysHome::Strict => text!(language, "account.cookie-strict", name = name),
                StaysHome::Lax => text!(language, "account.cookie-lax", name = name),
                StaysHome::LaxByDefault => {
                    text!(language, "account.cookie-lax-by-default", name = name)
                }
                StaysHome::NoneWithoutSecure => {
                    text!(language, "account.cookie-none-without-secure", name = name)
                }
            },
            Self::Vary { with, without, lacking } => {
                let shown =
                    |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
                let lacking = match lacking {
                    Lacking::With => text!(language, "account.vary-lacks-with"),
                    Lacking::Without => text!(language, "account.vary-lacks-without"),
                    Lacking::Both => text!(language, "account.vary-lacks-both"),
                };
                let (with, without) = (shown(with), shown(without));
                text!(language, "account.vary", with = with, without = without, lacking = lacking)
            }
            Self::NoMaxAge => text!(language, "account.no-max-age").to_owned(),
            Self::MaxAge(value) => format!("access-control-max-age: {value}"),
            Self::MaxAgeCapped(seconds) => text!(
                language,
                "account.max-age-capped",
                seconds = seconds,
                chromium = (*seconds).min(CHROMIUM_MAX_AGE.as_secs()),
                firefox = (*seconds).min(FIREFOX_MAX_AGE.as_secs()),
                webkit = (*seconds).min(WEBKIT_MAX_AGE.as_secs()),
            ),
            Self::Judged { browser, verdict, code } => {
                let verdict = match verdict {
                    Verdict::Allowed => text!(language, "account.allowed"),
                    Verdict::Blocked => text!(language, "account.blocked"),
                    Verdict::Undecided => text!(language, "account.not-decided"),
                };
                let code = code.map_or_else(String::new, |code| format!(" ({code})"));
                format!("{browser}: {verdict}{code}")
            }
        }
    }
}
