//! Stores and gateways of clouds.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{Plan, Writer};
use crate::Depth;
use crate::origins::Pattern;

/// What a store can say about an origin.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stars {
    /// One star within an origin, for any characters: it has no labels.
    Within,
    /// `*` alone.
    Alone,
}

/// What S3 has, and no more.
const S3_METHODS: &[&str] = &["GET", "HEAD", "PUT", "POST", "DELETE"];

fn origins(plan: &Plan, stars: Stars, writer: &mut Writer) -> Vec<String> {
    let mut origins = Vec::new();
    for pattern in plan.patterns(|origin| writer.left_out(&origin.written, &origin.span)) {
        match &pattern {
            Pattern::Any => origins.push("*".to_owned()),
            Pattern::Exact(text) => origins.push(text.clone()),
            Pattern::Labels { scheme, host, depth: Depth::Any } if stars == Stars::Within => {
                origins.push(format!("{scheme}://*.{host}"));
            }
            other => writer.left_out(other.expression(), &(0..0)),
        }
    }
    origins
}

fn methods(plan: &Plan, known: &[&str], writer: &mut Writer) -> Vec<String> {
    let Some(all) = plan.all_methods() else {
        return known.iter().map(|&name| name.to_owned()).collect();
    };
    let (kept, lost): (Vec<String>, Vec<String>) =
        all.into_iter().partition(|name| known.contains(&name.as_str()));
    for name in lost {
        writer.left_out(name, &(0..0));
    }
    kept
}

fn headers(plan: &Plan) -> Vec<String> {
    plan.listed_headers().map_or_else(|| vec!["*".to_owned()], <[String]>::to_vec)
}

fn s3_rules(plans: &[Plan], writer: &mut Writer) -> Vec<Value> {
    plans
        .iter()
        .map(|plan| {
            let mut rule = json!({
                "AllowedOrigins": origins(plan, Stars::Within, writer),
                "AllowedMethods": methods(plan, S3_METHODS, writer),
            });
            let headers = headers(plan);
            if !headers.is_empty() {
                rule["AllowedHeaders"] = json!(headers);
            }
            if !plan.expose.is_empty() {
                rule["ExposeHeaders"] = json!(plan.listed_expose());
            }
            if let Some(max_age) = plan.max_age {
                rule["MaxAgeSeconds"] = json!(max_age);
            }
            rule
        })
        .collect()
}

pub(super) fn s3_json(plans: &[Plan], writer: &mut Writer) -> String {
    format!("{:#}\n", json!({ "CORSRules": s3_rules(plans, writer) }))
}

/// The same rules in the words of R2's own API.
pub(super) fn r2(plans: &[Plan], writer: &mut Writer) -> String {
    let rules: Vec<Value> = s3_rules(plans, writer)
        .into_iter()
        .map(|rule| {
            let mut made = json!({ "allowed": {
                "origins": rule["AllowedOrigins"],
                "methods": rule["AllowedMethods"],
            } });
            for (from, to) in
                [("ExposeHeaders", "exposeHeaders"), ("MaxAgeSeconds", "maxAgeSeconds")]
            {
                if !rule[from].is_null() {
                    made[to] = rule[from].clone();
                }
            }
            if !rule["AllowedHeaders"].is_null() {
                made["allowed"]["headers"] = rule["AllowedHeaders"].clone();
            }
            made
        })
        .collect();
    format!("{:#}\n", json!({ "rules": rules }))
}

pub(super) fn s3_xml(plans: &[Plan], writer: &mut Writer) -> String {
    let rules = s3_rules(plans, writer);
    let mut text =
        String::from("<CORSConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\n");
    for rule in &rules {
        text.push_str("  <CORSRule>\n");
        for (key, element) in [
            ("AllowedOrigins", "AllowedOrigin"),
            ("AllowedMethods", "AllowedMethod"),
            ("AllowedHeaders", "AllowedHeader"),
            ("ExposeHeaders", "ExposeHeader"),
        ] {
            for value in rule[key].as_array().into_iter().flatten() {
                let _ = writeln!(
                    text,
                    "    <{element}>{}</{element}>",
                    escaped(value.as_str().unwrap_or_default())
                );
            }
        }
        if let Some(max_age) = rule["MaxAgeSeconds"].as_i64() {
            let _ = writeln!(text, "    <MaxAgeSeconds>{max_age}</MaxAgeSeconds>");
        }
        text.push_str("  </CORSRule>\n");
    }
    text.push_str("</CORSConfiguration>\n");
    text
}

/// The HTTP API's `CorsConfiguration`, in an OpenAPI document's extension.
pub(super) fn api_gateway(plans: &[Plan], writer: &mut Writer) -> String {
    let Some(plan) = single(plans, writer) else { return "{}\n".to_owned() };
    let mut cors = json!({
        "allowOrigins": origins(plan, Stars::Alone, writer),
        "allowMethods": plan.all_methods().unwrap_or_else(|| vec!["*".to_owned()]),
        "allowCredentials": plan.credentials,
    });
    let headers = headers(plan);
    if !headers.is_empty() {
        cors["allowHeaders"] = json!(headers);
    }
    if !plan.expose.is_empty() {
        cors["exposeHeaders"] = json!(plan.listed_expose());
    }
    if let Some(max_age) = plan.max_age {
        cors["maxAge"] = json!(max_age);
    }
    let document = json!({
        "openapi": "3.0.1",
        "info": { "title": "api", "version": "1" },
        "paths": {},
        "x-amazon-apigateway-cors": cors,
    });
    format!("{document:#}\n")
}

pub(super) fn cloudfront(plans: &[Plan], writer: &mut Writer) -> String {
    let Some(plan) = single(plans, writer) else { return "{}\n".to_owned() };
    let items = |values: Vec<String>| json!({ "Quantity": values.len(), "Items": values });
    let mut cors = json!({
        "AccessControlAllowOrigins": items(origins(plan, Stars::Alone, writer)),
        "AccessControlAllowMethods": items(plan.all_methods().unwrap_or_else(|| vec!["ALL".to_owned()])),
        "AccessControlAllowHeaders": items(headers(plan)),
        "AccessControlAllowCredentials": plan.credentials,
        "OriginOverride": true,
    });
    if !plan.expose.is_empty() {
        cors["AccessControlExposeHeaders"] = items(plan.listed_expose());
    }
    if let Some(max_age) = plan.max_age {
        cors["AccessControlMaxAgeSec"] = json!(max_age);
    }
    format!("{:#}\n", json!({ "Name": "cors", "CorsConfig": cors }))
}

/// One list is both what may be sent and what may be read.
pub(super) fn gcs(plans: &[Plan], writer: &mut Writer) -> String {
    let rules: Vec<Value> = plans
        .iter()
        .map(|plan| {
            let mut names = headers(plan);
            names.extend(plan.listed_expose());
            names.sort();
            names.dedup();
            let mut rule = json!({
                "origin": origins(plan, Stars::Alone, writer),
                "method": plan.all_methods().unwrap_or_else(|| vec!["*".to_owned()]),
                "responseHeader": names,
            });
            if let Some(max_age) = plan.max_age {
                rule["maxAgeSeconds"] = json!(max_age);
            }
            rule
        })
        .collect();
    format!("{:#}\n", json!(rules))
}

pub(super) fn azure(plans: &[Plan], writer: &mut Writer) -> String {
    const METHODS: &[&str] = &["DELETE", "GET", "HEAD", "MERGE", "PATCH", "POST", "OPTIONS", "PUT"];
    let mut text = String::from("<Cors>\n");
    for plan in plans {
        let _ = write!(
            text,
            "  <CorsRule>\n    <AllowedOrigins>{}</AllowedOrigins>\n    <AllowedMethods>{}</AllowedMethods>\n    \
             <AllowedHeaders>{}</AllowedHeaders>\n    <ExposedHeaders>{}</ExposedHeaders>\n    \
             <MaxAgeInSeconds>{}</MaxAgeInSeconds>\n  </CorsRule>\n",
            escaped(&origins(plan, Stars::Alone, writer).join(",")),
            methods(plan, METHODS, writer).join(","),
            escaped(&headers(plan).join(",")),
            escaped(&plan.listed_expose().join(",")),
            plan.max_age.unwrap_or(0),
        );
    }
    text.push_str("</Cors>\n");
    text
}

/// Where there is room for one policy only, the others are left out.
fn single<'p>(plans: &'p [Plan], writer: &mut Writer) -> Option<&'p Plan> {
    for plan in plans.iter().skip(1) {
        writer.left_out(format!("the policy of {}", plan.path), &(0..0));
    }
    plans.first()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
