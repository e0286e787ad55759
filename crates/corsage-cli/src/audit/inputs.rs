//! What tells of targets besides their addresses: copied commands, archives, API descriptions, lists of paths, sitemaps.

use std::path::Path;

use corsage_audit::{Credential, Target};
use corsage_evidence::copied;
use corsage_texts::Language;
use serde_json::Value;

use super::targets::read;

/// The requests of a copied command: who asks is meant to read, and what it carries is the user's.
pub(super) fn copied(command: &str) -> Result<Vec<Target>, String> {
    let text = match command {
        "-" => std::io::read_to_string(std::io::stdin()).map_err(|error| error.to_string())?,
        text => text.to_owned(),
    };
    let requests = copied::commands(&text).map_err(|remark| remark.text(Language::English))?;
    let mut targets = Vec::new();
    for request in requests {
        let Some(url) = &request.url else { continue };
        let mut target = Target::new(url).map_err(|error| error.to_string())?;
        target.intended.extend(request.page.as_deref().and_then(origin_of));
        target.methods.extend(request.method.clone().filter(|method| method != "GET"));
        let token = request.headers.iter().find(|(name, _)| is_token(name));
        target.credential = match (request.cookies.is_empty(), token) {
            (false, _) => {
                Some(Credential::Cookie { value: request.cookies.join("; "), login: None })
            }
            (true, Some((name, value))) => {
                Some(Credential::Header { name: name.to_ascii_lowercase(), value: value.clone() })
            }
            (true, None) => None,
        };
        targets.push(target);
    }
    Ok(targets)
}

/// Whether a header tells who the user is.
fn is_token(name: &str) -> bool {
    ["authorization", "x-api-key", "x-auth-token"].iter().any(|it| name.eq_ignore_ascii_case(it))
}

/// The origin of a page's address.
fn origin_of(page: &str) -> Option<String> {
    let origin = url::Url::parse(page).ok()?.origin();
    origin.is_tuple().then(|| origin.ascii_serialization())
}

/// Addresses that pages read data from: what was fetched, and answered as data. Who could read is meant to.
pub(super) fn archive(path: &Path) -> Result<Vec<Target>, String> {
    let name = path.display();
    let archive: Value = serde_json::from_str(read(path)?.trim_start_matches('\u{feff}'))
        .map_err(|error| format!("{name}: {error}"))?;
    let mut targets: Vec<Target> = Vec::new();
    for entry in archive["log"]["entries"].as_array().into_iter().flatten() {
        let (request, response) = (&entry["request"], &entry["response"]);
        let url = request["url"].as_str().unwrap_or_default();
        let kind = response["content"]["mimeType"].as_str().unwrap_or_default();
        let fetched = matches!(entry["_resourceType"].as_str(), Some("fetch" | "xhr"));
        let method = request["method"].as_str().unwrap_or("GET");
        if !(fetched || kind.contains("json") || kind.contains("xml")) || method == "OPTIONS" {
            continue;
        }
        let Ok(target) = Target::new(url) else { continue };
        let at = match targets.iter().position(|it| it.url() == target.url()) {
            Some(at) => at,
            None => {
                targets.push(target);
                targets.len() - 1
            }
        };
        let target = &mut targets[at];
        let header = |of: &Value, wanted: &str| -> Option<String> {
            let lines = of["headers"].as_array().into_iter().flatten();
            let mut lines = lines.filter(|line| {
                line["name"].as_str().is_some_and(|name| name.eq_ignore_ascii_case(wanted))
            });
            lines.next().and_then(|line| line["value"].as_str()).map(str::to_owned)
        };
        if let Some(origin) = header(request, "origin").filter(|it| it != "null")
            && header(response, "access-control-allow-origin").as_ref() == Some(&origin)
            && !target.intended.contains(&origin)
        {
            target.intended.push(origin);
        }
        if method != "GET" && !target.methods.iter().any(|it| it == method) {
            target.methods.push(method.to_owned());
        }
    }
    Ok(targets)
}

/// Operations of GET whose path has no parameter, at the first server; with the methods of the same path.
pub(super) fn api(path: &Path, base: Option<&str>) -> Result<Vec<Target>, String> {
    let name = path.display();
    let api: Value =
        serde_saphyr::from_str(&read(path)?).map_err(|error| format!("{name}: {error}"))?;
    let server = api["servers"][0]["url"].as_str().unwrap_or("/");
    let server = match (url::Url::parse(server), base) {
        (Ok(url), _) => url,
        (Err(_), Some(base)) => url::Url::parse(base)
            .and_then(|base| base.join(server))
            .map_err(|error| format!("{name}: {server:?}: {error}"))?,
        (Err(_), None) => {
            return Err(format!(
                "{name}: its server {server:?} is no address; give the address too"
            ));
        }
    };
    let prefix = server.as_str().trim_end_matches('/');
    let mut targets = Vec::new();
    for (path, item) in api["paths"].as_object().into_iter().flatten() {
        if path.contains('{') || !item["get"].is_object() {
            continue;
        }
        let mut target =
            Target::new(&format!("{prefix}{path}")).map_err(|error| format!("{name}: {error}"))?;
        let written = ["put", "delete", "patch"].into_iter().filter(|it| item[*it].is_object());
        target.methods = written.map(str::to_ascii_uppercase).collect();
        targets.push(target);
    }
    Ok(targets)
}

/// Paths, one a line; or the addresses of a sitemap.
pub(super) fn paths(path: &Path, base: &str) -> Result<Vec<Target>, String> {
    let name = path.display();
    let base = url::Url::parse(base).map_err(|error| format!("{base}: {error}"))?;
    let text = read(path)?;
    let is_sitemap = text.trim_start().starts_with('<');
    let entries: Vec<&str> = match is_sitemap {
        true => text
            .split("<loc>")
            .skip(1)
            .filter_map(|rest| rest.split("</loc>").next())
            .map(str::trim)
            .collect(),
        false => text
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .collect(),
    };
    let mut targets = Vec::new();
    for entry in entries {
        let entry = entry.replace("&amp;", "&");
        let url = base.join(&entry).map_err(|error| format!("{name}: {entry:?}: {error}"))?;
        // A sitemap of other hosts is no list of what is to be asked here.
        if url.host_str() == base.host_str() {
            targets.push(Target::new(url.as_str()).map_err(|error| format!("{name}: {error}"))?);
        }
    }
    Ok(targets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copied_command_tells_who_asks_and_what_is_the_users() {
        let command = "curl 'https://api.example.com/me' -X PUT -H 'Origin: https://app.example.com' \
                       -H 'Cookie: sid=1; theme=dark' --data '{}'";
        let [target] = &copied(command).unwrap()[..] else { panic!("one target") };
        assert_eq!(target.url(), "https://api.example.com/me");
        assert_eq!(target.intended, ["https://app.example.com"]);
        assert_eq!(target.methods, ["PUT"]);
        let value = "sid=1; theme=dark".to_owned();
        assert_eq!(target.credential, Some(Credential::Cookie { value, login: None }));
    }
}
