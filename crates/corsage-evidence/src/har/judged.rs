//! A recorded request with what became of it, in the credentials mode that fits the record.

use corsage::browser::{Code, CredentialsMode, Profile};
use corsage_diagnosis::account::{Verdict, judge as replayed};
use corsage_diagnosis::{Observation, RemarkKind};

use super::assemble::Recorded;
use super::creator::records_errors;
use super::outcome::{Outcome, outcome};
use crate::request::{Copied, Credentials};

/// A request that was judged.
#[derive(Clone, Debug)]
pub struct Judged {
    /// What became of it.
    pub outcome: Outcome,
    /// The request as the page made it.
    pub copied: Copied,
    /// What was asked and answered, for an account; `None` if there is nothing to tell.
    pub observation: Option<Observation>,
    /// For which browsers it is judged: of those asked about, the ones that ask so.
    pub profiles: Vec<Profile>,
    /// The same in the other credentials mode, where that comes to another verdict and the archive does not tell
    /// which one the page asked in.
    pub otherwise: Option<Box<Observation>>,
}

/// In the credentials mode that fits the record, where the record tells.
pub(super) fn in_either_mode(
    recorded: &Recorded<'_, '_>,
    mut copied: Copied,
    profiles: &[Profile],
    run: impl Fn(&Copied, CredentialsMode) -> Observation,
) -> Judged {
    let omit = run(&copied, CredentialsMode::SameOrigin);
    let include = run(&copied, CredentialsMode::Include);
    let (omitted, included) = (replayed(&omit, profiles), replayed(&include, profiles));
    let (without, with) = (omitted.0, included.0);
    let last = recorded.last();
    let failed = last.error().is_some();
    let succeeded = !failed && records_errors(recorded.archive);
    // A redirect that was followed has passed: what failed comes after it.
    let followed = include.exchanges.len() < recorded.chain.len();
    let proven = match (without, with) {
        (Verdict::Allowed, Verdict::Blocked) => failed && last.status().is_some(),
        (Verdict::Undecided, Verdict::Blocked) => failed && !followed,
        _ => false,
    };
    if proven {
        copied.credentials = Credentials::Known(CredentialsMode::Include);
        copied.remark(RemarkKind::CredentialsProven, &[]);
        return told(recorded, copied, profiles, include, included);
    }
    let differs = (without, with) == (Verdict::Allowed, Verdict::Blocked) && !succeeded;
    let mut judged = told(recorded, copied, profiles, omit, omitted);
    judged.otherwise = differs.then(|| Box::new(include));
    judged
}

/// The request with what became of it.
pub(super) fn judged(
    recorded: &Recorded<'_, '_>,
    copied: Copied,
    profiles: &[Profile],
    observation: Observation,
) -> Judged {
    let verdict = replayed(&observation, profiles);
    told(recorded, copied, profiles, observation, verdict)
}

/// The same with what its replay came to: a large archive has no time for a second one.
fn told(
    recorded: &Recorded<'_, '_>,
    copied: Copied,
    profiles: &[Profile],
    observation: Observation,
    verdict: (Verdict, Option<Code>),
) -> Judged {
    Judged {
        outcome: outcome(recorded, &observation, verdict),
        copied,
        observation: Some(observation),
        profiles: profiles.to_vec(),
        otherwise: None,
    }
}
