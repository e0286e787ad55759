//! Apache httpd: `SetEnvIf` for the origins, `Header always` for every response.

use std::fmt::Write as _;

use super::{Plan, Writer};
use crate::neutral::Names;

pub(super) fn write(plans: &[Plan], writer: &mut Writer) -> String {
    let mut text = String::from("\n<VirtualHost *:8080>\n");
    if let Some(host) = plans.iter().find_map(|plan| plan.host.as_deref()) {
        let _ = writeln!(text, "    ServerName {host}");
    }
    text.push_str("    RewriteEngine On\n");
    for name in ["Allow-Origin", "Allow-Credentials", "Expose-Headers"] {
        let _ = writeln!(text, "    Header onsuccess unset Access-Control-{name}");
    }
    for (index, plan) in plans.iter().enumerate() {
        policy(plan, index + 1, writer, &mut text);
    }
    text.push_str("    Header always merge Vary Origin\n    ProxyPass / http://127.0.0.1:9000/\n</VirtualHost>\n");
    writer.comments("#") + &text
}

fn policy(plan: &Plan, number: usize, writer: &mut Writer, text: &mut String) {
    let expression = plan
        .expression(|origin| writer.left_out(&origin.written, &origin.span))
        .unwrap_or_default();
    let name = format!("CORS_ORIGIN_{number}");
    let _ =
        writeln!(text, "    SetEnvIf Origin \"^({})$\" {name}=$1", expression.replace('"', "\\\""));
    if plan.path != "/" {
        let path = crate::regexes::escaped(&plan.path);
        let _ = writeln!(text, "    SetEnvIf Request_URI \"^(?!{path})\" !{name}");
    }
    let _ = write!(
        text,
        "    RewriteCond %{{REQUEST_METHOD}} =OPTIONS\n    \
         RewriteCond %{{HTTP:Access-Control-Request-Method}} .\n    \
         RewriteCond %{{ENV:{name}}} .\n    \
         RewriteRule ^ - [R=204,L]\n"
    );
    let origin = if plan.admits_all() && plan.answers_star && !plan.credentials {
        "*".to_owned()
    } else {
        format!("%{{{name}}}e")
    };
    let mut line = |header: &str, value: &str, condition: &str| {
        let _ = writeln!(text, "    Header always set {header} \"{value}\" env={condition}");
    };
    line("Access-Control-Allow-Origin", &origin, &name);
    if plan.credentials {
        line("Access-Control-Allow-Credentials", "true", &name);
    }
    if !plan.expose.is_empty() {
        line("Access-Control-Expose-Headers", &plan.listed_expose().join(", "), &name);
    }
    let value = |names: &Names, asked: &str| match names {
        Names::Listed(names) if names.is_empty() => None,
        Names::Listed(names) => Some(names.join(", ")),
        Names::Star => Some("*".to_owned()),
        Names::Mirrored => Some(format!("expr=%{{req:{asked}}}")),
    };
    if let Some(value) = value(&plan.methods, "Access-Control-Request-Method") {
        line("Access-Control-Allow-Methods", &value, &name);
    }
    if let Some(value) = value(&plan.headers, "Access-Control-Request-Headers") {
        line("Access-Control-Allow-Headers", &value, &name);
    }
    if let Some(max_age) = plan.max_age {
        line("Access-Control-Max-Age", &max_age.to_string(), &name);
    }
}
