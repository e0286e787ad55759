//! nginx: a map for the origins, and one location for each path.

use std::fmt::Write as _;

use super::{Plan, Writer};
use crate::neutral::Names;
use crate::origins::Pattern;

/// What the upstream may send itself, and browsers refuse when it comes twice.
const OWN: &[&str] = &[
    "Access-Control-Allow-Origin",
    "Access-Control-Allow-Credentials",
    "Access-Control-Expose-Headers",
];

pub(super) fn write(plans: &[Plan], writer: &mut Writer) -> String {
    let mut maps = String::new();
    for (index, plan) in plans.iter().enumerate() {
        map(plan, index + 1, writer, &mut maps);
    }
    let mut text = writer.comments("#");
    text.push_str(&maps);
    let mut hosts: Vec<Option<&str>> = Vec::new();
    for plan in plans {
        if !hosts.contains(&plan.host.as_deref()) {
            hosts.push(plan.host.as_deref());
        }
    }
    for host in hosts {
        text.push_str("\nserver {\n    listen 8080;\n");
        if let Some(host) = host {
            let _ = writeln!(text, "    server_name {host};");
        }
        for (index, plan) in plans.iter().enumerate() {
            if plan.host.as_deref() == host {
                location(plan, index + 1, &mut text);
            }
        }
        text.push_str("}\n");
    }
    text
}

fn map(plan: &Plan, number: usize, writer: &mut Writer, text: &mut String) {
    let _ = writeln!(text, "\nmap $http_origin $cors_origin_{number} {{");
    if plan.admits_all() {
        let value = if plan.credentials || !plan.answers_star { "$http_origin" } else { "\"*\"" };
        let _ = writeln!(text, "    default {value};");
    } else {
        text.push_str("    default \"\";\n");
        for origin in &plan.origins {
            let all_exact = origin.is_whole
                && origin.patterns.iter().all(|pattern| matches!(pattern, Pattern::Exact(_)));
            if all_exact {
                for pattern in &origin.patterns {
                    let _ = writeln!(
                        text,
                        "    {} $http_origin;",
                        quoted(&match pattern {
                            Pattern::Exact(text) => text.clone(),
                            other => other.expression(),
                        })
                    );
                }
                continue;
            }
            match origin.as_expression() {
                Some(expression) => {
                    let _ = writeln!(
                        text,
                        "    {} $http_origin;",
                        quoted(&format!("~^(?:{expression})$"))
                    );
                }
                None => writer.left_out(&origin.written, &origin.span),
            }
        }
    }
    text.push_str("}\n");
    let _ = writeln!(
        text,
        "map \"$request_method:$http_access_control_request_method:$cors_origin_{number}\" $cors_preflight_{number} {{\n    \
         default 0;\n    \"~^OPTIONS:[^:]+:.+\" 1;\n}}"
    );
    if plan.credentials {
        conditional(text, number, "credentials", "true");
    }
    if !plan.expose.is_empty() {
        conditional(text, number, "expose", &plan.listed_expose().join(", "));
    }
}

/// A header's value where the origin is admitted, and none where it is not.
fn conditional(text: &mut String, number: usize, name: &str, value: &str) {
    let _ = writeln!(
        text,
        "map $cors_origin_{number} $cors_{name}_{number} {{\n    default {};\n    \"\" \"\";\n}}",
        quoted(value)
    );
}

fn location(plan: &Plan, number: usize, text: &mut String) {
    let _ = writeln!(text, "\n    location {} {{", plan.path);
    let _ = writeln!(text, "        if ($cors_preflight_{number}) {{");
    let origin = format!("$cors_origin_{number}");
    let mut line = |indent: usize, name: &str, value: &str| {
        let _ = writeln!(text, "{}add_header {name} {value} always;", " ".repeat(indent));
    };
    line(12, "Access-Control-Allow-Origin", &origin);
    if plan.credentials {
        line(12, "Access-Control-Allow-Credentials", "\"true\"");
    }
    let mirrored = |names: &Names, variable: &str| match names {
        Names::Listed(names) if names.is_empty() => None,
        Names::Listed(names) => Some(quoted(&names.join(", "))),
        Names::Star => Some("\"*\"".to_owned()),
        Names::Mirrored => Some(variable.to_owned()),
    };
    if let Some(value) = mirrored(&plan.methods, "$http_access_control_request_method") {
        line(12, "Access-Control-Allow-Methods", &value);
    }
    if let Some(value) = mirrored(&plan.headers, "$http_access_control_request_headers") {
        line(12, "Access-Control-Allow-Headers", &value);
    }
    if let Some(max_age) = plan.max_age {
        line(12, "Access-Control-Max-Age", &format!("\"{max_age}\""));
    }
    line(12, "Vary", "Origin");
    text.push_str("            return 204;\n        }\n");
    let mut line = |name: &str, value: &str| {
        let _ = writeln!(text, "        add_header {name} {value} always;");
    };
    line("Access-Control-Allow-Origin", &origin);
    if plan.credentials {
        line("Access-Control-Allow-Credentials", &format!("$cors_credentials_{number}"));
    }
    if !plan.expose.is_empty() {
        line("Access-Control-Expose-Headers", &format!("$cors_expose_{number}"));
    }
    line("Vary", "Origin");
    for name in OWN {
        let _ = writeln!(text, "        proxy_hide_header {name};");
    }
    text.push_str("        proxy_pass http://127.0.0.1:9000;\n    }\n");
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\\\""))
}
