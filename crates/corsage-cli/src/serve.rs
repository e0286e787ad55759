//! `corsage serve`

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use corsage_config::{Colour, Config, Development, LoadError, Loader};
use corsage_gateway::{Gateway, RunningGateway, Source};
use corsage_report::Outcome;
use corsage_texts::{Language, text};

pub(crate) mod own_log;

/// Arguments of `corsage serve`.
#[derive(Default, clap::Args)]
#[command(after_help = "\
Examples:
  corsage serve --upstream http://127.0.0.1:3000 --allow-origin https://app.example.com
  corsage serve --config corsage.toml
  corsage serve --config corsage.toml --listen 0.0.0.0:8080
  corsage serve --config corsage.toml --dev

Signals: SIGTERM and Ctrl-C let requests end, a second one does not; SIGHUP reads the file again; \
SIGUSR1 opens the access log again.

Exit codes: 0 ended as asked, 2 the configuration has errors or an address is taken.")]
pub(crate) struct Args {
    /// The file with settings and policies, TOML or YAML
    #[arg(short, long, value_name = "FILE")]
    config: Option<PathBuf>,

    /// A server that requests are sent on to; several share the load
    #[arg(short, long, value_name = "URL")]
    upstream: Vec<String>,

    /// Where to listen [default: 127.0.0.1:8080]
    #[arg(short, long, value_name = "ADDR")]
    listen: Vec<String>,

    /// An origin whose pages may read answers; a pattern, or `*`
    #[arg(long, value_name = "ORIGIN", help_heading = "A policy without a file")]
    allow_origin: Vec<String>,

    /// A method beyond GET, HEAD and POST; `*` for all
    #[arg(long, value_name = "METHOD", help_heading = "A policy without a file")]
    allow_method: Vec<String>,

    /// A request header beyond the safelisted ones; `*` for all but Authorization
    #[arg(long, value_name = "NAME", help_heading = "A policy without a file")]
    allow_header: Vec<String>,

    /// A response header that pages may read; `*` for all
    #[arg(long, value_name = "NAME", help_heading = "A policy without a file")]
    expose_header: Vec<String>,

    /// Pages may send cookies and other credentials
    #[arg(long, help_heading = "A policy without a file")]
    allow_credentials: bool,

    /// How long browsers may remember a preflight, as in 10m
    #[arg(long, value_name = "TIME", help_heading = "A policy without a file")]
    max_age: Option<String>,

    /// Where liveness, readiness and metrics are served, or `off` [default: 127.0.0.1:9090 with a
    /// file, off without]
    #[arg(long, value_name = "ADDR")]
    admin: Option<String>,

    /// For the machine of a developer: pages from localhost are granted what they ask for, and the log tells what would
    /// have blocked them in production
    #[arg(long)]
    dev: bool,

    /// Start although another gateway listens on the same addresses, to take its place
    #[arg(long)]
    replace: bool,

    /// How much the gateway tells of itself: error, warn, info, debug or trace
    #[arg(long, value_name = "LEVEL")]
    log_level: Option<String>,
}

pub(crate) fn run(args: Args, language: Language) -> ExitCode {
    let file = FileAndArguments { args };
    let config = match file.load_for(language, colour()) {
        Ok(config) => config,
        Err(report) => {
            anstream::eprint!("{report}");
            return Outcome::Unusable.into();
        }
    };
    if !config.remarks.is_empty() {
        anstream::eprint!("{}", config.remarks.render_in(language, colour()));
    }
    let (own_log, set_level) = match own_log::start(&config, colour()) {
        Ok(started) => started,
        Err(error) => {
            anstream::eprintln!("error: the log does not start: {error}");
            return Outcome::Unusable.into();
        }
    };
    if config.gateway.development != Development::Off {
        tracing::warn!(
            "development: pages from this machine are granted what they ask for; this is no place for production"
        );
    }
    let mut gateway = Gateway::builder().log_level(set_level).own_log(&own_log);
    if file.args.replace {
        gateway = gateway.replacing();
    }
    let ended = gateway.serve(&config, &file, say_where);
    own_log.finish();
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let error = error.to_string();
            let told = language.retell("problems", &error).unwrap_or(error);
            anstream::eprintln!("{}: {told}", text!(language, "report.error"));
            Outcome::Unusable.into()
        }
    }
}

pub(crate) fn colour() -> Colour {
    match anstream::AutoStream::choice(&std::io::stderr()) {
        anstream::ColorChoice::Never => Colour::Plain,
        _ => Colour::Ansi,
    }
}

fn say_where(gateway: &RunningGateway) {
    for addr in gateway.local_addrs() {
        tracing::info!(%addr, "listening");
    }
    if let Some(addr) = gateway.admin_addr() {
        tracing::info!(%addr, "admin: /livez /readyz /metrics /policy /upstreams");
    }
}

/// The configuration: the file, then the environment, then the arguments.
pub(crate) struct FileAndArguments {
    args: Args,
}

impl FileAndArguments {
    /// A file, and what few arguments say besides.
    #[cfg(feature = "ext-proc")]
    pub(crate) fn of_file(file: PathBuf, admin: Option<String>, log_level: Option<String>) -> Self {
        Self { args: Args { config: Some(file), admin, log_level, ..Args::default() } }
    }

    pub(crate) fn load_for(&self, language: Language, colour: Colour) -> Result<Config, String> {
        self.loader()
            .map_err(LoadError::from)
            .and_then(|loader| loader.load().map_err(LoadError::from))
            .map_err(|error| match error {
                LoadError::Unreadable(error) => {
                    let error = text!(
                        language,
                        "report.unreadable",
                        file = error.path.display(),
                        cause = error.cause
                    );
                    format!("{}: {error}\n", text!(language, "report.error"))
                }
                LoadError::Problems(problems) => problems.render_in(language, colour),
            })
    }

    fn loader(&self) -> Result<Loader, corsage_config::UnreadableFile> {
        let args = &self.args;
        let mut loader = Loader::new();
        if let Some(file) = &args.config {
            loader = loader.file(file)?;
        }
        loader = loader.environment(std::env::vars_os());
        let credentials = args.allow_credentials.then(|| "true".to_owned());
        // Without a file nobody asked for a second port.
        let admin = args.admin.clone().or_else(|| args.config.is_none().then(|| "off".to_owned()));
        let development = args.dev.then(|| "fix-and-tell".to_owned());
        let lists = [
            ("--dev", "gateway.development", development.into_iter().collect()),
            ("--upstream", "gateway.upstreams", args.upstream.clone()),
            ("--listen", "gateway.listen", args.listen.clone()),
            ("--allow-origin", "policy.allow_origins", args.allow_origin.clone()),
            ("--allow-method", "policy.allow_methods", args.allow_method.clone()),
            ("--allow-header", "policy.allow_headers", args.allow_header.clone()),
            ("--expose-header", "policy.expose_headers", args.expose_header.clone()),
            ("--allow-credentials", "policy.allow_credentials", credentials.into_iter().collect()),
            ("--max-age", "policy.max_age", args.max_age.iter().cloned().collect()),
            ("--admin", "gateway.admin.listen", admin.into_iter().collect()),
            ("--log-level", "gateway.log.level", args.log_level.iter().cloned().collect()),
        ];
        for (argument, field, values) in lists {
            if !values.is_empty() {
                loader = loader.argument(argument, field, values);
            }
        }
        Ok(loader)
    }
}

impl Source for FileAndArguments {
    fn load(&self) -> Result<Config, String> {
        // The log is for machines and for operators' searches.
        self.load_for(Language::English, Colour::Plain)
    }

    fn file(&self) -> Option<&Path> {
        self.args.config.as_deref()
    }
}
