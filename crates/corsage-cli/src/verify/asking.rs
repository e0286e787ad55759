//! What is asked of a policy and a server alike, and what is wrong where they answer differently.

use std::cell::RefCell;
use std::collections::BTreeSet;

use corsage::browser::Profile;
use corsage_convert::compare::{PageRequest, PageResult, Questions, Saw, Scene, page_in};
use corsage_convert::neutral::{Names, RoutedPolicy, VaryOnOrigin};
use corsage_convert::{Answered, Asked, Behind, Borders, Program};
use url::Url;

use super::origins;
use crate::foreign::{Sent, sent};

/// One thing that was looked at, and what was wrong with it.
pub(super) struct Looked {
    /// Whose page asked, where one did.
    pub(super) origin: String,
    pub(super) name: String,
    pub(super) code: &'static str,
    pub(super) fault: Option<String>,
}

/// The browsers that what comes back is judged as.
const BROWSERS: [Profile; 3] = [Profile::Chromium, Profile::Firefox, Profile::Webkit];

pub(super) struct Asking<'a> {
    pub(super) policy: &'a dyn Program,
    pub(super) borders: &'a Borders,
    pub(super) questions: &'a Questions,
    pub(super) neutral: &'a [RoutedPolicy],
    pub(super) url: &'a Url,
    pub(super) host: &'a str,
    pub(super) error_path: Option<&'a str>,
    pub(super) not_allowed_path: Option<&'a str>,
}

impl Asking<'_> {
    /// Everything that is looked at, in order.
    pub(super) fn look(&self, server: &dyn Program) -> Vec<Looked> {
        let mut looked = Vec::new();
        let path = self.path();
        let exposed = self.exposed();
        let exposed: Vec<&str> = exposed.iter().map(String::as_str).collect();
        let mut asked = BTreeSet::new();
        for cell in &self.questions.cells.cells {
            let origin = cell.witness.origin.as_str();
            asked.insert(origin.to_owned());
            self.origin(server, origin, &self.requests(), &exposed, &mut looked);
            self.vary(server, origin, &path, &mut looked);
            self.errors(server, origin, &mut looked);
        }
        // What is listed beside a witness, and what is near: who may read, and who is let send.
        let methods = self.requests();
        let few: Vec<(&str, Option<&str>)> = ["GET", "PUT"]
            .into_iter()
            .map(|method| (method, None))
            .filter(|request| methods.contains(request))
            .collect();
        for origin in origins::beside(self.borders) {
            if asked.insert(origin.clone()) {
                self.origin(server, &origin, &few, &exposed, &mut looked);
            }
        }
        looked
    }

    pub(super) fn path(&self) -> String {
        match self.url.query() {
            Some(query) => format!("{}?{query}", self.url.path()),
            None => self.url.path().to_owned(),
        }
    }

    fn exposed(&self) -> BTreeSet<String> {
        let mut names = BTreeSet::from(["x-corsage-exposed".to_owned()]);
        for rule in self.neutral.iter().flat_map(|policy| &policy.rules) {
            if let Names::Listed(listed) = &rule.expose {
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

    /// One origin's pages with these requests.
    fn origin(
        &self,
        server: &dyn Program,
        origin: &str,
        requests: &[(&str, Option<&str>)],
        exposed: &[&str],
        looked: &mut Vec<Looked>,
    ) {
        let path = self.path();
        for with_credentials in [false, true] {
            for &(method, header) in requests {
                let request = PageRequest {
                    origin,
                    host: self.host,
                    path: &path,
                    method,
                    header,
                    with_credentials,
                };
                looked.extend(self.one(server, &request, exposed));
            }
        }
    }

    /// One request, judged as each browser judges it; the first that sees a difference tells of it.
    fn one(
        &self,
        server: &dyn Program,
        request: &PageRequest<'_>,
        exposed: &[&str],
    ) -> Option<Looked> {
        let credentials = if request.with_credentials { " with credentials" } else { "" };
        let header = request.header.map_or_else(String::new, |name| format!(" with {name}"));
        let name =
            format!("{} {} {}{header}{credentials}", request.origin, request.method, request.path);
        let mut first = None;
        for browser in BROWSERS {
            let (Some(wanted), Some(found)) = (
                page_in(browser, self.policy, &Scene::Works, request, exposed),
                page_in(browser, server, &Scene::Works, request, exposed),
            ) else {
                continue;
            };
            let (code, fault) = judged(&wanted, &found);
            let fault = fault.map(|fault| format!("{fault} [{}]", browser.as_str()));
            let is_fault = fault.is_some();
            first =
                Some(Looked { origin: request.origin.to_owned(), name: name.clone(), code, fault });
            if is_fault {
                break;
            }
        }
        first
    }

    /// Where the answer depends on the origin, every variant has to say so to caches.
    fn vary(&self, server: &dyn Program, origin: &str, path: &str, looked: &mut Vec<Looked>) {
        let wants_vary = self
            .neutral
            .iter()
            .flat_map(|policy| &policy.rules)
            .any(|rule| rule.vary != VaryOnOrigin::Never);
        if !wants_vary {
            return;
        }
        let preflight = ("Access-Control-Request-Method".to_owned(), "PUT".to_owned());
        let with_origin = ("Origin".to_owned(), origin.to_owned());
        let variants = [
            ("GET", "with an origin", vec![with_origin.clone()]),
            ("GET", "without an origin", Vec::new()),
            ("OPTIONS", "preflight", vec![with_origin, preflight]),
        ];
        for (method, variant, headers) in variants {
            let asked = Asked { method, path, host: self.host, headers: &headers };
            if !names_origin(&self.policy.answer(&asked, &Scene::Works)) {
                continue;
            }
            let fault = (!names_origin(&server.answer(&asked, &Scene::Works)))
                .then(|| "Vary does not name Origin: a cache mixes answers up".to_owned());
            looked.push(Looked {
                origin: origin.to_owned(),
                name: format!("{origin} {method} {path}, {variant}"),
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
        for path in [self.error_path, self.not_allowed_path].into_iter().flatten() {
            paths.push((path.to_owned(), Scene::Fails));
        }
        for (path, scene) in paths {
            let request = PageRequest {
                origin,
                host: self.host,
                path: &path,
                method: "GET",
                header: None,
                with_credentials: false,
            };
            let on = |program| page_in(Profile::Standard, program, &scene, &request, &[]);
            let (Some(wanted), Some(found)) = (on(self.policy), on(server)) else {
                continue;
            };
            let fault = (reads(&wanted) != reads(&found)).then(|| {
                let what = if reads(&found) { "can" } else { "cannot" };
                format!("pages {what} read this error, against the policy")
            });
            looked.push(Looked {
                origin: origin.to_owned(),
                name: format!("{origin} GET {path}"),
                code: "errors",
                fault,
            });
        }
    }
}

fn names_origin(answered: &Answered) -> bool {
    answered.vary.iter().flat_map(|line| line.split(',')).any(|name| {
        let name = name.trim();
        name == "*" || name.eq_ignore_ascii_case("origin")
    })
}

// Whether something ran is not seen from here.
fn reads(result: &PageResult) -> bool {
    result.saw == Saw::Response
}

/// What is wrong where a page gets something else than the policy says, with its code.
fn judged(wanted: &PageResult, found: &PageResult) -> (&'static str, Option<String>) {
    if reads(wanted) != reads(found) {
        return access(wanted, found);
    }
    if !reads(wanted) {
        return ("access", None);
    }
    if wanted.exposed != found.exposed {
        let fault = format!("pages see {:?}, and not {:?}", found.exposed, wanted.exposed);
        return ("exposed", Some(fault));
    }
    if wanted.remembered != found.remembered {
        let told = |seconds: Option<u64>| {
            seconds.map_or_else(|| "no".to_owned(), |seconds| seconds.to_string())
        };
        let fault = format!(
            "a preflight is remembered for {} seconds, and not for {}",
            told(found.remembered),
            told(wanted.remembered)
        );
        return ("max-age", Some(fault));
    }
    ("access", None)
}

fn access(wanted: &PageResult, found: &PageResult) -> (&'static str, Option<String>) {
    if reads(found) {
        let because = wanted.refused.as_deref().unwrap_or("granted");
        return ("access", Some(format!("the server grants what the policy refuses ({because})")));
    }
    let because = found.refused.as_deref().unwrap_or("granted");
    // Two values: the policy's owner and another one both answer.
    if because.contains("multiple") {
        let fault = format!("two owners: somebody else sends CORS headers too ({because})");
        return ("two-owners", Some(fault));
    }
    let is_preflighted = wanted.remembered.is_some() && found.saw == Saw::NothingButRan;
    if is_preflighted {
        let fault = format!("the preflight grants what the response then refuses ({because})");
        return ("preflight-against-actual", Some(fault));
    }
    ("access", Some(format!("the server refuses what the policy grants ({because})")))
}

/// Writes down what would be sent, and answers as the policy does.
pub(super) struct Recorder<'p> {
    policy: &'p dyn Program,
    sent: RefCell<BTreeSet<Sent>>,
}

impl<'p> Recorder<'p> {
    pub(super) fn new(policy: &'p dyn Program) -> Self {
        Self { policy, sent: RefCell::default() }
    }

    pub(super) fn sent(self) -> BTreeSet<Sent> {
        self.sent.into_inner()
    }
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
