//! A `_headers` file of Cloudflare Pages, as `wrangler pages dev` serves by it.

mod parse;

use self::parse::Rule;
use crate::{Answered, Asked, Behind, BehindAnswer, Borders, NotRead, Program, Source};

const ORIGIN: &str = "Access-Control-Allow-Origin";

/// Reads a `_headers` file. Lines that are no rules are passed by, as they are there.
///
/// # Errors
/// What is not understood.
pub fn read(source: &Source<'_>) -> Result<Box<dyn Program>, NotRead> {
    Ok(Box::new(Site { rules: parse::rules(source.text)? }))
}

struct Site {
    rules: Vec<Rule>,
}

impl Program for Site {
    fn answer(&self, asked: &Asked<'_>, behind: &dyn Behind) -> Answered {
        let (status, reached) = if matches!(asked.method, "GET" | "HEAD") {
            match behind.answer(asked) {
                BehindAnswer::Responds(response) => (response.status, true),
                BehindAnswer::Drops | BehindAnswer::Raises => (500, true),
                BehindAnswer::NoRoute | BehindAnswer::NoMethod { .. } => (404, false),
            }
        } else {
            (405, false)
        };
        // Every file is open to everyone, unless a rule says otherwise.
        let mut lines: Vec<(String, String)> = vec![(ORIGIN.to_ascii_lowercase(), "*".to_owned())];
        let mut keeps_name = true;
        let mut set: Vec<String> = Vec::new();
        for rule in &self.rules {
            let Some(captured) = rule.captures(asked) else { continue };
            for name in &rule.unset {
                keeps_name &= !name.eq_ignore_ascii_case(ORIGIN);
                lines.retain(|(other, _)| other != name);
            }
            for (name, value) in &rule.set {
                let value = rule.filled(value, &captured);
                match lines.iter_mut().find(|(other, _)| other == name) {
                    Some((_, old)) if set.contains(name) => {
                        old.push_str(", ");
                        old.push_str(&value);
                    }
                    Some((_, old)) => *old = value,
                    None => lines.push((name.clone(), value)),
                }
                set.push(name.clone());
            }
        }
        lines.sort();
        let mut answered = Answered { reached, ..Answered::by_itself(status) };
        for (name, value) in lines {
            if name == "vary" {
                answered.vary.push(value);
            } else if name.eq_ignore_ascii_case(ORIGIN) && keeps_name {
                // It was there before the others, under its own name.
                answered.cors.insert(0, (ORIGIN.to_owned(), value));
            } else if name.starts_with("access-control-") {
                answered.add(name, value);
            }
        }
        answered
    }

    fn borders(&self) -> Borders {
        let mut borders = Borders { paths: ["/".to_owned()].into(), ..Borders::default() };
        for rule in &self.rules {
            borders.paths.insert(rule.path.replace(['*', ':'], "x"));
            borders.hosts.extend(rule.host.clone());
        }
        borders
    }
}
