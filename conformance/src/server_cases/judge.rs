//! What a browser makes of a response: the CORS check and the CORS-preflight fetch, restated from the
//! standard in few lines, so that the browser half and this can disagree.

use http::{HeaderMap, StatusCode};

use super::case::Browser;

/// `Err` says which condition failed.
pub(super) fn judge(
    browser: &Browser,
    origin: &str,
    status: StatusCode,
    headers: &HeaderMap,
) -> Result<(), String> {
    cors_check(browser, origin, headers)?;
    if browser.algorithm == "cors check" {
        return Ok(());
    }
    if !status.is_success() {
        return Err(format!("status {status}"));
    }
    let include = browser.credentials_mode == "include";
    let methods = list(headers, "access-control-allow-methods")?;
    let names = list(headers, "access-control-allow-headers")?;
    let method = browser.method.as_deref().unwrap_or("GET");
    let wildcard = |list: &[String]| !include && list.iter().any(|item| item == "*");
    if !methods.iter().any(|item| item == method)
        && !matches!(method, "GET" | "HEAD" | "POST")
        && !wildcard(&methods)
    {
        return Err(format!("method {method}"));
    }
    for name in &browser.unsafe_headers {
        let named = names.iter().any(|item| item.eq_ignore_ascii_case(name));
        let covered = wildcard(&names) && !name.eq_ignore_ascii_case("authorization");
        if !named && !covered {
            return Err(format!("header {name}"));
        }
    }
    Ok(())
}

fn cors_check(browser: &Browser, origin: &str, headers: &HeaderMap) -> Result<(), String> {
    let include = browser.credentials_mode == "include";
    let allowed = get(headers, "access-control-allow-origin")
        .ok_or("cors check: no Access-Control-Allow-Origin")?;
    if allowed == b"*" && !include {
        return Ok(());
    }
    if allowed != origin.as_bytes() {
        return Err("cors check: another Access-Control-Allow-Origin".into());
    }
    let credentials = get(headers, "access-control-allow-credentials");
    if include && credentials.as_deref() != Some(b"true") {
        return Err("cors check: no Access-Control-Allow-Credentials".into());
    }
    Ok(())
}

/// All lines, joined.
fn get(headers: &HeaderMap, name: &str) -> Option<Vec<u8>> {
    let lines: Vec<&[u8]> = headers.get_all(name).iter().map(|line| line.as_bytes()).collect();
    if lines.is_empty() { None } else { Some(lines.join(&b", "[..])) }
}

fn list(headers: &HeaderMap, name: &str) -> Result<Vec<String>, String> {
    let text = String::from_utf8(get(headers, name).unwrap_or_default())
        .map_err(|_| format!("{name} is not a list of tokens"))?;
    let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
    items
        .map(|item| {
            let token = corsage::terms::header_name::is_token(item.as_bytes());
            if token { Ok(item.to_owned()) } else { Err(format!("{name} is no list of tokens")) }
        })
        .collect()
}
