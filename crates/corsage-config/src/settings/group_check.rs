//! Groups of upstreams that cannot work: without a server, without a name of their own, or behind another.

use corsage_report::{Problem, Severity};

use super::{DEFAULT_GROUP, UpstreamGroup};
use crate::policy::{check_methods, check_name};
use crate::tree::{Node, Step};

/// Reports what is wrong with the groups, each at its place.
pub(super) fn check_groups(root: &Node, groups: &[UpstreamGroup], problems: &mut Vec<Problem>) {
    for (index, group) in groups.iter().enumerate() {
        let steps = [Step::Key(&["gateway"]), Step::Key(&["groups"]), Step::Index(index)];
        let node = root.nearest(&steps);
        let field = format!("gateway.groups[{index}]");
        let before = groups[..index].iter().map(|group| &*group.name);
        let same = "a group before this one has the same name";
        check_name(&group.name, before, same, node, &field, problems);
        check_methods(&group.methods, node, &field, problems);
        let mut report =
            |severity, code, key: &str, value: Option<String>, cause: String, way_out: &str| {
                let node = if key.is_empty() { node } else { node.nearest(&[Step::Key(&[key])]) };
                let field = if key.is_empty() { field.clone() } else { format!("{field}.{key}") };
                problems.push(
                    Problem::new(severity, code)
                        .field(field)
                        .value_if(value)
                        .cause(cause)
                        .way_out(way_out)
                        .place(node.place.clone()),
                );
            };
        if group.name == DEFAULT_GROUP {
            report(
                Severity::Error,
                "wrong-value",
                "name",
                Some(group.name.clone()),
                "this is what the servers of gateway.upstreams are called".to_owned(),
                "choose another name",
            );
        }
        if group.upstreams.is_empty() {
            report(
                Severity::Error,
                "wrong-value",
                "upstreams",
                None,
                "there is no server in this group".to_owned(),
                "name one: \"http://127.0.0.1:3000\"",
            );
        }
        let hidden_by = groups[..index].iter().find(|before| before.fits().includes(&group.fits()));
        if let Some(before) = hidden_by {
            report(
                Severity::Warning,
                "unreachable-group",
                "",
                Some(group.name.clone()),
                format!(
                    "no request reaches this group: \"{}\", which stands before it, is for all of them",
                    before.name
                ),
                "put the narrower group first",
            );
        }
    }
}
