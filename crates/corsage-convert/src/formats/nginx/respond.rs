//! Headers on the way out: headers-more first, then `add_header`.

use super::answer::Run;
use super::model::{MoreHeaders, Switch};
use crate::{Answered, BehindResponse};

/// A response before headers are added.
pub(super) struct Response {
    pub(super) status: u16,
    from: Option<BehindResponse>,
}

impl Response {
    /// One that nginx makes itself.
    pub(super) fn own(status: u16) -> Self {
        Self { status, from: None }
    }

    /// One that is passed on.
    pub(super) fn passed(response: BehindResponse) -> Self {
        Self { status: response.status, from: Some(response) }
    }
}

/// Lines of the headers that are told of, in order.
type Lines = Vec<(String, String)>;

pub(super) fn respond(run: &mut Run<'_>, response: Response) -> Answered {
    let scope = run.scope();
    let mut lines: Lines = Vec::new();
    if let Some(from) = response.from {
        let hidden = |name: &str| {
            scope.hidden.as_ref().is_some_and(|hidden| hidden.contains(&name.to_ascii_lowercase()))
        };
        lines.extend(from.cors.into_iter().filter(|(name, _)| !hidden(name)));
        if !hidden("vary") {
            lines.extend(from.vary.into_iter().map(|value| ("Vary".to_owned(), value)));
        }
    }
    for more in &scope.more {
        if more.statuses.is_empty() || more.statuses.contains(&response.status) {
            apply_more(run, more, &mut lines);
        }
    }
    // As nginx has them: the statuses that are no errors.
    let plain = matches!(response.status, 200 | 201 | 204 | 206 | 301..=304 | 307 | 308);
    for header in scope.add_headers.iter().flatten() {
        if plain || header.always == Switch::On {
            run.lines.clone_from(&lines);
            let value = run.value(&header.value);
            if !value.is_empty() {
                lines.push((header.name.clone(), value));
            }
        }
    }
    let mut answered = Answered::by_itself(response.status);
    for (name, value) in lines {
        if name.eq_ignore_ascii_case("vary") {
            answered.vary.push(value);
        } else if name.get(..15).is_some_and(|start| start.eq_ignore_ascii_case("access-control-"))
        {
            answered.cors.push((name, value));
        }
    }
    answered
}

fn apply_more<'m>(run: &mut Run<'m>, more: &'m MoreHeaders, lines: &mut Lines) {
    for (name, value) in &more.headers {
        run.lines.clone_from(lines);
        let value = run.value(value);
        let named = |other: &str| match name.strip_suffix('*') {
            Some(start) => {
                other.get(..start.len()).is_some_and(|other| other.eq_ignore_ascii_case(start))
            }
            None => other.eq_ignore_ascii_case(name),
        };
        if value.is_empty() {
            lines.retain(|(other, _)| !named(other));
            continue;
        }
        let first = lines.iter().position(|(other, _)| named(other));
        match first {
            Some(first) if more.append == Switch::Off => {
                lines[first].1 = value;
                let mut at = 0;
                lines.retain(|(other, _)| {
                    at += 1;
                    at - 1 == first || !named(other)
                });
            }
            None if more.restrict == Switch::On => {}
            Some(_) | None => lines.push((name.clone(), value)),
        }
    }
}

/// A variable that nginx has of itself.
pub(super) fn built_in(run: &Run<'_>, name: &str) -> String {
    let query = |wanted: &str| {
        run.args
            .split('&')
            .find_map(|pair| {
                pair.split_once('=').filter(|(name, _)| name.eq_ignore_ascii_case(wanted))
            })
            .map(|(_, value)| value.to_owned())
    };
    let value = match name {
        "request_method" => Some(run.method.clone()),
        "uri" | "document_uri" => Some(run.path.clone()),
        "request_uri" => Some(run.asked.path.to_owned()),
        "args" | "query_string" => Some(run.args.clone()),
        "is_args" => (!run.args.is_empty()).then(|| "?".to_owned()),
        "scheme" => Some("http".to_owned()),
        "host" => {
            let host = run.asked.host;
            Some(host.rsplit_once(':').map_or(host, |(name, _)| name).to_ascii_lowercase())
        }
        _ => None,
    };
    let dashed = |name: &str| name.replace('_', "-");
    let line = |lines: &Lines, header: &str| {
        let found: Vec<&str> = lines
            .iter()
            .filter(|(other, _)| other.eq_ignore_ascii_case(header))
            .map(|(_, value)| value.as_str())
            .collect();
        found.first().map(|value| (*value).to_owned())
    };
    value
        .or_else(|| {
            let header = dashed(name.strip_prefix("http_")?);
            // Before 1.23 a repeated line is not joined: the first one counts.
            run.asked.first(&header).map(str::to_owned)
        })
        .or_else(|| query(name.strip_prefix("arg_")?))
        .or_else(|| {
            let wanted = name.strip_prefix("cookie_")?;
            let cookies = run.asked.first("cookie")?;
            cookies
                .split(';')
                .find_map(|cookie| {
                    cookie.trim().split_once('=').filter(|(name, _)| *name == wanted)
                })
                .map(|(_, value)| value.to_owned())
        })
        .or_else(|| line(&run.lines, &dashed(name.strip_prefix("sent_http_")?)))
        .or_else(|| {
            let header = dashed(name.strip_prefix("upstream_http_")?);
            let upstream = run.upstream.as_ref()?;
            if header == "vary" {
                upstream.vary.first().cloned()
            } else {
                line(&upstream.cors, &header)
            }
        })
        .unwrap_or_default()
}
