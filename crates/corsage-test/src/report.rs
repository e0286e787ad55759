//! What a failed assertion prints: what blocks, in order; what to change; what was on the wire.

use std::fmt::{self, Formatter};

use corsage::browser::Profile;
use corsage::terms::method::is_safelisted;
use corsage_diagnosis::Account;
use corsage_diagnosis::account::{BlockerAccount, Line, MessageName};
use corsage_diagnosis::fix::Grant;

use crate::Dialect;

/// An account in the words of a failed assertion: for what was recorded elsewhere, and is judged by that browser.
#[must_use]
pub fn told(account: &Account, browser: Profile, dialect: Dialect) -> String {
    struct Told<'a>(&'a Account, Profile, Dialect);
    impl fmt::Display for Told<'_> {
        fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
            write(f, self.0, self.1, self.2)
        }
    }
    Told(account, browser, dialect).to_string()
}

pub(crate) fn write(
    f: &mut Formatter<'_>,
    account: &Account,
    browser: Profile,
    dialect: Dialect,
) -> fmt::Result {
    for blocker in &account.blockers {
        if blocker.round > 0 {
            write!(f, "once that is fixed, ")?;
        }
        write_blocker(f, account, blocker)?;
    }
    // A cause of the same name says the same.
    let told = |name: &str| account.blockers.iter().any(|blocker| blocker.code.as_str() == name);
    for cause in account.causes.iter().filter(|cause| !told(cause.cause.as_str())) {
        writeln!(f, "cause: {}\n  {}\n  fix: {}", cause.title, cause.why, cause.fix)?;
    }
    write_fix(f, account, dialect)?;
    writeln!(f, "\non the wire, judged as {browser} judges:")?;
    for message in &account.wire {
        let status = message.status.map_or("no answer".to_owned(), |status| status.to_string());
        writeln!(f, "  {} {} -> {status}", message.method, message.url)?;
        write_lines(f, ">", &message.request_headers)?;
        write_lines(f, "<", &message.response_headers)?;
        if let Some(failure) = &message.failure {
            writeln!(f, "    {failure}")?;
        }
    }
    let console = account.browsers.iter().flat_map(|browser| {
        browser.console.iter().map(|line| format!("  {}: {line}", browser.browser.name()))
    });
    let console: Vec<String> = console.collect();
    if !console.is_empty() {
        writeln!(f, "\non the console:\n{}", console.join("\n"))?;
    }
    Ok(())
}

fn write_blocker(
    f: &mut Formatter<'_>,
    account: &Account,
    blocker: &BlockerAccount,
) -> fmt::Result {
    writeln!(f, "{}: {}", blocker.code, blocker.title)?;
    match blocker.message {
        MessageName::Preflight => writeln!(f, "  on the answer to OPTIONS {}", blocker.url)?,
        MessageName::Request | MessageName::Probe => {
            writeln!(f, "  on the answer to {} {}", account.request.method, blocker.url)?;
        }
        MessageName::None => writeln!(f, "  before anything is sent")?,
    }
    if let Some(offence) = &blocker.offence {
        for line in &offence.lines {
            writeln!(f, "    {line}")?;
        }
        let (indent, marks) = (" ".repeat(offence.start), "^".repeat(offence.length));
        writeln!(f, "    {indent}{marks} {}", offence.label)?;
    }
    if let Some(near_miss) = &blocker.near_miss {
        writeln!(f, "  {}", near_miss.text)?;
    }
    Ok(())
}

fn write_fix(f: &mut Formatter<'_>, account: &Account, dialect: Dialect) -> fmt::Result {
    for changes in &account.fix.changes {
        writeln!(f, "\nfix on the answer to {} {}:", changes.method, changes.url)?;
        for line in &changes.diff {
            writeln!(f, "  {} {}", line.sign, line.line)?;
        }
    }
    if let Some(grant) = &account.fix.grant {
        writeln!(
            f,
            "\nfix in a policy of Corsage, where it is not there yet:\n  {}",
            policy(grant, dialect)
        )?;
    }
    for fix in &account.fix.page {
        writeln!(f, "or in the page: {fix}")?;
    }
    if !account.next.text.is_empty() {
        writeln!(f, "next: {}", account.next.text)?;
    }
    Ok(())
}

/// The policy as its author writes it.
fn policy(grant: &Grant, dialect: Dialect) -> String {
    let unlisted = |name: &&String| !is_safelisted(name.as_bytes());
    let methods: Vec<String> = grant.methods.iter().filter(unlisted).cloned().collect();
    let lists = [
        ("origins", std::slice::from_ref(&grant.origin)),
        ("methods", &methods[..]),
        ("headers", &grant.headers[..]),
        ("expose", &grant.expose[..]),
    ];
    let lists = lists.iter().filter(|(_, items)| !items.is_empty());
    let mut options: Vec<String> =
        lists.map(|(setting, items)| dialect.option(setting, items)).collect();
    if grant.credentials {
        options.push(dialect.credentials().to_owned());
    }
    options.join(dialect.separator())
}

/// Header lines that say nothing about sharing.
const IRRELEVANT: &[&str] = &["accept", "content-length", "date", "referer"];

fn write_lines(f: &mut Formatter<'_>, sign: &str, lines: &[Line]) -> fmt::Result {
    for line in lines {
        let name = line.name.to_ascii_lowercase();
        if IRRELEVANT.contains(&name.as_str()) || name.starts_with("sec-fetch-") {
            continue;
        }
        writeln!(f, "    {sign} {name}: {}", line.value)?;
    }
    Ok(())
}
