//! Ceph's radosgw: the first rule whose origin fits decides, whatever it says of the method.

use super::object;
use super::rule::{Refusal, Rule, requested, wildcard};
use crate::{Answered, Asked, Behind};

const METHODS: &[&str] = &["GET", "PUT", "POST", "DELETE", "HEAD", "COPY"];
/// The largest number, and so -1: no age.
const NO_AGE: i64 = -1;

pub(super) fn check(rules: &[Rule]) -> Result<(), Refusal> {
    if rules.is_empty() {
        return Err(Refusal::all("no rules"));
    }
    if rules.len() > 100 {
        return Err(Refusal::all("more than 100 rules"));
    }
    for (at, rule) in rules.iter().enumerate() {
        if rule.origins.is_empty() {
            return Err(Refusal::at(at, "no origins"));
        }
        let known = |method: &String| METHODS.iter().any(|one| one.eq_ignore_ascii_case(method));
        if let Some(method) = rule.methods.iter().find(|method| !known(method)) {
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
    // Of several lines the last counts.
    let origin = asked.last("origin");
    let rule = origin.and_then(|origin| {
        let fits = |rule: &&Rule| rule.origins.iter().any(|one| wildcard(one, origin));
        rules.unwrap_or_default().iter().find(fits).map(|rule| (rule, origin))
    });
    if asked.method == "OPTIONS" {
        let Some(method) =
            asked.first("access-control-request-method").filter(|_| origin.is_some())
        else {
            return Answered::by_itself(400);
        };
        let Some((rule, origin)) = rule else { return Answered::by_itself(403) };
        let names: Vec<&str> =
            requested(asked).into_iter().filter(|name| !name.is_empty()).collect();
        let allows = |name: &&str| {
            let name = name.to_ascii_lowercase();
            rule.headers.iter().any(|one| wildcard(&one.to_ascii_lowercase(), &name))
        };
        if !has_method(rule, method) || !names.iter().all(allows) {
            return Answered::by_itself(403);
        }
        let mut answered = Answered::by_itself(200);
        write(&mut answered, rule, origin, method, &names);
        return answered;
    }
    let object = object(asked, behind, 400);
    let mut answered = Answered { reached: object.reached, ..Answered::by_itself(object.status) };
    if let Some((rule, origin)) = rule
        && has_method(rule, asked.method)
    {
        let is_open = rule.origins.iter().any(|one| one == "*");
        let anonymous = asked.first("authorization").is_none();
        let origin = if is_open && anonymous { "*" } else { origin };
        write(&mut answered, rule, origin, asked.method, &[]);
    }
    answered
}

fn has_method(rule: &Rule, method: &str) -> bool {
    METHODS.contains(&method) && rule.methods.iter().any(|one| one.eq_ignore_ascii_case(method))
}

fn write(answered: &mut Answered, rule: &Rule, origin: &str, method: &str, names: &[&str]) {
    answered.add("Access-Control-Allow-Origin", origin);
    if origin != "*" {
        answered.vary.push("Origin".to_owned());
    }
    answered.add("Access-Control-Allow-Methods", method);
    if !names.is_empty() {
        answered.add("Access-Control-Allow-Headers", names.join(","));
    }
    if !rule.expose.is_empty() {
        answered.add("Access-Control-Expose-Headers", rule.expose.join(","));
    }
    if let Some(age) = rule.max_age.filter(|age| *age != NO_AGE) {
        answered.add("Access-Control-Max-Age", age.to_string());
    }
}
