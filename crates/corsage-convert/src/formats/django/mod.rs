//! [django-cors-headers](https://github.com/adamchainz/django-cors-headers) in Django's settings.

mod checks;
mod settings;
mod url;

use self::settings::Settings;
use super::python::{Behaves, Lines, Questions, Spelling, behind_answer, paths_of};
use crate::python::{Call, Calls, Value, run};
use crate::regexes::Reach;
use crate::{Answered, Asked, Behind, Borders, NotRead, OriginMatcher, Program, Source, Span};

/// Reads Django's settings.
///
/// # Errors
/// What is not understood; and where `manage.py` runs the project, what its checks refuse. Servers that run
/// the project without it do not check.
pub fn read(source: &Source<'_>) -> Result<Box<dyn Program>, NotRead> {
    let names = run(source.text, source.circumstances.environment.as_ref(), &mut Listener)?;
    let settings = Settings::new(&names)?;
    if source.circumstances.implementation.as_deref() == Some("django") {
        checks::check(&settings)?;
    }
    Ok(Box::new(Project { settings }))
}

struct Listener;

impl Calls for Listener {
    fn call(&mut self, _: &Call) -> Option<Value> {
        None
    }

    fn assign(&mut self, _: &str, _: &Value, _: &Span, _: bool) {}

    fn iterate(&mut self, _: &str) -> Option<Value> {
        None
    }

    fn known(&self, name: &str) -> Option<Value> {
        let list = match name {
            "corsheaders.defaults.default_headers" => settings::DEFAULT_HEADERS,
            "corsheaders.defaults.default_methods" => settings::DEFAULT_METHODS,
            _ => return None,
        };
        Some(Value::Tuple(list.iter().map(Value::text).collect()))
    }
}

struct Project {
    settings: Settings,
}

/// Something in the settings that raises when it is used.
pub(super) struct Raises;

impl Project {
    fn add_to(&self, asked: &Asked<'_>, lines: &mut Lines) -> Result<(), Raises> {
        let settings = &self.settings;
        patch_vary(lines);
        let origin = asked.joined("origin", ",").unwrap_or_default();
        if origin.is_empty() {
            return Ok(());
        }
        let Some(url) = url::split(&origin) else { return Ok(()) };
        if !settings.all_origins && !settings.lists(&origin, &url)? {
            return Ok(());
        }
        if settings.all_origins && !settings.credentials {
            lines.set("access-control-allow-origin", "*");
        } else {
            lines.set("access-control-allow-origin", origin);
        }
        if settings.credentials {
            lines.set("access-control-allow-credentials", "true");
        }
        if !settings.expose.is_empty() {
            lines.set("access-control-expose-headers", settings.expose.join(", "));
        }
        if asked.method == "OPTIONS" {
            lines.set("access-control-allow-headers", settings.headers.join(", "));
            lines.set("access-control-allow-methods", settings.methods.join(", "));
            if let Some(age) = &settings.max_age {
                lines.set("access-control-max-age", &**age);
            }
        }
        if settings.private_network
            && asked.joined("access-control-request-private-network", ",").as_deref()
                == Some("true")
        {
            lines.set("access-control-allow-private-network", "true");
        }
        Ok(())
    }
}

/// `patch_vary_headers(response, ("origin",))`.
fn patch_vary(lines: &mut Lines) {
    let present = lines.joined("vary");
    let mut names: Vec<String> = present
        .iter()
        .flat_map(|line| line.split(','))
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .collect();
    if !names.iter().any(|name| name.eq_ignore_ascii_case("origin")) {
        names.push("origin".to_owned());
    }
    let new = if names.iter().any(|name| name == "*") { "*".to_owned() } else { names.join(", ") };
    lines.set("Vary", new);
}

impl Program for Project {
    fn answer(&self, asked: &Asked<'_>, behind: &dyn Behind) -> Answered {
        let settings = &self.settings;
        let enabled = settings.installed && settings.urls.is_match(asked.path_only());
        let is_preflight =
            asked.method == "OPTIONS" && asked.first("access-control-request-method").is_some();
        if enabled && is_preflight {
            let mut lines = Lines::default();
            return match self.add_to(asked, &mut lines) {
                Ok(()) => lines.answered(200, false),
                Err(Raises) => Answered::by_itself(500),
            };
        }
        let behaves = Behaves { head_is_get: true, options: 405, spelling: Spelling::AsWritten };
        let mut came = behind_answer(asked, behind, behaves);
        if enabled && came.status != 0 && self.add_to(asked, &mut came.lines).is_err() {
            return Answered { reached: came.reached, ..Answered::by_itself(500) };
        }
        came.lines.answered(came.status, came.reached)
    }

    fn borders(&self) -> Borders {
        let settings = &self.settings;
        let mut questions = Questions::new();
        for origin in &settings.origins {
            questions.origin(OriginMatcher::Exact(origin.clone()), &settings.origins_span);
        }
        for regex in &settings.regexes {
            questions.regex(&regex.written, Reach::Start, regex.case, &regex.span);
        }
        questions.methods(&settings.methods);
        questions.headers(&settings.headers);
        questions.looks_at("access-control-request-private-network");
        if settings.urls.written() != settings::ALL_URLS {
            questions.paths(paths_of(settings.urls.written()));
        }
        questions.done()
    }
}
