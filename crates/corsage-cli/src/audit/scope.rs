//! Only what one owns is audited. This machine is free.

use std::net::IpAddr;

use super::targets::Named;
use super::{Args, host};

/// Whether every target may be asked.
pub(super) fn allows(args: &Args, named: &[Named]) -> Result<(), String> {
    let scope: Option<Vec<String>> = match &args.scope {
        Some(file) => {
            let text = std::fs::read_to_string(file)
                .map_err(|error| format!("{}: {error}", file.display()))?;
            let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
            Some(lines.filter(|line| !line.is_empty()).map(str::to_ascii_lowercase).collect())
        }
        None => None,
    };
    for one in named {
        let host = host(&one.target);
        let allowed = match &scope {
            Some(scope) => is_in(&host, scope),
            None => args.i_own_this || is_this_machine(&host),
        };
        if !allowed {
            let why = match scope {
                Some(_) => "the scope does not name it",
                None => "say --i-own-this, or name it in a --scope file",
            };
            return Err(format!("{host} is audited with its owner's leave only; {why}"));
        }
    }
    Ok(())
}

fn is_in(host: &str, scope: &[String]) -> bool {
    scope.iter().any(|pattern| match pattern.strip_prefix("*.") {
        Some(domain) => host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.')),
        None => pattern == host,
    })
}

fn is_this_machine(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || host.ends_with(".localhost")
        || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}
