//! A request's way through Envoy: virtual host, route, CORS filter, router.

use super::model::{
    Action, AddedHeader, Append, Envoy, HeaderMatch, HeaderValue, Level, PathMatch, Piece, Policy,
    Route, StringMatch, VirtualHost,
};
use crate::{Answered, Asked, Behind};

pub(crate) fn answer(envoy: &Envoy, asked: &Asked<'_>, behind: &dyn Behind) -> Answered {
    let Some(host) = envoy.host(asked.host) else { return Answered::by_itself(404) };
    let Some(route) = host.routes.iter().find(|route| route.takes(asked)) else {
        return Answered::by_itself(404);
    };
    // The most specific first, as policies are asked and headers are changed.
    let levels = [&route.level, &host.level, &envoy.level];
    match &route.action {
        // No route entry: the CORS filter keeps out of it.
        Action::Redirect { status } | Action::Direct { status } => {
            let mut answered = Answered::by_itself(*status);
            change_headers(&levels, asked, &mut answered);
            answered
        }
        Action::Forward { rewrite } => {
            let cors = if envoy.has_filter { Cors::of(&levels, asked) } else { None };
            if let Some(preflight) = cors.as_ref().and_then(|cors| cors.preflight(asked)) {
                return preflight;
            }
            let mut answered = forward(route, rewrite.as_deref(), asked, behind);
            change_headers(&levels, asked, &mut answered);
            if let Some(cors) = cors {
                cors.share(&mut answered);
            }
            answered
        }
    }
}

fn forward(
    route: &Route,
    rewrite: Option<&str>,
    asked: &Asked<'_>,
    behind: &dyn Behind,
) -> Answered {
    let rewritten = rewrite.map(|rewrite| match &route.path {
        PathMatch::Prefix(prefix) | PathMatch::Segments(prefix) => {
            format!("{rewrite}{}", asked.path.strip_prefix(prefix.as_str()).unwrap_or_default())
        }
        PathMatch::Exact(_) | PathMatch::Regex(_) => rewrite.to_owned(),
    });
    let passed = Asked { path: rewritten.as_deref().unwrap_or(asked.path), ..*asked };
    let (reached, response) = behind.answer(&passed).upstream();
    let Some(response) = response else {
        return Answered { status: 503, reached, ..Answered::default() };
    };
    let mut answered = Answered { status: response.status, reached, ..Answered::default() };
    for (name, value) in response.cors {
        append(&mut answered, &name.to_ascii_lowercase(), value);
    }
    for value in response.vary {
        append(&mut answered, "vary", value);
    }
    answered
}

/// Headers that Envoy knows are one line: more values are joined to it.
fn append(answered: &mut Answered, name: &str, value: String) {
    let line = if name == "vary" {
        answered.vary.first_mut()
    } else {
        answered.cors.iter_mut().find(|(other, _)| other == name).map(|(_, value)| value)
    };
    match line {
        Some(line) if line.is_empty() => *line = value,
        Some(line) => {
            line.push(',');
            line.push_str(&value);
        }
        None if name == "vary" => answered.vary.push(value),
        None => answered.add(name, value),
    }
}

fn set(answered: &mut Answered, name: &str, value: &str) {
    if name == "vary" {
        answered.vary = vec![value.to_owned()];
        return;
    }
    match answered.cors.iter_mut().find(|(other, _)| other == name) {
        Some((_, line)) => value.clone_into(line),
        None => answered.add(name, value),
    }
}

fn change_headers(levels: &[&Level], asked: &Asked<'_>, answered: &mut Answered) {
    for level in levels {
        for name in &level.to_remove {
            answered.remove(name);
            if name == "vary" {
                answered.vary.clear();
            }
        }
        for header in &level.to_add {
            add_header(header, asked, answered);
        }
    }
}

fn add_header(header: &AddedHeader, asked: &Asked<'_>, answered: &mut Answered) {
    if header.name != "vary" && !header.name.starts_with("access-control-") {
        return;
    }
    let mut value = String::new();
    for piece in &header.value {
        match piece {
            Piece::Text(text) => value.push_str(text),
            Piece::Request(name, other) => {
                let found = asked.joined(name, ",").filter(|value| !value.is_empty());
                let found =
                    found.or_else(|| other.as_deref().and_then(|name| asked.joined(name, ",")));
                value.push_str(&found.unwrap_or_default());
            }
        }
    }
    if value.is_empty() && !header.keep_empty {
        return;
    }
    let present = if header.name == "vary" {
        !answered.vary.is_empty()
    } else {
        answered.lines(&header.name).next().is_some()
    };
    match header.action {
        Append::Add => append(answered, &header.name, value),
        Append::AddIfAbsent if present => {}
        Append::OverwriteIfPresent if !present => {}
        Append::AddIfAbsent | Append::Overwrite | Append::OverwriteIfPresent => {
            set(answered, &header.name, &value);
        }
    }
}

/// The CORS filter at work on one request that has an origin.
struct Cors<'p> {
    policies: Vec<&'p Policy>,
    origin: String,
    allowed: bool,
}

impl<'p> Cors<'p> {
    fn of(levels: &[&'p Level], asked: &Asked<'_>) -> Option<Self> {
        let disabled =
            levels.iter().find_map(|level| level.disabled.or(level.policy.as_ref().map(|_| false)));
        if disabled == Some(true) {
            return None;
        }
        let policies: Vec<&Policy> =
            levels.iter().filter_map(|level| level.policy.as_ref()).collect();
        if policies.first().is_none_or(|policy| policy.off) {
            return None;
        }
        let origin = asked.joined("origin", ",").filter(|origin| !origin.is_empty())?;
        let matchers: &[StringMatch] = policies
            .iter()
            .map(|policy| policy.origins.as_slice())
            .find(|origins| !origins.is_empty())
            .unwrap_or_default();
        // A matcher that fits the text `*` admits whoever asks.
        let allowed =
            matchers.iter().any(|matcher| matcher.is_match("*") || matcher.is_match(&origin));
        Some(Self { policies, origin, allowed })
    }

    fn text(&self, of: impl Fn(&'p Policy) -> &'p str) -> &'p str {
        self.policies
            .iter()
            .map(|policy| of(policy))
            .find(|text| !text.is_empty())
            .unwrap_or_default()
    }

    fn flag(&self, of: impl Fn(&Policy) -> Option<bool>) -> Option<bool> {
        self.policies.iter().find_map(|policy| of(policy))
    }

    fn preflight(&self, asked: &Asked<'_>) -> Option<Answered> {
        let method = asked.joined("access-control-request-method", ",").unwrap_or_default();
        if asked.method != "OPTIONS" || method.is_empty() {
            return None;
        }
        if !self.allowed && self.flag(|policy| policy.forward_unmatched).unwrap_or(true) {
            return None;
        }
        let mut answered = Answered::by_itself(200);
        if self.allowed {
            answered.add("access-control-allow-origin", self.origin.clone());
        }
        if self.flag(|policy| policy.credentials) == Some(true) {
            answered.add("access-control-allow-credentials", "true");
        }
        // A star alone is answered by what was asked for, even where that is nothing.
        let requested = || asked.joined("access-control-request-headers", ",").unwrap_or_default();
        match self.text(|policy| &policy.methods) {
            "" => {}
            "*" => answered.add("access-control-allow-methods", method),
            methods => answered.add("access-control-allow-methods", methods),
        }
        match self.text(|policy| &policy.headers) {
            "" => {}
            "*" => answered.add("access-control-allow-headers", requested()),
            headers => answered.add("access-control-allow-headers", headers),
        }
        match self.text(|policy| &policy.max_age) {
            "" => {}
            max_age => answered.add("access-control-max-age", max_age),
        }
        if self.flag(|policy| policy.private_network) == Some(true)
            && asked.joined("access-control-request-private-network", ",").as_deref()
                == Some("true")
        {
            answered.add("access-control-allow-private-network", "true");
        }
        self.share(&mut answered);
        Some(answered)
    }

    /// What every response to an allowed origin gets, preflights too.
    fn share(&self, answered: &mut Answered) {
        if !self.allowed {
            return;
        }
        set(answered, "access-control-allow-origin", &self.origin);
        if self.flag(|policy| policy.credentials) == Some(true) {
            set(answered, "access-control-allow-credentials", "true");
        }
        let expose = self.text(|policy| &policy.expose);
        if !expose.is_empty() {
            set(answered, "access-control-expose-headers", expose);
        }
    }
}

impl Envoy {
    /// The virtual host of a host name: exact, then the longest suffix, then the longest prefix, then `*`.
    fn host(&self, host: &str) -> Option<&VirtualHost> {
        let host = host.to_ascii_lowercase();
        let best = |weigh: &dyn Fn(&str) -> Option<usize>| {
            let mut best: Option<(usize, &VirtualHost)> = None;
            for candidate in &self.hosts {
                for weight in candidate.domains.iter().filter_map(|domain| weigh(domain)) {
                    if best.is_none_or(|(most, _)| weight > most) {
                        best = Some((weight, candidate));
                    }
                }
            }
            best.map(|(_, host)| host)
        };
        best(&|domain| domain.eq_ignore_ascii_case(&host).then_some(0))
            .or_else(|| {
                best(&|domain| {
                    let suffix = domain
                        .strip_prefix('*')
                        .filter(|suffix| !suffix.is_empty())?
                        .to_ascii_lowercase();
                    (host.len() > suffix.len() && host.ends_with(&suffix)).then_some(suffix.len())
                })
            })
            .or_else(|| {
                best(&|domain| {
                    let prefix = domain
                        .strip_suffix('*')
                        .filter(|prefix| !prefix.is_empty())?
                        .to_ascii_lowercase();
                    (host.len() > prefix.len() && host.starts_with(&prefix)).then_some(prefix.len())
                })
            })
            .or_else(|| best(&|domain| (domain == "*").then_some(0)))
    }
}

impl Route {
    fn takes(&self, asked: &Asked<'_>) -> bool {
        let path = asked.path_only();
        let fits = match &self.path {
            PathMatch::Prefix(prefix) => asked.path.starts_with(prefix.as_str()),
            PathMatch::Segments(prefix) => path
                .strip_prefix(prefix.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/')),
            PathMatch::Exact(exact) => path == exact,
            PathMatch::Regex(matcher) => matcher.is_match(path),
        };
        fits && self.headers.iter().all(|header| header.fits(asked))
    }
}

impl HeaderMatch {
    fn fits(&self, asked: &Asked<'_>) -> bool {
        let value = match self.name.as_str() {
            ":method" => Some(asked.method.to_owned()),
            ":path" => Some(asked.path.to_owned()),
            ":authority" | "host" => Some(asked.host.to_owned()),
            name => asked.joined(name, ","),
        };
        let fits = match (&self.value, value) {
            (HeaderValue::Present, value) => value.is_some(),
            (HeaderValue::Absent, value) => value.is_none(),
            // A header that is not there fits nothing, turned round or not.
            (HeaderValue::Is(_), None) => return false,
            (HeaderValue::Is(matcher), Some(value)) => matcher.is_match(&value),
        };
        fits != self.inverted
    }
}
