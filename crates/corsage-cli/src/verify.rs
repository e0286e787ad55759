//! `corsage verify`

mod asking;
mod origins;
mod printed;
mod versions;

use std::io::Write as _;
use std::process::ExitCode;

use corsage_client::HttpVersions;
use corsage_convert::compare::Questions;
use corsage_convert::neutral::derive;
use corsage_convert::{Borders, Format};
use corsage_report::Outcome;
use corsage_texts::Language;
use url::Url;

use crate::foreign::{Circumstance, Connection, Modelled, gather, model, told};
use asking::{Asking, Looked, Recorder};
use printed::{Printed, print};

/// Arguments of `corsage verify`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  corsage verify --policy corsage.toml https://api.example.com/items
  corsage verify --policy ingress.yaml https://api.example.com/ --plan
  corsage verify --policy nginx.conf http://127.0.0.1:8080/ --error-path /broken --format junit

The server is asked what the policy's own borders call for: the origins that it names, their near misses, \
credentials, every method and header, errors, HTTP versions. Only GET, HEAD and OPTIONS are sent, each once, and \
what comes back is judged as Chromium, Firefox and WebKit judge it.

Exit codes:
  0  the server does what the policy says
  1  it does not
  2  a file cannot be read, or the command is used wrongly
  3  undecided: the policy is not understood, or the server does not answer")]
pub(crate) struct Args {
    /// The policy, in any format
    #[arg(long, value_name = "FILE")]
    policy: String,
    /// The policy's format, where it is not recognised
    #[arg(long, value_name = "FORMAT")]
    from: Option<Format>,
    /// What to ask: the path is the one that the policy is asked about
    #[arg(required = true)]
    urls: Vec<Url>,
    /// The host that the policy is asked about, where it is not the URL's
    #[arg(long, value_name = "HOST")]
    host: Option<String>,
    /// A path that answers 5xx: errors have to carry the headers too
    #[arg(long, value_name = "PATH")]
    error_path: Option<String>,
    /// A path that answers 405 to GET
    #[arg(long, value_name = "PATH")]
    not_allowed_path: Option<String>,
    /// Print what would be sent, and send nothing
    #[arg(long)]
    plan: bool,
    #[command(flatten)]
    connection: Connection,
    /// How to print
    #[arg(long, value_enum, default_value_t = Printed::Human)]
    format: Printed,
    #[command(flatten)]
    circumstance: Circumstance,
}

pub(crate) fn run(args: &Args, language: Language) -> ExitCode {
    match verified(args, language) {
        Ok((text, code)) => {
            let _ = anstream::stdout().write_all(text.as_bytes());
            ExitCode::from(code)
        }
        Err((code, error)) => {
            let _ = anstream::stderr()
                .write_all(format!("{}\n", told(language, error.trim_end())).as_bytes());
            ExitCode::from(code)
        }
    }
}

fn verified(args: &Args, language: Language) -> Result<(String, Outcome), (Outcome, String)> {
    let files = gather(&args.policy).map_err(|error| (Outcome::Unusable, error))?;
    let models = model(&args.policy, &files, args.from, &args.circumstance)
        .map_err(|error| (Outcome::Undecided, error))?;
    let [only] = models.as_slice() else {
        return Err((
            Outcome::Unusable,
            format!("{} holds several policies; name one file", args.policy),
        ));
    };
    if args.plan {
        return Ok((plan(args, only), Outcome::Passed));
    }
    let (mut all, mut count) = (Vec::new(), 0);
    for url in &args.urls {
        let (looked, sent) = asked(args, only, url)?;
        all.extend(looked);
        count += sent;
    }
    let is_wrong = all.iter().any(|looked| looked.fault.is_some());
    let code = if is_wrong { Outcome::Failed } else { Outcome::Passed };
    Ok((print(&all, count, args.format, language, only, &files), code))
}

/// What would be sent to each URL, a line each.
fn plan(args: &Args, policy: &Modelled) -> String {
    let mut planned = String::new();
    for url in &args.urls {
        let newest = Recorder::new(policy.program.as_ref());
        let older = is_over_tls(url).then(|| Recorder::new(policy.program.as_ref()));
        with_asking(args, policy, url, |asking| {
            asking.look(&newest);
            if let Some(older) = &older {
                versions::look(asking, &newest, older);
            }
        });
        let of_older = older.into_iter().flat_map(Recorder::sent).map(|sent| (sent, " HTTP/1.1"));
        for ((method, path, headers), version) in
            newest.sent().into_iter().map(|sent| (sent, "")).chain(of_older)
        {
            let target = url.join(&path).map_or_else(|_| path.clone(), |url| url.to_string());
            planned.push_str(&format!("{method} {target}{version}"));
            for (name, value) in &headers {
                planned.push_str(&format!("  {name}: {value}"));
            }
            planned.push('\n');
        }
    }
    planned
}

/// What was looked at on one server, and how many requests that took.
fn asked(
    args: &Args,
    policy: &Modelled,
    url: &Url,
) -> Result<(Vec<Looked>, usize), (Outcome, String)> {
    let live = args.connection.live(url, HttpVersions::All)?;
    let older =
        is_over_tls(url).then(|| args.connection.live(url, HttpVersions::Http1)).transpose()?;
    let looked = with_asking(args, policy, url, |asking| {
        let mut looked = asking.look(&live);
        if let Some(older) = &older {
            looked.extend(versions::look(asking, &live, older));
        }
        looked
    });
    let failure = live.failure().or_else(|| older.as_ref().and_then(|older| older.failure()));
    match failure {
        Some(failure) => Err((Outcome::Undecided, failure)),
        None => Ok((looked, live.count() + older.map_or(0, |older| older.count()))),
    }
}

/// Only there is a version of HTTP to choose.
fn is_over_tls(url: &Url) -> bool {
    url.scheme() == "https"
}

fn with_asking<R>(
    args: &Args,
    policy: &Modelled,
    url: &Url,
    ask: impl FnOnce(&Asking<'_>) -> R,
) -> R {
    let program = policy.program.as_ref();
    let borders = program.borders();
    let questions = Questions::of(&[program]);
    let neutral = derive(program);
    ask(&Asking {
        policy: program,
        borders: &borders,
        questions: &questions,
        neutral: &neutral,
        url,
        host: &host(args, url, &borders),
        error_path: args.error_path.as_deref(),
        not_allowed_path: args.not_allowed_path.as_deref(),
    })
}

/// The host that the policy is asked about: the URL's, where the policy knows it; else its only one.
fn host(args: &Args, url: &Url, borders: &Borders) -> String {
    if let Some(host) = &args.host {
        return host.clone();
    }
    let own = url.host_str().unwrap_or_default().to_owned();
    match borders.hosts.iter().collect::<Vec<_>>().as_slice() {
        [only] if **only != own => (*only).clone(),
        _ => own,
    }
}
