//! The arguments of `corsage explain`, and the plan that they amount to.

use std::path::PathBuf;
use std::time::Duration;

use clap::ValueEnum;
use corsage::browser::load::Load;
use corsage::browser::{Code, CredentialsMode, Mode, Profile, RedirectMode, ReferrerPolicy};
use corsage_diagnosis::{Language, RemarkKind};
use corsage_evidence::{Copied, Credentials, Load as CopiedLoad, Remark, UploadListener, copied};
use url::Url;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use corsage_diagnosis::fix::ServerKind;

use super::html;
use super::load::{Given, LoadArgs};
use super::page::Page;
use super::policies::PolicyArgs;
use super::values::{
    Resolve, code, from_argument_or_stdin, parse_header, parse_resolve, parse_url,
};

/// Arguments of `corsage explain`.
#[derive(clap::Args)]
#[command(after_long_help = "\
Examples:
  corsage explain https://api.example.com/me --from https://app.example.com
  corsage explain https://api.example.com/me --from https://app.example.com \\
      -X PUT -H 'content-type: application/json' --data '{}' --credentials include
  corsage explain --curl \"curl 'https://api.example.com/me' -H 'origin: https://app.example.com'\"
  corsage explain --har session.har
  corsage explain --har session.har 2
  corsage explain --har session.har https://api.example.com/me --ask
  corsage explain https://cdn.example.com/a.png --from https://app.example.com --as image
  corsage explain --html '<script src=https://cdn.example.com/a.js integrity=sha256-…>' \\
      --from https://app.example.com
  corsage explain https://api.example.com/me --from https://app.example.com \\
      --csp \"connect-src 'self'\"
  corsage explain --console \"Access to fetch at 'https://…' from origin '…' has been blocked …\"
  corsage explain --code missing-allow-origin

Exit codes: 0 the page may read the response, 1 a browser blocks, 2 usage, 3 undecidable. The same for \
--console (3: the line does not say, or the network failed) and --har (1: something was blocked).

A request that could change something (any method but GET and HEAD) is sent only with --send; its \
preflight, if one is due, always is.")]
pub(crate) struct Args {
    /// The URL that the page fetches; with --har the number of a failure, a URL, or a part of one
    pub(super) url: Option<String>,

    /// The page: its origin or its address; `null` for a page from disk or in a sandbox
    #[arg(long, value_name = "ORIGIN")]
    from: Option<String>,

    /// The method, as the page spells it
    #[arg(short = 'X', long, value_name = "METHOD")]
    pub(super) method: Option<String>,

    /// A header that the page sets
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE")]
    headers: Vec<String>,

    /// The body, a string; implies POST unless -X is given
    #[arg(short = 'd', long, value_name = "BODY")]
    data: Option<String>,

    /// The credentials mode
    #[arg(long, value_enum, value_name = "MODE")]
    credentials: Option<CredentialsArg>,

    /// The request's mode
    #[arg(long, value_enum, value_name = "MODE")]
    mode: Option<ModeArg>,

    /// What to do with redirects
    #[arg(long, value_enum, value_name = "MODE")]
    redirect: Option<RedirectArg>,

    /// Whose verdict counts
    #[arg(long, value_enum, default_value = "all")]
    browser: BrowserArg,

    /// Which API the page calls
    #[arg(long, value_enum, default_value = "fetch")]
    api: ApiArg,

    #[command(flatten)]
    pub(super) load: LoadArgs,

    /// The page listens to upload progress, which asks for a preflight
    #[arg(long)]
    upload_listener: bool,

    #[command(flatten)]
    policies: PolicyArgs,

    /// Cookies that the API's host has set before, as in a Cookie header
    #[arg(long, value_name = "NAME=VALUE")]
    cookie: Vec<String>,

    /// Really send a request that could change something
    #[arg(long)]
    send: bool,

    /// Ask nothing that no browser asks: no second look without Origin, by GET, or by another
    /// preflight, which tell causes apart and show what is granted now
    #[arg(long)]
    no_probe: bool,

    /// Write the fix for this software, whatever seems to answer
    #[arg(long, value_name = "KIND", value_parser = server_kinds())]
    server: Option<ServerKind>,

    /// Who else has to stay let in: origins that the configuration names, or patterns as https://*.app.example; they
    /// are asked about too (may be repeated)
    #[arg(long, value_name = "ORIGIN", value_parser = origin)]
    keep_origin: Vec<String>,

    /// Connect to this address for a host and port
    #[arg(long, value_name = "HOST:PORT:ADDRESS")]
    resolve: Vec<String>,

    /// Connect to this machine and no other, whatever a redirect or a name says
    #[cfg(feature = "native")]
    #[arg(long)]
    loopback_only: bool,

    /// Trust the certificates in this file too (PEM)
    #[arg(long, value_name = "FILE")]
    cacert: Option<PathBuf>,

    /// Longest wait for each answer, in seconds
    #[arg(long, value_name = "SECONDS", default_value = "30")]
    timeout: f64,

    /// Take the request from a command: curl for any shell, Invoke-WebRequest, wget, HTTPie (`-`: from standard
    /// input)
    #[arg(long, value_name = "COMMAND", conflicts_with_all = ["console", "code"])]
    curl: Option<String>,

    /// Take the request from JavaScript: fetch, axios, XMLHttpRequest, ky, jQuery (`-`: from standard input)
    #[arg(long, value_name = "CALL", conflicts_with_all = ["console", "code", "curl"])]
    fetch: Option<String>,

    /// Judge what a HAR file recorded: a table of what failed, or the request that is chosen by number, URL or
    /// -X (`-`: from standard input). The network is asked with --ask only
    #[arg(long, value_name = "FILE", conflicts_with_all = ["console", "code", "curl", "fetch"])]
    pub(super) har: Option<PathBuf>,

    /// Ask the server again what a HAR file recorded
    #[arg(long, requires = "har")]
    pub(super) ask: bool,

    /// Explain a line from a browser's console (`-`: from standard input)
    #[arg(long, value_name = "LINE", conflicts_with_all = ["url", "code"])]
    console: Option<String>,

    /// Print the page of a code
    #[arg(long, value_name = "CODE", conflicts_with = "url")]
    code: Option<String>,

    /// Print the JSON Schema of what --format json prints
    #[cfg(feature = "schema")]
    #[arg(long, conflicts_with_all = ["url", "console", "code", "curl"])]
    schema: bool,

    /// How to print
    #[arg(long, value_enum, default_value = "human")]
    pub(super) format: Format,

    /// When to use colours
    #[arg(long, value_enum, default_value = "auto", value_name = "WHEN")]
    pub(super) color: Color,

    /// All header lines, and the steps of the standard with links
    #[arg(short, long)]
    verbose: bool,

    /// The language of what people read.
    #[arg(skip)]
    pub(super) language: Language,
}

/// How to print.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Human,
    /// For programs; the schema has a version
    Json,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}

impl Color {
    pub(super) fn apply(self) {
        match self {
            Self::Auto => anstream::ColorChoice::Auto,
            Self::Always => anstream::ColorChoice::Always,
            Self::Never => anstream::ColorChoice::Never,
        }
        .write_global();
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum CredentialsArg {
    Omit,
    SameOrigin,
    Include,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ModeArg {
    Cors,
    NoCors,
    SameOrigin,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum RedirectArg {
    Follow,
    Error,
    Manual,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum BrowserArg {
    /// All three: blocked if one of them blocks
    All,
    Chromium,
    Firefox,
    Webkit,
    /// The Fetch standard to the letter
    Standard,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ApiArg {
    Fetch,
    Xhr,
}

/// Software for which there is a fix to paste.
fn server_kinds() -> impl TypedValueParser<Value = ServerKind> {
    PossibleValuesParser::new(ServerKind::ALL.iter().map(|kind| kind.key()))
        .try_map(|key| ServerKind::from_key(&key).ok_or("no such kind"))
}

/// An origin as a browser sends it, or a pattern of origins: `*` for labels or for a port.
fn origin(text: &str) -> Result<String, String> {
    let sample = text.replace(":*", "").replace('*', "x");
    let serialized = Url::parse(&sample).ok().and_then(|url| match url.scheme() {
        "http" | "https" => Some(url.origin().ascii_serialization()),
        _ => (url.has_host() && url.path().is_empty()).then(|| sample.clone()),
    });
    match serialized {
        Some(origin) if origin == sample => Ok(text.to_owned()),
        Some(origin) => Err(format!("no origin as browsers send it; did you mean {origin}")),
        None => Err("no origin: it is a scheme and a host, as in https://app.example".to_owned()),
    }
}

/// What is to be done.
pub(crate) enum Plan {
    /// Print a code's page.
    Code(Code),
    /// Print the schema of the JSON.
    #[cfg(feature = "schema")]
    Schema,
    /// Explain a console line.
    Console(String),
    /// Perform requests, one after the other.
    Perform(Vec<Planned>),
    /// Judge a HAR file.
    Archive(PathBuf),
}

/// A request to perform.
#[derive(Clone, Debug)]
pub(crate) struct Planned {
    pub(crate) url: Url,
    pub(crate) page: Page,
    pub(crate) method: Option<String>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) data: Option<String>,
    /// The `Content-Type` that the body's type brings, if no header gives one.
    pub(crate) body_type: Option<String>,
    pub(crate) credentials: Option<CredentialsMode>,
    /// The other mode that the page may have asked in, where a copy does not tell.
    pub(crate) other_credentials: Option<CredentialsMode>,
    pub(crate) referrer_policy: Option<ReferrerPolicy>,
    /// What was read differently from how it is written.
    pub(crate) remarks: Vec<Remark>,
    pub(crate) mode: Option<Mode>,
    pub(crate) redirect: Option<RedirectMode>,
    pub(crate) profiles: Vec<Profile>,
    pub(crate) api: ApiArg,
    pub(crate) load: LoadArgs,
    /// Preloads, and last the load; empty where a script fetches.
    pub(crate) loads: Vec<Load>,
    /// What the response is wanted for.
    pub(crate) purpose: Purpose,
    /// Why CORS has no say, if it has none.
    pub(crate) apart: Option<RemarkKind>,
    pub(crate) upload_listener: bool,
    pub(crate) policies: PolicyArgs,
    pub(crate) cookies: Vec<String>,
    pub(crate) unsafe_requests: UnsafeRequests,
    pub(crate) probe: Probe,
    pub(crate) server: Option<ServerKind>,
    pub(crate) keep_origins: Vec<String>,
    pub(crate) resolve: Vec<Resolve>,
    #[cfg(feature = "native")]
    pub(crate) reach: Reach,
    pub(crate) cacert: Option<PathBuf>,
    pub(crate) timeout: Duration,
    pub(crate) detail: Detail,
    /// The language of the account.
    pub(crate) language: Language,
}

/// Whether requests that could change something are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UnsafeRequests {
    Send,
    Withhold,
}

/// Whether the URL is asked once more without Origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Probe {
    Ask,
    Skip,
}

/// What a response is wanted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A script reads it.
    Read,
    /// An element shows or runs it, as it was copied.
    Load,
}

/// How much to print.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Detail {
    Relevant,
    Everything,
}

/// Which machines are connected to.
#[cfg(feature = "native")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    Anywhere,
    Loopback,
}

impl Args {
    /// With the language that people asked for; what machines read is in English. An address that an option without a
    /// value has caught is the URL.
    pub(crate) fn speaking(mut self, language: Language) -> Self {
        if self.format == Format::Human {
            self.language = language;
        }
        if self.url.is_none() {
            self.url = self.load.take_address();
        }
        self
    }

    /// What these arguments amount to, or what is wrong with them.
    pub(super) fn plan(&self) -> Result<Plan, String> {
        #[cfg(feature = "schema")]
        if self.schema {
            return Ok(Plan::Schema);
        }
        if let Some(name) = &self.code {
            return code(name).map(Plan::Code);
        }
        if let Some(line) = &self.console {
            return from_argument_or_stdin(line).map(Plan::Console);
        }
        if let Some(file) = &self.har {
            return Ok(Plan::Archive(file.clone()));
        }
        if let Some(html) = &self.load.html {
            let html = from_argument_or_stdin(html)?;
            let base = self.url.as_deref().or(self.from.as_deref());
            return html::loads(&html, base)?
                .into_iter()
                .map(|loads| self.planned(Copied::default(), Some(loads)))
                .collect::<Result<_, _>>()
                .map(Plan::Perform);
        }
        let say = |remark: Remark| remark.text(self.language);
        let copied = match (&self.curl, &self.fetch) {
            (Some(command), _) => {
                copied::commands(&from_argument_or_stdin(command)?).map_err(say)?
            }
            (None, Some(call)) => copied::calls(&from_argument_or_stdin(call)?).map_err(say)?,
            (None, None) => vec![Copied::default()],
        };
        copied
            .into_iter()
            .map(|copied| self.request(copied))
            .collect::<Result<_, _>>()
            .map(Plan::Perform)
    }

    /// For which browsers is judged; none if that was left open.
    pub(super) fn chosen_profiles(&self) -> Vec<Profile> {
        match self.browser {
            BrowserArg::All => Vec::new(),
            BrowserArg::Chromium => vec![Profile::Chromium],
            BrowserArg::Firefox => vec![Profile::Firefox],
            BrowserArg::Webkit => vec![Profile::Webkit],
            BrowserArg::Standard => vec![Profile::Standard],
        }
    }

    /// How much is printed.
    pub(super) fn detail(&self) -> Detail {
        if self.verbose { Detail::Everything } else { Detail::Relevant }
    }

    /// The request of a copy, with what the command line says about it.
    pub(super) fn request(&self, copied: Copied) -> Result<Planned, String> {
        self.planned(copied, None)
    }

    /// The same for loads that are known already: preloads, and last what is asked about.
    fn planned(&self, copied: Copied, loads: Option<Vec<Load>>) -> Result<Planned, String> {
        let copied = resolved(copied);
        // With --har the URL chooses.
        let given = self.url.as_ref().filter(|_| self.har.is_none() && loads.is_none());
        let named = loads.as_ref().and_then(|loads| loads.last()).map(|load| load.url().to_owned());
        let url = match given.or(named.as_ref()).or(copied.url.as_ref()) {
            Some(url) => parse_url(url)?,
            None => {
                if let Some(computed) =
                    copied.remarks.iter().find(|remark| remark.kind == RemarkKind::UrlComputed)
                {
                    return Err(computed.text(self.language));
                }
                return Err("no URL is given; write `corsage explain URL --from ORIGIN`, or use \
                            --curl, --fetch, --html, --har, --console or --code"
                    .to_owned());
            }
        };
        let page = match self.from.as_ref().or(copied.page.as_ref()) {
            Some(from) => Page::parse(from)?,
            None => {
                return Err(format!(
                    "--from is missing: whether a page may read a response depends on the page's \
                     origin; say which page asks, for example --from https://app.example.com \
                     (or --from {} to see what a page of the same origin may do)",
                    url.origin().ascii_serialization()
                ));
            }
        };
        let mut headers = copied.headers;
        for header in &self.headers {
            headers.push(parse_header(header)?);
        }
        let body_type = match (&self.data, &copied.data) {
            (Some(_), _) => Some("text/plain;charset=UTF-8".to_owned()),
            (None, _) => copied.body_type.clone(),
        };
        let data = self.data.clone().or(copied.data);
        let method = self
            .method
            .clone()
            .or(copied.method)
            .or_else(|| data.is_some().then(|| "POST".to_owned()));
        if self.timeout <= 0.0 || !self.timeout.is_finite() || self.timeout > 86_400.0 {
            return Err(format!(
                "--timeout {} is not a number of seconds between 0 and 86400",
                self.timeout
            ));
        }
        // A cookie that went to another origin was sent with credentials; to the own one it proves nothing.
        let elsewhere = page.client().origin.to_string() != url.origin().ascii_serialization();
        let chosen = self.credentials.map(|credentials| match credentials {
            CredentialsArg::Omit => CredentialsMode::Omit,
            CredentialsArg::SameOrigin => CredentialsMode::SameOrigin,
            CredentialsArg::Include => CredentialsMode::Include,
        });
        let is_copy = self.curl.is_some() || self.fetch.is_some() || self.har.is_some();
        let (credentials, other_credentials) = match (chosen, copied.credentials) {
            (Some(chosen), _) => (Some(chosen), None),
            (None, Credentials::Known(known)) => {
                let proven = elsewhere || self.fetch.is_some();
                (Some(known).filter(|_| proven), None)
            }
            (None, Credentials::Guessed(_) | Credentials::Unknown) => (
                None,
                (is_copy && elsewhere && self.fetch.is_none()).then_some(CredentialsMode::Include),
            ),
        };
        let other_credentials = match copied.credentials {
            Credentials::Guessed(_) if chosen.is_none() => Some(CredentialsMode::Include),
            _ => other_credentials,
        };
        let mut cookies = copied.cookies;
        cookies.extend(self.cookie.iter().cloned());
        let mode = self
            .mode
            .map(|mode| match mode {
                ModeArg::Cors => Mode::Cors,
                ModeArg::NoCors => Mode::NoCors,
                ModeArg::SameOrigin => Mode::SameOrigin,
            })
            .or(copied.mode);
        let header = |wanted: &str| {
            let found = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
            found.map(|(_, value)| value.as_str())
        };
        let given_load = Given {
            url: url.as_str(),
            method: method.as_deref(),
            content_type: header("content-type").or(body_type.as_deref()),
            mode,
            credentials,
        };
        let loads = match loads {
            Some(loads) => loads,
            None => self.load.loads(copied.load, &given_load)?,
        };
        Ok(Planned {
            url,
            page,
            method,
            headers,
            data,
            body_type,
            credentials,
            other_credentials,
            referrer_policy: copied.referrer_policy,
            remarks: copied.remarks,
            mode,
            redirect: self
                .redirect
                .map(|redirect| match redirect {
                    RedirectArg::Follow => RedirectMode::Follow,
                    RedirectArg::Error => RedirectMode::Error,
                    RedirectArg::Manual => RedirectMode::Manual,
                })
                .or(copied.redirect),
            profiles: match self.chosen_profiles() {
                none if none.is_empty() => {
                    vec![Profile::Chromium, Profile::Firefox, Profile::Webkit]
                }
                chosen => chosen,
            },
            api: if copied.load == CopiedLoad::Xhr { ApiArg::Xhr } else { self.api },
            purpose: if self.load.is_given() || loads.is_empty() {
                Purpose::Read
            } else {
                Purpose::Load
            },
            load: self.load.clone(),
            loads,
            apart: apart(copied.load),
            upload_listener: self.upload_listener
                || copied.upload_listener == UploadListener::Registered,
            policies: self.policies.clone(),
            cookies,
            unsafe_requests: if self.send {
                UnsafeRequests::Send
            } else {
                UnsafeRequests::Withhold
            },
            server: self.server,
            keep_origins: self.keep_origin.clone(),
            probe: if self.no_probe { Probe::Skip } else { Probe::Ask },
            #[cfg(feature = "native")]
            reach: if self.loopback_only { Reach::Loopback } else { Reach::Anywhere },
            resolve: self
                .resolve
                .iter()
                .map(|text| parse_resolve(text))
                .collect::<Result<_, _>>()?,
            cacert: self.cacert.clone(),
            timeout: Duration::from_secs_f64(self.timeout),
            detail: self.detail(),
            language: self.language,
        })
    }
}

/// A relative URL is the page's own.
fn resolved(mut copied: Copied) -> Copied {
    let relative = copied
        .url
        .as_deref()
        .filter(|url| url.starts_with('/') || url.starts_with("./") || url.starts_with("../"));
    let base = copied.page.as_deref().and_then(|page| Url::parse(page).ok());
    if let (Some(url), Some(base)) = (relative, base)
        && let Ok(absolute) = base.join(url)
    {
        let values = vec![("page", base.to_string())];
        copied.remarks.push(Remark { kind: RemarkKind::PageAssumed, values });
        copied.url = Some(absolute.into());
    }
    copied
}

fn apart(load: CopiedLoad) -> Option<RemarkKind> {
    match load {
        CopiedLoad::Navigation => Some(RemarkKind::ApartNavigation),
        CopiedLoad::WebSocket => Some(RemarkKind::ApartWebSocket),
        _ => None,
    }
}
