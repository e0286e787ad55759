//! From policies as written to policies in force, with the core's problems put in their places.

use corsage::server::{Policy, PolicyDraft, PolicyProblem};

use super::{Fits, PolicyEntry, PolicyFile};
use crate::decode::{camel_case, nearest};
use crate::settings::{DEFAULT_GROUP, UpstreamGroup};
use crate::tree::{Node, Step, Value};
use corsage_report::{Problem, Severity};

/// Compiles every policy; reports what is wrong with each, and with their order.
pub(crate) fn compile_policies(
    files: &[(Option<PolicyFile>, &Node, String)],
    groups: &[UpstreamGroup],
    problems: &mut Vec<Problem>,
) -> Vec<PolicyEntry> {
    let mut entries: Vec<PolicyEntry> = Vec::new();
    for (index, (file, node, field)) in files.iter().enumerate() {
        let Some(file) = file else { continue };
        let policy = compile(file.draft(), node, field, problems);
        let shadow = file.shadow.as_ref().and_then(|shadow| {
            let node = node.nearest(&[Step::Key(&["shadow"])]);
            compile(shadow.draft(), node, &format!("{field}.shadow"), problems)
        });
        let name = file.name.clone().unwrap_or_else(|| format!("policy-{}", index + 1));
        let before = entries.iter().map(|entry| &*entry.name);
        let same = "a policy before this one has the same name";
        check_name(&name, before, same, node, field, problems);
        check_methods(&file.methods, node, field, problems);
        check_groups(file, groups, node, field, problems);
        let Some(policy) = policy else { continue };
        let entry = PolicyEntry {
            name,
            hosts: file.hosts.clone(),
            paths: file.paths.clone(),
            methods: file.methods.clone(),
            groups: file.groups.clone(),
            policy,
            shadow,
        };
        // What could not be read is not there to be compared: after an error this would be a guess.
        let faulty = problems.iter().any(|problem| problem.severity == Severity::Error);
        if let Some(before) = entries.iter().find(|before| !faulty && before.hides(&entry)) {
            problems.push(
                Problem::new(Severity::Warning, "unreachable-policy")
                    .field(field.clone())
                    .value(entry.name.clone())
                    .cause(format!(
                        "no request reaches this policy: \"{}\", which stands before it, is for all of them",
                        before.name
                    ))
                    .way_out("put the narrower policy first")
                    .place(node.place.clone()),
            );
        }
        entries.push(entry);
    }
    entries
}

fn compile(
    draft: PolicyDraft,
    node: &Node,
    field: &str,
    problems: &mut Vec<Problem>,
) -> Option<Policy> {
    match draft.compile() {
        Ok(policy) => {
            place_all(policy.problems().iter(), node, field, problems);
            Some(policy)
        }
        Err(errors) => {
            place_all(errors.problems().iter(), node, field, problems);
            None
        }
    }
}

/// The core's problems, at the places in the file that they are about.
fn place_all<'p>(
    found: impl Iterator<Item = &'p PolicyProblem>,
    node: &Node,
    field: &str,
    problems: &mut Vec<Problem>,
) {
    let unread: Vec<String> = problems.iter().map(|problem| problem.field.clone()).collect();
    for problem in found {
        let field = format!("{field}.{}", problem.field);
        // A list that could not be read is empty to the core; what it says of that is no news.
        if problem.index.is_none() && unread.iter().any(|unread| unread.starts_with(&field)) {
            continue;
        }
        problems.push(placed(problem, node, field));
    }
}

fn placed(problem: &PolicyProblem, node: &Node, mut field: String) -> Problem {
    let camel = camel_case(problem.field);
    let spellings = [problem.field, camel.as_str()];
    let mut node = node.nearest(&[Step::Key(&spellings)]);
    if let Some(index) = problem.index {
        let index = written_index(node, index);
        field.push_str(&format!("[{index}]"));
        node = node.nearest(&[Step::Index(index)]);
    }
    if let Value::Table(_) = node.value {
        // `tolerate`: the waiver, if one is named.
        let (kebab, snake) = (problem.value.replace('_', "-"), problem.value.replace('-', "_"));
        node = node.nearest(&[Step::Key(&[&kebab, &snake])]);
    }
    Problem::new(problem.severity, problem.code.as_str())
        .field(field)
        .value(problem.value.clone())
        .cause(problem.cause.clone())
        .way_out(problem.way_out.clone())
        .place(node.place.clone())
}

/// The core sees the elements that could be read; the file has the others too.
fn written_index(list: &Node, read_index: usize) -> usize {
    let Value::List(items) = &list.value else { return read_index };
    let mut read =
        items.iter().enumerate().filter(|(_, item)| matches!(item.value, Value::String(_)));
    read.nth(read_index).map_or(read_index, |(index, _)| index)
}

/// Logs and metrics tell policies apart by their names.
pub(crate) fn check_name<'n>(
    name: &str,
    mut before: impl Iterator<Item = &'n str>,
    same: &'static str,
    node: &Node,
    field: &str,
    problems: &mut Vec<Problem>,
) {
    let named = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
    let (code, cause, way_out) = if name.is_empty() || name.len() > 64 || !name.chars().all(named) {
        (
            "wrong-value",
            "a name has 1 to 64 letters, digits, `-`, `_`, `.` and `/`",
            "choose a short one; it becomes a label of the metrics",
        )
    } else if before.any(|before| before == name) {
        ("duplicate-name", same, "rename one of the two")
    } else {
        return;
    };
    problems.push(
        Problem::new(Severity::Error, code)
            .field(format!("{field}.name"))
            .value(name.to_owned())
            .cause(cause)
            .way_out(way_out)
            .place(node.nearest(&[Step::Key(&["name"])]).place.clone()),
    );
}

/// Methods to match requests by, as requests have them.
pub(crate) fn check_methods(
    methods: &[String],
    node: &Node,
    field: &str,
    problems: &mut Vec<Problem>,
) {
    const KNOWN: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    for (index, method) in methods.iter().enumerate() {
        let upper = method.to_ascii_uppercase();
        let (severity, cause, way_out) = if method == "*" {
            (
                Severity::Error,
                "every method is meant by leaving `methods` out",
                "drop the key".to_owned(),
            )
        } else if method.is_empty() || !method.bytes().all(is_token) {
            (Severity::Error, "this is no method", "write \"GET\", \"PUT\", …".to_owned())
        } else if *method != upper && KNOWN.contains(&upper.as_str()) {
            (Severity::Error, "methods are told apart by case", format!("write \"{upper}\""))
        } else {
            continue;
        };
        problems.push(
            Problem::new(severity, "wrong-value")
                .field(format!("{field}.methods[{index}]"))
                .value(method.clone())
                .cause(cause)
                .way_out(way_out)
                .place(node.nearest(&[Step::Key(&["methods"]), Step::Index(index)]).place.clone()),
        );
    }
}

/// Groups that a policy is for: they are there, and it can be for some of their requests.
fn check_groups(
    file: &PolicyFile,
    groups: &[UpstreamGroup],
    node: &Node,
    field: &str,
    problems: &mut Vec<Problem>,
) {
    let own = Fits { hosts: &file.hosts, paths: &file.paths, methods: &file.methods };
    for (index, name) in file.groups.iter().enumerate() {
        let group = groups.iter().find(|group| group.name == *name);
        let names = groups.iter().map(|group| &*group.name).chain([DEFAULT_GROUP]);
        let (severity, code, cause, way_out) = match group {
            None if name != DEFAULT_GROUP => {
                let way_out = match nearest(name, names) {
                    Some(near) => format!("did you mean \"{near}\"?"),
                    None => {
                        "name one of gateway.groups, or \"default\" for what none is for".to_owned()
                    }
                };
                (Severity::Error, "unknown-group", "there is no group of this name", way_out)
            }
            Some(group) if !group.fits().meets(&own) => (
                Severity::Warning,
                "unreachable-policy",
                "no request of this group is one that the policy is for",
                "drop the group, or change the policy's hosts, paths or methods".to_owned(),
            ),
            _ => continue,
        };
        problems.push(
            Problem::new(severity, code)
                .field(format!("{field}.groups[{index}]"))
                .value(name.clone())
                .cause(cause)
                .way_out(way_out)
                .place(node.nearest(&[Step::Key(&["groups"]), Step::Index(index)]).place.clone()),
        );
    }
}

/// [`tchar`](https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2)
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}
