//! The scenarios as the terminal performs them: through `corsage-client`, each judged at once.

use serde::Serialize;

use super::judge::{Judged, judge};
use super::perform::Performer;
use super::{Demo, browsers};
use crate::prediction::outcome::Outcome;
use crate::prediction::predict::Session;
use crate::prediction::scenario::Scenario;

/// A scenario that the client has performed.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Performed {
    /// The scenario.
    pub(crate) id: String,
    /// What came of it.
    #[serde(flatten)]
    pub(crate) judged: Judged,
}

impl Performed {
    /// How the last call was predicted to end, and how it ended.
    pub(crate) fn outcomes(&self) -> Option<(Outcome, Outcome)> {
        let last = self.judged.steps.last()?;
        Some((last.predicted.got.outcome, last.happened.outcome))
    }
}

/// Performs one scenario with a browser that nobody has used yet.
pub(crate) async fn perform(demo: &Demo, scenario: &Scenario) -> Result<Performed, String> {
    let profile = super::PROFILE;
    let run = demo.runs.begin(Session::default());
    let performer = Performer::new(profile, demo.places)?;
    let predictions = demo
        .predict(
            scenario.from,
            &scenario.steps,
            &run,
            profile,
            Session::default(),
            &demo.rules,
            demo.texts.language(),
        )
        .map_err(|failure| failure.to_string())?;
    let mut observations = Vec::new();
    for call in &scenario.steps {
        observations.push(performer.perform(scenario.from, call, &run, &demo.log).await?);
    }
    let wire = demo.log.of_run(&run);
    let profile = browsers::profile_name(profile);
    let judged = judge(profile, predictions, observations, &wire, &demo.texts);
    Ok(Performed { id: scenario.id.clone(), judged })
}
