//! What is audited: addresses, files of targets, archives, API descriptions, lists of paths.

use std::collections::HashSet;
use std::path::Path;

use corsage_audit::{Credential, Network, Target};
use serde::Deserialize;
use serde_json::Value;

use super::Args;

/// A file of targets.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    target: Vec<toml::Spanned<Entry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    url: String,
    #[serde(default)]
    paths: Vec<String>,
    #[serde(default)]
    intended: Vec<String>,
    #[serde(default)]
    methods: Vec<String>,
    #[serde(default)]
    hsts_preload: Vec<String>,
    cookie: Option<Secret>,
    header: Option<Secret>,
    network: Option<String>,
    websocket: Option<String>,
    json_endpoint: Option<String>,
}

/// Where a secret is: never in the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Secret {
    /// The variable of the environment that holds it.
    env: String,
    /// A header's name.
    name: Option<String>,
    /// The address that sets the cookie.
    login: Option<String>,
}

/// A target, and where it was named.
#[derive(Debug)]
pub(super) struct Named {
    pub(super) target: Target,
    pub(super) file: String,
    pub(super) place: std::ops::Range<usize>,
}

/// Where targets were named, with its text: what a report points into.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) name: String,
    pub(super) text: String,
}

/// Every target that the arguments name, one address once.
pub(super) fn gather(args: &Args) -> Result<(Vec<Named>, Vec<Source>), String> {
    let mut found = Found::default();
    for url in args.urls.iter().filter(|it| it.contains("://")) {
        found.address(args, url)?;
    }
    if !found.line.is_empty() {
        let text = std::mem::take(&mut found.line);
        found.sources.push(Source { name: "command-line".to_owned(), text });
    }
    for file in &args.targets {
        found.file(args, file)?;
    }
    for file in &args.list {
        found.list(args, file)?;
    }
    for file in &args.har {
        let urls = urls_of_archive(&json(file)?);
        found.derived(args, file, urls)?;
    }
    for file in &args.openapi {
        let urls = urls_of_api(&yaml(file)?).ok_or_else(|| {
            format!("{}: it names no server; give the address too", file.display())
        })?;
        found.derived(args, file, urls)?;
    }
    if let (Some(file), Some(base)) = (&args.paths, args.urls.first()) {
        let base = url::Url::parse(base).map_err(|error| format!("{base}: {error}"))?;
        let lines = read(file)?;
        let urls = lines.lines().map(str::trim).filter(|line| !line.is_empty());
        let urls = urls.filter_map(|path| base.join(path).ok()).map(String::from).collect();
        found.derived(args, file, urls)?;
    }
    let mut seen = HashSet::new();
    found.targets.retain(|named| seen.insert(named.target.url().to_owned()));
    Ok((found.targets, found.sources))
}

/// What stands at an address, with a user's cookie that every request may carry: for configurations, which know no
/// users.
pub(super) fn at(args: &Args, url: &str) -> Result<Target, String> {
    let mut target = with_arguments(args, Target::new(url).map_err(|error| error.to_string())?)?;
    if target.credential.is_none() {
        let value = "user=1".to_owned();
        target.credential = Some(Credential::Cookie { value, login: None });
    }
    Ok(target)
}

#[derive(Default)]
struct Found {
    targets: Vec<Named>,
    sources: Vec<Source>,
    /// The addresses of the command line, one a line.
    line: String,
}

impl Found {
    fn address(&mut self, args: &Args, url: &str) -> Result<(), String> {
        let start = self.line.len();
        self.line.push_str(url);
        self.line.push('\n');
        let target = with_arguments(args, Target::new(url).map_err(|error| error.to_string())?)?;
        let place = start..start + url.len();
        self.targets.push(Named { target, file: "command-line".to_owned(), place });
        Ok(())
    }

    fn file(&mut self, args: &Args, path: &Path) -> Result<(), String> {
        let (name, text) = (path.display().to_string(), read(path)?);
        let file: File = toml::from_str(&text).map_err(|error| format!("{name}: {error}"))?;
        for entry in file.target {
            let place = entry.span();
            for target in targets_of(args, entry.get_ref()).map_err(|e| format!("{name}: {e}"))? {
                self.targets.push(Named { target, file: name.clone(), place: place.clone() });
            }
        }
        self.sources.push(Source { name, text });
        Ok(())
    }

    fn list(&mut self, args: &Args, path: &Path) -> Result<(), String> {
        let (name, text) = (path.display().to_string(), read(path)?);
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            let url = line.trim();
            if !url.is_empty() && !url.starts_with('#') {
                let target = Target::new(url).map_err(|error| format!("{name}: {error}"))?;
                let target = with_arguments(args, target)?;
                self.targets.push(Named { target, file: name.clone(), place: at..at + url.len() });
            }
            at += line.len();
        }
        self.sources.push(Source { name, text });
        Ok(())
    }

    fn derived(&mut self, args: &Args, path: &Path, urls: Vec<String>) -> Result<(), String> {
        let name = path.display().to_string();
        for url in urls {
            let target = Target::new(&url).map_err(|error| format!("{name}: {error}"))?;
            let target = with_arguments(args, target)?;
            self.targets.push(Named { target, file: name.clone(), place: 0..0 });
        }
        self.sources.push(Source { name, text: String::new() });
        Ok(())
    }
}

fn targets_of(args: &Args, entry: &Entry) -> Result<Vec<Target>, String> {
    let base = url::Url::parse(&entry.url).map_err(|error| format!("{:?}: {error}", entry.url))?;
    let mut urls = vec![entry.url.clone()];
    if !entry.paths.is_empty() {
        let joined = entry.paths.iter().filter_map(|path| base.join(path).ok());
        urls = joined.map(String::from).collect();
    }
    let credential = match (&entry.cookie, &entry.header) {
        (Some(cookie), _) => {
            Some(Credential::Cookie { value: secret(&cookie.env)?, login: cookie.login.clone() })
        }
        (None, Some(header)) => Some(Credential::Header {
            name: header.name.clone().unwrap_or_else(|| "authorization".to_owned()),
            value: secret(&header.env)?,
        }),
        (None, None) => None,
    };
    let network = match entry.network.as_deref() {
        None => None,
        Some("public") => Some(Network::Public),
        Some("private") => Some(Network::Private),
        Some(other) => return Err(format!("network = {other:?}; write \"public\" or \"private\"")),
    };
    let target = |url: &String| {
        let mut target = Target::new(url).map_err(|error| error.to_string())?;
        target.intended.clone_from(&entry.intended);
        target.methods.clone_from(&entry.methods);
        target.hsts_preload.clone_from(&entry.hsts_preload);
        target.credential.clone_from(&credential);
        target.websocket.clone_from(&entry.websocket);
        target.json_endpoint.clone_from(&entry.json_endpoint);
        if let Some(network) = network {
            target.network = network;
        }
        with_arguments(args, target)
    };
    urls.iter().map(target).collect()
}

/// Adds what the arguments say of every target.
fn with_arguments(args: &Args, mut target: Target) -> Result<Target, String> {
    target.intended.extend(args.intended.iter().cloned());
    target.permission = match args.methods.iter().any(|it| it.eq_ignore_ascii_case("POST")) {
        true => corsage_audit::Permission::Post,
        false => corsage_audit::Permission::Safe,
    };
    target.depth = match args.deep {
        true => corsage_audit::Depth::Deep,
        false => corsage_audit::Depth::Usual,
    };
    let simple = ["GET", "HEAD", "OPTIONS", "POST"];
    target
        .methods
        .extend(args.client_methods.iter().filter(|it| !simple.contains(&&***it)).cloned());
    if let Some(variable) = &args.cookie_env {
        let value = secret(variable)?;
        target.credential = Some(Credential::Cookie { value, login: args.login.clone() });
    } else if let Some(variable) = &args.token_env {
        let value = format!("Bearer {}", secret(variable)?);
        target.credential = Some(Credential::Header { name: "authorization".into(), value });
    }
    if args.private {
        target.network = Network::Private;
    }
    Ok(target)
}

fn secret(variable: &str) -> Result<String, String> {
    std::env::var(variable).map_err(|_| {
        format!("the environment has no {variable}; set it to the cookie or the token, as in {variable}='sid=…'")
    })
}

fn read(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

fn json(path: &Path) -> Result<Value, String> {
    serde_json::from_str(read(path)?.trim_start_matches('\u{feff}'))
        .map_err(|error| format!("{}: {error}", path.display()))
}

fn yaml(path: &Path) -> Result<Value, String> {
    serde_saphyr::from_str(&read(path)?).map_err(|error| format!("{}: {error}", path.display()))
}

/// Addresses that pages read data from: what was fetched, and answered as data.
fn urls_of_archive(archive: &Value) -> Vec<String> {
    let entries = archive["log"]["entries"].as_array().into_iter().flatten();
    let is_data = |entry: &&Value| {
        let kind = entry["response"]["content"]["mimeType"].as_str().unwrap_or_default();
        let fetched = matches!(entry["_resourceType"].as_str(), Some("fetch" | "xhr"));
        entry["request"]["method"] == "GET"
            && (fetched || kind.contains("json") || kind.contains("xml"))
    };
    let urls = entries.filter(is_data).filter_map(|entry| entry["request"]["url"].as_str());
    urls.filter(|url| url.starts_with("http")).map(str::to_owned).collect()
}

/// Operations of GET whose path has no parameter, at the first server.
fn urls_of_api(api: &Value) -> Option<Vec<String>> {
    let server = api["servers"][0]["url"].as_str()?;
    let base = url::Url::parse(server).ok()?;
    let prefix = base.as_str().trim_end_matches('/').to_owned();
    let paths = api["paths"].as_object()?;
    let plain = paths.iter().filter(|(path, item)| !path.contains('{') && item["get"].is_object());
    Some(plain.map(|(path, _)| format!("{prefix}{path}")).collect())
}
