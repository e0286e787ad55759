//! Amazon S3 itself: the first rule that fits in origin, method and every requested header.

use super::object;
use super::rule::{Refusal, Rule, requested};
use crate::{Answered, Asked, Behind};

const METHODS: &[&str] = &["GET", "PUT", "POST", "DELETE", "HEAD"];
const VARY: &str = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method";

pub(super) fn check(rules: &[Rule]) -> Result<(), Refusal> {
    if rules.is_empty() || rules.len() > 100 {
        return Err(Refusal::all("no rules, or more than 100"));
    }
    for (at, rule) in rules.iter().enumerate() {
        if rule.origins.is_empty() || rule.methods.is_empty() || rule.ages > 1 {
            return Err(Refusal::at(at, "no origins, no methods or two ages"));
        }
        if let Some(method) = rule.methods.iter().find(|one| !METHODS.contains(&one.as_str())) {
            return Err(Refusal::at(at, method));
        }
        let stars = |name: &&String| name.matches('*').count() > 1;
        if let Some(name) = rule.origins.iter().chain(&rule.headers).find(stars) {
            return Err(Refusal::at(at, name));
        }
    }
    Ok(())
}

pub(super) fn answer(rules: Option<&[Rule]>, asked: &Asked<'_>, behind: &dyn Behind) -> Answered {
    let origin = asked.first("origin");
    let asked_method = asked.first("access-control-request-method");
    if asked.method == "OPTIONS" {
        let (Some(origin), Some(method)) = (origin, asked_method) else {
            return Answered::by_itself(if origin.is_none() { 400 } else { 403 });
        };
        let names: Vec<String> = requested(asked)
            .into_iter()
            .filter(|name| !name.is_empty())
            .map(str::to_lowercase)
            .collect();
        let Some(rule) = find(rules, origin, method, &names) else {
            return Answered::by_itself(403);
        };
        let mut answered = Answered::by_itself(200);
        write(&mut answered, rule, origin, &names);
        return answered;
    }
    let object = object(asked, behind, 405);
    let mut answered = Answered { reached: object.reached, ..Answered::by_itself(object.status) };
    if let Some(origin) = origin
        && let Some(rule) = find(rules, origin, asked_method.unwrap_or(asked.method), &[])
    {
        write(&mut answered, rule, origin, &[]);
    }
    answered
}

fn find<'r>(
    rules: Option<&'r [Rule]>,
    origin: &str,
    method: &str,
    names: &[String],
) -> Option<&'r Rule> {
    rules.unwrap_or_default().iter().find(|rule| {
        rule.origins.iter().any(|one| takes(one, origin))
            && rule.methods.iter().any(|one| one == method)
            && names
                .iter()
                .all(|name| rule.headers.iter().any(|one| takes(&one.to_lowercase(), name)))
    })
}

/// A star alone is anything; in a pattern it stands for one character or more.
fn takes(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some(("", "")) => true,
        Some((before, after)) => {
            text.len() > before.len() + after.len()
                && text.starts_with(before)
                && text.ends_with(after)
        }
    }
}

fn write(answered: &mut Answered, rule: &Rule, origin: &str, names: &[String]) {
    let is_open = rule.origins.iter().any(|one| one == "*");
    answered.add("Access-Control-Allow-Origin", if is_open { "*" } else { origin });
    answered.add("Access-Control-Allow-Methods", rule.methods.join(", "));
    if !names.is_empty() {
        answered.add("Access-Control-Allow-Headers", names.join(", "));
    }
    if !rule.expose.is_empty() {
        answered.add("Access-Control-Expose-Headers", rule.expose.join(", "));
    }
    if let Some(age) = rule.max_age {
        answered.add("Access-Control-Max-Age", age.to_string());
    }
    if !is_open {
        answered.add("Access-Control-Allow-Credentials", "true");
    }
    answered.vary.push(VARY.to_owned());
}
