//! lighttpd's configuration: conditions, and the headers that mod_setenv sets.
//!
//! Of several conditions that hold, the last one that has a list gives it whole. Groups of an expression are not
//! put into values: `%0` is sent as it stands.

mod borders;
mod build;
mod parse;

use build::{Field, Lighttpd, Operator, Settings, Test};

use crate::{Answered, Asked, Behind, BehindResponse, Borders, NotRead, Program, Source};

/// Reads lighttpd's configuration.
///
/// # Errors
/// A directive that has no model here, or that lighttpd itself refuses.
pub(crate) fn read(source: &Source<'_>) -> Result<Box<dyn Program>, NotRead> {
    let statements = parse::parse(source.text)?;
    build::build(&statements, source.text.len())
        .map(|lighttpd| Box::new(lighttpd) as Box<dyn Program>)
}

impl Program for Lighttpd {
    fn answer(&self, asked: &Asked<'_>, behind: &dyn Behind) -> Answered {
        let mut settings = Settings::default();
        self.collect(asked, &mut settings);
        let path = asked.path_only();
        if settings.deny.iter().flatten().any(|end| path.ends_with(end.as_str())) {
            return Answered::by_itself(403);
        }
        let (reached, response) = behind.answer(asked).upstream();
        let response = response.unwrap_or_else(|| BehindResponse::plain(500));
        let mut lines = response.cors;
        lines.extend(response.vary.into_iter().map(|value| ("Vary".to_owned(), value)));
        for (name, value) in settings.add.iter().flatten().filter(|(_, value)| !value.is_empty()) {
            // Next to the line of the same name, where there is one.
            let last = lines.iter().rposition(|(other, _)| other.eq_ignore_ascii_case(name));
            let place = last.map_or(lines.len(), |place| place + 1);
            lines.insert(place, (name.clone(), value.clone()));
        }
        for (name, value) in settings.set.iter().flatten() {
            let first = lines.iter().position(|(other, _)| other.eq_ignore_ascii_case(name));
            lines.retain(|(other, _)| !other.eq_ignore_ascii_case(name));
            if !value.is_empty() {
                let place = first.unwrap_or(lines.len()).min(lines.len());
                lines.insert(place, (name.clone(), value.clone()));
            }
        }
        let mut answered = Answered { status: response.status, reached, ..Answered::default() };
        for (name, value) in lines {
            if name.eq_ignore_ascii_case("vary") {
                answered.vary.push(value);
            } else if name
                .get(..15)
                .is_some_and(|start| start.eq_ignore_ascii_case("access-control-"))
            {
                answered.cors.push((name, value));
            }
        }
        answered
    }

    fn borders(&self) -> Borders {
        borders::borders(self)
    }
}

impl Test {
    fn holds(&self, asked: &Asked<'_>) -> bool {
        let value = match &self.field {
            Field::Header(name) => asked.joined(name, ", ").unwrap_or_default(),
            Field::Method => asked.method.to_owned(),
            Field::Path => asked.path_only().to_owned(),
            Field::Query => asked.path.split_once('?').map_or("", |(_, query)| query).to_owned(),
            Field::Host => asked.host.to_owned(),
            Field::Scheme => "http".to_owned(),
        };
        match &self.operator {
            Operator::Is(text) => value == *text,
            Operator::IsNot(text) => value != *text,
            Operator::Begins(text) => value.starts_with(text.as_str()),
            Operator::Ends(text) => value.ends_with(text.as_str()),
            Operator::Matches(matcher) => matcher.is_match(&value),
            Operator::Differs(matcher) => !matcher.is_match(&value),
        }
    }
}
