//! The configuration of the filter, and of a route: the gateway's file, or as much of it as is about CORS.

use std::fmt::Write;
use std::sync::Arc;
use std::time::Instant;

use corsage_config::Loader;
use corsage_enforce::{News, Rules};

use crate::counters::Counters;
use crate::recent::Recent;

/// What a filter runs by.
#[derive(Debug)]
pub(crate) struct FilterConfig {
    pub(crate) rules: Arc<Rules>,
    pub(crate) counters: Counters,
    pub(crate) news: News,
    pub(crate) recent: Recent,
    started: Instant,
}

/// What holds on a route instead.
#[derive(Debug)]
pub(crate) struct RouteConfig {
    pub(crate) rules: Arc<Rules>,
}

/// A configuration that holds, and what is to be said of it all the same.
#[derive(Debug)]
pub(crate) struct Read {
    pub(crate) rules: Arc<Rules>,
    pub(crate) remarks: Vec<String>,
}

impl FilterConfig {
    pub(crate) fn new(rules: Arc<Rules>, counters: Counters) -> Self {
        Self {
            rules,
            counters,
            news: News::default(),
            recent: Recent::default(),
            started: Instant::now(),
        }
    }

    /// Milliseconds since this configuration came.
    pub(crate) fn now_ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

/// Reads a configuration: TOML, YAML or JSON, told apart by how it begins.
///
/// # Errors
/// Everything that is wrong with it, for people.
pub(crate) fn read(bytes: &[u8]) -> Result<Read, String> {
    let text = str::from_utf8(bytes)
        .map_err(|error| format!("byte {} is not UTF-8", error.valid_up_to()))?;
    let loader = Loader::new().text(text, name_for(text));
    let config = loader.load().map_err(|problems| problems.to_string())?;
    let remarks = config.remarks.iter().map(ToString::to_string).collect();
    match Rules::of(&config) {
        Some(rules) => Ok(Read { rules: Arc::new(rules), remarks }),
        None => {
            let mut fault = "there is no policy in it".to_owned();
            let _ = write!(fault, "; write, as JSON: {EXAMPLE}");
            Err(fault)
        }
    }
}

const EXAMPLE: &str = r#"{"policy": [{"allow_origins": ["https://app.example.com"]}]}"#;

/// The name that a configuration is read by. Its first line of substance tells: TOML has a table's header or a key
/// before `=`, YAML a key before `:`.
fn name_for(text: &str) -> &'static str {
    let lines = text.lines().map(str::trim);
    let first = lines.into_iter().find(|line| !line.is_empty() && !line.starts_with('#'));
    let first = first.unwrap_or_default();
    match (first.find('='), first.find(':')) {
        _ if first.starts_with('{') => "filter_config.json",
        _ if first.starts_with('[') || first.is_empty() => "filter_config.toml",
        (Some(equals), Some(colon)) if equals < colon => "filter_config.toml",
        (Some(_), None) => "filter_config.toml",
        _ => "filter_config.yaml",
    }
}
