//! The neutral form as a program: what it means.

use super::rule::{
    AnsweredOrigin, ErrorsCarry, Names, OwnHeaders, PlainOptions, RefusedPreflight, RoutedPolicy,
    Rule, RuleOrigins, VaryOnOrigin,
};
use crate::{
    Answered, Asked, Behind, BehindAnswer, BehindResponse, Borders, OriginBorder, Program,
};

impl RuleOrigins {
    /// Whether an origin is among them.
    #[must_use]
    pub fn hold(&self, origin: &str) -> bool {
        let fits =
            |borders: &[OriginBorder]| borders.iter().any(|border| border.matcher.fits(origin));
        match self {
            Self::These(borders) => fits(borders),
            Self::AllBut(borders) => !fits(borders),
            Self::Mixed { inside, left_over } => fits(inside) || origin == left_over,
        }
    }

    /// The matchers in it.
    #[must_use]
    pub fn borders(&self) -> &[OriginBorder] {
        match self {
            Self::These(borders) | Self::AllBut(borders) | Self::Mixed { inside: borders, .. } => {
                borders
            }
        }
    }
}

impl Program for RoutedPolicy {
    fn answer(&self, asked: &Asked<'_>, behind: &dyn Behind) -> Answered {
        let origin = asked.first("origin");
        let rule =
            origin.and_then(|origin| self.rules.iter().find(|rule| rule.origins.hold(origin)));
        let wanted = asked.first("access-control-request-method");
        if asked.method == "OPTIONS" {
            match (origin, wanted, rule) {
                (Some(origin), Some(method), Some(rule)) => {
                    return granted(rule, origin, method, asked);
                }
                (Some(_), Some(_), None) => {
                    if let RefusedPreflight::Answered(status) = self.refused {
                        return Answered::by_itself(status);
                    }
                }
                _ => {
                    if let PlainOptions::Answered(status) = self.plain_options {
                        return Answered::by_itself(status);
                    }
                }
            }
        }
        let (status, own, reached) = match behind.answer(asked) {
            BehindAnswer::Responds(response) => (response.status, response, true),
            BehindAnswer::Drops => (502, BehindResponse::default(), true),
            BehindAnswer::Raises => (500, BehindResponse::default(), true),
            BehindAnswer::NoRoute => (404, BehindResponse::default(), false),
            BehindAnswer::NoMethod { .. } => (405, BehindResponse::default(), false),
        };
        let mut answered = Answered { status, cors: own.cors, vary: own.vary, reached };
        if self.own_headers == OwnHeaders::Replaced {
            answered.cors.clear();
        }
        let is_kept = self.own_headers == OwnHeaders::Kept && !answered.cors.is_empty();
        let varies = self.rules.iter().any(|rule| rule.vary == VaryOnOrigin::Always)
            || rule.is_some_and(|rule| rule.vary == VaryOnOrigin::OnMatch);
        if varies {
            answered.vary.push("Origin".to_owned());
        }
        if let (Some(rule), Some(origin)) = (rule, origin)
            && !is_kept
            && !(status >= 400 && rule.errors == ErrorsCarry::Nothing)
        {
            shared(rule, origin, &mut answered);
            match &rule.expose {
                Names::Listed(names) if names.is_empty() => {}
                Names::Listed(names) => {
                    answered.add("Access-Control-Expose-Headers", names.join(", "));
                }
                Names::Star | Names::Mirrored => answered.add("Access-Control-Expose-Headers", "*"),
            }
        }
        answered
    }

    fn borders(&self) -> Borders {
        let mut borders = Borders::default();
        borders.paths.insert(self.path.clone());
        borders.hosts.insert(self.host.clone());
        for rule in &self.rules {
            borders.origin_lists.push(rule.origins.borders().to_vec());
            if let Names::Listed(names) = &rule.methods {
                borders.methods.extend(names.iter().cloned());
            }
            if let Names::Listed(names) = &rule.headers {
                borders.headers.extend(names.iter().cloned());
            }
        }
        borders
    }
}

fn shared(rule: &Rule, origin: &str, answered: &mut Answered) {
    let value = match &rule.answered {
        AnsweredOrigin::Reflected => origin,
        AnsweredOrigin::Star => "*",
        AnsweredOrigin::Constant(value) => value,
    };
    answered.add("Access-Control-Allow-Origin", value);
    if rule.credentials {
        answered.add("Access-Control-Allow-Credentials", "true");
    }
}

fn granted(rule: &Rule, origin: &str, method: &str, asked: &Asked<'_>) -> Answered {
    let mut answered = Answered::by_itself(rule.preflight_status);
    shared(rule, origin, &mut answered);
    let methods = match &rule.methods {
        Names::Listed(names) => names.join(", "),
        Names::Star => "*".to_owned(),
        Names::Mirrored => method.to_owned(),
    };
    if !methods.is_empty() {
        answered.add("Access-Control-Allow-Methods", methods);
    }
    let headers = match &rule.headers {
        Names::Listed(names) => names.join(", "),
        Names::Star => "*".to_owned(),
        Names::Mirrored => asked.joined("access-control-request-headers", ", ").unwrap_or_default(),
    };
    if !headers.is_empty() {
        answered.add("Access-Control-Allow-Headers", headers);
    }
    if let Some(max_age) = rule.max_age {
        answered.add("Access-Control-Max-Age", max_age.to_string());
    }
    if rule.vary != VaryOnOrigin::Never {
        answered.vary.push("Origin".to_owned());
    }
    answered
}
