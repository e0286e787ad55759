//! The three questions: was it sent, was it executed, may the page read it.

use corsage::browser::{MessageKind, ResponseType, WireFailure};

use super::model::{Answer, Answered, MessageName};
use super::wire::{credentials, method, page_origin};
use crate::catalogue::{Language, Words, fill};
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
    let words = language.words();
    match &replay.ending {
        Ending::Refused(error) => {
            let code = error.code.as_str();
            Three {
                sent: no(words.not_sent_refused),
                executed: no(words.not_executed),
                readable: no(&fill(words.readable_blocked, &[("codes", code)])),
            }
        }
        Ending::Open(needed) => {
            let method = text(&needed.request.method);
            let fill_method = |template| fill(template, &[("method", &method)]);
            let headers = required_headers(observation);
            let readable =
                fill(words.readable_not_asked, &[("method", &method), ("headers", &headers)]);
            let is_request = needed.kind == MessageName::Request;
            Three {
                sent: if is_request {
                    yes(&fill_method(words.sent_if_a_browser_asks))
                } else {
                    open(words.not_recorded)
                },
                executed: if is_request {
                    yes(words.executed_by_any_browser)
                } else {
                    open(words.not_recorded)
                },
                readable: open(&readable),
            }
        }
        Ending::Finished(finished) => {
            let request = replay
                .trail
                .iter()
                .rev()
                .find(|used| used.kind == MessageName::Request)
                .map(|used| &observation.exchanges[used.index]);
            let preflighted = replay.trail.iter().any(|used| used.kind == MessageName::Preflight);
            let sent_reason =
                if preflighted { words.sent_after_preflight } else { words.sent_without_preflight };
            let answered =
                |status: u16, template| fill(template, &[("status", &status.to_string())]);
            let (codes, message) = match &finished.outcome {
                Err(error) => (
                    unique(error.blockers().iter().map(|blocker| blocker.code.as_str())),
                    error.blockers().first().map(|blocker| blocker.message),
                ),
                Ok(_) => (String::new(), None),
            };
            let blocked = fill(words.readable_blocked, &[("codes", &codes)]);
            match request.map(|exchange| &exchange.answer) {
                None if message == Some(MessageKind::Preflight) => Three {
                    sent: no(words.not_sent_preflight_failed),
                    executed: no(words.not_executed),
                    readable: no(&format!("{blocked}; {}", words.readable_unknown_after_preflight)),
                },
                None if finished.outcome.is_ok() => Three {
                    // A data: URL, or an answer from a cache.
                    sent: no(words.not_sent_refused),
                    executed: no(words.not_executed),
                    readable: yes(words.readable_passed),
                },
                None => Three {
                    sent: no(words.not_sent_refused),
                    executed: no(words.not_executed),
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
                            sent: no(&format!("{}: {}", words.not_sent_network, failure.text)),
                            executed: no(words.not_executed),
                            readable: no(words.readable_network),
                        }
                    } else {
                        Three {
                            sent: yes(sent_reason),
                            executed: open(words.executed_no_answer),
                            readable: no(words.readable_network),
                        }
                    }
                }
                Some(Ok(response)) => {
                    let readable = match &finished.outcome {
                        Ok(filtered) => match filtered.response_type() {
                            ResponseType::Basic | ResponseType::Cors => yes(words.readable_passed),
                            ResponseType::Opaque | ResponseType::OpaqueRedirect => {
                                no(words.readable_opaque)
                            }
                        },
                        Err(_) => no(&blocked),
                    };
                    let executed = if readable.answer == Answer::Yes {
                        words.executed_answered
                    } else {
                        words.executed_only_reading_blocked
                    };
                    Three {
                        sent: yes(sent_reason),
                        executed: yes(&answered(response.status, executed)),
                        readable,
                    }
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
    differ: super::browsers::Agreement,
    words: &Words,
    observation: &Observation,
) -> String {
    use super::Verdict;
    let text = match (&replay.ending, verdict) {
        (Ending::Refused(_), _) => words.refused_by_api,
        (_, Verdict::Allowed) => words.may_read,
        (_, Verdict::Blocked) if differ == super::browsers::Agreement::Differ => {
            words.may_read_somewhere
        }
        (Ending::Finished(finished), Verdict::Blocked) if finished.outcome.is_ok() => words.opaque,
        (_, Verdict::Blocked) => words.may_not_read,
        (Ending::Finished(finished), Verdict::Undecided)
            if finished
                .outcome
                .as_ref()
                .err()
                .is_some_and(|error| super::blockers::is_network(error.blamed().code)) =>
        {
            words.not_cors
        }
        (_, Verdict::Undecided) => words.undecided,
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
