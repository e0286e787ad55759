//! The looking itself.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::code::{FindingCode, FindingSeverity};
use super::text::Written;
use crate::compare::{Questions, Scene};
use crate::neutral::{
    AnsweredOrigin, ErrorsCarry, Names, OwnHeaders, RoutedPolicy, Rule, RuleOrigins, VaryOnOrigin,
    derive_by,
};
use crate::origins::{Holder, OriginSet, Witness, express};
use crate::{Asked, Format, OriginBorder, OriginMatcher, Program, Span};

/// Something that is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The kind.
    pub code: FindingCode,
    /// Where it is written; empty at the beginning where no piece of the text is to blame alone.
    pub span: Span,
    /// What it is about: a pattern, an origin, a value.
    pub value: String,
    /// The route.
    pub route: String,
    /// An origin that shows it.
    pub witness: Option<String>,
}

/// Beyond this no browser remembers a preflight.
const LONGEST_MAX_AGE: i64 = 86_400;

/// Everything that is wrong with a program, the worst first. What no piece of the text is to blame for alone
/// has no place: [`findings_in`] looks for one.
#[must_use]
pub fn findings(program: &dyn Program) -> Vec<Finding> {
    let questions = Questions::of(&[program]);
    let policies = derive_by(program, &questions);
    sorted(looked(None, program, &questions, &policies))
}

/// Everything that is wrong with a program and with the text that it was read from, the worst first: what of the
/// text is not taken, and what is granted although nothing is written of it.
#[must_use]
pub fn findings_in(format: Format, text: &str, program: &dyn Program) -> Vec<Finding> {
    let questions = Questions::of(&[program]);
    let policies = derive_by(program, &questions);
    let mut found = looked(Some(format), program, &questions, &policies);
    let written = Written::of(format, text);
    found.extend(written.findings(&policies));
    for finding in found.iter_mut().filter(|finding| finding.span == (0..0)) {
        finding.span = written.place(finding);
    }
    sorted(found)
}

fn looked(
    format: Option<Format>,
    program: &dyn Program,
    questions: &Questions,
    policies: &[RoutedPolicy],
) -> Vec<Finding> {
    let borders = program.borders();
    let mut found = Vec::new();
    for policy in policies {
        let looking = Looking { program, questions, policy };
        for rule in &policy.rules {
            looking.rule(rule, &mut found);
        }
        looking.responses(&mut found);
    }
    // Many objects say the same, and to find out costs an automaton.
    let mut known = HashMap::new();
    let lists = borders.origin_lists.iter().flatten();
    for border in borders.origins.iter().chain(lists) {
        let identity = border.matcher.identity();
        if is_meant_as_origin(format, &border.matcher)
            && *known.entry(identity).or_insert_with(|| fits_nothing(&border.matcher))
        {
            found.push(never(border));
        }
    }
    found
}

fn sorted(mut found: Vec<Finding>) -> Vec<Finding> {
    found.sort_by_key(|finding| {
        (std::cmp::Reverse(finding.code.severity()), finding.span.start, finding.code)
    });
    // The same of another route is told once.
    let mut known = HashSet::new();
    found.retain(|finding| {
        known.insert((finding.code, finding.span.clone(), finding.value.clone()))
    });
    found
}

struct Looking<'a> {
    program: &'a dyn Program,
    questions: &'a Questions,
    policy: &'a RoutedPolicy,
}

impl Looking<'_> {
    fn finding(&self, code: FindingCode, span: &Span, value: impl Into<String>) -> Finding {
        Finding {
            code,
            span: span.clone(),
            value: value.into(),
            route: format!("{}{}", self.policy.host, self.policy.path),
            witness: None,
        }
    }

    fn rule(&self, rule: &Rule, found: &mut Vec<Finding>) {
        let everywhere = match &rule.origins {
            RuleOrigins::AllBut(borders)
            | RuleOrigins::These(borders)
            | RuleOrigins::Mixed { inside: borders, .. } => {
                borders.first().map_or(0..0, |border| border.span.clone())
            }
        };
        let admits_all = self.admits_all(rule);
        if admits_all && rule.credentials {
            found.push(self.finding(FindingCode::AnyOriginWithCredentials, &everywhere, "*"));
        }
        if !admits_all {
            for border in rule.origins.borders() {
                self.border(rule, border, found);
            }
            if rule.origins.hold("null") {
                let code = if rule.credentials {
                    FindingCode::NullWithCredentials
                } else {
                    FindingCode::NullOrigin
                };
                found.push(self.finding(code, &everywhere, "null"));
            }
        }
        let is_dynamic = rule.answered == AnsweredOrigin::Reflected && !self.is_constant();
        match rule.vary {
            VaryOnOrigin::Never if is_dynamic => {
                found.push(self.finding(FindingCode::MissingVary, &everywhere, "Vary"));
            }
            VaryOnOrigin::OnMatch if is_dynamic && !admits_all => {
                found.push(self.finding(FindingCode::VaryOnMatchOnly, &everywhere, "Vary"));
            }
            _ => {}
        }
        if rule.errors == ErrorsCarry::Nothing {
            found.push(self.finding(FindingCode::ErrorsWithoutHeaders, &everywhere, "errors"));
        }
        if let Some(age) = rule.max_age.filter(|age| *age > LONGEST_MAX_AGE) {
            found.push(self.finding(
                FindingCode::MaxAgeBeyondBrowsers,
                &everywhere,
                age.to_string(),
            ));
        }
        let grants_all = |names: &Names| matches!(names, Names::Star | Names::Mirrored);
        if grants_all(&rule.methods) && grants_all(&rule.headers) {
            found.push(self.finding(FindingCode::EverythingGranted, &everywhere, "*"));
        }
    }

    /// Whether everybody is told the same, asked from a page or not.
    fn is_constant(&self) -> bool {
        let told = |headers: &[(String, String)]| {
            let RoutedPolicy { path, host, .. } = self.policy;
            let asked = Asked { method: "GET", path, host, headers };
            let answered = self.program.answer(&asked, &Scene::Works);
            answered.lines("access-control-allow-origin").next().map(str::to_owned)
        };
        let without = told(&[]);
        let mut cells = self.questions.cells.cells.iter();
        without.is_some()
            && cells
                .all(|cell| told(&[("Origin".to_owned(), cell.witness.origin.clone())]) == without)
    }

    fn admits_all(&self, rule: &Rule) -> bool {
        match &rule.origins {
            RuleOrigins::AllBut(_) => true,
            RuleOrigins::These(borders) | RuleOrigins::Mixed { inside: borders, .. } => {
                borders.iter().any(|border| matches!(border.matcher, OriginMatcher::Any))
            }
        }
    }

    /// What one pattern admits that it should not.
    fn border(&self, rule: &Rule, border: &OriginBorder, found: &mut Vec<Finding>) {
        let set = OriginSet::union([&border.matcher]);
        let within = |holder: fn(&Witness) -> bool| {
            self.questions
                .cells
                .cells
                .iter()
                .map(|cell| &cell.witness)
                .filter(|witness| holder(witness) && set.holds(&witness.origin))
                .min_by_key(|witness| witness.origin.len())
        };
        let is_exact =
            matches!(border.matcher, OriginMatcher::Exact(_) | OriginMatcher::ExactIgnoringCase(_));
        let is_stranger = |witness: &Witness| {
            matches!(witness.holder, Holder::Anybody | Holder::AnybodyUnencrypted)
        };
        if !is_exact && let Some(witness) = within(is_stranger) {
            let mut finding = self.finding(
                FindingCode::PatternAdmitsStrangers,
                &border.span,
                border.matcher.to_string(),
            );
            finding.witness = Some(witness.origin.clone());
            found.push(finding);
            return;
        }
        let is_insecure = |witness: &Witness| {
            let origin = &witness.origin;
            origin.starts_with("http://")
                && !["http://localhost", "http://127.", "http://[::1]"]
                    .iter()
                    .any(|local| origin.starts_with(local))
        };
        if rule.credentials
            && let Some(witness) = within(is_insecure)
        {
            let mut finding = self.finding(
                FindingCode::InsecureOriginWithCredentials,
                &border.span,
                border.matcher.to_string(),
            );
            finding.witness = Some(witness.origin.clone());
            found.push(finding);
        }
    }

    /// What the responses show, whatever the policy was meant to be.
    fn responses(&self, found: &mut Vec<Finding>) {
        for cell in &self.questions.cells.cells {
            let headers = [("Origin".to_owned(), cell.witness.origin.clone())];
            let asked = Asked {
                method: "GET",
                path: &self.policy.path,
                host: &self.policy.host,
                headers: &headers,
            };
            let answered = self.program.answer(&asked, &Scene::Works);
            let allowed: Vec<&str> = answered.lines("access-control-allow-origin").collect();
            let has_credentials =
                answered.lines("access-control-allow-credentials").any(|value| value == "true");
            if allowed == ["*"] && has_credentials {
                found.push(self.finding(FindingCode::StarWithCredentials, &(0..0), "*"));
            }
            if let [value] = allowed.as_slice()
                && value.contains(',')
            {
                found.push(self.finding(FindingCode::ListInOneHeader, &(0..0), *value));
            }
        }
        self.methods(found);
        if self.policy.own_headers == OwnHeaders::Doubled && !self.policy.rules.is_empty() {
            found.push(self.finding(
                FindingCode::DoubledHeaders,
                &(0..0),
                "Access-Control-Allow-Origin",
            ));
        }
    }
}

impl Looking<'_> {
    /// What the preflights' answers list and no page needs.
    fn methods(&self, found: &mut Vec<Finding>) {
        let mut listed = BTreeSet::new();
        for cell in &self.questions.cells.cells {
            let headers = [
                ("Origin".to_owned(), cell.witness.origin.clone()),
                ("Access-Control-Request-Method".to_owned(), "PUT".to_owned()),
            ];
            let asked = Asked {
                method: "OPTIONS",
                path: &self.policy.path,
                host: &self.policy.host,
                headers: &headers,
            };
            let answered = self.program.answer(&asked, &Scene::Works);
            for line in answered.lines("access-control-allow-methods") {
                listed.extend(line.split(',').map(|name| name.trim().to_owned()));
            }
        }
        for name in listed {
            let upper = name.to_ascii_uppercase();
            if NEEDLESS.contains(&upper.as_str()) {
                found.push(self.finding(FindingCode::NeedlessMethod, &(0..0), name));
            } else if name != upper && KNOWN.contains(&upper.as_str()) {
                found.push(self.finding(FindingCode::MethodCase, &(0..0), name));
            }
        }
    }
}

/// What no page can send, and what is asked with rather than for.
const NEEDLESS: &[&str] = &["CONNECT", "OPTIONS", "TRACE", "TRACK"];
/// Methods whose case is told: what is written otherwise may be another method.
const KNOWN: &[&str] = &["DELETE", "PATCH", "PUT"];

/// Whether somebody who writes this means origins. In code every text is a border that a request could be compared with:
/// ports, messages, the paths of files.
fn is_meant_as_origin(format: Option<Format>, matcher: &OriginMatcher) -> bool {
    let is_code = matches!(
        format,
        Some(
            Format::Express
                | Format::Nestjs
                | Format::Fastify
                | Format::Hono
                | Format::Koa
                | Format::Starlette
                | Format::Fastapi
                | Format::Flask
                | Format::Django
                | Format::Aiohttp
                | Format::Sanic
                | Format::Litestar
        )
    );
    match matcher {
        // Where it is no origin it is a word for all of them.
        OriginMatcher::Exact(text) if text == "*" => false,
        OriginMatcher::Exact(text) if is_code => text.contains("://"),
        OriginMatcher::Regex(expression) if is_code => expression.written().contains("http"),
        OriginMatcher::Prefix(_)
        | OriginMatcher::Suffix(_)
        | OriginMatcher::Contains(_)
        | OriginMatcher::Host(_) => !is_code,
        _ => true,
    }
}

/// Whether no browser's origin fits.
fn fits_nothing(matcher: &OriginMatcher) -> bool {
    let said = express(matcher);
    said.is_whole && said.patterns.is_empty()
}

/// An entry that nothing fits.
fn never(border: &OriginBorder) -> Finding {
    Finding {
        code: FindingCode::OriginNeverMatches,
        span: border.span.clone(),
        value: border.matcher.to_string(),
        route: String::new(),
        witness: None,
    }
}

impl Finding {
    /// Whether it is an error.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.code.severity() == FindingSeverity::Error
    }
}
