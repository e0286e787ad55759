//! Builders of Rust and C#: tower-http's layer, ASP.NET Core's policy.

use serde_json::json;

use super::{Plan, Writer};
use crate::Depth;
use crate::neutral::Names;
use crate::origins::Pattern;

/// A text as both languages write it.
fn quoted(text: &str) -> String {
    json!(text).to_string()
}

/// tower-http's layer. Patterns need a predicate, which stays the reader's to write.
pub(super) fn tower_http(plan: &Plan, writer: &mut Writer) -> String {
    let mut lines = vec!["let cors = CorsLayer::new()".to_owned()];
    let origins = match plan.admits_all() {
        true if plan.credentials => "AllowOrigin::mirror_request()".to_owned(),
        true => "Any".to_owned(),
        false => {
            let mut listed = Vec::new();
            for pattern in plan.patterns(|origin| writer.left_out(&origin.written, &origin.span)) {
                match pattern {
                    Pattern::Exact(text) => {
                        listed.push(format!("HeaderValue::from_static({})", quoted(&text)));
                    }
                    other => writer.left_out(other.expression(), &(0..0)),
                }
            }
            format!("AllowOrigin::list([{}])", listed.join(", "))
        }
    };
    lines.push(format!("    .allow_origin({origins})"));
    lines.push(match plan.all_methods() {
        Some(all) => {
            let methods: Vec<String> = all.iter().map(|name| method(name)).collect();
            format!("    .allow_methods([{}])", methods.join(", "))
        }
        None => "    .allow_methods(AllowMethods::mirror_request())".to_owned(),
    });
    match plan.listed_headers() {
        Some([]) => {}
        Some(headers) => lines.push(format!("    .allow_headers({})", header_names(headers))),
        None => lines.push("    .allow_headers(AllowHeaders::mirror_request())".to_owned()),
    }
    match &plan.expose {
        Names::Listed(list) if list.is_empty() => {}
        Names::Listed(list) => lines.push(format!("    .expose_headers({})", header_names(list))),
        Names::Star | Names::Mirrored => lines.push("    .expose_headers(Any)".to_owned()),
    }
    if plan.credentials {
        lines.push("    .allow_credentials(true)".to_owned());
    }
    if let Some(max_age) = plan.max_age {
        lines.push(format!("    .max_age(Duration::from_secs({max_age}))"));
    }
    format!("{}{};\n", writer.comments("//"), lines.join("\n"))
}

fn method(name: &str) -> String {
    match name {
        "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS" => {
            format!("Method::{name}")
        }
        name => format!("Method::from_bytes(b{}).unwrap()", quoted(name)),
    }
}

fn header_names(names: &[String]) -> String {
    let names: Vec<String> = names
        .iter()
        .map(|name| format!("HeaderName::from_static({})", quoted(&name.to_lowercase())))
        .collect();
    format!("[{}]", names.join(", "))
}

/// The default policy of ASP.NET Core. A star at the beginning of a host stands for any depth, by a switch.
pub(super) fn aspnet(plan: &Plan, writer: &mut Writer) -> String {
    let list =
        |values: &[String]| values.iter().map(|value| quoted(value)).collect::<Vec<_>>().join(", ");
    let mut calls = Vec::new();
    match plan.admits_all() {
        true if plan.credentials => calls.push("SetIsOriginAllowed(_ => true)".to_owned()),
        true => calls.push("AllowAnyOrigin()".to_owned()),
        false => {
            let mut listed = Vec::new();
            let mut has_stars = false;
            for pattern in plan.patterns(|origin| writer.left_out(&origin.written, &origin.span)) {
                match pattern {
                    Pattern::Exact(text) => listed.push(text),
                    Pattern::Labels { scheme, host, depth: Depth::Any } => {
                        has_stars = true;
                        listed.push(format!("{scheme}://*.{host}"));
                    }
                    other => writer.left_out(other.expression(), &(0..0)),
                }
            }
            calls.push(format!("WithOrigins({})", list(&listed)));
            if has_stars {
                calls.push("SetIsOriginAllowedToAllowWildcardSubdomains()".to_owned());
            }
        }
    }
    calls.push(match plan.all_methods() {
        Some(all) => format!("WithMethods({})", list(&all)),
        None => "AllowAnyMethod()".to_owned(),
    });
    match plan.listed_headers() {
        Some([]) => {}
        Some(headers) => calls.push(format!("WithHeaders({})", list(headers))),
        None => calls.push("AllowAnyHeader()".to_owned()),
    }
    if !plan.expose.is_empty() {
        calls.push(format!("WithExposedHeaders({})", list(&plan.listed_expose())));
    }
    if plan.credentials {
        calls.push("AllowCredentials()".to_owned());
    }
    if let Some(max_age) = plan.max_age {
        calls.push(format!("SetPreflightMaxAge(TimeSpan.FromSeconds({max_age}))"));
    }
    let chain: String = calls.iter().flat_map(|call| ["\n        .", call.as_str()]).collect();
    format!(
        "{}builder.Services.AddCors(options => options.AddDefaultPolicy(policy => policy{chain}));\n",
        writer.comments("//")
    )
}
