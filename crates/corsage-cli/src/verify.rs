//! `corsage verify`

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use corsage_client::Browser;
use corsage_convert::compare::{PageRequest, PageResult, Questions, Saw, Scene, page};
use corsage_convert::neutral::{RoutedPolicy, VaryOnOrigin, derive};
use corsage_convert::{Answered, Asked, Behind, Borders, Format, Program};
use corsage_report::Outcome;
use serde_json::json;
use url::Url;

use crate::foreign::{Circumstance, Live, Sent, gather, junit, model, sent};

/// Arguments of `corsage verify`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  corsage verify --policy corsage.toml https://api.example.com/items
  corsage verify --policy ingress.yaml https://api.example.com/ --plan
  corsage verify --policy nginx.conf http://127.0.0.1:8080/ --error-path /broken --format junit

The server is asked what the policy's own borders call for: the origins that it names, their near misses,
credentials, every method and header, errors. Only GET, HEAD and OPTIONS are sent, each once.

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
    /// Print what would be sent, and send nothing
    #[arg(long)]
    plan: bool,
    /// How many requests to send at most
    #[arg(long, default_value_t = 500)]
    limit: usize,
    /// How long to wait between requests, in milliseconds
    #[arg(long, default_value_t = 20)]
    pause: u64,
    /// Send names elsewhere: `api.example.com=127.0.0.1:8080`
    #[arg(long, value_name = "RULE")]
    resolve: Vec<String>,
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

/// One thing that was looked at, and what was wrong with it.
struct Looked {
    name: String,
    code: &'static str,
    fault: Option<String>,
}

pub(crate) fn run(args: &Args) -> ExitCode {
    match verified(args) {
        Ok((text, code)) => {
            let _ = anstream::stdout().write_all(text.as_bytes());
            ExitCode::from(code)
        }
        Err((code, error)) => {
            let _ = anstream::stderr().write_all(format!("{}\n", error.trim_end()).as_bytes());
            ExitCode::from(code)
        }
    }
}

fn verified(args: &Args) -> Result<(String, Outcome), (Outcome, String)> {
    let files = gather(&args.policy).map_err(|error| (Outcome::Unusable, error))?;
    let models = model(&args.policy, &files, args.from, &args.circumstance)
        .map_err(|error| (Outcome::Undecided, error))?;
    let [only] = models.as_slice() else {
        return Err((
            Outcome::Unusable,
            format!("{} holds several policies; name one file", args.policy),
        ));
    };
    let policy = only.program.as_ref();
    let borders = policy.borders();
    let questions = Questions::of(&[&borders]);
    let neutral = derive(policy);
    let mut all = Vec::new();
    let mut planned = String::new();
    let mut count = 0;
    for url in &args.urls {
        let host = host(args, url, &borders);
        let asking =
            Asking { args, policy, questions: &questions, neutral: &neutral, url, host: &host };
        if args.plan {
            let recorder = Recorder { policy, sent: RefCell::default() };
            asking.look(&recorder);
            for (method, path, headers) in recorder.sent.borrow().iter() {
                let headers: Vec<String> =
                    headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
                let target = url.join(path).map_or_else(|_| path.clone(), |url| url.to_string());
                planned.push_str(&format!("{method} {target}  {}\n", headers.join("  ")));
            }
            continue;
        }
        let mut builder = Browser::builder();
        for rule in &args.resolve {
            builder =
                builder.resolve(rule).map_err(|error| (Outcome::Unusable, error.to_string()))?;
        }
        let browser = builder.build().map_err(|error| (Outcome::Unusable, error.to_string()))?;
        let live = Live::new(url.clone(), browser, args.limit, Duration::from_millis(args.pause))
            .map_err(|error| (Outcome::Undecided, error))?;
        let looked = asking.look(&live);
        if let Some(failure) = live.failure() {
            return Err((Outcome::Undecided, failure));
        }
        count += live.count();
        all.extend(looked);
    }
    if args.plan {
        return Ok((planned, Outcome::Passed));
    }
    let is_wrong = all.iter().any(|looked| looked.fault.is_some());
    let code = if is_wrong { Outcome::Failed } else { Outcome::Passed };
    Ok((print(&all, count, args.format), code))
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

struct Asking<'a> {
    args: &'a Args,
    policy: &'a dyn Program,
    questions: &'a Questions,
    neutral: &'a [RoutedPolicy],
    url: &'a Url,
    host: &'a str,
}

impl Asking<'_> {
    /// Everything that is looked at, in order.
    fn look(&self, server: &dyn Program) -> Vec<Looked> {
        let mut looked = Vec::new();
        let path = self.path();
        let exposed = self.exposed();
        let exposed: Vec<&str> = exposed.iter().map(String::as_str).collect();
        for cell in &self.questions.cells.cells {
            let origin = cell.witness.origin.as_str();
            for with_credentials in [false, true] {
                for (method, header) in self.requests() {
                    let request = PageRequest {
                        origin,
                        host: self.host,
                        path: &path,
                        method,
                        header,
                        with_credentials,
                    };
                    looked.extend(self.one(server, &request, &exposed));
                }
            }
            self.vary(server, origin, &path, &mut looked);
            self.errors(server, origin, &mut looked);
        }
        looked
    }

    fn path(&self) -> String {
        match self.url.query() {
            Some(query) => format!("{}?{query}", self.url.path()),
            None => self.url.path().to_owned(),
        }
    }

    fn exposed(&self) -> BTreeSet<String> {
        let mut names = BTreeSet::from(["x-corsage-exposed".to_owned()]);
        for rule in self.neutral.iter().flat_map(|policy| &policy.rules) {
            if let corsage_convert::neutral::Names::Listed(listed) = &rule.expose {
                names.extend(listed.iter().cloned());
            }
        }
        names
    }

    fn requests(&self) -> Vec<(&str, Option<&str>)> {
        let methods = self.questions.methods.iter().map(|method| (method.as_str(), None));
        let headers = self.questions.headers.iter().map(|name| ("GET", Some(name.as_str())));
        methods.chain(headers).collect()
    }

    fn one(
        &self,
        server: &dyn Program,
        request: &PageRequest<'_>,
        exposed: &[&str],
    ) -> Option<Looked> {
        let wanted = page(self.policy, &Scene::Works, request, exposed)?;
        let found = page(server, &Scene::Works, request, exposed)?;
        let credentials = if request.with_credentials { " with credentials" } else { "" };
        let header = request.header.map_or_else(String::new, |name| format!(" with {name}"));
        let name =
            format!("{} {} {}{header}{credentials}", request.origin, request.method, request.path);
        // Whether something ran is not seen from here.
        let reads = |result: &PageResult| result.saw == Saw::Response;
        let (code, fault) = if reads(&wanted) != reads(&found) {
            let because =
                found.refused.as_deref().or(wanted.refused.as_deref()).unwrap_or("granted");
            let what = if reads(&found) {
                "the server grants what the policy refuses"
            } else {
                "the server refuses what the policy grants"
            };
            ("access", Some(format!("{what} ({because})")))
        } else if reads(&wanted) && wanted.exposed != found.exposed {
            (
                "exposed",
                Some(format!("pages see {:?}, and not {:?}", found.exposed, wanted.exposed)),
            )
        } else if reads(&wanted) && wanted.remembered != found.remembered {
            let told = |seconds: Option<u64>| {
                seconds.map_or_else(|| "no".to_owned(), |seconds| seconds.to_string())
            };
            let fault = format!(
                "a preflight is remembered for {} seconds, and not for {}",
                told(found.remembered),
                told(wanted.remembered)
            );
            ("max-age", Some(fault))
        } else {
            ("access", None)
        };
        Some(Looked { name, code, fault })
    }

    /// Where the answer depends on the origin, every variant has to say so to caches.
    fn vary(&self, server: &dyn Program, origin: &str, path: &str, looked: &mut Vec<Looked>) {
        let wants_vary = self
            .neutral
            .iter()
            .flat_map(|policy| &policy.rules)
            .any(|rule| rule.vary == VaryOnOrigin::Always);
        if !wants_vary {
            return;
        }
        for (variant, origin) in [("with an origin", origin), ("without an origin", "")] {
            let headers: Vec<(String, String)> = if origin.is_empty() {
                Vec::new()
            } else {
                vec![("Origin".to_owned(), origin.to_owned())]
            };
            let asked = Asked { method: "GET", path, host: self.host, headers: &headers };
            let names_origin = |answered: &Answered| {
                answered.vary.iter().flat_map(|line| line.split(',')).any(|name| {
                    let name = name.trim();
                    name == "*" || name.eq_ignore_ascii_case("origin")
                })
            };
            if !names_origin(&self.policy.answer(&asked, &Scene::Works)) {
                continue;
            }
            let fault = (!names_origin(&server.answer(&asked, &Scene::Works)))
                .then(|| "Vary does not name Origin: a cache mixes answers up".to_owned());
            looked.push(Looked {
                name: format!("{origin} GET {path}, {variant}"),
                code: "vary",
                fault,
            });
        }
    }

    /// What is not there, and what is broken: pages that may read the rest have to be able to read that.
    fn errors(&self, server: &dyn Program, origin: &str, looked: &mut Vec<Looked>) {
        let missing =
            format!("{}/corsage-verify-nothing-is-here", self.url.path().trim_end_matches('/'));
        let mut paths = vec![(missing, Scene::Missing)];
        paths.extend(self.args.error_path.clone().map(|path| (path, Scene::Fails)));
        for (path, scene) in paths {
            let request = PageRequest {
                origin,
                host: self.host,
                path: &path,
                method: "GET",
                header: None,
                with_credentials: false,
            };
            let (Some(wanted), Some(found)) =
                (page(self.policy, &scene, &request, &[]), page(server, &scene, &request, &[]))
            else {
                continue;
            };
            let reads = |result: &PageResult| result.saw == Saw::Response;
            let fault = (reads(&wanted) != reads(&found)).then(|| {
                let what = if reads(&found) { "can" } else { "cannot" };
                format!("pages {what} read this error, against the policy")
            });
            looked.push(Looked { name: format!("{origin} GET {path}"), code: "errors", fault });
        }
    }
}

/// Writes down what would be sent, and answers as the policy does.
struct Recorder<'p> {
    policy: &'p dyn Program,
    sent: RefCell<BTreeSet<Sent>>,
}

impl Program for Recorder<'_> {
    fn answer(&self, asked: &Asked<'_>, behind: &dyn Behind) -> Answered {
        self.sent.borrow_mut().insert(sent(asked));
        self.policy.answer(asked, behind)
    }

    fn borders(&self) -> Borders {
        Borders::default()
    }
}

fn print(all: &[Looked], count: usize, printed: Printed) -> String {
    let faults: Vec<&Looked> = all.iter().filter(|looked| looked.fault.is_some()).collect();
    match printed {
        Printed::Human => {
            let mut text = String::new();
            for looked in &faults {
                let fault = looked.fault.as_deref().unwrap_or_default();
                text.push_str(&format!("{}: {}\n    {fault}\n", looked.code, looked.name));
            }
            text + &format!(
                "{} questions, {count} requests: {} hold, {} do not\n",
                all.len(),
                all.len() - faults.len(),
                faults.len()
            )
        }
        Printed::Json => {
            let faults: Vec<_> = faults
                .iter()
                .map(|looked| json!({ "code": looked.code, "question": looked.name, "fault": looked.fault }))
                .collect();
            format!(
                "{:#}\n",
                json!({ "questions": all.len(), "requests": count, "faults": faults })
            )
        }
        Printed::Junit => {
            let cases: Vec<(String, Option<String>)> =
                all.iter().map(|looked| (looked.name.clone(), looked.fault.clone())).collect();
            junit("corsage verify", &cases)
        }
    }
}
