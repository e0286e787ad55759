//! A policy's constant header lines, in the types of actix-web.

use actix_web::http::header::{HeaderName, HeaderValue};
use corsage::server::Policy;

/// Converted once for each worker and policy: actix-web's header types are those of `http` 0.2.
#[derive(Debug)]
pub(crate) struct Constants {
    pub(crate) policy: Policy,
    lines: Vec<Line>,
}

#[derive(Debug)]
struct Line {
    /// Where the core keeps the value. `policy` keeps it there.
    place: *const u8,
    name: http::HeaderName,
    converted_name: HeaderName,
    converted_value: HeaderValue,
}

impl Constants {
    pub(crate) fn of(policy: Policy) -> Self {
        let lines = policy
            .constant_headers()
            .filter_map(|(name, value)| {
                Some(Line {
                    place: value.as_bytes().as_ptr(),
                    name: name.clone(),
                    converted_name: convert_name(name)?,
                    converted_value: HeaderValue::from_bytes(value.as_bytes()).ok()?,
                })
            })
            .collect();
        Self { policy, lines }
    }

    pub(crate) fn name(&self, name: &http::HeaderName) -> Option<HeaderName> {
        match self.lines.iter().find(|line| line.name == name) {
            Some(line) => Some(line.converted_name.clone()),
            None => convert_name(name),
        }
    }

    pub(crate) fn line(
        &self,
        name: &http::HeaderName,
        value: &http::HeaderValue,
    ) -> Option<(HeaderName, HeaderValue)> {
        let place = value.as_bytes().as_ptr();
        match self.lines.iter().find(|line| line.place == place && line.name == name) {
            Some(line) if line.converted_value.len() == value.len() => {
                Some((line.converted_name.clone(), line.converted_value.clone()))
            }
            _ => Some((self.name(name)?, HeaderValue::from_bytes(value.as_bytes()).ok()?)),
        }
    }
}

fn convert_name(name: &http::HeaderName) -> Option<HeaderName> {
    HeaderName::from_bytes(name.as_str().as_bytes()).ok()
}
