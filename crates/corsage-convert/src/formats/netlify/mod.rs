//! Netlify's custom headers: `[[headers]]` of `netlify.toml`, or a `_headers` file, as its own package
//! `@netlify/headers` applies them.
//!
//! Rules are not merged by how well they fit: of two that set the same header the later one stands.

mod read;

use crate::formats::cloud::borders_of;
use crate::regexes::Matcher;
use crate::{Answered, Asked, Behind, Borders, NotRead, Program, Source, Span};

/// Reads `netlify.toml` or `_headers`.
///
/// # Errors
/// What is not understood.
pub(crate) fn read(source: &Source<'_>) -> Result<Box<dyn Program>, NotRead> {
    Ok(Box::new(Site { rules: read::rules(source)? }))
}

/// One rule.
struct Rule {
    path: String,
    matcher: Matcher,
    /// Names as written, each once.
    headers: Vec<(String, String)>,
    span: Span,
}

struct Site {
    rules: Vec<Rule>,
}

impl Program for Site {
    fn answer(&self, asked: &Asked<'_>, behind: &dyn Behind) -> Answered {
        let (reached, response) = behind.answer(asked).upstream();
        let mut answered = match response {
            Some(response) => Answered {
                status: response.status,
                reached,
                vary: response.vary,
                cors: response.cors,
            },
            None => Answered { reached, ..Answered::by_itself(502) },
        };
        // Names of different case are different ones until they are set.
        let mut lines: Vec<(&str, &str)> = Vec::new();
        for rule in self.rules.iter().filter(|rule| rule.matcher.is_match(asked.path_only())) {
            for (name, value) in &rule.headers {
                match lines.iter_mut().find(|(other, _)| other == name) {
                    Some(line) => line.1 = value,
                    None => lines.push((name, value)),
                }
            }
        }
        for (name, value) in lines {
            if name.eq_ignore_ascii_case("vary") {
                answered.vary = vec![value.to_owned()];
            } else if name.to_ascii_lowercase().starts_with("access-control-") {
                answered.remove(name);
                answered.add(name, value);
            }
        }
        answered
    }

    fn borders(&self) -> Borders {
        let mut borders = Borders { paths: ["/".to_owned()].into(), ..Borders::default() };
        for rule in &self.rules {
            borders.paths.insert(rule.path.replace(['*', ':'], "x"));
            for (name, value) in &rule.headers {
                borders_of(name, value, &rule.span, &mut borders);
            }
        }
        borders
    }
}
