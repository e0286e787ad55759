//! What the demo knows, and what its page may ask.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use corsage::browser::Profile;
use corsage_texts::Language;
use http::Uri;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

use super::browsers::{BrowserName, profile_name};
use super::gateway::Running;
use super::judge::{Judged, judge};
use super::texts::Texts;
use super::wire_log::WireLog;
use crate::prediction::outcome::{Observation, Prediction};
use crate::prediction::places::{Party, Places};
use crate::prediction::predict::{Session, Setting, predict};
use crate::prediction::rules::Rules;
use crate::prediction::sample_api::PATHS;
use crate::prediction::scenario::{Call, Page, RUN, Scenario};

/// The demo while it runs.
pub(crate) struct Demo {
    pub(crate) places: Places,
    pub(crate) scenarios: Vec<Scenario>,
    pub(crate) texts: Texts,
    pub(crate) rules: Rules,
    /// Those of the gateway that has none.
    pub(crate) no_rules: Rules,
    pub(crate) log: WireLog,
    pub(crate) bench: Running,
    /// Browsers that finished all scenarios are told of in the terminal.
    pub(crate) reports: mpsc::UnboundedSender<BrowserReport>,
    pub(crate) runs: Runs,
}

/// Why the page gets no answer.
#[derive(Debug)]
pub(crate) enum Failure {
    NotFound,
    /// Another page asks this server to do something.
    NotFromThePage,
    BadRequest(String),
    Internal(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound => f.write_str("there is nothing here"),
            Self::NotFromThePage => f.write_str("only the demo's own page may ask this"),
            Self::BadRequest(cause) => write!(f, "the request cannot be read: {cause}"),
            Self::Internal(cause) => write!(f, "the demo failed: {cause}"),
        }
    }
}

/// All that the page shows before anything has run.
#[derive(Serialize)]
pub(crate) struct State<'a> {
    places: HashMap<&'static str, String>,
    scenarios: &'a [Scenario],
    texts: serde_json::Value,
    language: &'static str,
    languages: Vec<[&'static str; 2]>,
    browser: String,
    profile: &'static str,
    policy_text: &'a str,
    policies: Vec<PolicyInForce>,
    bench_policy: String,
    paths: &'static [&'static str],
}

/// A part of the policy file, and the sample API's paths that it is in force for.
#[derive(Serialize)]
struct PolicyInForce {
    text: String,
    covers: Vec<&'static str>,
}

/// The page's account of a run.
#[derive(Deserialize)]
pub(crate) struct Performed {
    run: String,
    observations: Vec<Observation>,
    #[serde(default)]
    scenario: Option<String>,
    #[serde(default)]
    bench: Option<Experiment>,
}

/// What the bench holds.
#[derive(Deserialize)]
pub(crate) struct Experiment {
    from: Page,
    call: Call,
    policy: String,
    profile: String,
}

/// A policy to put in force on the bench.
#[derive(Deserialize)]
pub(crate) struct BenchPolicy {
    policy: String,
}

/// What the bench says of a policy, and, if it compiles, of the request.
#[derive(Serialize)]
pub(crate) struct BenchAnswer {
    #[serde(skip_serializing_if = "Option::is_none")]
    problems: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    predicted: Option<Prediction>,
}

/// What a browser's page says when it has run every scenario.
#[derive(Deserialize)]
pub(crate) struct Report {
    results: Vec<ReportedScenario>,
}

/// One scenario as a browser performed it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct ReportedScenario {
    pub(crate) id: String,
    pub(crate) agree: bool,
    pub(crate) differences: Vec<String>,
}

/// All scenarios as one browser performed them.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct BrowserReport {
    pub(crate) browser: String,
    pub(crate) profile: &'static str,
    pub(crate) scenarios: usize,
    pub(crate) agree: usize,
    pub(crate) results: Vec<ReportedScenario>,
}

impl Demo {
    /// `GET /demo/state`
    pub(crate) fn state(&self, user_agent: &str, language: Language) -> State<'_> {
        let browser = BrowserName::from_user_agent(user_agent);
        let places = HashMap::from([
            ("page", self.places.page_origin()),
            ("api", self.places.origin_of(Party::Api)),
            ("partner", self.places.origin_of(Party::Partner)),
            ("localhost", self.places.origin_of(Party::Localhost)),
            ("bare", self.places.origin_of(Party::Bare)),
            ("bench", self.places.origin_of(Party::Bench)),
        ]);
        let covers = |index| {
            PATHS.iter().copied().filter(|path| self.rules.index_of(path) == Some(index)).collect()
        };
        let policies = self.rules.texts().into_iter().enumerate();
        let policies: Vec<_> =
            policies.map(|(index, text)| PolicyInForce { text, covers: covers(index) }).collect();
        State {
            places,
            scenarios: &self.scenarios,
            texts: Texts::of(language).table(),
            language: language.tag(),
            languages: Language::ALL.map(|known| [known.tag(), known.name()]).to_vec(),
            browser: browser.to_string(),
            profile: profile_name(browser.profile()),
            policy_text: self.rules.source(),
            bench_policy: self.rules.source().to_owned(),
            policies,
            paths: PATHS,
        }
    }

    /// `GET /demo/seen`: how much of a run has passed over the wire.
    pub(crate) fn seen(&self, uri: &Uri) -> impl Serialize + use<> {
        #[derive(Serialize)]
        struct Seen {
            seen: usize,
        }
        let query = uri.query().unwrap_or_default();
        let run = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == RUN);
        Seen { seen: run.map_or(0, |(_, run)| self.log.of_run(&run).len()) }
    }

    /// `POST /demo/run`: a name for a run, and a note of what cookies the browser holds as it
    /// begins, which a page cannot see and the prediction must know.
    pub(crate) fn begin_run(&self, cookies: &str) -> impl Serialize + use<> {
        #[derive(Serialize)]
        struct Begun {
            run: String,
        }
        Begun { run: self.runs.begin(Session::from_cookie_header(cookies)) }
    }

    /// `POST /demo/judge`
    pub(crate) fn judge(
        &self,
        performed: Performed,
        user_agent: &str,
        language: Language,
    ) -> Result<Judged, Failure> {
        let profile = BrowserName::from_user_agent(user_agent).profile();
        let unknown = || Failure::BadRequest("no such run, or too long ago".into());
        let session = self.runs.session(&performed.run).ok_or_else(unknown)?;
        let run = &performed.run;
        let predictions = match (&performed.scenario, &performed.bench) {
            (Some(id), None) => {
                let scenario = self
                    .scenarios
                    .iter()
                    .find(|scenario| scenario.id == *id)
                    .ok_or(Failure::NotFound)?;
                let (from, steps) = (scenario.from, &scenario.steps);
                self.predict(from, steps, run, profile, session, &self.rules, language)?
            }
            (None, Some(bench)) => {
                let rules =
                    Rules::compile_in(&bench.policy, language).map_err(Failure::BadRequest)?;
                let steps = std::slice::from_ref(&bench.call);
                self.predict(bench.from, steps, run, profile, session, &rules, language)?
            }
            _ => return Err(Failure::BadRequest("either a scenario or a bench".into())),
        };
        let wire = self.log.of_run(run);
        let texts = Texts::of(language);
        Ok(judge(profile_name(profile), predictions, performed.observations, &wire, &texts))
    }

    /// `POST /demo/report`
    pub(crate) fn report(&self, report: Report, user_agent: &str) -> impl Serialize + use<> {
        let browser = BrowserName::from_user_agent(user_agent);
        let report = BrowserReport {
            browser: browser.to_string(),
            profile: profile_name(browser.profile()),
            scenarios: report.results.len(),
            agree: report.results.iter().filter(|result| result.agree).count(),
            results: report.results,
        };
        // The terminal may have ended; the page need not know.
        let _ = self.reports.send(report);
        serde_json::Map::new()
    }

    /// `POST /demo/bench`: the prediction, without a request.
    pub(crate) fn bench_prediction(
        &self,
        bench: &Experiment,
        language: Language,
    ) -> Result<BenchAnswer, Failure> {
        let rules = match Rules::compile_in(&bench.policy, language) {
            Ok(rules) => rules,
            Err(problems) => return Ok(BenchAnswer { problems: Some(problems), predicted: None }),
        };
        let profile = super::browsers::profile_from_name(&bench.profile)
            .ok_or_else(|| Failure::BadRequest(format!("no profile {:?}", bench.profile)))?;
        let steps = std::slice::from_ref(&bench.call);
        let session = Session::default();
        let predictions =
            self.predict(bench.from, steps, "bench", profile, session, &rules, language)?;
        Ok(BenchAnswer { problems: None, predicted: predictions.into_iter().next() })
    }

    /// `POST /demo/bench/policy`: puts a policy in force on the bench.
    pub(crate) fn install_bench(
        &self,
        bench: &BenchPolicy,
        language: Language,
    ) -> Result<BenchAnswer, Failure> {
        let problems = match Rules::compile_in(&bench.policy, language) {
            Ok(rules) => {
                self.bench.install(&rules).map_err(Failure::Internal)?;
                None
            }
            Err(problems) => Some(problems),
        };
        Ok(BenchAnswer { problems, predicted: None })
    }

    /// What the engine says of some calls.
    #[expect(clippy::too_many_arguments, reason = "what a prediction depends on")]
    pub(crate) fn predict(
        &self,
        from: Page,
        steps: &[Call],
        run: &str,
        profile: Profile,
        session: Session,
        rules: &Rules,
        language: Language,
    ) -> Result<Vec<Prediction>, Failure> {
        let (no_rules, places) = (&self.no_rules, &self.places);
        let setting = Setting { from, run, profile, session, rules, no_rules, places, language };
        predict(&setting, steps).map_err(Failure::BadRequest)
    }
}

/// The runs that were begun, and what cookies the browser held then.
#[derive(Default)]
pub(crate) struct Runs {
    begun: Mutex<VecDeque<(String, Session)>>,
    serial: AtomicU64,
}

/// Far more than a page has open at once.
const MAX_RUNS: usize = 512;

impl Runs {
    /// Names a run. The process's own number keeps names of earlier demos out of browser caches.
    pub(crate) fn begin(&self, session: Session) -> String {
        let serial = self.serial.fetch_add(1, Ordering::Relaxed);
        let run = format!("{:x}-{serial}", std::process::id());
        let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        if begun.len() == MAX_RUNS {
            begun.pop_front();
        }
        begun.push_back((run.clone(), session));
        run
    }

    fn session(&self, run: &str) -> Option<Session> {
        let begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        begun.iter().find(|(name, _)| name == run).map(|(_, session)| *session)
    }
}
