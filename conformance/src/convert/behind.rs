//! What stood behind the programs when they were recorded.

use corsage_convert::{Asked, Behind, BehindAnswer, BehindResponse, Format, VaryIs};

use super::case::Surroundings;

/// What stood behind one program.
#[derive(Clone, Copy, Debug)]
pub(super) struct Recorded {
    pub(super) surroundings: Surroundings,
    pub(super) format: Format,
}

impl Behind for Recorded {
    fn answer(&self, asked: &Asked<'_>) -> BehindAnswer {
        let path = asked.path_only();
        let last = path.rsplit('/').next().unwrap_or_default();
        match self.surroundings {
            Surroundings::Upstream => upstream(asked, last),
            Surroundings::Application => match upstream(asked, last) {
                BehindAnswer::Drops => BehindAnswer::Responds(BehindResponse::plain(502)),
                BehindAnswer::Responds(response) if self.format == Format::Express => {
                    BehindAnswer::Responds(copied(response))
                }
                answer => answer,
            },
            Surroundings::Routes => self.routes(asked, path, last),
            Surroundings::Objects => match last {
                "items" | "own" => BehindAnswer::Responds(BehindResponse::plain(200)),
                "err" if self.format == Format::Serve => {
                    BehindAnswer::Responds(BehindResponse::plain(200))
                }
                _ => BehindAnswer::NoRoute,
            },
        }
    }
}

impl Recorded {
    fn routes(&self, asked: &Asked<'_>, path: &str, last: &str) -> BehindAnswer {
        let prefix = path.strip_suffix(last).unwrap_or_default();
        let prefixes: &[&str] = match self.format {
            Format::Next => &["/api/"],
            _ => &["/", "/api/", "/public/", "/api/v1/"],
        };
        if self.format == Format::Next && path == "/public/items" {
            return page(asked);
        }
        if !prefixes.contains(&prefix) {
            return BehindAnswer::NoRoute;
        }
        let methods: &[&str] = match (last, self.format) {
            ("items", Format::Aiohttp) => &["GET", "HEAD", "POST"],
            ("items", _) => &["GET", "POST"],
            ("err", _) => &["POST"],
            ("own", _) => &["GET"],
            _ => return BehindAnswer::NoRoute,
        };
        if !methods.contains(&asked.method) {
            let allowed = methods.iter().map(|&method| method.to_owned()).collect();
            return BehindAnswer::NoMethod { allowed };
        }
        match last {
            "err" => BehindAnswer::Raises,
            "own" => BehindAnswer::Responds(own("https://own.example.com")),
            _ => BehindAnswer::Responds(BehindResponse::plain(200)),
        }
    }
}

/// Next's own, beside the handlers: it is there for reading.
fn page(asked: &Asked<'_>) -> BehindAnswer {
    match asked.method {
        "GET" | "HEAD" => BehindAnswer::Responds(BehindResponse::plain(200)),
        _ => BehindAnswer::NoMethod { allowed: vec!["GET".to_owned(), "HEAD".to_owned()] },
    }
}

fn upstream(asked: &Asked<'_>, last: &str) -> BehindAnswer {
    if asked.method == "OPTIONS" {
        return BehindAnswer::Responds(BehindResponse::plain(405));
    }
    match last {
        "err" => BehindAnswer::Responds(BehindResponse::plain(500)),
        "missing" => BehindAnswer::Responds(BehindResponse::plain(404)),
        "own" => BehindAnswer::Responds(own("https://own.example.net")),
        "drop" => BehindAnswer::Drops,
        _ => BehindAnswer::Responds(BehindResponse::plain(200)),
    }
}

/// The recording's express application copies the upstream's lines: names in lower case, `Vary` beside
/// what is there.
fn copied(response: BehindResponse) -> BehindResponse {
    let cors = response.cors.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value));
    BehindResponse { cors: cors.collect(), vary_is: VaryIs::Added, ..response }
}

fn own(origin: &str) -> BehindResponse {
    BehindResponse {
        status: 200,
        cors: vec![("Access-Control-Allow-Origin".to_owned(), origin.to_owned())],
        vary: vec!["Accept-Encoding".to_owned()],
        vary_is: VaryIs::Set,
    }
}
