//! The three questions: was it sent, was it executed, may the page read it.

use corsage::browser::{MessageKind, ResponseType, WireFailure};
use corsage_texts::{Language, fill, text};

use super::browsers::Agreement;
use super::load;
use super::model::{Answer, Answered, MessageName};
use super::wire::{credentials, method, page_origin};
use crate::machine::text;
use crate::observation::Observation;
use crate::replay::{Ending, Replay};

/// The answers to the three questions.
pub(super) struct Three {
    pub(super) sent: Answered,
    pub(super) executed: Answered,
    pub(super) readable: Answered,
}

/// Answers the three questions about one replay of what was observed.
pub(super) fn three(replay: &Replay, observation: &Observation, language: Language) -> Three {
    match &replay.ending {
        Ending::Refused(error) => {
            let code = error.code.as_str();
            Three {
                sent: no(text!(language, "account.not-sent-refused")),
                executed: no(text!(language, "account.not-executed")),
                readable: no(&fill(
                    text!(language, "account.readable-blocked"),
                    &[("codes", code)],
                )),
            }
        }
        Ending::Open(needed) => {
            let method = text(&needed.request.method);
            let fill_method = |template| fill(template, &[("method", &method)]);
            let headers = required_headers(observation);
            let readable = fill(
                text!(language, "account.readable-not-asked"),
                &[("method", &method), ("headers", &headers)],
            );
            // What an archive does not hold was not withheld.
            let is_request = needed.kind == MessageName::Request && observation.withheld.is_some();
            Three {
                sent: if is_request {
                    yes(&fill_method(text!(language, "account.sent-if-a-browser-asks")))
                } else {
                    open(text!(language, "account.not-recorded"))
                },
                executed: if is_request {
                    yes(text!(language, "account.executed-by-any-browser"))
                } else {
                    open(text!(language, "account.not-recorded"))
                },
                readable: open(&readable),
            }
        }
        Ending::Finished(finished) => {
            // Where a preload answered, its messages are what was sent.
            let preloaded = replay.loaded.as_ref().is_some_and(|loaded| loaded.is_preload_reused());
            let trail = if preloaded { &replay.earlier } else { &replay.trail };
            let request = trail
                .iter()
                .rev()
                .find(|used| used.kind == MessageName::Request)
                .map(|used| &observation.exchanges[used.index]);
            let preflighted = trail.iter().any(|used| used.kind == MessageName::Preflight);
            let sent_reason = if preloaded {
                text!(language, "account.sent-by-preload")
            } else if preflighted {
                text!(language, "account.sent-after-preflight")
            } else {
                text!(language, "account.sent-without-preflight")
            };
            let answered =
                |status: u16, template| fill(template, &[("status", &status.to_string())]);
            let (codes, message) = match &finished.outcome {
                Err(error) => (
                    unique(error.blockers().iter().map(|blocker| blocker.code.as_str())),
                    error.blockers().first().map(|blocker| blocker.message),
                ),
                Ok(_) => (String::new(), None),
            };
            let blocked = fill(text!(language, "account.readable-blocked"), &[("codes", &codes)]);
            match request.map(|exchange| &exchange.answer) {
                None if message == Some(MessageKind::Preflight) => Three {
                    sent: no(text!(language, "account.not-sent-preflight-failed")),
                    executed: no(text!(language, "account.not-executed")),
                    readable: no(&format!(
                        "{blocked}; {}",
                        text!(language, "account.readable-unknown-after-preflight")
                    )),
                },
                None if finished.outcome.is_ok() => Three {
                    // A data: URL, or an answer from a cache.
                    sent: no(text!(language, "account.not-sent-refused")),
                    executed: no(text!(language, "account.not-executed")),
                    readable: yes(text!(language, "account.readable-passed")),
                },
                None => Three {
                    sent: no(text!(language, "account.not-sent-refused")),
                    executed: no(text!(language, "account.not-executed")),
                    readable: no(&blocked),
                },
                Some(Err(failure)) => {
                    let never_left = matches!(
                        failure.kind,
                        WireFailure::Dns
                            | WireFailure::Tls
                            | WireFailure::Offline
                            | WireFailure::LocalNetworkInsecureContext
                            | WireFailure::LocalNetworkPermissionDenied
                            | WireFailure::LocalNetworkPermissionPrompt
                            | WireFailure::LocalNetworkPermissionsPolicy
                            | WireFailure::LocalNetworkAddressSpaceMismatch
                    ) || matches!(
                        observation.reachable,
                        Some(
                            crate::observation::Reachable::NoAddress
                                | crate::observation::Reachable::NoConnection(_)
                        )
                    );
                    if never_left {
                        Three {
                            sent: no(&format!(
                                "{}: {}",
                                text!(language, "account.not-sent-network"),
                                failure.text
                            )),
                            executed: no(text!(language, "account.not-executed")),
                            readable: no(text!(language, "account.readable-network")),
                        }
                    } else {
                        Three {
                            sent: yes(sent_reason),
                            executed: open(text!(language, "account.executed-no-answer")),
                            readable: no(text!(language, "account.readable-network")),
                        }
                    }
                }
                Some(Ok(response)) => {
                    let readable = match &finished.outcome {
                        _ if let Some(loaded) = &replay.loaded => {
                            load::readable(&loaded.sight, &blocked, language)
                        }
                        Ok(filtered) => match filtered.response_type() {
                            ResponseType::Basic | ResponseType::Cors => {
                                yes(text!(language, "account.readable-passed"))
                            }
                            ResponseType::Opaque | ResponseType::OpaqueRedirect => {
                                no(text!(language, "account.readable-opaque"))
                            }
                        },
                        Err(_) => no(&blocked),
                    };
                    let login = trail.iter().any(|used| {
                        crate::cause::leads_to_login(&observation.exchanges[used.index]).is_some()
                    });
                    let status = response.status;
                    let executed = if crate::cause::is_unreachable(status) {
                        open(&answered(status, text!(language, "account.executed-unreachable")))
                    } else if matches!(status, 401 | 403 | 407 | 429) {
                        open(&answered(status, text!(language, "account.executed-refused")))
                    } else if login {
                        open(text!(language, "account.executed-login"))
                    } else if readable.answer == Answer::Yes {
                        yes(&answered(status, text!(language, "account.executed-answered")))
                    } else {
                        let template = text!(language, "account.executed-only-reading-blocked");
                        yes(&answered(status, template))
                    };
                    Three { sent: yes(sent_reason), executed, readable }
                }
            }
        }
    }
}

/// The headers that the response itself must carry, in words.
pub(super) fn required_headers(observation: &Observation) -> String {
    let mut headers = format!("access-control-allow-origin: {}", page_origin(&observation.client));
    if credentials(&observation.init) == corsage::browser::CredentialsMode::Include {
        headers.push_str(" and access-control-allow-credentials: true");
    }
    headers
}

/// The sentence over the whole account.
pub(super) fn headline(
    replay: &Replay,
    verdict: super::Verdict,
    differ: Agreement,
    language: Language,
    observation: &Observation,
) -> String {
    use super::Verdict;
    if let Some(loaded) = replay.loaded.as_ref().filter(|_| differ == Agreement::Agree) {
        return load::headline(&loaded.sight, verdict, language, observation);
    }
    let text = match (&replay.ending, verdict) {
        (Ending::Refused(_), _) => text!(language, "account.refused-by-api"),
        (_, Verdict::Allowed) => text!(language, "account.may-read"),
        (_, Verdict::Blocked) if differ == Agreement::Differ => {
            text!(language, "account.may-read-somewhere")
        }
        (Ending::Finished(finished), Verdict::Blocked) if finished.outcome.is_ok() => {
            text!(language, "account.opaque")
        }
        (_, Verdict::Blocked) => text!(language, "account.may-not-read"),
        (Ending::Finished(finished), Verdict::Undecided)
            if finished
                .outcome
                .as_ref()
                .err()
                .is_some_and(|error| super::blockers::is_network(error.blamed().code)) =>
        {
            text!(language, "account.not-cors")
        }
        (_, Verdict::Undecided) => text!(language, "account.undecided"),
    };
    fill(text, &[("method", &method(&observation.init))])
}

fn unique<'c>(codes: impl Iterator<Item = &'c str>) -> String {
    let mut seen: Vec<&str> = Vec::new();
    for code in codes {
        if !seen.contains(&code) {
            seen.push(code);
        }
    }
    seen.join(", ")
}

fn yes(reason: &str) -> Answered {
    Answered { answer: Answer::Yes, reason: reason.to_owned() }
}

fn no(reason: &str) -> Answered {
    Answered { answer: Answer::No, reason: reason.to_owned() }
}

fn open(reason: &str) -> Answered {
    Answered { answer: Answer::Open, reason: reason.to_owned() }
}
