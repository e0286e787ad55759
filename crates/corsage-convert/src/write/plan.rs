//! What a writer needs to know of a policy, in words that most programs have.

use crate::neutral::{Names, OwnHeaders, RoutedPolicy, Rule, RuleOrigins};
use crate::origins::{Pattern, express};
use crate::{OriginBorder, OriginMatcher, Span};

/// Something that could not be said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// What it is, as it was written.
    pub what: String,
    /// Where it was written.
    pub span: Span,
}

/// One route's policy.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The host; nothing where every host is meant.
    pub host: Option<String>,
    /// The path.
    pub path: String,
    /// Who.
    pub origins: Vec<PlanOrigin>,
    /// Whether credentials are allowed.
    pub credentials: bool,
    /// The methods beyond those that need no listing.
    pub methods: Names,
    /// The request headers.
    pub headers: Names,
    /// The response headers that pages may read.
    pub expose: Names,
    /// How long preflights are remembered.
    pub max_age: Option<i64>,
    /// Whether `*` is answered rather than the origin.
    pub answers_star: bool,
    /// What becomes of headers from behind.
    pub own_headers: OwnHeaders,
}

/// One entry of a list of origins, in the words that a program may have for it.
#[derive(Clone, Debug, PartialEq)]
pub struct PlanOrigin {
    /// In patterns; those that there are, which may be fewer.
    pub patterns: Vec<Pattern>,
    /// Whether the patterns are all of it.
    pub is_whole: bool,
    /// As an expression that matches whole origins, where it is regular.
    pub expression: Option<String>,
    /// As it was written.
    pub written: String,
    /// Where.
    pub span: Span,
}

/// The host that stands for every host while programs are asked.
const ANY_HOST: &str = "api.example.com";

/// What is noted where the source sends credentials beside `*`.
const CREDENTIALS_BESIDE_STAR: &str = "Access-Control-Allow-Credentials: beside * browsers refuse it, so nobody \
     reads with cookies today; a target that answers the request's origin would let every site";

impl Plan {
    /// The plan of a policy that grants something.
    pub(super) fn of(policy: &RoutedPolicy, notes: &mut Vec<Note>) -> Option<Self> {
        // Of several treatments the one for most origins is written: what the others would get more is lost,
        // and told by the comparison.
        let rule = policy.rules.iter().max_by_key(|rule| reach(rule))?;
        for other in policy.rules.iter().filter(|other| !std::ptr::eq(*other, rule)) {
            for border in other.origins.borders() {
                notes.push(Note { what: border.matcher.to_string(), span: border.span.clone() });
            }
        }
        if rule.credentials_beside_star {
            let span = rule.origins.borders().first().map_or(0..0, |border| border.span.clone());
            notes.push(Note { what: CREDENTIALS_BESIDE_STAR.to_owned(), span });
        }
        let origins = match &rule.origins {
            // Whoever is listed beside everybody is among them.
            RuleOrigins::These(borders) | RuleOrigins::Mixed { inside: borders, .. }
                if borders.iter().any(|border| matches!(border.matcher, OriginMatcher::Any)) =>
            {
                vec![PlanOrigin::any()]
            }
            RuleOrigins::These(borders) | RuleOrigins::Mixed { inside: borders, .. } => {
                borders.iter().map(PlanOrigin::of).collect()
            }
            RuleOrigins::AllBut(_) => vec![PlanOrigin::any()],
        };
        Some(Self {
            host: (policy.host != ANY_HOST).then(|| policy.host.clone()),
            path: policy.path.clone(),
            origins,
            credentials: rule.credentials,
            methods: rule.methods.clone(),
            headers: rule.headers.clone(),
            expose: rule.expose.clone(),
            max_age: rule.max_age.filter(|age| *age >= 0),
            answers_star: rule.answered == crate::neutral::AnsweredOrigin::Star,
            own_headers: policy.own_headers,
        })
    }

    /// Whether every origin is meant.
    pub(super) fn admits_all(&self) -> bool {
        self.origins.iter().any(|origin| origin.patterns.contains(&Pattern::Any))
    }

    /// The patterns of all origins. What is not said whole is told to `left_out`.
    pub(super) fn patterns(&self, mut left_out: impl FnMut(&PlanOrigin)) -> Vec<Pattern> {
        let mut patterns = Vec::new();
        for origin in &self.origins {
            for pattern in &origin.patterns {
                if !patterns.contains(pattern) {
                    patterns.push(pattern.clone());
                }
            }
            if !origin.is_whole {
                left_out(origin);
            }
        }
        patterns
    }

    /// The methods as a list for programs that want all of them named.
    pub(super) fn all_methods(&self) -> Option<Vec<String>> {
        let Names::Listed(names) = &self.methods else { return None };
        let mut all: Vec<String> = ["GET", "HEAD", "POST"].map(str::to_owned).to_vec();
        all.extend(names.iter().cloned());
        Some(all)
    }

    /// The request headers as a list.
    pub(super) fn listed_headers(&self) -> Option<&[String]> {
        match &self.headers {
            Names::Listed(names) => Some(names),
            Names::Star | Names::Mirrored => None,
        }
    }

    /// The exposed headers as a list.
    pub(super) fn listed_expose(&self) -> Vec<String> {
        match &self.expose {
            Names::Listed(names) => names.clone(),
            Names::Star | Names::Mirrored => vec!["*".to_owned()],
        }
    }

    /// One expression that matches the whole origin of all, without anchors; nothing where one of them has
    /// none.
    pub(super) fn expression(&self, mut left_out: impl FnMut(&PlanOrigin)) -> Option<String> {
        let mut parts: Vec<String> = Vec::new();
        for origin in &self.origins {
            match origin.as_expression() {
                Some(expression) => parts.push(expression),
                None => left_out(origin),
            }
        }
        match parts.len() {
            0 => None,
            1 => parts.pop(),
            _ => Some(format!("({})", parts.join("|"))),
        }
    }
}

/// How many origins a rule is for, roughly.
fn reach(rule: &Rule) -> (usize, bool) {
    let count = match &rule.origins {
        RuleOrigins::AllBut(_) => usize::MAX,
        RuleOrigins::These(borders) | RuleOrigins::Mixed { inside: borders, .. } => borders.len(),
    };
    (count, rule.credentials)
}

impl PlanOrigin {
    fn any() -> Self {
        Self {
            patterns: vec![Pattern::Any],
            is_whole: true,
            expression: Some(".*".to_owned()),
            written: "*".to_owned(),
            span: 0..0,
        }
    }

    fn of(border: &OriginBorder) -> Self {
        let said = express(&border.matcher);
        let expression = match &border.matcher {
            OriginMatcher::Regex(matcher) => matcher.portable(),
            OriginMatcher::Prefix(text) => Some(format!("{}.*", crate::regexes::escaped(text))),
            OriginMatcher::Suffix(text) => Some(format!(".*{}", crate::regexes::escaped(text))),
            OriginMatcher::Contains(text) => Some(format!(".*{}.*", crate::regexes::escaped(text))),
            OriginMatcher::Glob(text) => {
                let parts: Vec<String> = text.split('*').map(crate::regexes::escaped).collect();
                Some(parts.join(".*"))
            }
            OriginMatcher::Host(host) => {
                Some(format!("[a-z][a-z0-9+.-]*://{}(:[0-9]+)?", crate::regexes::escaped(host)))
            }
            _ => None,
        };
        Self {
            patterns: said.patterns,
            is_whole: said.is_whole,
            expression,
            written: border.matcher.to_string(),
            span: border.span.clone(),
        }
    }

    /// An expression for the whole of it.
    pub(super) fn as_expression(&self) -> Option<String> {
        if !self.is_whole {
            return self.expression.clone();
        }
        let parts: Vec<String> = self.patterns.iter().map(Pattern::expression).collect();
        match parts.len() {
            0 => None,
            1 => parts.into_iter().next(),
            _ => Some(format!("({})", parts.join("|"))),
        }
    }
}
