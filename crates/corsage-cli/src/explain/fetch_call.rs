//! "Copy as fetch" of developer tools: a call whose arguments are JSON; read and never executed.

use corsage::browser::{CredentialsMode, RedirectMode};
use serde_json::Value;

use super::copied::{Copied, mode};

/// Reads a call of `fetch`.
pub(super) fn parse(call: &str) -> Result<Copied, String> {
    let text = call.trim().trim_end_matches(';').trim_end();
    let text = text.strip_prefix("await ").unwrap_or(text).trim_start();
    let arguments = text
        .strip_prefix("fetch")
        .and_then(|rest| rest.trim_start().strip_prefix('('))
        .and_then(|rest| rest.strip_suffix(')'))
        .ok_or("this is not a call like fetch(\"https://…\", { … })")?;
    // Firefox and Safari leave a comma at the end.
    let arguments = arguments.trim_end().trim_end_matches(',');
    let arguments: Vec<Value> = serde_json::from_str(&format!("[{arguments}]")).map_err(|error| {
        format!(
            "the arguments of fetch are not JSON, as developer tools copy them ({error}); use URL, \
             -X, -H and --data instead"
        )
    })?;
    let mut copied = Copied::default();
    let url = arguments.first().and_then(Value::as_str).ok_or("fetch is called without a URL")?;
    copied.url = Some(url.to_owned());
    let Some(init) = arguments.get(1) else { return Ok(copied) };
    for (name, value) in init["headers"].as_object().into_iter().flatten() {
        copied.header(name, value.as_str().unwrap_or_default());
    }
    let text = |name: &str| init[name].as_str().map(str::to_owned);
    copied.method = text("method");
    copied.data = text("body");
    if copied.page.is_none() {
        copied.page = text("referrer").filter(|referrer| referrer.contains("://"));
    }
    copied.mode = text("mode").and_then(|name| mode(&name)).or(copied.mode);
    copied.credentials = match init["credentials"].as_str() {
        Some("omit") => Some(CredentialsMode::Omit),
        Some("same-origin") => Some(CredentialsMode::SameOrigin),
        Some("include") => Some(CredentialsMode::Include),
        _ => None,
    };
    copied.redirect = match init["redirect"].as_str() {
        Some("error") => Some(RedirectMode::Error),
        Some("manual") => Some(RedirectMode::Manual),
        _ => None,
    };
    Ok(copied)
}

#[cfg(test)]
mod tests {
    use corsage::browser::Mode;

    use super::*;

    #[test]
    fn chromium_copies_are_read() {
        let copied = parse(
            r#"fetch("https://api.example/me", {
  "headers": { "accept": "*/*", "content-type": "application/json", "sec-ch-ua": "x" },
  "referrer": "https://app.example/", "body": "{\"a\":1}", "method": "PUT",
  "mode": "cors", "credentials": "include"
});"#,
        )
        .expect("read");
        assert_eq!(copied.url.as_deref(), Some("https://api.example/me"));
        assert_eq!(copied.page.as_deref(), Some("https://app.example/"));
        assert_eq!(copied.method.as_deref(), Some("PUT"));
        assert_eq!(copied.data.as_deref(), Some("{\"a\":1}"));
        assert_eq!(copied.mode, Some(Mode::Cors));
        assert_eq!(copied.credentials, Some(CredentialsMode::Include));
        let names: Vec<&str> = copied.headers.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["accept", "content-type"]);
    }

    #[test]
    fn firefox_copies_are_read() {
        let copied = parse(
            "await fetch(\"https://api.example/me\", {\n    \"credentials\": \"omit\",\n    \
             \"headers\": {\n        \"User-Agent\": \"x\",\n        \"X-A\": \"1\"\n    },\n    \
             \"referrer\": \"https://app.example/\",\n    \"method\": \"GET\",\n    \"mode\": \
             \"cors\"\n});",
        )
        .expect("read");
        assert_eq!(copied.credentials, Some(CredentialsMode::Omit));
        assert_eq!(copied.headers, [("x-a".to_owned(), "1".to_owned())]);
    }

    #[test]
    fn what_is_not_such_a_call_is_refused() {
        for text in
            ["", "fetch(", "fetch()", "fetch(url, {})", "curl https://a.example", "fetch(1)"]
        {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
