//! One audit under way: what has been asked, what was seen, what is known of the user's data.

use corsage::browser::{CredentialsMode, Message, Step};

use super::answer::Answer;
use super::candidates::Seeds;
use super::class::Class;
use super::finding::{Browser, Finding, Findings, Reproduction};
use super::origins::{is_same_site, who};
use super::page::{Reads, Script, lines, reads, receive};
use super::private::Private;
use super::severity::{Severity, Who};
use super::target::{Credential, Target};
use super::wire::{Failure, Sent, Version, Wire};

/// Requests after which a fault is no reason to ask more than usual.
const LOOK_CLOSER_UNTIL: usize = 20;

/// Whether a request goes out as the user, as a second one, or as a stranger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum As {
    User,
    OtherUser,
    Stranger,
}

/// A page's request and its answer.
#[derive(Clone, Debug)]
pub(crate) struct Probe {
    pub(crate) origin: String,
    pub(crate) sent: Sent,
    pub(crate) answer: Answer,
    /// What the page reads if it asks with credentials.
    pub(crate) with_credentials: Reads,
    /// And without.
    pub(crate) without: Reads,
    pub(crate) script_headers: Vec<(String, String)>,
    pub(crate) page_path: Option<String>,
}

/// When browsers send the user's cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SameSite {
    /// With every request.
    None,
    /// With those of pages of the same site.
    SameSite,
}

pub(crate) struct Session<'a, W> {
    pub(crate) target: Target,
    pub(crate) seeds: Seeds,
    pub(crate) findings: Findings,
    /// What each origin (the empty one for none) was answered as Access-Control-Allow-Origin.
    pub(crate) answers: Vec<(String, Answer)>,
    /// What preflights were answered.
    pub(crate) preflights: Vec<Answer>,
    /// What the preflight of a page was answered that no policy means, if that lets it in.
    pub(crate) strange_preflight: Option<Answer>,
    /// The last exchange.
    last: Option<(Sent, Answer)>,
    /// The first answer that says that there were too many requests.
    pub(crate) limited: Option<Answer>,
    wire: &'a mut W,
    user: Option<Answer>,
    stranger: Option<Answer>,
    private: Option<Private>,
    same_site: Option<(SameSite, Secure)>,
    /// A page that is let in with credentials, and with whose requests no cookie goes.
    pub(crate) kept_away: Option<String>,
    unique: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Secure {
    Yes,
    No,
}

impl<'a, W: Wire> Session<'a, W> {
    pub(crate) fn new(target: &'a Target, wire: &'a mut W) -> Self {
        let findings = Findings { target: target.url().to_owned(), ..Findings::default() };
        Self {
            target: target.clone(),
            seeds: Seeds::of(target),
            findings,
            answers: Vec::new(),
            preflights: Vec::new(),
            strange_preflight: None,
            last: None,
            limited: None,
            wire,
            user: None,
            stranger: None,
            private: None,
            same_site: None,
            kept_away: None,
            unique: 0,
        }
    }

    /// Pages that the owner means to let read, other than the target's own.
    pub(crate) fn intended(&self) -> Vec<String> {
        let own = self.target.origin.to_string();
        let is_one = |it: &&String| !it.contains('*') && **it != own;
        self.target.intended.iter().filter(is_one).cloned().collect()
    }

    /// `https`, unless no browser would let such a page ask an http server.
    pub(crate) fn page_scheme(&self) -> &'static str {
        let loopback = corsage::terms::site::is_potentially_trustworthy(&self.target.origin);
        if self.target.is_https() || loopback { "https" } else { "http" }
    }

    /// Whether everybody is let in already.
    pub(crate) fn is_wide_open(&self) -> bool {
        self.findings.has(Class::ReflectAny) || self.findings.has(Class::Wildcard)
    }

    /// Where one fault is, others are looked for more closely.
    pub(crate) fn is_deep(&self) -> bool {
        let is_fault = |finding: &Finding| {
            finding.severity > Severity::Info && finding.with_credentials.is_some()
        };
        self.target.is_deep()
            || (self.findings.requests < LOOK_CLOSER_UNTIL
                && self.findings.findings.iter().any(is_fault))
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.findings.undecided.is_some()
    }

    /// The target's address, with something in its query that no cache has seen.
    pub(crate) fn unique_url(&mut self) -> String {
        self.unique += 1;
        let mut url = self.target.url.clone();
        let value = format!("{}{}", std::process::id(), self.unique);
        url.query_pairs_mut().append_pair("corsage", &value);
        url.into()
    }

    /// The target's address; unique, where a cache could answer for the server.
    fn uncached_url(&mut self) -> String {
        let is_kept =
            |(_, answer): &(String, Answer)| answer.shows_a_cache() || answer.is_cacheable();
        match self.answers.iter().any(is_kept) {
            true => self.unique_url(),
            false => self.target.url().to_owned(),
        }
    }

    /// Sends one request; twice, if the connection breaks.
    pub(crate) async fn send(&mut self, sent: Sent) -> Option<Answer> {
        if self.is_stopped() {
            return None;
        }
        for attempt in 0..3 {
            self.findings.requests += 1;
            self.findings.sent.push(sent.clone());
            match self.wire.send(&sent).await {
                Ok(answer) if matches!(answer.status, 429 | 503) => {
                    let first = self.limited.is_none() && answer.status == 429;
                    if first {
                        self.limited = Some(answer.clone());
                        self.look_at_limit().await;
                    }
                    let after = answer.header("retry-after").and_then(|it| it.parse().ok());
                    let Some(seconds) = after.filter(|_| attempt < 2) else {
                        self.stop(told!("audit-told.stopped", status = answer.status));
                        return None;
                    };
                    if let Err(failure) = self.wire.wait(seconds).await {
                        self.stop(failure.to_string());
                        return None;
                    }
                }
                Ok(answer) => {
                    self.findings.note_server(&answer);
                    self.last = Some((sent, answer.clone()));
                    return Some(answer);
                }
                Err(Failure::Stopped(cause)) => {
                    self.stop(cause);
                    return None;
                }
                Err(Failure::Broken(cause)) if attempt == 2 => {
                    if self.answers.is_empty() {
                        self.stop(cause);
                    }
                    return None;
                }
                Err(Failure::Broken(_)) => {}
            }
        }
        None
    }

    /// Whether a page can tell that it asks too often: once more, at once, for the page that may read.
    async fn look_at_limit(&mut self) {
        let Some(page) = self.intended().into_iter().next() else { return };
        let url = self.target.url().to_owned();
        let script = Script::get(&page, &url, self.mode());
        let Some(Step::Send(pending)) = script.begin() else { return };
        let mut sent = self.sent_by(&pending, "is too many told to pages?", "GET", &url);
        self.sign(&mut sent, As::User);
        self.findings.requests += 1;
        self.findings.sent.push(sent.clone());
        if let Ok(answer) = self.wire.send(&sent).await
            && answer.status == 429
        {
            self.limited = Some(answer);
        }
    }

    fn stop(&mut self, cause: String) {
        self.findings.undecided.get_or_insert(cause);
    }

    /// How a page asks that wants to read what is the user's.
    pub(crate) fn mode(&self) -> CredentialsMode {
        if self.target.has_cookie() { CredentialsMode::Include } else { CredentialsMode::Omit }
    }

    fn sent_by(
        &self,
        pending: &corsage::browser::Pending,
        purpose: &'static str,
        method: &str,
        url: &str,
    ) -> Sent {
        let method = match pending.message() {
            Message::Preflight => "OPTIONS",
            Message::Request => method,
        };
        Sent::new(method, url, lines(pending.wire()), purpose)
    }

    /// Adds what only the user has.
    pub(crate) fn sign(&self, sent: &mut Sent, who: As) {
        match (&self.target.credential, who) {
            (Some(Credential::Cookie { value, .. }), As::User) => {
                sent.headers.push(("Cookie".into(), value.clone()));
            }
            (Some(Credential::Header { name, value }), As::User) => {
                sent.headers.push((name.clone(), value.clone()));
            }
            (Some(_), As::OtherUser) => {
                let other = self.target.other_user.clone().unwrap_or_default();
                sent.headers.push(("Cookie".into(), other));
            }
            _ => {}
        }
    }

    /// A GET of the target, for a page at this origin.
    pub(crate) async fn probe(&mut self, origin: &str, purpose: &'static str) -> Option<Probe> {
        let who = if self.target.has_cookie() { As::User } else { As::Stranger };
        self.probe_as(origin, who, purpose).await
    }

    pub(crate) async fn probe_as(
        &mut self,
        origin: &str,
        who: As,
        purpose: &'static str,
    ) -> Option<Probe> {
        // Where no cookie keeps caches away, they must not answer for the server.
        let url = match self.target.has_cookie() {
            true => self.target.url().to_owned(),
            false => self.uncached_url(),
        };
        let script = Script::get(origin, &url, self.mode());
        let probe = self.run(&script, who, purpose).await?;
        self.answers.push((origin.to_owned(), probe.answer.clone()));
        self.learn(origin, &probe.answer);
        // What a stranger's page gets may be a filter's answer, and none of the server's.
        let trusted = self.target.intended.iter().any(|it| it == origin);
        if who == As::User && trusted && probe.answer.status < 300 && self.user.is_none() {
            self.user = Some(probe.answer.clone());
        }
        Some(probe)
    }

    /// An answer that names another origin than the one that asks names one that is trusted.
    fn learn(&mut self, asked: &str, answer: &Answer) {
        let Some(named) = answer.allow_origin() else { return };
        // One that is written otherwise than it came is no other.
        if super::origins::host_of(&named) == super::origins::host_of(asked) {
            return;
        }
        let is_origin =
            corsage::terms::Origin::parse(&named).is_ok_and(|it| it.to_string() == named);
        if is_origin && self.target.intended.is_empty() {
            self.findings.trusted.push(named.clone());
            // Its owner is who has it with encryption; without, anybody in the network between may be there.
            let owned = match named.strip_prefix("http://") {
                Some(host) if self.target.is_https() => format!("https://{host}"),
                _ => named,
            };
            self.target.intended.push(owned);
            self.seeds = Seeds::of(&self.target);
        }
    }

    /// Runs a page's script to its end, preflight included; `None` if nothing could be asked.
    pub(crate) async fn run(
        &mut self,
        script: &Script<'_>,
        who: As,
        purpose: &'static str,
    ) -> Option<Probe> {
        let Some(Step::Send(mut pending)) = script.begin() else { return None };
        while pending.message() == Message::Preflight {
            let sent = self.sent_by(&pending, purpose, script.method, script.url);
            let answer = self.send(sent).await?;
            match receive(pending, Some(&answer)) {
                Step::Send(next) => pending = next,
                Step::Finish(_) => return None,
            }
        }
        let mut sent = self.sent_by(&pending, purpose, script.method, script.url);
        self.sign(&mut sent, who);
        let answer = self.send(sent.clone()).await?;
        Some(probed(script, sent, answer))
    }

    /// A page's request that needs no preflight, in this version of HTTP.
    pub(crate) async fn run_in(
        &mut self,
        version: Version,
        script: &Script<'_>,
        purpose: &'static str,
    ) -> Option<Probe> {
        let Some(Step::Send(pending)) = script.begin() else { return None };
        let mut sent = self.sent_by(&pending, purpose, script.method, script.url);
        sent.version = version;
        self.sign(&mut sent, As::User);
        let answer = self.send(sent.clone()).await?;
        Some(probed(script, sent, answer))
    }

    /// Another audit by the same wire, of what its caller says: another address, say.
    pub(crate) fn beside<'b>(&'b mut self, target: &'b Target) -> Session<'b, W> {
        let mut beside = Session::new(target, self.wire);
        beside.unique = self.unique + 1_000;
        beside
    }

    /// What another audit sent is this one's doing.
    pub(crate) fn take_over(&mut self, requests: usize, sent: Vec<Sent>) {
        self.findings.requests += requests;
        self.findings.sent.extend(sent);
    }

    /// Whether a domain exists, if anybody may be asked.
    pub(crate) async fn exists(&mut self, domain: &str) -> Option<bool> {
        self.wire.exists(domain).await
    }

    /// Whether a page may read as much as there is to read: with credentials, where there are some.
    pub(crate) fn is_granted(&self, probe: &Probe) -> bool {
        match self.target.has_cookie() {
            true => probe.with_credentials.is_something(),
            false => probe.without.is_something(),
        }
    }

    /// A request without an origin.
    pub(crate) async fn plain(
        &mut self,
        who: As,
        url: &str,
        more: Vec<(String, String)>,
        purpose: &'static str,
    ) -> Option<Answer> {
        let mut sent = Sent::new("GET", url, more, purpose);
        self.sign(&mut sent, who);
        self.send(sent).await
    }

    /// What is not for everybody: learnt when it is first asked for.
    pub(crate) async fn private(&mut self) -> Private {
        if let Some(private) = &self.private {
            return private.clone();
        }
        let private = if self.target.has_cookie() {
            // What a shared cache kept for the one would be taken for the other's.
            if self.user.is_none() {
                let url = self.uncached_url();
                self.user = self.plain(As::User, &url, Vec::new(), "what the user gets").await;
            }
            if self.stranger.is_none() {
                let url = self.uncached_url();
                let answer =
                    self.plain(As::Stranger, &url, Vec::new(), "what a stranger gets").await;
                self.stranger = answer;
            }
            let other = match self.target.other_user {
                Some(_) => {
                    let url = self.uncached_url();
                    self.plain(As::OtherUser, &url, Vec::new(), "what another user gets").await
                }
                None => None,
            };
            match (&self.user, &self.stranger) {
                (Some(user), Some(stranger)) => {
                    let others: Vec<&Answer> =
                        [Some(stranger), other.as_ref()].into_iter().flatten().collect();
                    Private::of(user, &others)
                }
                _ => Private::default(),
            }
        } else {
            if self.user.is_none() {
                let url = self.target.url().to_owned();
                let answer = self.plain(As::Stranger, &url, Vec::new(), "what there is to read");
                self.user = answer.await;
            }
            self.user.as_ref().map_or_else(Private::default, |user| Private::of(user, &[]))
        };
        self.private = Some(private.clone());
        private
    }

    pub(crate) fn note_stranger(&mut self, answer: &Answer) {
        self.stranger.get_or_insert_with(|| answer.clone());
    }

    /// Whether the browser sends the user's cookie with a request of a page there.
    pub(crate) async fn cookie_goes(&mut self, origin: &str) -> bool {
        // Browsers take http on loopback for as good as https: cookies for https alone go there too.
        let secure = corsage::terms::site::is_potentially_trustworthy(&self.target.origin);
        let Some(Credential::Cookie { value, login }) = &self.target.credential else {
            return false;
        };
        if self.same_site.is_none() {
            let name = value.split('=').next().unwrap_or_default().trim().to_owned();
            let set = match login.clone() {
                Some(login) => {
                    let purpose = "how the cookie is set";
                    let answer = self.plain(As::Stranger, &login, Vec::new(), purpose).await;
                    answer.and_then(|answer| set_cookie(&answer, &name))
                }
                None => None,
            };
            // What is not known counts as the worst that it can be.
            let worst = match secure {
                true => (SameSite::None, Secure::Yes),
                false => (SameSite::SameSite, Secure::No),
            };
            self.same_site = Some(set.unwrap_or(worst));
        }
        match self.same_site {
            Some((_, Secure::Yes)) if !secure => false,
            Some((SameSite::None, marked)) => marked == Secure::Yes,
            Some((SameSite::SameSite, _)) => origin != "null" && is_same_site(origin, &self.target),
            None => false,
        }
    }

    /// How bad it is that this page reads this, and whether it needs the user's cookies for it.
    pub(crate) async fn judge(&mut self, probe: &Probe) -> Option<(Severity, bool)> {
        let who = who(&probe.origin, &self.target);
        self.judge_as(who, probe).await
    }

    /// The same, where it is known otherwise who can be there.
    async fn judge_as(&mut self, who: Who, probe: &Probe) -> Option<(Severity, bool)> {
        if matches!(who, Who::Owner | Who::Nobody) {
            return None;
        }
        let reads = match self.target.has_cookie() {
            true if self.cookie_goes(&probe.origin).await => &probe.with_credentials,
            true => {
                if probe.with_credentials.is_something() && self.kept_away.is_none() {
                    self.kept_away = Some(probe.origin.clone());
                }
                &Reads::Nothing
            }
            false => &probe.without,
        };
        let private = self.private().await;
        let learns = match reads {
            Reads::All { headers } => private.is_in(&probe.answer.body, headers),
            Reads::Nothing => false,
        };
        if learns && self.target.holds_something() {
            return Some((who.severity(), self.target.has_cookie()));
        }
        let anything = probe.with_credentials.is_something() || probe.without.is_something();
        anything.then_some((Severity::Info, probe.with_credentials.is_something()))
    }

    /// Reports that a page at the probe's origin may read; how bad it turned out to be.
    pub(crate) async fn report(&mut self, class: Class, probe: &Probe) -> Option<Severity> {
        self.report_from(class, who(&probe.origin, &self.target), probe).await
    }

    /// The same, where it is known otherwise who can be there.
    pub(crate) async fn report_from(
        &mut self,
        class: Class,
        who: Who,
        probe: &Probe,
    ) -> Option<Severity> {
        let (severity, with_credentials) = self.judge_as(who, probe).await?;
        let origin = &probe.origin;
        let evidence = match severity {
            Severity::Info => told!("audit-told.reads-public", origin = origin),
            _ if with_credentials => told!("audit-told.reads-users", origin = origin),
            _ => told!("audit-told.reads-inside", origin = origin),
        };
        let needs_third_party_cookies = with_credentials
            && severity > Severity::Info
            && !is_same_site(&probe.origin, &self.target);
        self.findings.add(Finding {
            class,
            severity,
            witness_origin: Some(probe.origin.clone()),
            who: Some(who),
            with_credentials: Some(with_credentials),
            needs_third_party_cookies,
            browsers: browsers(probe, with_credentials, needs_third_party_cookies),
            evidence,
            reproduction: Some(self.masked(Reproduction {
                headers: probe.script_headers.clone(),
                page_path: probe.page_path.clone(),
                ..reproduction(&probe.sent, &probe.answer)
            })),
        });
        Some(severity)
    }

    /// Without what only the users have.
    fn masked(&self, mut shown: Reproduction) -> Reproduction {
        let users = self.target.credential.iter().map(|credential| match credential {
            Credential::Cookie { value, .. } | Credential::Header { value, .. } => value,
        });
        for secret in users.chain(&self.target.other_user).filter(|secret| !secret.is_empty()) {
            shown.curl = shown.curl.replace(secret, "$SECRET");
            for line in &mut shown.answer {
                *line = line.replace(secret, "$SECRET");
            }
        }
        shown
    }

    /// The last exchange shows what was found since there were so many findings.
    pub(crate) fn show_since(&mut self, count: usize) {
        if let Some((sent, answer)) = self.last.clone() {
            self.show_by(count, &sent, &answer);
        }
    }

    /// This exchange shows what was found since there were so many findings.
    pub(crate) fn show_by(&mut self, count: usize, sent: &Sent, answer: &Answer) {
        let shown = self.masked(reproduction(sent, answer));
        for finding in self.findings.findings.iter_mut().skip(count) {
            finding.reproduction.get_or_insert_with(|| shown.clone());
        }
    }

    /// Reports something that needs no witness.
    pub(crate) fn report_fact(&mut self, class: Class, severity: Severity, evidence: String) {
        self.findings.add(Finding {
            class,
            severity,
            witness_origin: None,
            who: None,
            with_credentials: None,
            needs_third_party_cookies: false,
            browsers: Vec::new(),
            evidence,
            reproduction: None,
        });
    }

    /// As [`report_fact`](Self::report_fact), with who can do it.
    pub(crate) fn report_as(
        &mut self,
        class: Class,
        severity: Severity,
        origin: &str,
        evidence: String,
    ) {
        self.report_fact(class, severity, evidence);
        if let Some(finding) = self.findings.findings.iter_mut().find(|it| it.class == class) {
            finding.witness_origin = Some(origin.to_owned());
            finding.who = Some(who(origin, &self.target));
            finding.needs_third_party_cookies = self.target.has_cookie()
                && severity > Severity::Low
                && !is_same_site(origin, &self.target);
            finding.browsers = match finding.needs_third_party_cookies {
                true => vec![Browser::Chromium],
                false => Browser::ALL.to_vec(),
            };
        }
    }
}

fn probed(script: &Script<'_>, sent: Sent, answer: Answer) -> Probe {
    let include = Script { credentials: CredentialsMode::Include, ..script.clone() };
    let omit = Script { credentials: CredentialsMode::Omit, ..script.clone() };
    let owned = |(name, value): &(&str, String)| ((*name).to_owned(), value.clone());
    Probe {
        origin: script.origin.to_owned(),
        with_credentials: reads_any(&include, &answer),
        without: reads_any(&omit, &answer),
        sent,
        answer,
        script_headers: script.headers.iter().map(owned).collect(),
        page_path: script.shows_path.map(str::to_owned),
    }
}

/// What a script reads, whatever its preflight said before.
fn reads_any(script: &Script<'_>, answer: &Answer) -> Reads {
    let plain = Script { method: "GET", headers: Vec::new(), ..script.clone() };
    reads(&plain, answer)
}

/// Where the page reads it: Firefox and `WebKit` send other sites' cookies to nobody unless they are told to.
fn browsers(probe: &Probe, include: bool, needs_third_party_cookies: bool) -> Vec<Browser> {
    let credentials = if include { CredentialsMode::Include } else { CredentialsMode::Omit };
    let reads_it = |browser: &Browser| {
        let script = Script {
            profile: browser.profile(),
            ..Script::get(&probe.origin, &probe.sent.url, credentials)
        };
        (*browser == Browser::Chromium || !needs_third_party_cookies)
            && reads(&script, &probe.answer).is_something()
    };
    Browser::ALL.into_iter().filter(reads_it).collect()
}

fn set_cookie(answer: &Answer, name: &str) -> Option<(SameSite, Secure)> {
    let line = answer
        .lines("set-cookie")
        .find(|line| line.split('=').next().is_some_and(|it| it.trim() == name))?;
    let attributes: Vec<String> =
        line.split(';').skip(1).map(|it| it.trim().to_ascii_lowercase()).collect();
    let secure = attributes.iter().any(|it| it == "secure");
    let none = attributes.iter().any(|it| it == "samesite=none");
    Some((
        if none { SameSite::None } else { SameSite::SameSite },
        if secure { Secure::Yes } else { Secure::No },
    ))
}

fn reproduction(sent: &Sent, answer: &Answer) -> Reproduction {
    let matters = |(name, _): &&(String, String)| {
        let name = name.to_ascii_lowercase();
        let others = ["vary", "cache-control", "age", "x-cache", "location", "timing-allow-origin"];
        name.starts_with("access-control-") || others.contains(&&*name)
    };
    let mut lines = vec![answer.status.to_string()];
    let told = answer.headers.iter().filter(matters);
    lines.extend(told.map(|(name, value)| format!("{name}: {value}")));
    Reproduction {
        method: sent.method.clone(),
        url: sent.url.clone(),
        headers: Vec::new(),
        page_path: None,
        curl: sent.to_curl(),
        answer: lines,
    }
}
