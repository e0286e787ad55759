//! A Caddyfile: matchers on the origin, headers deferred so that they stand in place of the upstream's.

use std::fmt::Write as _;

use super::{Plan, Writer};
use crate::neutral::Names;

pub(super) fn write(plans: &[Plan], writer: &mut Writer) -> String {
    let mut text = String::from("\n:8080 {\n");
    let mut order: Vec<usize> = (0..plans.len()).collect();
    order.sort_by_key(|&index| std::cmp::Reverse(plans[index].path.len()));
    for index in order {
        policy(&plans[index], index + 1, writer, &mut text);
    }
    text.push_str(
        "\theader {\n\t\t+Vary Origin\n\t\tdefer\n\t}\n\treverse_proxy 127.0.0.1:9000\n}\n",
    );
    writer.comments("#") + &text
}

fn policy(plan: &Plan, number: usize, writer: &mut Writer, text: &mut String) {
    let expression = plan
        .expression(|origin| writer.left_out(&origin.written, &origin.span))
        .unwrap_or_default();
    let mut place = String::new();
    if plan.path != "/" {
        let _ = writeln!(place, "\t\tpath {}*", plan.path);
    }
    if let Some(host) = &plan.host {
        let _ = writeln!(place, "\t\thost {host}");
    }
    let origins =
        format!("\t\theader_regexp Origin \"^{}$\"\n{place}", expression.replace('"', "\\\""));
    let _ = write!(text, "\t@cors_{number} {{\n{origins}\t}}\n");
    let _ = write!(
        text,
        "\t@preflight_{number} {{\n\t\tmethod OPTIONS\n\t\theader Access-Control-Request-Method *\n{origins}\t}}\n"
    );
    let origin = if plan.admits_all() && plan.answers_star && !plan.credentials {
        "*"
    } else {
        "{header.Origin}"
    };
    let mut shared = format!("\t\tAccess-Control-Allow-Origin {origin}\n");
    if plan.credentials {
        shared.push_str("\t\tAccess-Control-Allow-Credentials true\n");
    }
    let value = |names: &Names, asked: &str| match names {
        Names::Listed(names) if names.is_empty() => None,
        Names::Listed(names) => Some(format!("\"{}\"", names.join(", "))),
        Names::Star => Some("*".to_owned()),
        Names::Mirrored => Some(format!("{{header.{asked}}}")),
    };
    let mut preflight = String::new();
    if let Some(value) = value(&plan.methods, "Access-Control-Request-Method") {
        let _ = writeln!(preflight, "\t\tAccess-Control-Allow-Methods {value}");
    }
    if let Some(value) = value(&plan.headers, "Access-Control-Request-Headers") {
        let _ = writeln!(preflight, "\t\tAccess-Control-Allow-Headers {value}");
    }
    if let Some(max_age) = plan.max_age {
        let _ = writeln!(preflight, "\t\tAccess-Control-Max-Age {max_age}");
    }
    if !preflight.is_empty() {
        let _ = write!(text, "\theader @preflight_{number} {{\n{preflight}\t}}\n");
    }
    let mut expose = String::new();
    if !plan.expose.is_empty() {
        let _ = writeln!(
            expose,
            "\t\tAccess-Control-Expose-Headers \"{}\"",
            plan.listed_expose().join(", ")
        );
    }
    let _ = write!(text, "\theader @cors_{number} {{\n{shared}{expose}\t\tdefer\n\t}}\n");
    let _ = writeln!(text, "\trespond @preflight_{number} 204");
}
