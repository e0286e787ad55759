//! `corsage ext-proc`

use std::path::PathBuf;
use std::process::ExitCode;

use corsage_config::Config;
use corsage_ext_proc::{Address, Service};
use corsage_gateway::{Gateway, Source};
use corsage_report::Outcome;
use corsage_texts::{Language, text};

use crate::serve::{FileAndArguments, colour, own_log};

/// Arguments of `corsage ext-proc`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  corsage ext-proc --config corsage.toml --listen unix:/run/corsage.sock
  corsage ext-proc --config corsage.toml --listen 127.0.0.1:9000

Reload, admin pages, metrics and signals are those of `corsage serve`.

Exit codes: 0 ended as asked, 2 the configuration has errors or an address is taken.")]
pub(crate) struct Args {
    /// The file with the policies, TOML or YAML
    #[arg(short, long, value_name = "FILE")]
    config: PathBuf,

    /// Where Envoy connects: an address with a port, or `unix:` and a path
    #[arg(short, long, value_name = "ADDR", default_value = "127.0.0.1:9000")]
    listen: Address,

    /// Where liveness, readiness and metrics are served, or `off` [default: 127.0.0.1:9090]
    #[arg(long, value_name = "ADDR")]
    admin: Option<String>,

    /// How much it tells of itself: error, warn, info, debug or trace
    #[arg(long, value_name = "LEVEL")]
    log_level: Option<String>,
}

pub(crate) fn run(args: Args, language: Language) -> ExitCode {
    let Args { config, listen, admin, log_level } = args;
    let file = FileAndArguments::of_file(config, admin, log_level);
    match file.load_for(language, colour()) {
        Ok(config) => serve(&config, &listen, &file, language),
        Err(report) => {
            anstream::eprint!("{report}");
            Outcome::Unusable.into()
        }
    }
}

fn serve(config: &Config, listen: &Address, file: &impl Source, language: Language) -> ExitCode {
    let unusable = |error: String| {
        anstream::eprintln!("{}: {error}", text!(language, "report.error"));
        Outcome::Unusable.into()
    };
    if !config.remarks.is_empty() {
        anstream::eprint!("{}", config.remarks.render_in(language, colour()));
    }
    if config.policies.entries().is_empty() {
        let error = "there is no policy in the file, so there is nothing to say to Envoy";
        return unusable(error.to_owned());
    }
    let (own_log, set_level) = match own_log::start(config, colour()) {
        Ok(started) => started,
        Err(error) => return unusable(format!("the log does not start: {error}")),
    };
    let service = match Service::bind(listen) {
        Ok(service) => service,
        Err(error) => return unusable(error.to_string()),
    };
    let gateway = Gateway::builder().judging().log_level(set_level).own_log(&own_log);
    let ended = gateway.serve(config, file, |gateway| {
        match service.start(gateway) {
            Ok(()) => tracing::info!(addr = %listen, "ext_proc and ext_authz are answered"),
            Err(error) => tracing::error!(%error, "nothing is answered"),
        }
        if let Some(addr) = gateway.admin_addr() {
            tracing::info!(%addr, "admin: /livez /readyz /metrics /policy");
        }
    });
    own_log.finish();
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => unusable(error.to_string()),
    }
}
