//! Spring's properties, and its `CorsFilter` with the `CorsConfiguration`s that statements of Java register.
//!
//! The model of the filter is that of Spring 4.3: later ones refuse `*` with credentials, and know patterns of origins.

mod config;
mod java;
mod paths;
mod processor;
mod read;
mod yaml;

use self::config::{Config, METHODS, preflight};
use self::paths::Pattern;
use super::tomcat::servlet;
use crate::{
    Answered, Asked, Behind, Borders, NotRead, OriginBorder, OriginMatcher, Program, Source,
};

/// Reads the statements that make the configurations, by themselves or in the classes around them; or the
/// properties of Spring Cloud Gateway and of management endpoints.
///
/// # Errors
/// What is not understood, or what Spring refuses.
pub fn read(source: &Source<'_>) -> Result<Box<dyn Program>, NotRead> {
    if yaml::is_properties(source.text) {
        return yaml::read(source);
    }
    Ok(Box::new(Application { registered: read::registered(source.text)? }))
}

struct Application {
    /// The first pattern that fits decides.
    registered: Vec<(Pattern, Config)>,
}

impl Application {
    fn config(&self, path: &str) -> Option<&Config> {
        let lookup = lookup_path(path);
        self.registered.iter().find(|(pattern, _)| pattern.fits(&lookup)).map(|(_, config)| config)
    }
}

impl Program for Application {
    fn answer(&self, asked: &Asked<'_>, behind: &dyn Behind) -> Answered {
        let mut answered = Answered::by_itself(200);
        if let Some(origin) = asked.first("origin")
            && let Some(config) = self.config(asked.path_only())
        {
            if !is_same_origin(origin, asked.host) {
                match config.decide(asked, origin) {
                    Some(lines) => answered = lines,
                    None => return Answered::by_itself(403),
                }
            }
            if preflight(asked).is_some() {
                return answered;
            }
        }
        servlet(asked, behind, &mut answered);
        answered
    }

    fn borders(&self) -> Borders {
        let mut borders = Borders { paths: ["/".to_owned()].into(), ..Borders::default() };
        for (pattern, config) in &self.registered {
            borders
                .paths
                .insert(pattern.written().replace("**", "corsage").replace(['*', '?'], "x"));
            for (origin, span) in config.origins.iter().flatten() {
                let matcher = match origin.as_str() {
                    "*" => OriginMatcher::Any,
                    text => OriginMatcher::ExactIgnoringCase(text.to_owned()),
                };
                borders.origins.push(OriginBorder { matcher, span: span.clone() });
            }
            borders.methods.extend(config.methods.iter().flatten().cloned());
            borders.headers.extend(config.headers.iter().flatten().map(|name| name.to_lowercase()));
        }
        borders.methods.extend(METHODS.iter().map(|&method| method.to_owned()));
        borders.methods.remove("*");
        borders.headers.remove("*");
        borders
    }
}

/// Host and port of a request, which came without TLS, and those of an origin.
fn is_same_origin(origin: &str, host: &str) -> bool {
    let Some((scheme, authority)) = origin.split_once("://") else { return false };
    let split = |text: &str, otherwise: Option<u16>| match text.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => {
            (name.to_owned(), port.parse().ok().or(otherwise))
        }
        _ => (text.to_owned(), otherwise),
    };
    let port = match scheme {
        "http" | "ws" => Some(80),
        "https" | "wss" => Some(443),
        _ => None,
    };
    let authority = authority.split(['/', '?', '#']).next().unwrap_or_default();
    let authority = authority.rsplit('@').next().unwrap_or_default();
    split(authority, port) == split(host, Some(80))
}

/// The path by which configurations are looked up: decoded, without parameters, each slash once.
fn lookup_path(path: &str) -> String {
    let mut bytes = Vec::with_capacity(path.len());
    let without = path.split('/').map(|part| part.split(';').next().unwrap_or_default());
    let joined = without.collect::<Vec<_>>().join("/");
    let raw = joined.as_bytes();
    let mut at = 0;
    while at < raw.len() {
        let digits = joined.get(at + 1..at + 3).filter(|_| raw[at] == b'%');
        let decoded = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        let byte = decoded.unwrap_or(raw[at]);
        if byte != b'/' || bytes.last() != Some(&b'/') {
            bytes.push(byte);
        }
        at += if decoded.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
