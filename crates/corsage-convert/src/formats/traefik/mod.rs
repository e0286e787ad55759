//! Traefik's dynamic configuration: routers, and the `headers` middlewares on their way.
//!
//! A field that Traefik does not know makes it refuse the whole file, and a broken expression the whole
//! router: what was routed there is not found then.

mod headers;
mod read;
mod rule;

use headers::Headers;
use rule::Rule;

use crate::{Answered, Asked, Behind, BehindResponse, Borders, NotRead, Program, Source};

/// Reads Traefik's dynamic configuration, from a file or from its objects in Kubernetes.
///
/// # Errors
/// A middleware or a rule that has no model here.
pub(crate) fn read(source: &Source<'_>) -> Result<Box<dyn Program>, NotRead> {
    read::read(source).map(|traefik| Box::new(traefik) as Box<dyn Program>)
}

/// All routers, the first to be asked first.
struct Traefik {
    routers: Vec<Router>,
}

struct Router {
    rule: Rule,
    /// None where Traefik could not build the router.
    middlewares: Option<Vec<Middleware>>,
}

#[derive(Clone)]
enum Middleware {
    Headers(Box<Headers>),
    StripPrefix(Vec<String>),
    AddPrefix(String),
    /// One that no answer depends on.
    Nothing,
}

impl Program for Traefik {
    fn answer(&self, asked: &Asked<'_>, behind: &dyn Behind) -> Answered {
        let router = self
            .routers
            .iter()
            .find(|router| router.middlewares.is_some() && router.rule.takes(asked));
        match router.and_then(|router| router.middlewares.as_ref()) {
            Some(middlewares) => through(middlewares, asked, behind),
            None => Answered::by_itself(404),
        }
    }

    fn borders(&self) -> Borders {
        let mut borders = Borders::default();
        for router in &self.routers {
            router.rule.borders(&mut borders);
            for middleware in router.middlewares.iter().flatten() {
                if let Middleware::Headers(headers) = middleware {
                    headers.borders(&mut borders);
                }
            }
        }
        borders
    }
}

/// The first middleware is the outermost: it sees the request first and the response last.
fn through(middlewares: &[Middleware], asked: &Asked<'_>, behind: &dyn Behind) -> Answered {
    let Some((first, rest)) = middlewares.split_first() else { return forwarded(asked, behind) };
    match first {
        Middleware::Headers(headers) => {
            if let Some(preflight) = headers.preflight(asked) {
                return preflight;
            }
            let mut answered = through(rest, asked, behind);
            headers.on_response(asked, &mut answered);
            answered
        }
        Middleware::StripPrefix(prefixes) => {
            let stripped =
                prefixes.iter().find_map(|prefix| asked.path.strip_prefix(prefix.as_str()));
            let path = stripped.map_or(asked.path.to_owned(), |rest| {
                if rest.starts_with('/') { rest.to_owned() } else { format!("/{rest}") }
            });
            through(rest, &Asked { path: &path, ..*asked }, behind)
        }
        Middleware::AddPrefix(prefix) => {
            let path = format!("{prefix}{}", asked.path);
            through(rest, &Asked { path: &path, ..*asked }, behind)
        }
        Middleware::Nothing => through(rest, asked, behind),
    }
}

fn forwarded(asked: &Asked<'_>, behind: &dyn Behind) -> Answered {
    let (reached, response) = behind.answer(asked).upstream();
    let response = response.unwrap_or_else(|| BehindResponse::plain(502));
    let mut answered =
        Answered { status: response.status, reached, vary: response.vary, cors: response.cors };
    headers::sort(&mut answered);
    answered
}
