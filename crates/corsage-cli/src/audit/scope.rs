//! Only what one owns is audited. This machine is free.

use std::net::IpAddr;

use corsage_audit::Target;

use super::{Args, host};

/// What may be asked.
#[derive(Debug)]
pub(super) enum Scope {
    /// These names, and what is below `*.`.
    Names(Vec<String>),
    /// Everything that is named: its owner asks.
    Everything,
    /// This machine.
    ThisMachine,
}

impl Scope {
    pub(super) fn read(args: &Args) -> Result<Self, String> {
        let Some(file) = &args.scope else {
            return Ok(if args.i_own_this { Self::Everything } else { Self::ThisMachine });
        };
        let text = std::fs::read_to_string(file)
            .map_err(|error| format!("{}: {error}", file.display()))?;
        let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
        let names = lines.filter(|line| !line.is_empty()).map(str::to_ascii_lowercase);
        Ok(Self::Names(names.collect()))
    }

    /// Whether a target may be asked, and its login.
    pub(super) fn allows(&self, target: &Target) -> Result<(), String> {
        let mut hosts = vec![host(target)];
        if let Some(corsage_audit::Credential::Cookie { login: Some(login), .. }) =
            &target.credential
        {
            let login = url::Url::parse(login).map_err(|error| format!("{login:?}: {error}"))?;
            hosts.extend(login.host_str().map(str::to_owned));
        }
        for host in hosts {
            let (allowed, why) = match self {
                Self::Names(names) => (is_in(&host, names), "the scope does not name it"),
                Self::Everything => (true, ""),
                Self::ThisMachine => {
                    (is_this_machine(&host), "say --i-own-this, or name it in a --scope file")
                }
            };
            if !allowed {
                return Err(format!("{host} is audited with its owner's leave only; {why}"));
            }
        }
        Ok(())
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_below_are_in_and_names_alike_are_not() {
        let scope = ["example.com".to_owned(), "*.shop.example".to_owned()];
        for (host, expected) in [
            ("example.com", true),
            ("www.example.com", false),
            ("a.shop.example", true),
            ("shop.example", false),
            ("evilshop.example", false),
        ] {
            assert_eq!(is_in(host, &scope), expected, "{host}");
        }
        assert!(is_this_machine("127.0.0.2") && is_this_machine("[::1]"));
        assert!(!is_this_machine("localhost.example") && !is_this_machine("192.168.1.1"));
    }
}
