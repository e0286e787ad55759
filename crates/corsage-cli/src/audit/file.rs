//! A configuration audited: its model answers in place of a server.
//!
//! The same checks, the same browser: what a program would answer is asked of the program's model, which is held to
//! the recorded answers of the real one.

use corsage_audit::{Answer, Failure, Findings, Sent, Target, Wire};
use corsage_convert::{Asked, Behind, BehindAnswer, BehindResponse, Program};

/// A program in memory, in front of data that is the user's.
struct Model<'p> {
    program: &'p dyn Program,
}

/// An upstream that has every path, and says nothing of CORS.
struct Everything;

impl Behind for Everything {
    fn answer(&self, _: &Asked<'_>) -> BehindAnswer {
        BehindAnswer::Responds(BehindResponse::plain(200))
    }
}

impl Wire for Model<'_> {
    async fn send(&mut self, sent: &Sent) -> Result<Answer, Failure> {
        let url = url::Url::parse(&sent.url).map_err(|error| Failure::Broken(error.to_string()))?;
        let host = url.host_str().unwrap_or_default().to_owned();
        let path = match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        };
        let asked =
            Asked { method: &sent.method, path: &path, host: &host, headers: &sent.headers };
        let answered = self.program.answer(&asked, &Everything);
        let mut answer = Answer::new(answered.status);
        for (name, value) in &answered.cors {
            answer = answer.with(name, value);
        }
        for value in &answered.vary {
            answer = answer.with("Vary", value);
        }
        let is_user = sent.header("cookie").is_some();
        let body = if is_user { "what is the user's alone" } else { "sign in" };
        Ok(answer.with_body(body))
    }
}

/// Audits one configuration, as if it stood at this address.
pub(super) async fn audit(program: &dyn Program, target: &Target) -> Findings {
    corsage_audit::audit(target, &mut Model { program }).await
}
