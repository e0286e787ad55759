//! rack-cors.

use std::fmt::Write as _;

use serde_json::json;

use super::{Plan, Writer};
use crate::origins::Pattern;

/// The middleware, as Rails mounts it in an initializer.
pub(super) fn rack_cors(plans: &[Plan], writer: &mut Writer) -> String {
    let mut blocks = String::new();
    for plan in plans {
        let origins = origins(plan, writer);
        if origins.is_empty() {
            writer.left_out(format!("all origins of {}", plan.path), &(0..0));
            continue;
        }
        let path = format!("{}/*", plan.path.trim_end_matches('/'));
        let headers = match plan.listed_headers() {
            Some(names) => json!(names).to_string(),
            None => ":any".to_owned(),
        };
        let mut options =
            vec![format!("headers: {headers}"), format!("methods: {}", methods(plan))];
        if !plan.expose.is_empty() {
            options.push(format!("expose: {}", json!(plan.listed_expose())));
        }
        // Two hours are its own default.
        options.push(format!("max_age: {}", plan.max_age.unwrap_or(5)));
        if plan.credentials {
            options.push("credentials: true".to_owned());
        }
        let _ = write!(
            blocks,
            "  allow do\n    origins {}\n    resource {}, {}\n  end\n",
            origins.join(", "),
            json!(path),
            options.join(", ")
        );
    }
    format!(
        "{}Rails.application.config.middleware.insert_before 0, Rack::Cors do\n{blocks}end\n",
        writer.comments("#")
    )
}

fn origins(plan: &Plan, writer: &mut Writer) -> Vec<String> {
    // A star cannot stand beside credentials, and an expression can.
    if plan.admits_all() {
        let all = if plan.credentials { "/.*/" } else { "'*'" };
        return vec![all.to_owned()];
    }
    let mut origins = Vec::new();
    for origin in &plan.origins {
        let exact = |pattern: &Pattern| match pattern {
            Pattern::Exact(text) if text.starts_with("http://") || text.starts_with("https://") => {
                Some(json!(text).to_string())
            }
            _ => None,
        };
        let all: Option<Vec<String>> = origin.patterns.iter().map(exact).collect();
        match (all.filter(|_| origin.is_whole), origin.as_expression()) {
            (Some(all), _) => origins.extend(all),
            (None, Some(text)) => origins.push(format!("/\\A(?:{})\\z/", text.replace('/', "\\/"))),
            (None, None) => writer.left_out(&origin.written, &origin.span),
        }
    }
    origins
}

fn methods(plan: &Plan) -> String {
    match plan.all_methods() {
        Some(all) => {
            let names: Vec<String> =
                all.iter().map(|name| format!(":{}", name.to_lowercase())).collect();
            format!("[{}]", names.join(", "))
        }
        None => ":any".to_owned(),
    }
}
