//! How a server on the network is reached, and how gently it is asked.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use corsage_client::{Browser, HttpVersions, Reach};
use corsage_report::Outcome;
use url::Url;

use super::live::Live;

#[derive(clap::Args)]
pub(crate) struct Connection {
    /// How many requests to send at most to each URL
    #[arg(long, default_value_t = 500)]
    limit: usize,
    /// How long to wait between requests, in milliseconds
    #[arg(long, default_value_t = 20)]
    pause: u64,
    /// Send names elsewhere: `api.example.com=127.0.0.1:8080`
    #[arg(long, value_name = "RULE")]
    resolve: Vec<String>,
    /// Trust the certificates in this file too, in PEM
    #[arg(long, value_name = "FILE")]
    cacert: Option<PathBuf>,
    /// Connect to this machine and no other, whatever a name says
    #[arg(long)]
    loopback_only: bool,
}

impl Connection {
    /// The server at this URL, in these versions of HTTP.
    ///
    /// # Errors
    /// What is wrong with the arguments, or keeps the server from being asked at all.
    pub(crate) fn live(
        &self,
        url: &Url,
        versions: HttpVersions,
    ) -> Result<Live, (Outcome, String)> {
        let unusable = |error: &dyn std::fmt::Display| (Outcome::Unusable, error.to_string());
        let reach = if self.loopback_only { Reach::Loopback } else { Reach::Anywhere };
        let mut builder = Browser::builder().http_versions(versions).reach(reach);
        for rule in &self.resolve {
            builder = builder.resolve(rule).map_err(|error| unusable(&error))?;
        }
        if let Some(file) = &self.cacert {
            let told = |error: &dyn std::fmt::Display| {
                unusable(&format!("--cacert {}: {error}", file.display()))
            };
            let pem = fs::read(file).map_err(|error| told(&error))?;
            builder = builder.root_certificates(&pem).map_err(|error| told(&error))?;
        }
        let browser = builder.build().map_err(|error| unusable(&error))?;
        Live::new(url.clone(), browser, self.limit, Duration::from_millis(self.pause))
            .map_err(|error| (Outcome::Undecided, error))
    }
}
