//! Variables: those that nginx does not know, and those that no model here fills.

use std::cell::Cell;

use super::directives;
use super::model::{Code, Condition, Location, Locations, Model};
use super::value::Value;
use crate::{NotRead, Refused, Rejected, Span, Why};

pub(super) fn variables(model: &Model) -> Result<(), NotRead> {
    let checker = Checker { model, reads_what_is_sent: Cell::new(false) };
    let mut unread = None;
    for map in model.maps.values() {
        checker.value(&map.source, &map.span)?;
        let wildcards = map.wildcards.iter().map(|(_, value)| value);
        let expressions = map.expressions.iter().map(|(_, value)| value);
        for value in
            map.exact.values().chain(map.default.iter()).chain(wildcards).chain(expressions)
        {
            checker.value(value, &map.span)?;
        }
    }
    for scope in &model.scopes {
        for header in scope.add_headers.iter().flatten() {
            match checker.value(&header.value, &header.span) {
                // Of headers that no browser asks CORS about it does not matter what is in them.
                Err(error @ NotRead::Refused(_)) if !header.is_of_cors() => unread = Some(error),
                checked => checked?,
            }
        }
        for (_, value) in scope.more.iter().flat_map(|more| &more.headers) {
            checker.value(value, &(0..0))?;
        }
        for page in scope.error_pages.iter().flatten() {
            checker.value(&page.target, &(0..0))?;
        }
    }
    for server in &model.servers {
        checker.codes(&server.codes)?;
        checker.locations(&server.locations)?;
        for location in server.named.values() {
            checker.location(location)?;
        }
    }
    unread.filter(|_| checker.reads_what_is_sent.get()).map_or(Ok(()), Err)
}

struct Checker<'m> {
    model: &'m Model,
    /// Whether a header that is sent decides about another one.
    reads_what_is_sent: Cell<bool>,
}

impl Checker<'_> {
    fn name(&self, name: &str, span: &Span) -> Result<(), NotRead> {
        if name.starts_with("sent_http_") {
            self.reads_what_is_sent.set(true);
        }
        if self.model.assigned.contains(name) || self.model.maps.contains_key(name) {
            return Ok(());
        }
        let what = format!("${name}");
        if !directives::is_known_variable(name) {
            return Err(NotRead::Rejected(Rejected {
                span: span.clone(),
                what: format!("unknown variable {what}"),
            }));
        }
        if !directives::is_modelled_variable(name) {
            return Err(NotRead::refused(Refused::new(span.clone(), what, Why::NotModelled)));
        }
        Ok(())
    }

    fn value(&self, value: &Value, span: &Span) -> Result<(), NotRead> {
        value.variables().try_for_each(|name| self.name(name, span))
    }

    fn locations(&self, locations: &Locations) -> Result<(), NotRead> {
        let mut all =
            locations.exact.iter().chain(&locations.prefixes).chain(&locations.expressions);
        all.try_for_each(|location| self.location(location))
    }

    fn location(&self, location: &Location) -> Result<(), NotRead> {
        self.codes(&location.codes)?;
        self.locations(&location.nested)
    }

    fn codes(&self, codes: &[Code]) -> Result<(), NotRead> {
        for code in codes {
            match code {
                Code::Set { value, .. } => self.value(value, &(0..0))?,
                Code::If { condition, codes, .. } => {
                    match condition {
                        Condition::Truthy(name) => self.name(name, &(0..0))?,
                        Condition::Equal { name, value, span, .. } => {
                            self.name(name, span)?;
                            self.value(value, span)?;
                        }
                        Condition::Matches { name, expression, .. } => {
                            self.name(name, &expression.span)?;
                        }
                    }
                    self.codes(codes)?;
                }
                Code::Return { text: Some(text), .. } => self.value(text, &(0..0))?,
                Code::Rewrite { replacement, expression, .. } => {
                    self.value(replacement, &expression.span)?;
                }
                Code::Return { text: None, .. } | Code::Break => {}
            }
        }
        Ok(())
    }
}
