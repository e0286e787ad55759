//! What one origin gets on one route.

use corsage::terms::method::is_safelisted;

use super::rule::{AnsweredOrigin, ErrorsCarry, Names, VaryOnOrigin};
use crate::compare::{PageRequest, Questions, Saw, Scene, UNLISTED_HEADER, UNLISTED_METHOD, page};
use crate::{Answered, Asked, Program};

/// A rule without its origins.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Treatment {
    pub(super) answered: AnsweredOrigin,
    pub(super) credentials: bool,
    pub(super) credentials_beside_star: bool,
    pub(super) methods: Names,
    pub(super) headers: Names,
    pub(super) expose: Names,
    pub(super) max_age: Option<i64>,
    pub(super) preflight_status: u16,
    pub(super) vary: VaryOnOrigin,
    pub(super) errors: ErrorsCarry,
}

/// A route of a program.
pub(super) struct Route<'a> {
    pub(super) program: &'a dyn Program,
    pub(super) host: &'a str,
    pub(super) path: &'a str,
    pub(super) questions: &'a Questions,
}

impl Route<'_> {
    /// What an origin gets; nothing where it may neither read nor write.
    pub(super) fn treatment(&self, origin: &str) -> Option<Treatment> {
        let credentials = self.passes(origin, "GET", None, true);
        if !credentials && !self.passes(origin, "GET", None, false) {
            // A page that cannot read may still be granted a preflight: what it then sends is executed.
            let grants = |with_credentials| {
                self.questions.methods.iter().any(|method| {
                    !is_safelisted(method.as_bytes())
                        && self.runs(origin, method, None, with_credentials)
                })
            };
            if !grants(false) && !grants(true) {
                return None;
            }
        }
        let actual = self.ask("GET", origin, &[], Scene::Works);
        let error = self.ask("GET", origin, &[], Scene::Fails);
        let preflight =
            self.ask("OPTIONS", origin, &[("Access-Control-Request-Method", "PUT")], Scene::Works);
        let granted =
            |method: &str, header: Option<&str>| self.runs(origin, method, header, credentials);
        let answered = answered_origin(&actual, origin);
        let methods = self.methods(&granted, &preflight);
        Some(Treatment {
            credentials_beside_star: answered == AnsweredOrigin::Star
                && single(&actual, "access-control-allow-credentials") == Some("true"),
            answered,
            credentials,
            headers: self.headers_of_any(origin, &methods, &granted),
            methods,
            expose: expose(&actual, credentials),
            max_age: single(&preflight, "access-control-max-age")
                .and_then(|value| value.trim().parse().ok()),
            preflight_status: preflight.status,
            vary: vary(&actual, &self.ask("GET", "", &[], Scene::Works)),
            errors: if error.lines("access-control-allow-origin").next().is_some() {
                ErrorsCarry::Headers
            } else {
                ErrorsCarry::Nothing
            },
        })
    }

    fn methods(&self, granted: &dyn Fn(&str, Option<&str>) -> bool, preflight: &Answered) -> Names {
        if granted(UNLISTED_METHOD, None) {
            let says_star = single(preflight, "access-control-allow-methods")
                .is_some_and(|value| value.split(',').any(|name| name.trim() == "*"));
            return if says_star { Names::Star } else { Names::Mirrored };
        }
        Names::Listed(
            self.questions
                .methods
                .iter()
                .filter(|method| !is_safelisted(method.as_bytes()) && granted(method, None))
                .cloned()
                .collect(),
        )
    }

    /// The headers that a GET may have; where it may have none, because preflights for it are refused, those of the
    /// first method that is listed.
    fn headers_of_any(
        &self,
        origin: &str,
        methods: &Names,
        granted: &dyn Fn(&str, Option<&str>) -> bool,
    ) -> Names {
        let with_get = self.headers(origin, "GET", granted);
        match (&with_get, methods) {
            (Names::Listed(headers), Names::Listed(methods)) if headers.is_empty() => {
                methods.first().map_or(with_get, |method| self.headers(origin, method, granted))
            }
            _ => with_get,
        }
    }

    fn headers(
        &self,
        origin: &str,
        method: &str,
        granted: &dyn Fn(&str, Option<&str>) -> bool,
    ) -> Names {
        if granted(method, Some(UNLISTED_HEADER)) {
            let preflight = self.ask(
                "OPTIONS",
                origin,
                &[
                    ("Access-Control-Request-Method", method),
                    ("Access-Control-Request-Headers", UNLISTED_HEADER),
                ],
                Scene::Works,
            );
            let is_star = single(&preflight, "access-control-allow-headers")
                .is_some_and(|value| value.split(',').any(|name| name.trim() == "*"));
            return if is_star { Names::Star } else { Names::Mirrored };
        }
        Names::Listed(
            self.questions
                .headers
                .iter()
                .filter(|name| granted(method, Some(name)))
                .cloned()
                .collect(),
        )
    }

    fn passes(
        &self,
        origin: &str,
        method: &str,
        header: Option<&str>,
        with_credentials: bool,
    ) -> bool {
        self.saw(origin, method, header, with_credentials) == Some(Saw::Response)
    }

    /// Whether the request is performed, whatever the page sees of it.
    fn runs(
        &self,
        origin: &str,
        method: &str,
        header: Option<&str>,
        with_credentials: bool,
    ) -> bool {
        self.saw(origin, method, header, with_credentials).is_some_and(|saw| saw != Saw::Nothing)
    }

    fn saw(
        &self,
        origin: &str,
        method: &str,
        header: Option<&str>,
        with_credentials: bool,
    ) -> Option<Saw> {
        let (host, path) = (self.host, self.path);
        let request = PageRequest { origin, host, path, method, header, with_credentials };
        page(self.program, &Scene::Works, &request, &[]).map(|result| result.saw)
    }

    /// An answer as it stands. Without an origin where it is empty.
    pub(super) fn ask(
        &self,
        method: &str,
        origin: &str,
        more: &[(&str, &str)],
        scene: Scene,
    ) -> Answered {
        let mut headers = Vec::new();
        if !origin.is_empty() {
            headers.push(("Origin".to_owned(), origin.to_owned()));
        }
        for (name, value) in more {
            headers.push(((*name).to_owned(), (*value).to_owned()));
        }
        let asked = Asked { method, path: self.path, host: self.host, headers: &headers };
        self.program.answer(&asked, &scene)
    }
}

fn single<'a>(answered: &'a Answered, name: &str) -> Option<&'a str> {
    answered
        .cors
        .iter()
        .find(|(other, _)| other.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.as_str())
}

fn answered_origin(answered: &Answered, origin: &str) -> AnsweredOrigin {
    match single(answered, "access-control-allow-origin") {
        Some("*") => AnsweredOrigin::Star,
        Some(value) if value == origin => AnsweredOrigin::Reflected,
        Some(value) => AnsweredOrigin::Constant(value.to_owned()),
        None => AnsweredOrigin::Reflected,
    }
}

fn expose(answered: &Answered, credentials: bool) -> Names {
    let mut names = Vec::new();
    for line in answered.lines("access-control-expose-headers") {
        for name in line.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            if name == "*" && !credentials {
                return Names::Star;
            }
            let name = name.to_ascii_lowercase();
            if name != "*" && !names.contains(&name) {
                names.push(name);
            }
        }
    }
    Names::Listed(names)
}

fn vary(granted: &Answered, without_origin: &Answered) -> VaryOnOrigin {
    let names_origin = |answered: &Answered| {
        answered
            .vary
            .iter()
            .flat_map(|line| line.split(','))
            .any(|name| matches!(name.trim().to_ascii_lowercase().as_str(), "origin" | "*"))
    };
    match (names_origin(granted), names_origin(without_origin)) {
        (true, true) => VaryOnOrigin::Always,
        (true, false) => VaryOnOrigin::OnMatch,
        (false, _) => VaryOnOrigin::Never,
    }
}
