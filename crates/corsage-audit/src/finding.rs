//! What was found, with what proves it.

use serde::{Deserialize, Serialize};

use super::class::Class;
use super::severity::{Severity, Who};
use super::wire::Sent;

/// One thing that is wrong, proved by a request and its answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Finding {
    /// What kind.
    pub class: Class,
    /// How bad.
    pub severity: Severity,
    /// An origin from which it can be done, where one is needed.
    pub witness_origin: Option<String>,
    /// Who can have that origin.
    pub who: Option<Who>,
    /// Whether the browser sends the user's cookies along.
    pub with_credentials: Option<bool>,
    /// Whether it needs a browser that sends cookies to other sites.
    pub needs_third_party_cookies: bool,
    /// What was seen, in a sentence.
    pub evidence: String,
    /// The request that shows it.
    pub reproduction: Option<Reproduction>,
}

/// A request that shows a finding.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Reproduction {
    /// The method.
    pub method: String,
    /// The address.
    pub url: String,
    /// The script's own headers; the browser adds the others.
    pub headers: Vec<(String, String)>,
    /// The path of the page, where the server reads it.
    pub page_path: Option<String>,
    /// The same as a command line, with cookies and tokens left out.
    pub curl: String,
    /// The lines of the answer that matter.
    pub answer: Vec<String>,
}

/// All that an audit of one target came to.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Findings {
    /// The target's address.
    pub target: String,
    /// The worst first.
    pub findings: Vec<Finding>,
    /// What others would flag, and why it is no finding.
    pub not_vulnerable: Vec<String>,
    /// Requests that were sent.
    pub requests: usize,
    /// Why it is not known, if it is not.
    pub undecided: Option<String>,
    /// Every request, in order.
    #[serde(skip)]
    pub sent: Vec<Sent>,
}

impl Findings {
    /// The worst severity.
    #[must_use]
    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.severity).max()
    }

    pub(crate) fn add(&mut self, finding: Finding) {
        let is_same = |it: &Finding| it.class == finding.class;
        match self.findings.iter_mut().find(|it| is_same(it)) {
            Some(before) if before.severity < finding.severity => *before = finding,
            Some(_) => {}
            None => self.findings.push(finding),
        }
    }

    pub(crate) fn has(&self, class: Class) -> bool {
        self.findings.iter().any(|finding| finding.class == class)
    }
}
