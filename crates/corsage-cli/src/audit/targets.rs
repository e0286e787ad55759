//! What is audited: addresses, files of targets, archives, API descriptions, lists of paths.

use std::path::Path;
use std::sync::Arc;

use corsage_audit::{Credential, Network, Target};
use serde::Deserialize;

use super::{Args, inputs};

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
    /// Other hosts, with their ports, that serve the same paths.
    #[serde(default)]
    hosts: Vec<String>,
    cookie: Option<Secret>,
    /// The cookie of a second user.
    other_cookie: Option<Secret>,
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
#[derive(Clone, Debug)]
pub(super) struct Named {
    pub(super) target: Target,
    pub(super) file: Arc<str>,
    pub(super) place: std::ops::Range<usize>,
}

/// Where targets were named, with its text: what a report points into.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) name: String,
    pub(super) text: String,
}

/// Every target that the arguments name by themselves; lists are read line by line, see [`super::feed`].
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
    for command in &args.curl {
        let targets = inputs::copied(command)?;
        found.derived(args, "--curl", targets)?;
    }
    for file in &args.har {
        let targets = inputs::archive(file)?;
        found.derived(args, &file.display().to_string(), targets)?;
    }
    for file in &args.openapi {
        let base = args.urls.iter().find(|it| it.contains("://"));
        let targets = inputs::api(file, base.map(|it| &**it))?;
        found.derived(args, &file.display().to_string(), targets)?;
    }
    if let Some(file) = &args.paths {
        let base = args.urls.iter().find(|it| it.contains("://"));
        let base = base.ok_or("--paths needs an address that the paths are below")?;
        let targets = inputs::paths(file, base)?;
        found.derived(args, &file.display().to_string(), targets)?;
    }
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
        self.targets.push(Named { target, file: "command-line".into(), place });
        Ok(())
    }

    fn file(&mut self, args: &Args, path: &Path) -> Result<(), String> {
        let (name, text) = (path.display().to_string(), read(path)?);
        let file: File = toml::from_str(&text).map_err(|error| format!("{name}: {error}"))?;
        let shared: Arc<str> = name.as_str().into();
        for entry in file.target {
            let place = entry.span();
            for target in targets_of(args, entry.get_ref()).map_err(|e| format!("{name}: {e}"))? {
                self.targets.push(Named { target, file: shared.clone(), place: place.clone() });
            }
        }
        self.sources.push(Source { name, text });
        Ok(())
    }

    /// Targets that are told of elsewhere, without a place in a file.
    fn derived(&mut self, args: &Args, name: &str, targets: Vec<Target>) -> Result<(), String> {
        if targets.is_empty() {
            return Err(format!("{name}: it names no address that can be audited"));
        }
        let file: Arc<str> = name.into();
        for target in targets {
            let target = with_arguments(args, target)?;
            self.targets.push(Named { target, file: file.clone(), place: 0..0 });
        }
        self.sources.push(Source { name: name.to_owned(), text: String::new() });
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
    let paths = urls.clone();
    for host in &entry.hosts {
        for url in &paths {
            urls.push(on_host(url, host)?);
        }
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
    let other_user = entry.other_cookie.as_ref().map(|it| secret(&it.env)).transpose()?;
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
        target.other_user.clone_from(&other_user);
        target.websocket.clone_from(&entry.websocket);
        target.json_endpoint.clone_from(&entry.json_endpoint);
        if let Some(network) = network {
            target.network = network;
        }
        with_arguments(args, target)
    };
    urls.iter().map(target).collect()
}

/// The same address on another host: each is audited by itself, so that a policy that drifted shows where it stands.
fn on_host(url: &str, host: &str) -> Result<String, String> {
    let mut url = url::Url::parse(url).map_err(|error| format!("{url:?}: {error}"))?;
    let other = url::Url::parse(&format!("{}://{host}/", url.scheme()));
    let other = other.ok().filter(|it| it.path() == "/" && it.query().is_none());
    let place = other.and_then(|it| Some((it.host_str()?.to_owned(), it.port())));
    let fail = || format!("hosts: {host:?} is no host, as api.example.com or api.example.com:8443");
    let (name, port) = place.ok_or_else(fail)?;
    url.set_host(Some(&name)).map_err(|_| fail())?;
    url.set_port(port).map_err(|()| fail())?;
    Ok(url.into())
}

/// Adds what the arguments say of every target.
pub(super) fn with_arguments(args: &Args, mut target: Target) -> Result<Target, String> {
    target.intended.extend(args.intended.iter().cloned());
    target.may_send = args.methods.iter().map(|it| it.to_ascii_uppercase()).collect();
    target.depth = match (args.deep, args.heavy) {
        (_, true) => corsage_audit::Depth::Heavy,
        (true, _) => corsage_audit::Depth::Deep,
        _ => corsage_audit::Depth::Usual,
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
    if let Some(variable) = &args.other_cookie_env {
        target.other_user = Some(secret(variable)?);
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

pub(super) fn read(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}
