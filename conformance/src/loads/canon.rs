//! Facets, as `canon.js` beside the recordings reduces a result to them.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::case::{Case, Recorded, RecordedRequest};

pub(super) type Facets = BTreeMap<&'static str, String>;

/// The facets of a recorded result.
pub(super) fn facets(case: &Case, recorded: &Recorded) -> Facets {
    let page = &recorded.page;
    let on = |name: &str| join(&recorded.requests, |request| header(request, name));
    let mut facets = Facets::new();
    facets.insert("outcome", outcome(page));
    facets.insert("content", content(page));
    facets.insert("readable", readable(page));
    facets.insert("onerror", onerror(page));
    facets.insert("unhandled", unhandled(page));
    let stored = page.get("cookie_stored").map(plain).unwrap_or_default();
    facets.insert("cookie_stored", stored);
    facets.insert("inner_timing", inner_timing(page));
    facets.insert("timing", timing(page));
    facets.insert(
        "wire",
        join(&recorded.requests, |request| {
            format!(
                "{} {} {}{}",
                request.kind,
                request.method,
                request.to,
                without_case(&request.target, &case.id)
            )
        }),
    );
    facets.insert("origin", on("origin"));
    facets.insert("cookie", on("cookie"));
    let referer = |request: &RecordedRequest| request.referer.clone().unwrap_or("-".into());
    facets.insert("referer", join(&recorded.requests, referer));
    let site = ["sec-fetch-site", "sec-fetch-mode", "sec-fetch-dest"];
    facets.insert(
        "sec_fetch",
        join(&recorded.requests, |request| site.map(|name| header(request, name)).join("/")),
    );
    facets.insert("acrm", on("access-control-request-method"));
    facets.insert("acrh", on("access-control-request-headers"));
    facets.insert(
        "content_type",
        join(&recorded.requests, |request| without_boundary(&header(request, "content-type"))),
    );
    facets
}

fn join<T>(list: &[T], one: impl Fn(&T) -> String) -> String {
    list.iter().map(one).collect::<Vec<_>>().join(" ; ")
}

fn header(request: &RecordedRequest, name: &str) -> String {
    let lines: Vec<&str> = request
        .headers
        .iter()
        .filter(|(known, _)| known == name)
        .map(|(_, value)| value.as_str())
        .collect();
    if lines.is_empty() { "-".into() } else { lines.join(" || ") }
}

pub(super) fn without_case(target: &str, id: &str) -> String {
    target.replacen(&format!("/c/{id}"), "", 1)
}

pub(super) fn without_boundary(value: &str) -> String {
    match value.split_once("boundary=") {
        Some((before, after)) => {
            let end = after.find([' ', ';']).unwrap_or(after.len());
            format!("{before}boundary=*{}", &after[end..])
        }
        None => value.to_owned(),
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned)
}

fn name_of(page: &Map<String, Value>, member: &str) -> Option<String> {
    page.get(member)?.get("name").map(plain)
}

fn outcome(page: &Map<String, Value>) -> String {
    let parts = [
        page.get("event").map(plain),
        name_of(page, "error"),
        name_of(page, "threw").map(|name| format!("threw {name}")),
        page.get("returned").map(|value| format!("returned {}", plain(value))),
        name_of(page, "page_threw").map(|name| format!("page threw {name}")),
    ];
    let first: Vec<String> = parts.into_iter().flatten().collect();
    let preload = page.get("preload_event").map(|event| format!("{} | ", plain(event)));
    preload.unwrap_or_default() + &first.join(" ")
}

fn content(page: &Map<String, Value>) -> String {
    let named = |member: &str, label: &str| {
        page.get(member).map(|value| format!("{label} {}", plain(value)))
    };
    let positive = |member: &str, label: &str| {
        page.get(member)
            .map(|value| format!("{label} {}", value.as_f64().is_some_and(|number| number > 0.0)))
    };
    let message = match page.get("message") {
        None | Some(Value::Null) => "-".to_owned(),
        Some(Value::Object(object)) => match object.get("threw").filter(|threw| !threw.is_null()) {
            Some(threw) => {
                let ran = object.get("ran").is_some_and(|ran| *ran != Value::Bool(false));
                let name = threw.get("name").map(plain).unwrap_or_default();
                format!("threw {name}{}", if ran { " ran" } else { "" })
            }
            None => "ok".to_owned(),
        },
        Some(value) => plain(value),
    };
    let parts = [
        named("natural_width", "width"),
        named("ran", "ran"),
        named("value", "value"),
        named("applied", "applied"),
        positive("inner_ran", "inner"),
        named("cues", "cues"),
        named("status", "status"),
        named("type", "type"),
        named("text", "text"),
        named("media_error", "media error"),
        positive("bbox_width", "bbox"),
        Some(format!("message {message}")),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn readable(page: &Map<String, Value>) -> String {
    let members = [
        ("canvas", "canvas"),
        ("capture", "capture"),
        ("sheet", "sheet"),
        ("imported", "imported"),
        ("content_document", "document"),
    ];
    let parts = members.into_iter().filter_map(|(member, label)| {
        page.get(member).map(|value| format!("{label} {}", plain(value)))
    });
    parts.collect::<Vec<_>>().join(", ")
}

fn list<'p>(page: &'p Map<String, Value>, member: &str) -> &'p [Value] {
    page.get(member).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn onerror(page: &Map<String, Value>) -> String {
    join(list(page, "onerror"), |event| {
        let text = |member: &str| event.get(member).and_then(Value::as_str).unwrap_or_default();
        let muted = matches!(text("message"), "Script error" | "Script error.");
        let file = if text("filename").is_empty() { " nofile" } else { " file" };
        let error = match text("error") {
            "" => "null",
            class => class,
        };
        format!("{}{file} {error}", if muted { "muted" } else { "shown" })
    })
}

fn unhandled(page: &Map<String, Value>) -> String {
    join(list(page, "unhandled"), |event| event.get("name").map(plain).unwrap_or_default())
}

fn visibility(visible: bool) -> String {
    if visible { "visible" } else { "hidden" }.to_owned()
}

fn inner_timing(page: &Map<String, Value>) -> String {
    join(list(page, "inner_timing"), |value| visibility(value.as_bool() == Some(true)))
}

fn timing(page: &Map<String, Value>) -> String {
    join(list(page, "timing"), |entry| {
        visibility(entry.get("response_start").and_then(Value::as_bool) == Some(true))
    })
}
