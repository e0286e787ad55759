//! SeaweedFS: the first rule whose origin fits; without rules, open to everyone.

use super::object;
use super::rule::{Refusal, Rule, requested};
use crate::{Answered, Asked, Behind};

const METHODS: &[&str] = &["GET", "PUT", "POST", "DELETE", "HEAD"];
/// What is exposed where there are no rules.
const EXPOSED: &[&str] = &[
    "ETag",
    "Content-Length",
    "Content-Type",
    "Last-Modified",
    "x-amz-request-id",
    "x-amz-version-id",
];

pub(super) fn check(rules: &[Rule]) -> Result<(), Refusal> {
    if rules.is_empty() || rules.len() > 100 {
        return Err(Refusal::all("no rules, or more than 100"));
    }
    for (at, rule) in rules.iter().enumerate() {
        if rule.origins.is_empty() || rule.methods.is_empty() {
            return Err(Refusal::at(at, "no origins or no methods"));
        }
        if let Some(method) = rule.methods.iter().find(|one| !METHODS.contains(&one.as_str())) {
            return Err(Refusal::at(at, method));
        }
        for origin in rule.origins.iter().filter(|origin| *origin != "*") {
            let stars = origin.matches('*').count();
            let has_scheme = origin.starts_with("http://") || origin.starts_with("https://");
            if origin.is_empty() || stars > 1 || stars == 1 && !has_scheme {
                return Err(Refusal::at(at, origin));
            }
        }
        if rule.max_age.is_some_and(|age| age < 0) {
            return Err(Refusal::at(at, "a negative age"));
        }
    }
    Ok(())
}

/// The rules of a bucket, or those for buckets without any.
struct InForce<'r> {
    rules: &'r [Rule],
    /// Rules of a bucket that give no age give 0.
    age: Option<i64>,
}

pub(super) fn answer(rules: Option<&[Rule]>, asked: &Asked<'_>, behind: &dyn Behind) -> Answered {
    let open = [Rule {
        origins: vec!["*".to_owned()],
        methods: METHODS.iter().map(|&method| method.to_owned()).collect(),
        headers: vec!["*".to_owned()],
        expose: EXPOSED.iter().map(|&name| name.to_owned()).collect(),
        ..Rule::default()
    }];
    let in_force = match rules.filter(|rules| !rules.is_empty()) {
        Some(rules) => InForce { rules, age: Some(0) },
        None => InForce { rules: &open, age: None },
    };
    let origin = asked.first("origin").unwrap_or_default();
    if asked.method == "OPTIONS" {
        return in_force.preflight(asked, origin);
    }
    let object = object(asked, behind, 405);
    let mut answered = Answered { reached: object.reached, ..Answered::by_itself(object.status) };
    if asked.method == "POST" {
        if !origin.is_empty() {
            answered.add("Access-Control-Allow-Credentials", "true");
            for part in ["Headers", "Methods", "Origin"] {
                answered.add(format!("Access-Control-Allow-{part}"), "*");
            }
            answered.add("Access-Control-Expose-Headers", "*");
        }
        return answered;
    }
    answered.vary.push("Origin".to_owned());
    let fits =
        |rule: &&Rule| takes(rule, origin) && rule.methods.iter().any(|one| one == asked.method);
    if let Some(rule) = in_force.rules.iter().find(fits).filter(|_| !origin.is_empty()) {
        answered.add("Access-Control-Allow-Origin", origin);
        let headers = rule.headers.join(", ");
        in_force.write(&mut answered, rule, &headers);
    }
    answered
}

impl InForce<'_> {
    fn preflight(&self, asked: &Asked<'_>, origin: &str) -> Answered {
        let mut answered = Answered::by_itself(200);
        answered.vary.push("Origin".to_owned());
        if origin.is_empty() {
            answered.vary.push("Origin".to_owned());
            return answered;
        }
        let Some(rule) = self.rules.iter().find(|rule| takes(rule, origin)) else {
            answered.status = 403;
            return answered;
        };
        answered.add("Access-Control-Allow-Origin", origin);
        let method = asked.first("access-control-request-method").unwrap_or_default();
        let header = asked.first("access-control-request-headers").unwrap_or_default();
        let names = if header.is_empty() { Vec::new() } else { requested(asked) };
        let allows_method = method.is_empty() || rule.methods.iter().any(|one| one == method);
        if allows_method && names.iter().all(|name| allows_header(rule, name)) {
            self.write(&mut answered, rule, &names.join(", "));
        }
        answered
    }

    /// Everything but the origin, and the lines in the order of their names.
    fn write(&self, answered: &mut Answered, rule: &Rule, headers: &str) {
        answered.add("Access-Control-Allow-Methods", rule.methods.join(", "));
        if !headers.is_empty() {
            answered.add("Access-Control-Allow-Headers", headers);
        }
        let expose = rule.expose.join(", ");
        if !expose.is_empty() {
            answered.add("Access-Control-Expose-Headers", expose);
        }
        if let Some(age) = rule.max_age.or(self.age) {
            answered.add("Access-Control-Max-Age", age.to_string());
        }
        answered.cors.sort();
    }
}

fn takes(rule: &Rule, origin: &str) -> bool {
    rule.origins.iter().any(|one| {
        if one == "*" || one == origin {
            return true;
        }
        // A star counts only right after the scheme.
        ["http://", "https://"].iter().any(|scheme| {
            one.strip_prefix(scheme)
                .and_then(|rest| rest.strip_prefix('*'))
                .is_some_and(|end| origin.starts_with(scheme) && origin.ends_with(end))
        })
    })
}

fn allows_header(rule: &Rule, name: &str) -> bool {
    let name = name.to_lowercase();
    rule.headers.is_empty()
        || rule.headers.iter().any(|one| {
            let one = one.to_lowercase();
            one == name || one.strip_suffix('*').is_some_and(|start| name.starts_with(start))
        })
}
