//! Kong's `cors` plugin: in a declarative file, in objects of Kubernetes, or alone as the Admin API has it.

mod plugin;
mod read;
mod route;

pub(crate) use plugin::Cors;
#[cfg(feature = "terraform")]
pub(crate) use read::everywhere;
use route::Route;

use crate::{Answered, Asked, Behind, BehindResponse, Borders, NotRead, Program, Source};

/// Reads Kong's configuration.
///
/// # Errors
/// What has no model here, or what Kong refuses.
pub(crate) fn read(source: &Source<'_>) -> Result<Box<dyn Program>, NotRead> {
    read::read(source)
}

/// Routes with the plugin that stands on each; the first to be asked first.
struct Kong {
    routes: Vec<(Route, Option<Cors>)>,
    /// What stands on all: on the answer for what no route takes as well.
    global: Option<Cors>,
}

impl Program for Kong {
    fn answer(&self, asked: &Asked<'_>, behind: &dyn Behind) -> Answered {
        let Some((_, cors)) = self.routes.iter().find(|(route, _)| route.takes(asked)) else {
            let mut answered = Answered::by_itself(404);
            if let Some(cors) = &self.global {
                cors.on_response(asked, &mut answered);
            }
            return answered;
        };
        let is_preflight = asked.method == "OPTIONS"
            && asked.first("origin").is_some()
            && asked.first("access-control-request-method").is_some();
        match cors {
            Some(cors) if is_preflight && !cors.preflight_continue => cors.preflight(asked),
            Some(cors) => {
                let mut answered = forwarded(asked, behind);
                if !is_preflight {
                    cors.on_response(asked, &mut answered);
                }
                answered
            }
            None => forwarded(asked, behind),
        }
    }

    fn borders(&self) -> Borders {
        let mut borders = Borders::default();
        for (route, cors) in &self.routes {
            route.borders(&mut borders);
            if let Some(cors) = cors {
                cors.borders(&mut borders);
            }
        }
        borders
    }
}

fn forwarded(asked: &Asked<'_>, behind: &dyn Behind) -> Answered {
    let (reached, response) = behind.answer(asked).upstream();
    let response = response.unwrap_or_else(|| BehindResponse::plain(502));
    Answered { status: response.status, reached, vary: response.vary, cors: response.cors }
}
