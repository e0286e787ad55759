//! An account for people.

use corsage_diagnosis::account::{
    Answer, Answered, BlockerAccount, CauseAccount, Line, LoadAccount, MessageAccount, MessageName,
    NoteAccount, Seen, SeesAccount, Verdict,
};
use corsage_diagnosis::fix::ServerKind;
use corsage_diagnosis::{Account, Cause, Question};
use corsage_texts::{Language, text};

use super::arguments::Detail;
use super::style::{self, harmless, wrap, wrap_hanging};

/// Header lines that say something about CORS, and are shown without `--verbose`.
const RELEVANT: &[&str] = &[
    "age",
    "allow",
    "authorization",
    "cache-control",
    "content-type",
    "cookie",
    "cross-origin-resource-policy",
    "location",
    "origin",
    "server",
    "set-cookie",
    "vary",
    "via",
    "www-authenticate",
    "x-cache",
    "x-powered-by",
    "cf-cache-status",
    "cf-ray",
];

/// The account as text.
pub(crate) fn human(account: &Account, rerun: &str, detail: Detail, language: Language) -> String {
    let mut text = Renderer { out: String::new(), width: style::width(), language, detail };
    text.headline(account);
    text.answers(account);
    // What works needs no proof.
    let short = account.verdict == Verdict::Allowed && detail == Detail::Relevant;
    if !short {
        text.wire(account);
    }
    text.hops(account);
    text.sees(account);
    let mut shown = Vec::new();
    for blocker in account.blockers.iter().filter(|blocker| blocker.round == 0) {
        text.blocker(account, blocker, shown.is_empty());
        shown.push(blocker.code);
    }
    if account.blockers.is_empty() {
        text.console(account, "  ");
    }
    text.causes(account);
    text.fix(account);
    text.next(account);
    for note in &account.notes {
        text.note(note);
    }
    text.out.push_str(&format!("{}: {rerun}\n", text!(text.language, "account.rerun")));
    if let Some(code) = account.code {
        text.out.push_str(&format!(
            "{}: corsage explain --code {code}\n",
            text!(text.language, "account.learn")
        ));
    }
    text.out
}

struct Renderer {
    out: String,
    width: usize,
    language: Language,
    detail: Detail,
}

impl Renderer {
    fn line(&mut self, line: &str) {
        self.out.push_str(line.trim_end());
        self.out.push('\n');
    }

    fn blank(&mut self) {
        if !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
    }

    /// What the page sees of a load, in each browser.
    fn sees(&mut self, account: &Account) {
        let rows: Vec<_> = account
            .browsers
            .iter()
            .filter_map(|browser| browser.sees.as_ref().map(|sees| (browser.browser, sees)))
            .collect();
        let Some((_, first)) = rows.first() else { return };
        let agree = rows.iter().all(|(_, sees)| sees == first);
        let language = self.language;
        let tell = |sees: &SeesAccount| {
            let mut told =
                text!(language, "account.sees", event = sees.event, access = sees.access);
            if !sees.used {
                told.push_str(text!(language, "account.sees-unused"));
            }
            let more = [
                (sees.errors == Some("muted"), text!(language, "account.sees-muted")),
                (sees.errors == Some("own-shown"), text!(language, "account.sees-own-errors")),
                (sees.errors == Some("shown"), text!(language, "account.sees-not-muted")),
                (sees.timing_visible == Some(true), text!(language, "account.sees-timing")),
                (sees.timing_visible == Some(false), text!(language, "account.sees-no-timing")),
                (sees.preload_reused, text!(language, "account.sees-preload")),
            ];
            told.extend(more.into_iter().filter_map(|(holds, text)| holds.then_some(text)));
            told
        };
        self.line(&format!("{}:", text!(language, "account.sees-heading")));
        if agree {
            self.line(&format!("  {}", tell(first)));
        } else {
            for (browser, sees) in rows {
                self.line(&format!("  {}: {}", browser.name(), tell(sees)));
            }
        }
        self.blank();
    }

    fn headline(&mut self, account: &Account) {
        let code = account.code.map(|code| format!("[{code}]")).unwrap_or_default();
        let mark = match account.verdict {
            Verdict::Allowed => style::good(text!(self.language, "explain.allowed")),
            Verdict::Blocked => {
                style::error(format!("{}{code}", text!(self.language, "explain.error")))
            }
            Verdict::Undecided => {
                style::warning(format!("{}{code}", text!(self.language, "explain.undecided")))
            }
        };
        self.line(&format!("{mark}: {}", style::strong(&account.headline)));
        let request = &account.request;
        let status = account
            .wire
            .iter()
            .rev()
            .find(|message| message.kind == MessageName::Request)
            .and_then(|message| message.status)
            .map(|status| format!(" -> {status}"))
            .unwrap_or_default();
        self.line(&format!("  {} {}{status}", harmless(&request.method), harmless(&request.url)));
        let told = text!(
            self.language,
            "explain.request",
            page = request.page_origin,
            mode = request.mode,
            credentials = request.credentials,
            redirect = request.redirect,
        );
        self.line(&format!("  {told}"));
        if let Some(load) = &request.load {
            let told = text!(self.language, "account.loaded-as", what = harmless(&loaded_as(load)));
            self.line(&format!("  {}", wrap(&told, 4, self.width)));
        }
        if let Some(url) = &request.upgraded_to {
            let text = text!(self.language, "account.upgraded").replace("{url}", &harmless(url));
            self.line(&format!("  {text}"));
        }
        for header in &request.headers {
            self.line(&format!(
                "  {} {}",
                text!(self.language, "account.with-header"),
                line_of(header)
            ));
        }
        let because = if account.preflight.due {
            format!(
                "{} {}",
                text!(self.language, "account.preflight-because"),
                account.preflight.because.join("; ")
            )
        } else {
            text!(self.language, "account.no-preflight").to_owned()
        };
        let anything_sent = !account.wire.is_empty() || account.sent.answer == Answer::Yes;
        if anything_sent {
            let wrapped = wrap(&harmless(&because), 2, self.width);
            self.line(&format!("  {wrapped}"));
        }
        self.blank();
    }

    fn answers(&mut self, account: &Account) {
        let language = self.language;
        for (name, answered) in [
            (text!(language, "account.sent"), &account.sent),
            (text!(language, "account.executed"), &account.executed),
            (text!(language, "account.readable"), &account.readable),
        ] {
            self.answer(name, answered);
        }
        self.blank();
    }

    fn answer(&mut self, name: &str, answered: &Answered) {
        let (text, painted) = match answered.answer {
            Answer::Yes => (
                text!(self.language, "account.yes"),
                style::good(text!(self.language, "account.yes")),
            ),
            Answer::No => (
                text!(self.language, "account.no"),
                style::error(text!(self.language, "account.no")),
            ),
            Answer::Open => (
                text!(self.language, "account.open"),
                style::warning(text!(self.language, "account.open")),
            ),
        };
        let pad = " ".repeat(5_usize.saturating_sub(text.chars().count()));
        let reason = wrap(&harmless(&answered.reason), 17, self.width);
        self.line(&format!("  {} {painted}{pad}{reason}", style::strong(format!("{name:<9}"))));
    }

    fn wire(&mut self, account: &Account) {
        if account.wire.is_empty() {
            return;
        }
        self.line(&format!("{}:", style::strong(text!(self.language, "account.wire"))));
        let mut repeated = 0;
        for (index, message) in account.wire.iter().enumerate() {
            let before = index.checked_sub(1).map(|before| &account.wire[before]);
            if before.is_some_and(|before| is_same_message(before, message)) {
                repeated += 1;
                continue;
            }
            self.repeated(&mut repeated);
            self.message(index + 1, message);
        }
        self.repeated(&mut repeated);
        self.blank();
    }

    /// Says how many equal ones were left out.
    fn repeated(&mut self, count: &mut usize) {
        if *count > 0 {
            let text =
                text!(self.language, "account.repeated").replace("{count}", &count.to_string());
            self.line(&format!("    {}", style::faint(text)));
            *count = 0;
        }
    }

    fn message(&mut self, number: usize, message: &MessageAccount) {
        let result = match (message.status, &message.failure) {
            (Some(status), _) => status.to_string(),
            (None, Some(failure)) => harmless(failure),
            (None, None) => text!(self.language, "account.not-recorded").to_owned(),
        };
        let remark = match (message.kind, message.question) {
            (MessageName::Probe, None) => Some(text!(self.language, "account.probe")),
            (_, Some(question)) => Some(self.question(question)),
            _ => None,
        };
        let remark = remark.map_or_else(String::new, |remark| format!("  ({remark})"));
        self.line(&format!(
            "  {number} {} {} -> {}{}",
            style::strong(harmless(&message.method)),
            harmless(&message.url),
            style::strong(result),
            style::faint(remark)
        ));
        if self.detail == Detail::Everything {
            for step in &message.steps {
                self.line(&style::faint(format!("      {step}")));
            }
        }
        if message.question.is_some() && self.detail != Detail::Everything {
            return;
        }
        for line in self.shown(&message.request_headers) {
            self.line(&style::faint(format!("      > {}", line_of(line))));
        }
        for line in self.shown(&message.response_headers) {
            self.line(&format!("      < {}", line_of(line)));
        }
    }

    fn question(&self, question: Question) -> &'static str {
        match question {
            Question::WithoutOrigin => text!(self.language, "account.asked-without-origin"),
            Question::Read => text!(self.language, "account.asked-read"),
            Question::PlainPreflight => text!(self.language, "account.asked-plain-preflight"),
            Question::OtherBrowser => text!(self.language, "account.asked-other-browser"),
            Question::WithCrossorigin => text!(self.language, "account.asked-with-crossorigin"),
            Question::SameHeaders => text!(self.language, "account.asked-same-headers"),
            Question::OtherOrigin => text!(self.language, "account.asked-other-origin"),
            Question::OtherHeader => text!(self.language, "account.asked-other-header"),
            Question::KeptOrigin => text!(self.language, "account.asked-kept-origin"),
        }
    }

    fn shown<'l>(&self, lines: &'l [Line]) -> Vec<&'l Line> {
        lines
            .iter()
            .filter(|line| {
                let name = line.name.to_ascii_lowercase();
                self.detail == Detail::Everything
                    || name.starts_with("access-control-")
                    || RELEVANT.contains(&name.as_str())
            })
            .collect()
    }

    fn hops(&mut self, account: &Account) {
        if account.hops.is_empty() {
            return;
        }
        self.line(&format!("{}:", style::strong(text!(self.language, "account.hops"))));
        let mut repeated = 0;
        for (number, hop) in account.hops.iter().enumerate() {
            if number > 0 && account.hops[number - 1].text == hop.text {
                repeated += 1;
                continue;
            }
            self.repeated(&mut repeated);
            for (index, line) in hop.text.iter().enumerate() {
                let lead = if index == 0 { format!("  {} ", hop.hop) } else { "    ".to_owned() };
                let wrapped = wrap(&harmless(line), 4, self.width);
                self.line(&format!("{lead}{wrapped}"));
            }
        }
        self.repeated(&mut repeated);
        self.blank();
    }

    fn blocker(&mut self, account: &Account, blocker: &BlockerAccount, first: bool) {
        self.line(&format!(
            "{}: {}",
            style::error(format!("{}[{}]", text!(self.language, "explain.error"), blocker.code)),
            style::strong(&blocker.title)
        ));
        if let Some(offence) = &blocker.offence {
            let place = match blocker.message {
                MessageName::Preflight => text!(self.language, "account.on-preflight")
                    .replace("{url}", &harmless(&blocker.url)),
                MessageName::None => text!(self.language, "account.on-page")
                    .replace("{page}", &account.request.page_origin),
                _ => {
                    let method = account
                        .wire
                        .iter()
                        .find(|message| {
                            message.kind == MessageName::Request && message.hop == blocker.hop
                        })
                        .map_or("", |message| message.method.as_str());
                    text!(self.language, "account.on-response")
                        .replace("{method}", &harmless(method))
                        .replace("{url}", &harmless(&blocker.url))
                }
            };
            let hop = if blocker.hop > 0 {
                format!(
                    " ({})",
                    text!(self.language, "account.on-hop")
                        .replace("{hop}", &blocker.hop.to_string())
                )
            } else {
                String::new()
            };
            self.line(&format!("  {} {place}{hop}", style::frame("-->")));
            self.line(&format!("   {}", style::frame("|")));
            for line in &offence.lines {
                self.line(&format!("   {} {}", style::frame("|"), harmless(line)));
            }
            self.line(&format!(
                "   {} {}{} {}",
                style::frame("|"),
                " ".repeat(offence.start),
                style::error("^".repeat(offence.length)),
                style::error(harmless(&offence.label))
            ));
        }
        if let Some(near) = &blocker.near_miss {
            self.property(text!(self.language, "account.near"), &near.text);
            if let Some([seen, wanted, marks]) = &near.difference {
                self.line(&format!("       {}", harmless(seen)));
                self.line(&format!("       {}", style::error(marks)));
                self.line(&format!("       {}", style::good(harmless(wanted))));
            }
        }
        if first {
            self.console(account, "   ");
        }
        if self.detail == Detail::Everything {
            self.property(text!(self.language, "account.steps"), &blocker.step);
        }
        self.blank();
    }

    /// What the browsers print. Never wrapped: it is there to be compared and searched for.
    fn console(&mut self, account: &Account, indent: &str) {
        if account.browsers.iter().all(|browser| browser.console.is_empty()) {
            return;
        }
        self.line(&format!(
            "{indent}{} {}:",
            style::frame("="),
            style::strong(text!(self.language, "account.console-says"))
        ));
        for browser in &account.browsers {
            let name = browser.browser.name();
            if browser.console.is_empty() {
                self.line(&format!(
                    "{indent}    {name:<8} {}",
                    style::faint(text!(self.language, "account.console-silent"))
                ));
            }
            for (index, line) in browser.console.iter().enumerate() {
                let name = if index == 0 { name } else { "" };
                self.line(&format!("{indent}    {name:<8} {}", harmless(line)));
            }
        }
    }

    fn property(&mut self, name: &str, value: &str) {
        let first = name.chars().count() + 7;
        let wrapped = wrap_hanging(&harmless(value), first, 5, self.width);
        self.line(&format!("   {} {}: {wrapped}", style::frame("="), style::strong(name)));
    }

    /// The first cause stands out; the others are what else it could be.
    fn causes(&mut self, account: &Account) {
        let Some((first, others)) = account.causes.split_first() else { return };
        let name = |cause: &CauseAccount| {
            format!("{}[{}]", text!(self.language, "account.cause"), cause.cause.as_str())
        };
        let title = harmless(&first.title);
        self.line(&format!("{}: {}", style::strong(name(first)), style::strong(title)));
        let why = wrap(&harmless(&first.why), 2, self.width);
        self.line(&format!("  {why}"));
        let fix = wrap(
            &harmless(&format!("{}: {}", text!(self.language, "account.fix"), first.fix)),
            2,
            self.width,
        );
        self.line(&format!("  {fix}"));
        // Only a failure is worth guessing about; an open door is worth a line in any case.
        let shown = |cause: &&CauseAccount| {
            account.verdict != Verdict::Allowed || cause.cause == Cause::AnyOriginReflected
        };
        for cause in others.iter().filter(shown) {
            let lead =
                format!("{}: {}: ", text!(self.language, "account.also"), cause.cause.as_str());
            let title =
                wrap_hanging(&harmless(&cause.title), lead.chars().count() + 2, 4, self.width);
            self.line(&format!("  {}{title}", style::faint(lead)));
        }
        self.blank();
    }

    fn fix(&mut self, account: &Account) {
        let fix = &account.fix;
        for changes in &fix.changes {
            let place = match changes.message {
                MessageName::Preflight => {
                    text!(self.language, "account.on-preflight").replace("{url}", &changes.url)
                }
                _ => text!(self.language, "account.on-response")
                    .replace("{method}", &changes.method)
                    .replace("{url}", &changes.url),
            };
            let unseen = match changes.seen {
                Seen::Yes => String::new(),
                Seen::No => format!(" ({})", text!(self.language, "account.fix-unseen")),
            };
            self.line(&format!(
                "{} {}{}:",
                style::good(text!(self.language, "account.fix")),
                harmless(&place),
                style::faint(unseen)
            ));
            for line in &changes.diff {
                let text = format!("  {} {}", line.sign, harmless(&line.line));
                let text = if line.sign == '-' { style::error(text) } else { style::good(text) };
                self.line(&text);
            }
        }
        if let (Some(snippet), Some(kind)) = (&fix.snippet, fix.written_for) {
            let found = fix.servers.iter().find(|server| server.kind == kind);
            let title = match found {
                Some(server) => text!(self.language, "account.fix-looks-like")
                    .replace("{evidence}", &harmless(&server.evidence)),
                None if kind == ServerKind::Corsage => {
                    text!(self.language, "account.fix-any-server").to_owned()
                }
                None => text!(self.language, "account.fix-named").to_owned(),
            };
            let title = title.replace("{server}", kind.name());
            self.line(&format!("{}:", style::good(title)));
            for line in snippet.lines() {
                self.line(&format!("    {line}"));
            }
        }
        for server in &fix.server {
            let text = format!("{}: {server}", text!(self.language, "account.fix-server"));
            let wrapped = wrap(&harmless(&text), 2, self.width);
            self.line(&format!("  {wrapped}"));
        }
        for page in &fix.page {
            let nothing = fix.changes.is_empty() && fix.snippet.is_none() && fix.server.is_empty();
            let lead = if nothing {
                text!(self.language, "account.fix-page-only")
            } else if fix.needs_page {
                text!(self.language, "account.fix-page-too")
            } else {
                text!(self.language, "account.fix-page")
            };
            let wrapped = wrap(&harmless(&format!("{lead}: {page}")), 2, self.width);
            self.line(&format!("  {wrapped}"));
        }
        self.blank();
    }

    fn next(&mut self, account: &Account) {
        if account.blockers.is_empty() {
            return;
        }
        let wrapped = wrap(
            &harmless(&format!("{}: {}", text!(self.language, "account.next"), account.next.text)),
            2,
            self.width,
        );
        self.line(&style::strong(wrapped));
        for blocker in account.blockers.iter().filter(|blocker| blocker.round > 0) {
            self.line(&format!("  {}. {}: {}", blocker.round, blocker.code, blocker.title));
        }
        self.blank();
    }

    fn note(&mut self, note: &NoteAccount) {
        self.line(&format!(
            "{}: {}",
            style::warning(format!("{}[{}]", text!(self.language, "account.notes"), note.code)),
            note.title
        ));
        for detail in &note.detail {
            let wrapped = wrap(&harmless(detail), 4, self.width);
            self.line(&format!("    {wrapped}"));
        }
        if !note.fix.is_empty() {
            let wrapped = wrap(
                &harmless(&format!("{}: {}", text!(self.language, "account.fix"), note.fix)),
                2,
                self.width,
            );
            self.line(&format!("  {wrapped}"));
        }
        self.blank();
    }
}

/// Whether nothing new stands in a message.
fn is_same_message(before: &MessageAccount, message: &MessageAccount) -> bool {
    before.kind == message.kind
        && before.method == message.method
        && before.url == message.url
        && before.status == message.status
        && before.request_headers == message.request_headers
        && before.response_headers == message.response_headers
}

fn line_of(line: &Line) -> String {
    harmless(&format!("{}: {}", line.name, line.value))
}

/// A load as its element would be written, kind first.
fn loaded_as(load: &LoadAccount) -> String {
    let attribute = |name: &str, value: Option<&str>| {
        value.map(|value| format!(" {name}={value}")).unwrap_or_default()
    };
    let mut told = format!(
        "{}{}{}",
        load.kind,
        attribute("crossorigin", load.crossorigin),
        attribute("integrity", load.integrity.as_deref())
    );
    for preload in &load.preloads {
        let destination = Some(preload.destination.as_str()).filter(|name| !name.is_empty());
        told.push_str(&format!(
            "; {}{}{}",
            preload.kind,
            attribute("as", destination),
            attribute("crossorigin", preload.crossorigin)
        ));
    }
    told
}
