//! `corsage audit`

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use corsage_audit::{Findings, Severity, Target};
use corsage_client::{Browser, HttpVersions};
use corsage_report::Outcome;
use corsage_texts::Language;

mod baseline;
mod document;
mod feed;
mod file;
mod inputs;
mod journal;
mod plan;
mod policy;
mod render;
mod run;
mod scope;
mod sum;
mod targets;

use feed::Feed;
use journal::Keep;
use scope::Scope;
use sum::Sum;
use targets::Source;

use crate::foreign::{Circumstance, Gathered, Modelled, gather, model};

/// Arguments of `corsage audit`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  corsage audit http://127.0.0.1:3000/me
  SESSION='sid=…' corsage audit https://api.example.com/me --i-own-this --intended https://app.example.com \\
      --cookie-env SESSION --login https://api.example.com/login
  corsage audit --targets targets.toml --scope scope.txt --format sarif --output audit.sarif
  corsage audit nginx.conf --at https://api.example.com/ --intended https://app.example.com
  corsage audit --list hosts.txt --scope scope.txt --journal audit.ndjson --shard 3/16 --format ndjson

What is sent: GET and OPTIONS, as pages at other origins would; other methods only with --methods. Two requests a second \
to a host, no redirects, no other host. --plan shows the requests without sending any.

Exit codes:
  0  nothing at or above --fail-on
  1  findings at or above it
  2  the command is used wrongly
  3  undecided: a target did not answer, or asked to be left alone")]
pub(crate) struct Args {
    /// Addresses to audit; or files of configurations, of any program that `corsage diff` reads
    #[arg(value_name = "URL|FILE")]
    urls: Vec<String>,
    /// Where a configuration stands, as its clients see it; left out: every host and path that it tells apart, by https
    #[arg(long, value_name = "URL")]
    at: Option<String>,
    /// The format of configurations, where it is not recognised
    #[arg(long, value_name = "FORMAT")]
    from: Option<corsage_convert::Format>,
    /// Files of targets, TOML: see docs/audit.md
    #[arg(long, value_name = "FILE")]
    targets: Vec<PathBuf>,
    /// Files of addresses, one a line
    #[arg(long, value_name = "FILE")]
    list: Vec<PathBuf>,
    /// Archives (HAR): every address that pages read data from
    #[arg(long, value_name = "FILE")]
    har: Vec<PathBuf>,
    /// Copied commands (curl and others; `-`: from standard input): who asks is meant to read, its cookie is a user's
    #[arg(long, value_name = "COMMAND", allow_hyphen_values = true)]
    curl: Vec<String>,
    /// API descriptions (OpenAPI 3): every GET whose path has no parameter
    #[arg(long, value_name = "FILE")]
    openapi: Vec<PathBuf>,
    /// A file of paths, one a line, below the first URL; or a sitemap
    #[arg(long, value_name = "FILE")]
    paths: Option<PathBuf>,

    /// An origin, or a pattern, that is meant to be allowed
    #[arg(long, value_name = "ORIGIN", help_heading = "What is known")]
    intended: Vec<String>,
    /// A method that the owner's own pages send
    #[arg(long, value_name = "METHOD", help_heading = "What is known")]
    client_methods: Vec<String>,
    /// The variable of the environment that holds a user's cookie
    #[arg(long, value_name = "VARIABLE", help_heading = "What is known")]
    cookie_env: Option<String>,
    /// The address that sets the cookie: its SameSite is read there
    #[arg(long, value_name = "URL", help_heading = "What is known")]
    login: Option<String>,
    /// The variable that holds the cookie of a second user: what both see is nobody's own
    #[arg(long, value_name = "VARIABLE", help_heading = "What is known")]
    other_cookie_env: Option<String>,
    /// The variable of the environment that holds a bearer token
    #[arg(long, value_name = "VARIABLE", help_heading = "What is known")]
    token_env: Option<String>,
    /// Who can reach it is all that protects it
    #[arg(long, help_heading = "What is known")]
    private: bool,

    /// These servers are mine, or I have their owner's leave
    #[arg(long, help_heading = "What may be done")]
    i_own_this: bool,
    /// A file of host names that may be audited, one a line; `*.example.com` for all below
    #[arg(long, value_name = "FILE", help_heading = "What may be done")]
    scope: Option<PathBuf>,
    /// Methods with which to ask too, with empty bodies, which may change something: `POST`, `PUT,DELETE`
    #[arg(long, value_delimiter = ',', value_name = "METHOD", help_heading = "What may be done")]
    methods: Vec<String>,
    /// Ask some four times as much of what seems sound
    #[arg(long, help_heading = "What may be done")]
    deep: bool,
    /// As well as what costs a careless server much: long lists of headers, origins at which expressions backtrack
    #[arg(long, help_heading = "What may be done")]
    heavy: bool,
    /// A name server (`127.0.0.1`, `9.9.9.9:53`) that may be asked whether the domains of allowed origins exist
    #[arg(long, value_name = "ADDRESS", value_parser = name_server, help_heading = "What may be done")]
    dns: Option<std::net::SocketAddr>,
    /// Show what would be sent to a sound server, and send nothing
    #[arg(long, help_heading = "What may be done")]
    plan: bool,
    /// Requests a second to one host
    #[arg(long, default_value_t = 2.0, value_name = "NUMBER", help_heading = "What may be done")]
    rate: f64,
    /// Requests to one target at the most; left out: 60, and 150 with --deep or --heavy
    #[arg(long, value_name = "NUMBER", help_heading = "What may be done")]
    requests: Option<usize>,
    /// Hosts that are asked at the same time
    #[arg(long, default_value_t = 16, value_name = "NUMBER", help_heading = "What may be done")]
    hosts: usize,
    /// Sends names to an address: `*.test=127.0.0.1`, `api.test:443=127.0.0.1:8443`
    #[arg(long, value_name = "RULE", help_heading = "What may be done")]
    resolve: Vec<String>,
    /// Trust further roots: PEM
    #[arg(long, value_name = "FILE", help_heading = "What may be done")]
    ca: Vec<PathBuf>,

    /// How to print
    #[arg(long, value_enum, default_value_t = Printed::Human, help_heading = "What is told")]
    format: Printed,
    /// Where to print
    #[arg(long, value_name = "FILE", help_heading = "What is told")]
    output: Option<PathBuf>,
    /// The server that the fix is written for; left out: the one that gives itself away (`corsage explain --help` lists them)
    #[arg(long, value_name = "SERVER", help_heading = "What is told")]
    server: Option<String>,
    /// Print the schema of the JSON
    #[arg(long, help_heading = "What is told")]
    schema: bool,
    /// A folder for a page that shows each finding
    #[arg(long, value_name = "DIRECTORY", help_heading = "What is told")]
    poc: Option<PathBuf>,
    /// From which severity on findings count for the exit code
    #[arg(long, value_enum, default_value_t = FailOn::Low, help_heading = "What is told")]
    fail_on: FailOn,
    /// A file of accepted findings, each with a reason and a day on which that ends
    #[arg(long, value_name = "FILE", help_heading = "What is told")]
    baseline: Option<PathBuf>,

    /// Write each target's result here at once, and leave out those that are there
    #[arg(long, value_name = "FILE", help_heading = "At scale")]
    journal: Option<PathBuf>,
    /// Only every Nth host: `3/16`, counted from 0
    #[arg(long, value_name = "I/N", help_heading = "At scale")]
    shard: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Printed {
    /// For people
    Human,
    /// One JSON document
    Json,
    /// One JSON object a finding, as they come
    Ndjson,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// JUnit's XML, for CI servers
    Junit,
    /// Annotations for a workflow of GitHub
    Github,
    /// Markdown
    Markdown,
    /// One page, with a table of who can read what
    Html,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum FailOn {
    /// Whatever is told
    Info,
    /// Low and worse
    Low,
    /// Medium and high
    Medium,
    /// High alone
    High,
}

impl From<FailOn> for Severity {
    fn from(fail_on: FailOn) -> Self {
        match fail_on {
            FailOn::Info => Self::Info,
            FailOn::Low => Self::Low,
            FailOn::Medium => Self::Medium,
            FailOn::High => Self::High,
        }
    }
}

impl Args {
    /// Requests to one target at the most.
    fn at_most(&self) -> usize {
        self.requests.unwrap_or(if self.deep || self.heavy { 150 } else { 60 })
    }

    /// Lines that are printed as they come need not be remembered.
    fn keep(&self) -> Keep {
        match self.format {
            Printed::Ndjson => Keep::TheWorst,
            _ => Keep::Everything,
        }
    }
}

/// A target's result, with where it was named.
struct Audited {
    findings: Findings,
    file: Arc<str>,
    place: std::ops::Range<usize>,
    /// The policy that would put it right, where it can be written.
    policy: Option<policy::Policy>,
}

pub(crate) fn run(args: &Args, language: Language) -> ExitCode {
    match audit(args, language) {
        Ok(outcome) => outcome.into(),
        Err(error) => {
            let _ = writeln!(anstream::stderr(), "error: {error}");
            Outcome::Unusable.into()
        }
    }
}

fn audit(args: &Args, language: Language) -> Result<Outcome, String> {
    if args.schema {
        return render::put(args, &render::schema()).map(|()| Outcome::Passed);
    }
    let (named, mut sources) = targets::gather(args)?;
    let is_file = |it: &&String| !it.contains("://");
    if named.is_empty() && args.list.is_empty() && !args.urls.iter().any(|it| is_file(&it)) {
        return Err(
            "there is nothing to audit; give an address, --targets, --list, --har, --curl or --openapi"
                .into(),
        );
    }
    if !(args.rate.is_finite() && args.rate > 0.0) {
        return Err("--rate is a number above 0".into());
    }
    let server = args.server.as_deref().map(policy::named).transpose()?;
    let total = Feed::new(args, named.clone())?.check(&Scope::read(args)?)?;
    let baseline = baseline::Baseline::read(args.baseline.as_deref())?;
    let configurations = configurations(args)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| format!("the system gives no thread: {error}"))?;
    let feed = Feed::new(args, named)?;
    if args.plan {
        let text = runtime.block_on(plan::plan(feed, language))?;
        return render::put(args, &text).map(|()| Outcome::Passed);
    }
    let journal = journal::Journal::open(args.journal.as_deref(), args.keep())?;
    let mut sum = Sum::new(args, language, baseline, journal, total);
    let browsers = run::Browsers {
        agreed: browser(args, HttpVersions::All)?,
        older: browser(args, HttpVersions::Http1)?,
    };
    runtime.block_on(run::all(&mut sum, feed, &browsers, server))?;
    for configuration in &configurations {
        for model in &configuration.models {
            for audited in runtime.block_on(file::audit(args, configuration, model, server))? {
                sum.add(audited)?;
            }
        }
        for (name, text) in &configuration.files {
            sources.push(Source { name: name.clone(), text: text.clone() });
        }
    }
    for list in args.list.iter().filter(|_| args.keep() == Keep::Everything) {
        sources.push(Source { name: list.display().to_string(), text: targets::read(list)? });
    }
    sum.tell(&sources)
}

/// What was named that is no address: its files with their texts, and its models.
struct Configuration {
    files: Gathered,
    models: Vec<Modelled>,
}

fn configurations(args: &Args) -> Result<Vec<Configuration>, String> {
    let mut found = Vec::new();
    for name in args.urls.iter().filter(|it| !it.contains("://")) {
        let files = gather(name)?;
        let models = model(name, &files, args.from, &Circumstance::default())?;
        found.push(Configuration { files, models });
    }
    Ok(found)
}

fn name_server(text: &str) -> Result<std::net::SocketAddr, String> {
    let address =
        text.parse().or_else(|_| text.parse().map(|ip: std::net::IpAddr| (ip, 53).into()));
    address
        .map_err(|_| format!("{text:?} is no address of a name server, as 127.0.0.1 or [::1]:53"))
}

fn host(target: &Target) -> String {
    let url = url::Url::parse(target.url()).ok();
    url.and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default()
}

fn browser(args: &Args, versions: HttpVersions) -> Result<Browser, String> {
    let mut builder = Browser::builder().http_versions(versions);
    for rule in &args.resolve {
        builder = builder.resolve(rule).map_err(|error| error.to_string())?;
    }
    for file in &args.ca {
        let pem = std::fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
        builder = builder.root_certificates(&pem).map_err(|error| error.to_string())?;
    }
    builder.build().map_err(|error| error.to_string())
}

const USER_AGENT: &str = concat!(
    "corsage-audit/",
    env!("CARGO_PKG_VERSION"),
    " (a test by the owner; https://github.com/corsage-rs/corsage)"
);
