//! `corsage test`

use std::io::Write as _;

use corsage_convert::compare::{PageRequest, PageResult, Saw, Scene, page};
use corsage_convert::{Format, Program};
use corsage_report::Outcome;
use corsage_texts::Language;
use serde::Deserialize;
use serde_json::json;
use url::Url;

use crate::foreign::{Circumstance, gather, model, told};
use crate::world::{self, ExitCode};

/// Arguments of `corsage test`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  corsage test expectations.toml
  corsage test expectations.toml --policy new.yaml
  corsage test expectations.toml --against https://staging.example.com

A file of expectations, as TOML, YAML or JSON:

  policy = \"corsage.toml\"

  [[expect]]
  origin = \"https://app.example.com\"
  method = \"PUT\"
  path = \"/items/1\"
  headers = [\"content-type\"]
  credentials = true
  may = \"read\"          # or \"run\": executed, not readable; or \"nothing\"

Against a server, nothing is sent but GET, HEAD and OPTIONS.

Exit codes:
  0  every expectation holds
  1  one does not
  2  a file cannot be read, or the command is used wrongly
  3  undecided: a policy is not understood, or the server does not answer")]
pub(crate) struct Args {
    /// The expectations
    file: String,
    /// The policy, in any format, rather than the one that the file names
    #[arg(long, value_name = "FILE")]
    policy: Option<String>,
    /// The policy's format, where it is not recognised
    #[arg(long, value_name = "FORMAT")]
    from: Option<Format>,
    /// Ask this server rather than a policy
    #[arg(long, value_name = "URL", conflicts_with = "policy")]
    against: Option<Url>,
    #[cfg(feature = "native")]
    #[command(flatten)]
    connection: crate::foreign::Connection,
    /// How to print
    #[arg(long, value_enum, default_value_t = Printed::Human)]
    format: Printed,
    #[command(flatten)]
    circumstance: Circumstance,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Printed {
    /// For people
    Human,
    /// One JSON document
    Json,
    /// JUnit's XML
    Junit,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expectations {
    #[serde(default)]
    policy: Option<String>,
    expect: Vec<Expectation>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expectation {
    #[serde(default)]
    name: Option<String>,
    origin: String,
    #[serde(default = "get")]
    method: String,
    #[serde(default = "root")]
    path: String,
    #[serde(default = "host")]
    host: String,
    #[serde(default)]
    headers: Vec<String>,
    #[serde(default)]
    credentials: bool,
    may: May,
    /// Response headers that the page has to see.
    #[serde(default)]
    exposed: Vec<String>,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum May {
    Read,
    Run,
    Nothing,
}

fn get() -> String {
    "GET".to_owned()
}

fn root() -> String {
    "/".to_owned()
}

fn host() -> String {
    "api.example.com".to_owned()
}

struct Tested {
    name: String,
    fault: Option<String>,
}

pub(crate) fn run(args: &Args, language: Language) -> ExitCode {
    match tested(args) {
        Ok(tested) => {
            let _ = world::stdout()
                .write_all(print(&args.file, &tested, args.format, language).as_bytes());
            let has_failed = tested.iter().any(|one| one.fault.is_some());
            ExitCode::from(if has_failed { Outcome::Failed } else { Outcome::Passed })
        }
        Err((code, error)) => {
            let _ = world::stderr()
                .write_all(format!("{}\n", told(language, error.trim_end())).as_bytes());
            ExitCode::from(code)
        }
    }
}

fn tested(args: &Args) -> Result<Vec<Tested>, (Outcome, String)> {
    let text = world::read_text(&args.file)
        .map_err(|error| (Outcome::Unusable, format!("{}: {error}", args.file)))?;
    let expectations = parse(&args.file, &text).map_err(|error| (Outcome::Unusable, error))?;
    if let Some(url) = &args.against {
        return against(args, url, &expectations);
    }
    let name = match (&args.policy, &expectations.policy) {
        (Some(name), _) => name.clone(),
        // Beside the file that names it.
        (None, Some(name)) => std::path::Path::new(&args.file)
            .parent()
            .map_or_else(|| name.into(), |directory| directory.join(name))
            .to_string_lossy()
            .into_owned(),
        (None, None) => {
            return Err((
                Outcome::Unusable,
                format!("{}: no policy is named; --policy names one", args.file),
            ));
        }
    };
    let files = gather(&name).map_err(|error| (Outcome::Unusable, error))?;
    let modelled = model(&name, &files, args.from, &args.circumstance)
        .map_err(|error| (Outcome::Undecided, error))?;
    match modelled.as_slice() {
        [only] => Ok(judged(only.program.as_ref(), &expectations)),
        _ => Err((Outcome::Unusable, format!("{name} holds several policies; name one file"))),
    }
}

fn judged(program: &dyn Program, expectations: &Expectations) -> Vec<Tested> {
    let all = expectations.expect.iter().enumerate();
    all.map(|(index, one)| judge(program, index, one)).collect()
}

#[cfg(feature = "native")]
fn against(
    args: &Args,
    url: &Url,
    expectations: &Expectations,
) -> Result<Vec<Tested>, (Outcome, String)> {
    let live = args.connection.live(url, corsage_client::HttpVersions::All)?;
    let tested = judged(&live, expectations);
    // A server that does not answer has refuted nothing.
    live.failure().map_or(Ok(tested), |failure| Err((Outcome::Undecided, failure)))
}

#[cfg(not(feature = "native"))]
fn against(_: &Args, url: &Url, _: &Expectations) -> Result<Vec<Tested>, (Outcome, String)> {
    let cause = format!(
        "{url}: this build asks no servers; the native command does: cargo install corsage-cli"
    );
    Err((Outcome::Undecided, cause))
}

fn parse(name: &str, text: &str) -> Result<Expectations, String> {
    let told = |error: &dyn std::fmt::Display| format!("{name}: {error}");
    if name.ends_with(".json") {
        return serde_json::from_str(text).map_err(|error| told(&error));
    }
    if name.ends_with(".yaml") || name.ends_with(".yml") {
        return serde_saphyr::from_str(text).map_err(|error| told(&error));
    }
    toml::from_str(text).map_err(|error| told(&error))
}

fn judge(program: &dyn Program, index: usize, one: &Expectation) -> Tested {
    let name = one.name.clone().unwrap_or_else(|| {
        let credentials = if one.credentials { " with credentials" } else { "" };
        format!("{}: {} {} {}{credentials}", index + 1, one.origin, one.method, one.path)
    });
    let headers: Vec<Option<&str>> = match one.headers.as_slice() {
        [] => vec![None],
        names => names.iter().map(|name| Some(name.as_str())).collect(),
    };
    let exposed: Vec<&str> = one.exposed.iter().map(String::as_str).collect();
    // Of several headers each has to be granted.
    let mut worst: Option<PageResult> = None;
    for header in headers {
        let request = PageRequest {
            origin: &one.origin,
            host: &one.host,
            path: &one.path,
            method: &one.method,
            header,
            with_credentials: one.credentials,
        };
        match page(program, &Scene::Works, &request, &exposed) {
            None => {
                let fault = "no page can ask so: the origin, the method or a header is none that a page may have";
                return Tested { name, fault: Some(fault.to_owned()) };
            }
            Some(result) if worst.as_ref().is_none_or(|worst| result.saw < worst.saw) => {
                worst = Some(result);
            }
            Some(_) => {}
        }
    }
    let Some(result) = worst else { return Tested { name, fault: None } };
    let wanted = match one.may {
        May::Read => Saw::Response,
        May::Run => Saw::NothingButRan,
        May::Nothing => Saw::Nothing,
    };
    let missing: Vec<&str> = exposed
        .iter()
        .copied()
        .filter(|name| !result.exposed.iter().any(|seen| seen == name))
        .collect();
    let fault = if result.saw != wanted {
        let because = result.refused.map_or_else(String::new, |code| format!(" ({code})"));
        Some(format!("expected {}, got {}{because}", wanted.code(), result.saw.code()))
    } else if wanted == Saw::Response && !missing.is_empty() {
        Some(format!("the page cannot see {}", missing.join(", ")))
    } else {
        None
    };
    Tested { name, fault }
}

fn print(file: &str, tested: &[Tested], printed: Printed, language: Language) -> String {
    let failed = tested.iter().filter(|one| one.fault.is_some()).count();
    match printed {
        Printed::Human => {
            let mut text = String::new();
            for one in tested {
                match &one.fault {
                    None => text.push_str(&format!(
                        "{:<8}{}\n",
                        told(language, "ok"),
                        told(language, &one.name)
                    )),
                    Some(fault) => {
                        let (failed, name) = (told(language, "failed"), told(language, &one.name));
                        text.push_str(&format!(
                            "{failed:<8}{name}\n        {}\n",
                            told(language, fault)
                        ));
                    }
                }
            }
            text + &told(language, &format!("{} hold, {failed} do not", tested.len() - failed))
                + "\n"
        }
        Printed::Json => {
            let all: Vec<_> = tested
                .iter()
                .map(|one| json!({ "name": one.name, "holds": one.fault.is_none(), "fault": one.fault }))
                .collect();
            format!("{:#}\n", json!({ "file": file, "expectations": all }))
        }
        Printed::Junit => {
            let cases: Vec<(String, Option<String>)> =
                tested.iter().map(|one| (one.name.clone(), one.fault.clone())).collect();
            crate::foreign::junit("corsage test", &cases)
        }
    }
}
