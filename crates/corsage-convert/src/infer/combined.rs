//! The combined form of access logs, which nginx and Apache share.
//!
//! It has no Origin. Browsers send a page's bare origin as `Referer` to other sites, and its whole address to its own, unless
//! a page says otherwise: so whoever was seen with a path is taken for the site itself, and not granted anything.

use std::collections::{BTreeMap, BTreeSet};

use super::{InferError, Read, Seen};
use crate::origins::is_origin;

/// What such a log never says.
const UNKNOWN: &str = "this log has no Origin: pages are told by Referer, and neither their headers nor their credentials are known";

/// One line.
struct Line<'t> {
    host: &'t str,
    method: &'t str,
    path: &'t str,
    /// The page's origin, and whether more than that was said.
    page: Option<(String, bool)>,
    /// The header itself, where the log was given it in a field of its own.
    origin: Option<&'t str>,
}

pub(super) fn read(text: &str) -> Result<Read, InferError> {
    let lines: Vec<Line<'_>> = text.lines().filter_map(line).collect();
    if lines.is_empty() {
        return Err(InferError::NotUnderstood);
    }
    let has_origins = lines.iter().any(|line| line.origin.is_some());
    let mut with_path = BTreeSet::new();
    for line in &lines {
        if let Some((origin, true)) = &line.page {
            with_path.insert(origin.clone());
        }
    }
    let mut seen = Vec::new();
    let mut refused = BTreeMap::new();
    for line in &lines {
        let origin = match (&line.page, line.origin) {
            (_, Some(origin)) => origin.to_owned(),
            (Some((origin, _)), None) if !has_origins => {
                if with_path.contains(origin) {
                    refused.insert(origin.clone(), ());
                    continue;
                }
                origin.clone()
            }
            _ => continue,
        };
        seen.push(Seen {
            origin,
            method: line.method.to_owned(),
            host: line.host.to_owned(),
            path: line.path.to_owned(),
            ..Seen::default()
        });
    }
    let refused = refused
        .into_keys()
        .map(|origin| format!("{origin}: its Referer has paths, as a site's own pages send them"))
        .collect();
    Ok(Read { seen, refused, unknown: (!has_origins).then_some(UNKNOWN) })
}

/// `client - user [time] "METHOD path HTTP/1.1" status bytes "referer" "agent"`, with a host before it or fields after it.
fn line(text: &str) -> Option<Line<'_>> {
    let (before, rest) = text.split_once('[')?;
    let (_, rest) = rest.split_once(']')?;
    let fields = quoted(rest);
    let [request, referer, _, further @ ..] = fields.as_slice() else { return None };
    let mut words = request.split(' ');
    let (method, target) = (words.next()?, words.next()?);
    words.next().filter(|version| version.starts_with("HTTP/"))?;
    let names: Vec<&str> = before.split_whitespace().collect();
    let host = match names.as_slice() {
        [host, _, _, _] => host.trim_end_matches(":443").trim_end_matches(":80"),
        _ => "",
    };
    let page = referer.split_once("://").map(|(scheme, rest)| {
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        (format!("{scheme}://{authority}"), !path.is_empty())
    });
    Some(Line {
        host,
        method,
        path: target.split('?').next().unwrap_or(target),
        page: page
            .filter(|(origin, _)| is_origin(origin) && !origin.ends_with(&format!("://{host}"))),
        origin: further.iter().copied().find(|field| is_origin(field)),
    })
}

/// What stands between quotation marks; a backslash hides one.
fn quoted(text: &str) -> Vec<&str> {
    let mut fields = Vec::new();
    let mut start = None;
    let mut is_hidden = false;
    for (at, byte) in text.bytes().enumerate() {
        match (byte, start) {
            _ if is_hidden => is_hidden = false,
            (b'\\', _) => is_hidden = true,
            (b'"', None) => start = Some(at + 1),
            (b'"', Some(from)) => {
                fields.push(&text[from..at]);
                start = None;
            }
            _ => {}
        }
    }
    fields
}
