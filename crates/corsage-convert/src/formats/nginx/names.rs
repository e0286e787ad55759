//! `server_name` and `listen`: which server takes a request.

use super::build::{Builder, Built};
use super::model::{Default, Server, ServerName};
use super::parse::{Directive, refused};
use crate::Why;
use crate::regexes::Case;

pub(super) fn names(
    builder: &mut Builder,
    block: &[Directive],
) -> Built<(Vec<ServerName>, Default)> {
    let mut names = Vec::new();
    let mut default = Default::No;
    for directive in block {
        match directive.name.text.as_str() {
            "server_name" => {
                for word in &directive.args {
                    let text = word.text.to_ascii_lowercase();
                    let name = if let Some(expression) = word.text.strip_prefix('~') {
                        // What a group of it holds is a variable of every request.
                        if ["(?<", "(?P<", "(?'"].iter().any(|group| expression.contains(group)) {
                            return Err(refused(word.span.clone(), &word.text, Why::NotModelled));
                        }
                        ServerName::Regex(builder.expression(expression, word, Case::Sensitive)?)
                    } else if let Some(domain) = text.strip_prefix("*.") {
                        ServerName::Head(domain.to_owned())
                    } else if let Some(domain) = text.strip_prefix('.') {
                        names.push(ServerName::Exact(domain.to_owned()));
                        ServerName::Head(domain.to_owned())
                    } else if let Some(domain) = text.strip_suffix(".*") {
                        ServerName::Tail(domain.to_owned())
                    } else {
                        ServerName::Exact(text)
                    };
                    names.push(name);
                }
            }
            "listen"
                if directive
                    .args
                    .iter()
                    .any(|word| matches!(word.text.as_str(), "default_server" | "default")) =>
            {
                default = Default::Yes;
            }
            _ => {}
        }
    }
    Ok((names, default))
}

/// The server that takes requests to a host: exact names, then the longest wildcard, then expressions in
/// order, then the default one, then the first.
pub(super) fn choose<'m>(servers: &'m [Server], host: &str) -> Option<&'m Server> {
    let host = host
        .rsplit_once(':')
        .map_or(host, |(name, _)| name)
        .trim_end_matches('.')
        .to_ascii_lowercase();
    let best = |weigh: &dyn Fn(&ServerName) -> Option<usize>| {
        let mut best: Option<(usize, &'m Server)> = None;
        for server in servers {
            for weight in server.names.iter().filter_map(weigh) {
                if best.is_none_or(|(most, _)| weight > most) {
                    best = Some((weight, server));
                }
            }
        }
        best.map(|(_, server)| server)
    };
    let is_exact = |name: &ServerName| matches!(name, ServerName::Exact(exact) if *exact == host);
    servers
        .iter()
        .find(|server| server.names.iter().any(is_exact))
        .or_else(|| {
            best(&|name| match name {
                ServerName::Head(domain) => host
                    .strip_suffix(domain.as_str())
                    .filter(|before| before.ends_with('.'))
                    .map(|_| domain.len()),
                _ => None,
            })
        })
        .or_else(|| {
            best(&|name| match name {
                ServerName::Tail(domain) => host
                    .strip_prefix(domain.as_str())
                    .filter(|after| after.starts_with('.'))
                    .map(|_| domain.len()),
                _ => None,
            })
        })
        .or_else(|| {
            best(&|name| match name {
                ServerName::Regex(expression) => expression.matcher.is_match(&host).then_some(0),
                _ => None,
            })
        })
        .or_else(|| servers.iter().find(|server| server.default == Default::Yes))
        .or_else(|| servers.first())
}
