//! Garage: the first rule that fits in everything; errors say a star.

use super::object;
use super::rule::{Refusal, Rule, requested, wildcard};
use crate::{Answered, Asked, Behind};

const NAME: &str = "access-control-allow-origin";
const VARY: &str = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers";

pub(super) fn check(rules: &[Rule]) -> Result<(), Refusal> {
    for (at, rule) in rules.iter().enumerate() {
        if rule.origins.is_empty() || rule.methods.is_empty() {
            return Err(Refusal::at(at, "no origins or no methods"));
        }
        if rule.scattered {
            return Err(Refusal::at(at, "elements of one name that stand apart"));
        }
        if rule.ages > 1 {
            return Err(Refusal::at(at, "more than one age"));
        }
        let names = rule.methods.iter().chain(&rule.headers).chain(&rule.expose);
        if let Some(name) = names.into_iter().find(|name| !is_token(name)) {
            return Err(Refusal::at(at, name));
        }
    }
    Ok(())
}

fn is_token(name: &str) -> bool {
    !name.is_empty()
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

fn error(status: u16) -> Answered {
    let mut answered = Answered::by_itself(status);
    answered.add(NAME, "*");
    answered
}

pub(super) fn answer(rules: Option<&[Rule]>, asked: &Asked<'_>, behind: &dyn Behind) -> Answered {
    let origin = asked.first("origin");
    if asked.method == "OPTIONS" {
        let (Some(origin), Some(method)) = (origin, asked.first("access-control-request-method"))
        else {
            return error(400);
        };
        let Some(rule) = find(rules, asked, origin, method) else { return error(403) };
        let mut answered = Answered::by_itself(200);
        write(&mut answered, rule, origin);
        answered.vary = vec![VARY.to_owned()];
        return answered;
    }
    let object = object(asked, behind, 400);
    if !object.reached {
        return error(object.status);
    }
    let mut answered = Answered { reached: true, ..Answered::by_itself(object.status) };
    if let Some(origin) = origin
        && let Some(rule) = find(rules, asked, origin, asked.method)
    {
        write(&mut answered, rule, origin);
    }
    answered
}

/// A bucket that cannot be found without its key: every preflight passes.
pub(super) fn answer_without_key(
    rules: Option<&[Rule]>,
    asked: &Asked<'_>,
    behind: &dyn Behind,
) -> Answered {
    if asked.method != "OPTIONS" {
        return answer(rules, asked, behind);
    }
    let mut answered = Answered::by_itself(200);
    for name in [NAME, "access-control-allow-methods", "access-control-allow-headers"] {
        answered.add(name, "*");
    }
    answered
}

fn find<'r>(
    rules: Option<&'r [Rule]>,
    asked: &Asked<'_>,
    origin: &str,
    method: &str,
) -> Option<&'r Rule> {
    let names = requested(asked);
    rules.unwrap_or_default().iter().find(|rule| {
        rule.origins.iter().any(|one| wildcard(one, origin))
            && rule.methods.iter().any(|one| one == "*" || one == method)
            && names.iter().all(|name| rule.headers.iter().any(|one| wildcard(one, name)))
    })
}

fn write(answered: &mut Answered, rule: &Rule, origin: &str) {
    if rule.origins.iter().any(|one| one == "*") {
        answered.add(NAME, "*");
    } else {
        answered.add(NAME, origin);
        answered.vary.push("Origin".to_owned());
    }
    answered.add("access-control-allow-methods", rule.methods.join(", "));
    answered.add("access-control-allow-headers", rule.headers.join(", "));
    answered.add("access-control-expose-headers", rule.expose.join(", "));
}
