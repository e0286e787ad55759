//! Remarks on an answer: the fetch goes on, and its reader should know something.

use super::profile::{AuthPrompt, TimingOrigin};
use super::run::{Run, Tainting};
use super::{Code, CredentialsMode, WireResponse};
use crate::terms::header_values::get_decode_and_split;

pub(crate) fn on_answer(run: &mut Run, response: &WireResponse) {
    if response.status == 401 && response.headers.contains(b"www-authenticate") {
        let code = if prompts(run) { Code::AuthPromptShown } else { Code::AuthChallengeNotShown };
        run.note(code, ["www-authenticate"]);
    }
    if run.tainting != Tainting::Basic && !passes_timing_check(run, response) {
        run.note(Code::TimingHidden, ["timing-allow-origin"]);
    }
}

/// By the text a request across origins never prompts; two engines do when credentials are
/// included.
fn prompts(run: &Run) -> bool {
    match (run.tainting, run.request.credentials) {
        (_, CredentialsMode::Omit) => false,
        (Tainting::Basic, _) => true,
        (_, CredentialsMode::SameOrigin) => false,
        (Tainting::Opaque, CredentialsMode::Include) => true,
        (Tainting::Cors, CredentialsMode::Include) => {
            run.switches().auth_prompt == AuthPrompt::ForCorsToo
        }
    }
}

/// [TAO check](https://fetch.spec.whatwg.org/#concept-tao-check)
pub(crate) fn passes_timing_check(run: &Run, response: &WireResponse) -> bool {
    let Some(value) = response.headers.get(b"timing-allow-origin") else { return false };
    let origin = match run.switches().timing_origin {
        TimingOrigin::OfPageWithoutCors if run.tainting != Tainting::Cors => {
            run.client.origin.to_string()
        }
        _ => run.serialized_origin(),
    };
    get_decode_and_split(&value).iter().any(|item| item == b"*" || item == origin.as_bytes())
}
