//! s3rver: preflights say a star, other responses say credentials.

use super::object;
use super::rule::{Refusal, Rule};
use crate::{Answered, Asked, Behind};

const METHODS: &[&str] = &["GET", "PUT", "POST", "DELETE", "HEAD"];
const VARY: &str = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method";

pub(super) fn check(rules: &[Rule]) -> Result<(), Refusal> {
    if rules.is_empty() {
        return Err(Refusal::all("no rules"));
    }
    for (at, rule) in rules.iter().enumerate() {
        // One empty element is none.
        let nothing = |items: &[String]| items.is_empty() || items == [String::new()];
        if nothing(&rule.origins) || nothing(&rule.methods) || rule.ages > 1 {
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
    let header = |name: &str| asked.joined(name, ", ").unwrap_or_default();
    let origin = header("origin");
    let asked_method = header("access-control-request-method");
    let method = if asked_method.is_empty() { asked.method } else { &asked_method };
    let method = method.to_uppercase();
    let fits = |rule: &&Rule| {
        rule.origins.iter().any(|one| super::rule::wildcard(one, &origin))
            && rule.methods.contains(&method)
    };
    let rule = rules.unwrap_or_default().iter().find(fits);
    if asked.method == "OPTIONS" {
        let refuses = Answered::by_itself(403);
        let Some(rule) = rule.filter(|_| !origin.is_empty() && !asked_method.is_empty()) else {
            return refuses;
        };
        let requested = header("access-control-request-headers");
        let names: Vec<String> = requested
            .split(',')
            .filter(|_| !requested.is_empty())
            .map(|name| name.trim().to_lowercase())
            .collect();
        let allows = |name: &String| {
            rule.headers.iter().any(|one| super::rule::wildcard(&one.to_lowercase(), name))
        };
        if !names.iter().all(allows) {
            return refuses;
        }
        let mut answered = Answered::by_itself(200);
        answered.add("Access-Control-Allow-Origin", "*");
        answered.add("Access-Control-Allow-Methods", rule.methods.join(", "));
        if !requested.is_empty() {
            answered.add("Access-Control-Allow-Headers", names.join(", "));
        }
        answered.vary = vec![VARY.to_owned()];
        return answered;
    }
    let object = object(asked, behind, 501);
    let mut answered = Answered { reached: object.reached, ..Answered::by_itself(object.status) };
    if let Some(rule) = rule {
        let is_open = rule.origins.iter().any(|one| one == "*");
        answered.add("Access-Control-Allow-Origin", if is_open { "*" } else { &origin });
        if !rule.expose.is_empty() {
            answered.add("Access-Control-Expose-Headers", rule.expose.join(", "));
        }
        if let Some(age) = rule.max_age {
            answered.add("Access-Control-Max-Age", age.to_string());
        }
        answered.add("Access-Control-Allow-Credentials", "true");
        answered.vary = vec![VARY.to_owned()];
    }
    answered
}
