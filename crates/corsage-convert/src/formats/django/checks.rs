//! The package's system checks, which `manage.py` runs.

use super::settings::Settings;
use super::url;
use crate::NotRead;
use crate::formats::python::rejected;
use crate::python::Value;

/// The first check that fails.
pub(super) fn check(settings: &Settings) -> Result<(), NotRead> {
    let given = &settings.given;
    let fails = |name: &str, id: &str| Err(rejected(&given.place(name), format!("{name}: {id}")));
    let is_texts = |name: &str| match given.get(name) {
        None => true,
        // A text is a sequence of texts.
        Some(Value::Text(_)) => true,
        Some(Value::List(items) | Value::Tuple(items)) => {
            items.iter().all(|item| matches!(item, Value::Text(_)))
        }
        Some(_) => false,
    };
    let is_bool = |name: &str| matches!(given.get(name), None | Some(Value::Bool(_)));
    let lists = [
        ("CORS_ALLOW_HEADERS", "corsheaders.E001"),
        ("CORS_ALLOW_METHODS", "corsheaders.E002"),
        ("CORS_EXPOSE_HEADERS", "corsheaders.E008"),
        ("CORS_ALLOWED_ORIGINS", "corsheaders.E006"),
        ("CORS_ORIGIN_WHITELIST", "corsheaders.E006"),
    ];
    for (name, id) in lists {
        if !is_texts(name) {
            return fails(name, id);
        }
    }
    let switches = [
        ("CORS_ALLOW_CREDENTIALS", "corsheaders.E003"),
        ("CORS_ALLOW_PRIVATE_NETWORK", "corsheaders.E015"),
        ("CORS_ALLOW_ALL_ORIGINS", "corsheaders.E005"),
        ("CORS_ORIGIN_ALLOW_ALL", "corsheaders.E005"),
    ];
    for (name, id) in switches {
        if !is_bool(name) {
            return fails(name, id);
        }
    }
    match given.get("CORS_PREFLIGHT_MAX_AGE") {
        None | Some(Value::Int(0..) | Value::Bool(_)) => {}
        Some(_) => return fails("CORS_PREFLIGHT_MAX_AGE", "corsheaders.E004"),
    }
    let name = if given.get("CORS_ALLOWED_ORIGINS").is_some() {
        "CORS_ALLOWED_ORIGINS"
    } else {
        "CORS_ORIGIN_WHITELIST"
    };
    for origin in &settings.origins {
        if matches!(origin.as_str(), "null" | "file://") {
            continue;
        }
        match url::split(origin) {
            Some(split) if split.scheme.is_empty() || split.netloc.is_empty() => {
                return fails(name, "corsheaders.E013");
            }
            Some(split) if !split.rest.is_empty() => return fails(name, "corsheaders.E014"),
            Some(_) => {}
            None => return fails(name, "corsheaders.E013"),
        }
    }
    for name in ["CORS_ALLOWED_ORIGIN_REGEXES", "CORS_ORIGIN_REGEX_WHITELIST"] {
        let is_list = match given.get(name) {
            None | Some(Value::Text(_) | Value::List(_) | Value::Tuple(_)) => true,
            Some(_) => false,
        };
        if !is_list {
            return fails(name, "corsheaders.E007");
        }
    }
    for name in ["CORS_MODEL", "CORS_REPLACE_HTTPS_REFERER"] {
        if given.get(name).is_some() {
            return fails(name, "corsheaders.E012");
        }
    }
    Ok(())
}
