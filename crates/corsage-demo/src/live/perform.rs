//! A call in the terminal: performed by `corsage-client`, on the real wire.

use corsage::browser::Profile;
use corsage_client::{Browser, FetchError};

use super::wire_log::WireLog;
use crate::prediction::calls;
use crate::prediction::outcome::{Got, Observation, Outcome};
use crate::prediction::places::Places;
use crate::prediction::predict::{combined, outcome_of, type_name};
use crate::prediction::scenario::{Call, Page};

/// A browser that nobody has used yet, on the demo's pages.
pub(crate) struct Performer {
    browser: Browser,
    places: Places,
}

impl Performer {
    /// Starts a browser of that kind.
    ///
    /// # Errors
    /// Told: why there is none.
    pub(crate) fn new(profile: Profile, places: Places) -> Result<Self, String> {
        let browser = Browser::builder().profile(profile).build();
        Ok(Self { browser: browser.map_err(|error| error.to_string())?, places })
    }

    /// Performs one call, and sees how far the wire log has come then.
    ///
    /// # Errors
    /// What cannot be a call at all.
    pub(crate) async fn perform(
        &self,
        from: Page,
        call: &Call,
        run: &str,
        log: &WireLog,
    ) -> Result<Observation, String> {
        let page = self.browser.page_of(calls::client(from, &self.places)?);
        let got = match page.fetch(calls::init(call, &self.places, run)?).await {
            Ok(mut response) => {
                let body = response.text().await.map_err(|error| error.to_string())?;
                Got {
                    outcome: outcome_of(response.response_type()),
                    response_type: Some(type_name(response.response_type()).to_owned()),
                    status: Some(response.status()),
                    redirected: Some(response.redirected()),
                    headers: combined(response.headers()),
                    body: Some(body),
                    error: None,
                }
            }
            Err(error) => {
                let outcome = match error {
                    FetchError::Refused(_) => Outcome::Thrown,
                    _ => Outcome::Blocked,
                };
                Got { error: Some(error.to_string()), ..Got::nothing(outcome) }
            }
        };
        Ok(Observation { got, seen: log.of_run(run).len() })
    }
}
