//! A call in the terminal: performed by `corsage-client`, on the real wire.

use std::time::Duration;

use corsage::browser::load::{Content, Document, Load, LoadStep, load};
use corsage::browser::{Client, Profile};
use corsage_client::{Browser, FetchError};

use super::wire_log::WireLog;
use crate::prediction::outcome::{Got, Observation, Outcome};
use crate::prediction::places::Places;
use crate::prediction::predict::{combined, outcome_of, type_name};
use crate::prediction::scenario::{Call, Page};
use crate::prediction::{calls, loads};

/// A browser that nobody has used yet, on the demo's pages.
pub(crate) struct Performer {
    browser: Browser,
    profile: Profile,
    places: Places,
}

impl Performer {
    /// Starts a browser of that kind.
    ///
    /// # Errors
    /// Told: why there is none.
    pub(crate) fn new(profile: Profile, places: Places) -> Result<Self, String> {
        let browser = Browser::builder().profile(profile).build();
        Ok(Self { browser: browser.map_err(|error| error.to_string())?, profile, places })
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
        if let Some(asked) = calls::load(call, &self.places, run)? {
            let got = self.load(asked, &calls::client(from, &self.places)?).await?;
            return Ok(Observation { got, seen: log.of_run(run).len() });
        }
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

    /// Steps a load over the network.
    async fn load(&self, asked: Load, client: &Client) -> Result<Got, String> {
        let (mut document, now) = (Document::new(), Duration::ZERO);
        let mut step = load(asked, client, self.profile, &mut document, now)
            .map_err(|error| error.to_string())?;
        loop {
            let pending = match step {
                LoadStep::Finish(loaded) => return Ok(loads::got(&loaded)),
                LoadStep::Request(pending) => pending,
            };
            let (answer, content) = match self.browser.send_with_body(pending.wire()).await {
                Ok((head, mut body)) => {
                    let beginning = body.chunk().await.map_err(|error| error.to_string())?;
                    let content = loads::content(&head, &beginning.unwrap_or_default());
                    (Ok(head), content)
                }
                Err(error) => (Err(error.failure), Content::default()),
            };
            step = pending.receive(answer, &content, &mut document, now);
        }
    }
}
