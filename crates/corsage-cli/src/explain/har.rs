//! HAR: the request of one entry. Archives never say why a browser blocked, and leave out cookies and
//! tokens; so the request is taken from them, and asked again.

use serde_json::Value;

use super::copied::Copied;

/// The request of the entry for this URL; without a URL, that of the only entry that failed.
pub(super) fn parse(text: &str, url: Option<&str>) -> Result<Copied, String> {
    let archive: Value = serde_json::from_str(text.trim_start_matches('\u{feff}'))
        .map_err(|error| format!("the HAR file is not JSON: {error}"))?;
    let entries = archive["log"]["entries"].as_array().ok_or("the HAR file has no log.entries")?;
    let asked: Vec<&Value> = entries.iter().filter(|entry| !is_preflight(entry)).collect();
    let chosen = match url {
        Some(url) => asked.iter().rev().find(|entry| url_of(entry) == without_fragment(url)),
        None => {
            let mut failed: Vec<&&Value> = asked.iter().filter(|entry| has_failed(entry)).collect();
            failed.dedup_by_key(|entry| url_of(entry));
            if failed.len() > 1 {
                let urls: Vec<&str> = failed.iter().map(|entry| url_of(entry)).collect();
                return Err(format!(
                    "{} requests of the HAR file failed; say which: corsage explain --har FILE URL, \
                     with one of\n  {}",
                    urls.len(),
                    urls.join("\n  ")
                ));
            }
            failed.into_iter().next()
        }
    };
    let entry = chosen.ok_or_else(|| match url {
        Some(url) => format!("the HAR file has no request for {url}"),
        None => "no request of the HAR file failed; say which one is meant: corsage explain --har \
                 FILE URL"
            .to_owned(),
    })?;
    let request = &entry["request"];
    let mut copied = Copied { url: Some(url_of(entry).to_owned()), ..Copied::default() };
    copied.method = request["method"].as_str().map(str::to_owned);
    copied.data = request["postData"]["text"].as_str().map(str::to_owned);
    for header in request["headers"].as_array().into_iter().flatten() {
        let part = |name: &str| header[name].as_str().unwrap_or_default();
        copied.header(part("name"), part("value"));
    }
    Ok(copied)
}

fn url_of(entry: &Value) -> &str {
    without_fragment(entry["request"]["url"].as_str().unwrap_or_default())
}

fn without_fragment(url: &str) -> &str {
    url.split('#').next().unwrap_or_default()
}

fn is_preflight(entry: &Value) -> bool {
    let named = |header: &Value| {
        header["name"]
            .as_str()
            .is_some_and(|name| name.eq_ignore_ascii_case("access-control-request-method"))
    };
    entry["_resourceType"] == "preflight"
        || entry["request"]["method"] == "OPTIONS"
            && entry["request"]["headers"]
                .as_array()
                .is_some_and(|headers| headers.iter().any(named))
}

/// Blocked requests have no status, or an error of the network.
fn has_failed(entry: &Value) -> bool {
    let response = &entry["response"];
    response["status"].as_u64().is_none_or(|status| status == 0)
        || response["_error"].as_str().is_some_and(|error| !error.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn entry(method: &str, url: &str, status: u16, headers: &[(&str, &str)]) -> Value {
        let headers: Vec<Value> =
            headers.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect();
        json!({
            "request": { "method": method, "url": url, "headers": headers },
            "response": { "status": status, "headers": [] }
        })
    }

    fn archive(entries: &[Value]) -> String {
        json!({ "log": { "version": "1.2", "entries": entries } }).to_string()
    }

    #[test]
    fn the_one_that_failed_is_taken() {
        let preflight =
            [("Access-Control-Request-Method", "PUT"), ("Origin", "https://app.example")];
        let text = archive(&[
            entry("GET", "https://app.example/", 200, &[]),
            entry("OPTIONS", "https://api.example/me", 0, &preflight),
            entry(
                "PUT",
                "https://api.example/me#x",
                0,
                &[
                    (":authority", "api.example"),
                    ("Origin", "https://app.example"),
                    ("X-A", "1"),
                    ("sec-fetch-mode", "cors"),
                ],
            ),
        ]);
        let copied = parse(&text, None).expect("read");
        assert_eq!(copied.url.as_deref(), Some("https://api.example/me"));
        assert_eq!(copied.method.as_deref(), Some("PUT"));
        assert_eq!(copied.page.as_deref(), Some("https://app.example"));
        assert_eq!(copied.headers, [("x-a".to_owned(), "1".to_owned())]);
        let named = parse(&text, Some("https://app.example/")).expect("read");
        assert_eq!(named.method.as_deref(), Some("GET"));
    }

    #[test]
    fn what_is_unclear_is_asked() {
        let two = archive(&[
            entry("GET", "https://a.example/1", 0, &[]),
            entry("GET", "https://a.example/2", 0, &[]),
        ]);
        assert!(parse(&two, None).is_err_and(|problem| problem.contains("https://a.example/2")));
        assert!(parse(&archive(&[]), None).is_err());
        assert!(parse(&two, Some("https://b.example/")).is_err());
        assert!(parse("{}", None).is_err());
        assert!(parse("", None).is_err());
    }
}
