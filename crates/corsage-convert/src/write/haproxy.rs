//! HAProxy: ACLs for the origins; every response that leaves is dressed, its own too.

use std::fmt::Write as _;

use super::{Plan, Writer};
use crate::neutral::Names;

pub(super) fn write(plans: &[Plan], writer: &mut Writer) -> String {
    let mut text = String::from("\nfrontend http\n    bind :8080\n");
    let mut order: Vec<usize> = (0..plans.len()).collect();
    order.sort_by_key(|&index| std::cmp::Reverse(plans[index].path.len()));
    for index in order {
        policy(&plans[index], index + 1, writer, &mut text);
    }
    text.push_str("    http-response del-header Access-Control-Allow-Origin\n");
    text.push_str("    http-response del-header Access-Control-Allow-Credentials\n");
    text.push_str("    http-response del-header Access-Control-Expose-Headers\n");
    for (index, plan) in plans.iter().enumerate() {
        let number = index + 1;
        let origin = if plan.admits_all() && plan.answers_star && !plan.credentials {
            "*".to_owned()
        } else {
            format!("%[var(txn.cors_{number})]")
        };
        let mut line = |name: &str, value: &str| {
            let _ = writeln!(
                text,
                "    http-after-response set-header {name} {value} if {{ var(txn.cors_{number}) -m found }}"
            );
        };
        line("Access-Control-Allow-Origin", &origin);
        if plan.credentials {
            line("Access-Control-Allow-Credentials", "true");
        }
        if !plan.expose.is_empty() {
            line("Access-Control-Expose-Headers", &quoted(&plan.listed_expose().join(", ")));
        }
    }
    text.push_str("    http-after-response add-header Vary Origin\n    default_backend api\n\n");
    text.push_str("backend api\n    server api 127.0.0.1:9000\n");
    writer.comments("#") + &text
}

fn policy(plan: &Plan, number: usize, writer: &mut Writer, text: &mut String) {
    let expression = plan
        .expression(|origin| writer.left_out(&origin.written, &origin.span))
        .unwrap_or_default();
    let mut condition = format!("{{ req.hdr(Origin) -m reg '^{expression}$' }}");
    if plan.path != "/" {
        let _ = write!(condition, " {{ path_beg {} }}", quoted(&plan.path));
    }
    if let Some(host) = &plan.host {
        let _ = write!(condition, " {{ hdr(host) -i {host} }}");
    }
    let _ = writeln!(
        text,
        "    http-request set-var(txn.cors_{number}) req.hdr(Origin) if {condition}"
    );
    let mut answer = String::from("status 204");
    let value = |names: &Names, asked: &str| match names {
        Names::Listed(names) if names.is_empty() => None,
        Names::Listed(names) => Some(quoted(&names.join(", "))),
        Names::Star => Some("*".to_owned()),
        Names::Mirrored => Some(format!("%[req.hdr({asked})]")),
    };
    if let Some(value) = value(&plan.methods, "Access-Control-Request-Method") {
        let _ = write!(answer, " hdr Access-Control-Allow-Methods {value}");
    }
    if let Some(value) = value(&plan.headers, "Access-Control-Request-Headers") {
        let _ = write!(answer, " hdr Access-Control-Allow-Headers {value}");
    }
    if let Some(max_age) = plan.max_age {
        let _ = write!(answer, " hdr Access-Control-Max-Age {max_age}");
    }
    let _ = writeln!(
        text,
        "    http-request return {answer} if METH_OPTIONS {{ req.hdr(Access-Control-Request-Method) -m found }} {{ var(txn.cors_{number}) -m found }}"
    );
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
