//! Several programs in one text, each under a name of its own: the buckets and gateways of a template.

use crate::{Answered, Asked, Behind, Borders, NotRead, Program, Refused, Source, Why};

/// What was found in a text, each with its name there.
pub(crate) type Parts = Vec<(String, Box<dyn Program>)>;

/// The one program of a text; or all, each answering for the host that its name makes.
///
/// # Errors
/// There is none.
pub(crate) fn one_of(
    mut parts: Parts,
    source: &Source<'_>,
    what: &str,
) -> Result<Box<dyn Program>, NotRead> {
    match parts.len() {
        0 => {
            let all = 0..source.text.len();
            Err(NotRead::refused(Refused::new(all, what, Why::NotModelled)))
        }
        1 => Ok(parts.remove(0).1),
        _ => {
            let mut named: Parts = Vec::new();
            for (name, program) in parts {
                let host = host(&name);
                let is_known = |host: &str| named.iter().any(|(other, _)| other == host);
                let mut unique = host.clone();
                let mut count = 1;
                while is_known(&unique) {
                    count += 1;
                    unique = format!("{host}-{count}");
                }
                named.push((unique, program));
            }
            Ok(Box::new(Several { parts: named }))
        }
    }
}

/// A name as a host can have it.
fn host(name: &str) -> String {
    let kept = |char: char| {
        if char.is_ascii_alphanumeric() || char == '.' { char.to_ascii_lowercase() } else { '-' }
    };
    let host: String = name.chars().map(kept).collect();
    let host = host.trim_matches(['-', '.']);
    if host.is_empty() { "unnamed".to_owned() } else { host.to_owned() }
}

struct Several {
    parts: Parts,
}

impl Program for Several {
    fn answer(&self, asked: &Asked<'_>, behind: &dyn Behind) -> Answered {
        let part = self.parts.iter().find(|(host, _)| host.eq_ignore_ascii_case(asked.host));
        match part {
            Some((_, program)) => program.answer(asked, behind),
            None => Answered::by_itself(404),
        }
    }

    fn borders(&self) -> Borders {
        let mut borders = Borders::default();
        for (host, program) in &self.parts {
            let part = program.borders();
            borders.origins.extend(part.origins);
            borders.origin_lists.extend(part.origin_lists);
            borders.methods.extend(part.methods);
            borders.headers.extend(part.headers);
            borders.looks_at.extend(part.looks_at);
            borders.paths.extend(part.paths);
            borders.hosts.insert(host.clone());
        }
        borders
    }
}
