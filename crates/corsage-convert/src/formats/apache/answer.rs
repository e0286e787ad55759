//! A request's way through Apache.
//!
//! Headers stand in two tables: one for responses that a handler makes, one that errors have too. What
//! Apache makes itself begins with empty tables, but for 204, which keeps what was there.

use std::collections::BTreeMap;

use super::expression::{Bool, Operator, Piece, Text};
use super::model::{
    Access, Apache, Attribute, Block, EnvPattern, HeaderAction, HeaderCondition, HeaderRule, Host,
    NamePattern, ProxyPath, Rewrite, RewriteAction, RewriteCondition, RewritePiece, RewriteTest,
    Served, SetEnvIf, Table, When,
};
use crate::regexes::filled;
use crate::{Answered, Asked, Behind, BehindAnswer};

pub(super) fn answer(apache: &Apache, asked: &Asked<'_>, behind: &dyn Behind) -> Answered {
    let name = asked.host.split(':').next().unwrap_or_default().to_ascii_lowercase();
    let host = apache
        .hosts
        .iter()
        .find(|host| host.names.contains(&name))
        .or_else(|| apache.hosts.first());
    let Some(host) = host else { return Answered::by_itself(404) };
    let mut request: Lines = Vec::new();
    for (name, value) in asked.headers {
        let name = name.to_ascii_lowercase();
        // Lines of one name are joined when a request is read.
        match request.iter_mut().find(|(other, _)| *other == name) {
            Some((_, line)) => *line = format!("{line}, {value}"),
            None => request.push((name, value.clone())),
        }
    }
    let mut run = Run {
        asked,
        request,
        env: BTreeMap::new(),
        out: Vec::new(),
        status: 200,
        groups: Vec::new(),
        condition_groups: Vec::new(),
        reached: false,
    };
    run.run(apache, host, behind)
}

type Lines = Vec<(String, String)>;

struct Run<'a> {
    asked: &'a Asked<'a>,
    request: Lines,
    env: BTreeMap<String, String>,
    /// The table of responses that are no errors.
    out: Lines,
    status: u16,
    groups: Vec<Option<String>>,
    condition_groups: Vec<Option<String>>,
    reached: bool,
}

/// How rewriting ended.
enum Rewritten {
    Through,
    Ended(u16),
    Proxy(String),
}

impl<'a> Run<'a> {
    fn run(&mut self, apache: &'a Apache, host: &'a Host, behind: &dyn Behind) -> Answered {
        let path = self.asked.path_only().to_owned();
        let in_directory = apache.directory.is_some();
        if !in_directory {
            self.set_env(&host.own.set_env_if);
        }
        let proxied = proxied(host, &path);
        let served = match apache.directory {
            Some(served) => served,
            None if proxied.is_some() => Served::Handler,
            None => Served::Files,
        };
        // Files and directories are walked through only where there are any.
        let files = in_directory || proxied.is_none();
        let blocks = self.blocks(&host.own, &path, files);
        let mut target = None;
        if !in_directory && host.own.rewriting == Some(true) {
            match self.rewrite(&host.own.rewrites, &path) {
                Rewritten::Through => {}
                Rewritten::Ended(status) => return self.die(status, &blocks),
                Rewritten::Proxy(to) => target = Some(to),
            }
        }
        let denied = blocks.iter().rev().find_map(|block| block.access) == Some(Access::Denied);
        let limited = blocks.iter().flat_map(|block| &block.limits).any(|limit| {
            let method = self.asked.method;
            let named = limit
                .methods
                .iter()
                .any(|name| name == method || (name == "GET" && method == "HEAD"));
            named != limit.except && limit.access == Access::Denied
        });
        for block in blocks
            .iter()
            .filter(|block| in_directory || !std::ptr::eq(**block, &raw const host.own))
        {
            self.set_env(&block.set_env_if);
        }
        if denied || limited {
            return self.die(403, &blocks);
        }
        let rewriting = blocks.iter().rev().find(|block| {
            (in_directory || !std::ptr::eq(**block, &raw const host.own))
                && !block.rewrites.is_empty()
        });
        if let Some(block) = rewriting
            && blocks.iter().rev().find_map(|block| block.rewriting) == Some(true)
        {
            let relative = path.trim_start_matches('/');
            match self.rewrite(&block.rewrites, relative) {
                Rewritten::Through => {}
                Rewritten::Ended(status) => return self.die(status, &blocks),
                Rewritten::Proxy(to) => target = Some(to),
            }
        }
        for (name, value) in blocks.iter().flat_map(|block| &block.set_env) {
            match value {
                Some(value) => self.env.insert(name.clone(), value.clone()),
                None => self.env.remove(name),
            };
        }
        self.change_request(&blocks);
        let to = target.or_else(|| proxied.map(|to| path_of(&to)));
        match (to, served) {
            (Some(to), _) => self.proxy(&to, behind, &blocks),
            (None, Served::Handler) => self.proxy(self.asked.path, behind, &blocks),
            (None, Served::Files) => self.files(behind, &blocks),
        }
    }

    fn proxy(&mut self, path: &str, behind: &dyn Behind, blocks: &[&'a Block]) -> Answered {
        let asked = Asked { path, ..*self.asked };
        let (reached, response) = behind.answer(&asked).upstream();
        self.reached |= reached;
        let Some(response) = response else { return self.die(502, blocks) };
        self.status = response.status;
        self.out = response.cors;
        self.out.extend(response.vary.into_iter().map(|value| ("Vary".to_owned(), value)));
        self.send(blocks, Sent::Handled)
    }

    fn files(&mut self, behind: &dyn Behind, blocks: &[&'a Block]) -> Answered {
        if self.asked.method == "OPTIONS" {
            return self.send(blocks, Sent::Handled);
        }
        if !matches!(self.asked.method, "GET" | "HEAD" | "POST") {
            return self.die(405, blocks);
        }
        match behind.answer(self.asked) {
            BehindAnswer::Responds(response) if response.status != 404 => {
                self.send(blocks, Sent::Handled)
            }
            _ => self.die(404, blocks),
        }
    }

    /// An answer of Apache's own.
    fn die(&mut self, status: u16, blocks: &[&'a Block]) -> Answered {
        self.status = status;
        if !matches!(status, 204 | 304) {
            self.out.clear();
        }
        self.send(blocks, Sent::Error)
    }

    fn send(&mut self, blocks: &[&'a Block], sent: Sent) -> Answered {
        let mut always = Lines::new();
        let rules = || blocks.iter().flat_map(|block| &block.headers);
        for rule in rules().filter(|rule| rule.table == Table::Always) {
            self.change(rule, &mut always);
        }
        if sent == Sent::Handled {
            let mut out = std::mem::take(&mut self.out);
            for rule in rules().filter(|rule| rule.table == Table::OnSuccess) {
                // A condition may add to `Vary` in the very table that is being changed.
                self.out = out;
                let holds = self.holds(&rule.condition);
                out = std::mem::take(&mut self.out);
                if holds {
                    self.act(&rule.action, &mut out);
                }
            }
            self.out = out;
        }
        let mut answered =
            Answered { status: self.status, reached: self.reached, ..Answered::default() };
        let mut vary: Vec<String> = Vec::new();
        for (name, value) in always.into_iter().chain(std::mem::take(&mut self.out)) {
            if name.eq_ignore_ascii_case("vary") {
                vary.push(value);
            } else if name
                .get(..15)
                .is_some_and(|start| start.eq_ignore_ascii_case("access-control-"))
            {
                answered.cors.push((name, value));
            }
        }
        if !vary.is_empty() {
            answered.vary.push(unique(&vary));
        }
        answered
    }

    fn change(&mut self, rule: &HeaderRule, lines: &mut Lines) {
        if self.holds(&rule.condition) {
            self.act(&rule.action, lines);
        }
    }

    fn holds(&mut self, condition: &HeaderCondition) -> bool {
        match condition {
            HeaderCondition::None => true,
            HeaderCondition::Env { name, negated } => self.env.contains_key(name) != *negated,
            HeaderCondition::Expression(condition) => self.decide(condition),
        }
    }

    fn act(&mut self, action: &HeaderAction, lines: &mut Lines) {
        let position = |lines: &Lines, name: &str| {
            lines.iter().position(|(other, _)| other.eq_ignore_ascii_case(name))
        };
        match action {
            HeaderAction::Set(name, value) => {
                let value = self.text(value);
                set(lines, name, value);
            }
            HeaderAction::SetIfEmpty(name, value) => {
                if position(lines, name).is_none() {
                    let value = self.text(value);
                    lines.push((name.clone(), value));
                }
            }
            HeaderAction::Append(name, value) => {
                let value = self.text(value);
                merge(lines, name, &value);
            }
            HeaderAction::Merge(name, value) => {
                let value = self.text(value);
                let present = lines
                    .iter()
                    .filter(|(other, _)| other.eq_ignore_ascii_case(name))
                    .flat_map(|(_, line)| line.split(','))
                    .any(|item| item.trim() == value);
                if !present {
                    merge(lines, name, &value);
                }
            }
            HeaderAction::Add(name, value) => {
                let value = self.text(value);
                lines.push((name.clone(), value));
            }
            HeaderAction::Unset(name) => {
                lines.retain(|(other, _)| !other.eq_ignore_ascii_case(name));
            }
            HeaderAction::Echo(matcher) => {
                for (name, value) in self.asked.headers {
                    if matcher.is_match(name) {
                        lines.push((name.clone(), value.clone()));
                    }
                }
            }
            HeaderAction::Edit { name, matcher, replacement, all } => {
                for (other, value) in
                    lines.iter_mut().filter(|(other, _)| other.eq_ignore_ascii_case(name))
                {
                    let _ = other;
                    *value = edited(value, matcher, replacement, *all);
                }
            }
        }
    }

    fn change_request(&mut self, blocks: &[&'a Block]) {
        for rule in blocks.iter().flat_map(|block| &block.request_headers) {
            if self.holds(&rule.condition) {
                let mut lines = std::mem::take(&mut self.request);
                self.request = lines.clone();
                self.act(&rule.action, &mut lines);
                for (name, _) in &mut lines {
                    name.make_ascii_lowercase();
                }
                self.request = lines;
            }
        }
    }

    /// The blocks that hold for a request, in the order in which they are merged.
    fn blocks(&mut self, own: &'a Block, path: &str, files: bool) -> Vec<&'a Block> {
        let mut blocks = vec![own];
        let inside = |blocks: &mut Vec<&'a Block>, wanted: &dyn Fn(&When) -> bool| {
            let mut at = 0;
            while at < blocks.len() {
                let block: &'a Block = blocks[at];
                for section in &block.sections {
                    let known =
                        blocks.iter().any(|known| std::ptr::eq(*known, &raw const section.block));
                    if !known && wanted(&section.when) {
                        blocks.push(&section.block);
                    }
                }
                at += 1;
            }
        };
        if files {
            inside(&mut blocks, &|when| matches!(when, When::Directory));
            let name = path.rsplit('/').next().unwrap_or_default();
            inside(&mut blocks, &|when| match when {
                When::Files(NamePattern::Exact(exact)) => exact == name,
                When::Files(NamePattern::Regex(matcher)) => matcher.is_match(name),
                _ => false,
            });
        }
        inside(&mut blocks, &|when| match when {
            When::Location(prefix) => path.strip_prefix(prefix.as_str()).is_some_and(|rest| {
                rest.is_empty() || rest.starts_with('/') || prefix.ends_with('/')
            }),
            When::LocationRegex(matcher) => matcher.is_match(path),
            _ => false,
        });
        // Conditions last, wherever they stand; those inside others after those around them.
        let mut matched: Vec<usize> = Vec::new();
        let mut at = 0;
        while at < blocks.len() {
            let block = blocks[at];
            for section in &block.sections {
                let When::If { chain, condition } = &section.when else { continue };
                if matched.contains(chain) {
                    continue;
                }
                if condition.as_ref().is_none_or(|condition| self.decide(condition)) {
                    matched.push(*chain);
                    blocks.push(&section.block);
                }
            }
            at += 1;
        }
        blocks
    }

    fn set_env(&mut self, rules: &[SetEnvIf]) {
        for rule in rules {
            let value = match &rule.source {
                Attribute::Method => self.asked.method.to_owned(),
                Attribute::Uri => self.asked.path_only().to_owned(),
                Attribute::Header(name) => {
                    let header = self.header(&name.to_ascii_lowercase());
                    header.or_else(|| self.env.get(name).cloned()).unwrap_or_default()
                }
            };
            let groups = match &rule.pattern {
                EnvPattern::Plain { text, ignore_case: false } => {
                    value.contains(text.as_str()).then(Vec::new)
                }
                EnvPattern::Plain { text, ignore_case: true } => {
                    value.to_ascii_lowercase().contains(&text.to_ascii_lowercase()).then(Vec::new)
                }
                EnvPattern::Regex(matcher) => matcher.captures(&value),
                EnvPattern::Expression(condition) => self.decide(condition).then(Vec::new),
            };
            let Some(groups) = groups else { continue };
            for (name, value) in &rule.sets {
                match value {
                    None => {
                        self.env.remove(name);
                    }
                    // A plain text has no groups: `$0` stays what it is.
                    Some(value) if groups.is_empty() => {
                        self.env.insert(name.clone(), value.clone());
                    }
                    Some(value) => {
                        self.env.insert(name.clone(), filled(value, '$', &groups));
                    }
                }
            }
        }
    }

    fn rewrite(&mut self, rules: &[Rewrite], path: &str) -> Rewritten {
        for rule in rules {
            let Some(vary) = self.rule_applies(rule, path) else { continue };
            if !vary.is_empty() {
                merge(&mut self.out, "Vary", &vary.join(", "));
            }
            for (name, value) in &rule.env {
                match value {
                    Some(value) => {
                        let value = self.expanded(value, &mut Vec::new());
                        self.env.insert(name.clone(), value);
                    }
                    None => {
                        self.env.remove(name);
                    }
                }
            }
            match &rule.action {
                RewriteAction::Status(status) | RewriteAction::Redirect(status) => {
                    return Rewritten::Ended(*status);
                }
                RewriteAction::Proxy(target) => {
                    let to = self.expanded(target, &mut Vec::new());
                    return Rewritten::Proxy(path_of(&to));
                }
                RewriteAction::Nothing if rule.last => return Rewritten::Through,
                RewriteAction::Nothing => {}
            }
        }
        Rewritten::Through
    }

    /// The headers that a rule's conditions looked at, where it applies.
    fn rule_applies(&mut self, rule: &Rewrite, path: &str) -> Option<Vec<String>> {
        let captured = rule.matcher.captures(path);
        if captured.is_some() == rule.negated {
            return None;
        }
        self.groups = captured.unwrap_or_default();
        self.condition_groups.clear();
        let mut vary = Vec::new();
        let mut skipping = false;
        for condition in &rule.conditions {
            if skipping {
                skipping = condition.or_next;
                continue;
            }
            let mut looked_at = Vec::new();
            let holds = self.condition(condition, &mut looked_at);
            if condition.no_vary {
                looked_at.clear();
            }
            if condition.or_next {
                if !holds {
                    continue;
                }
                skipping = true;
            } else if !holds {
                return None;
            }
            vary.extend(looked_at);
        }
        Some(vary)
    }

    fn condition(&mut self, condition: &RewriteCondition, looked_at: &mut Vec<String>) -> bool {
        let subject = self.expanded(&condition.subject, looked_at);
        let holds = match &condition.test {
            RewriteTest::Equal { text, ignore_case: false } => subject == *text,
            RewriteTest::Equal { text, ignore_case: true } => subject.eq_ignore_ascii_case(text),
            RewriteTest::Expression(expression) => self.decide(expression),
            RewriteTest::Regex(matcher) => match matcher.captures(&subject) {
                Some(groups) => {
                    if !condition.negated {
                        self.condition_groups = groups;
                    }
                    true
                }
                None => false,
            },
        };
        holds != condition.negated
    }

    fn expanded(&self, pieces: &[RewritePiece], looked_at: &mut Vec<String>) -> String {
        let mut text = String::new();
        let group = |groups: &[Option<String>], number: usize| {
            groups.get(number).cloned().flatten().unwrap_or_default()
        };
        for piece in pieces {
            match piece {
                RewritePiece::Literal(literal) => text.push_str(literal),
                RewritePiece::Method => text.push_str(self.asked.method),
                RewritePiece::Uri => text.push_str(self.asked.path_only()),
                RewritePiece::Query => text.push_str(self.query()),
                RewritePiece::Host => text.push_str(self.asked.host),
                RewritePiece::Scheme => text.push_str("http"),
                RewritePiece::Https => text.push_str("off"),
                RewritePiece::Header(name) => {
                    if let Some(value) = self.header(&name.to_ascii_lowercase()) {
                        if !name.eq_ignore_ascii_case("host") {
                            looked_at.push(name.clone());
                        }
                        text.push_str(&value);
                    }
                }
                RewritePiece::PlainHeader(name) => {
                    text.push_str(&self.header(name).unwrap_or_default());
                }
                RewritePiece::Env(name) => {
                    text.push_str(self.env.get(name).map_or("", String::as_str));
                }
                RewritePiece::ConditionGroup(number) => {
                    text.push_str(&group(&self.condition_groups, *number));
                }
                RewritePiece::RuleGroup(number) => text.push_str(&group(&self.groups, *number)),
            }
        }
        text
    }

    fn query(&self) -> &'a str {
        self.asked.path.split_once('?').map_or("", |(_, query)| query)
    }

    fn header(&self, name: &str) -> Option<String> {
        if name == "host" {
            return Some(self.asked.host.to_owned());
        }
        self.request.iter().find(|(other, _)| other == name).map(|(_, value)| value.clone())
    }

    /// A whole condition: the headers that it looked at are added to `Vary`.
    fn decide(&mut self, condition: &Bool) -> bool {
        let mut looked_at = Vec::new();
        let mut groups = Vec::new();
        let decided = self.bool(condition, &mut looked_at, &mut groups);
        if !looked_at.is_empty() {
            merge(&mut self.out, "Vary", &looked_at.join(", "));
        }
        decided
    }

    fn bool(
        &self,
        condition: &Bool,
        looked_at: &mut Vec<String>,
        groups: &mut Vec<Option<String>>,
    ) -> bool {
        match condition {
            Bool::All(parts) => parts.iter().all(|part| self.bool(part, looked_at, groups)),
            Bool::Any(parts) => parts.iter().any(|part| self.bool(part, looked_at, groups)),
            Bool::Not(part) => !self.bool(part, looked_at, groups),
            Bool::Constant(value) => *value,
            Bool::Compare(left, operator, right) => {
                let left = self.eval(left, looked_at, groups);
                let right = self.eval(right, looked_at, groups);
                operator.compare(&left, &right)
            }
            Bool::Matches { text, matcher, negated } => {
                let text = self.eval(text, looked_at, groups);
                match matcher.captures(&text) {
                    Some(captured) => {
                        *groups = captured;
                        !negated
                    }
                    None => *negated,
                }
            }
            Bool::In(text, items) => {
                let text = self.eval(text, looked_at, groups);
                items.iter().any(|item| self.eval(item, looked_at, groups) == text)
            }
            Bool::NotEmpty(text) => !self.eval(text, looked_at, groups).is_empty(),
            Bool::Empty(text) => self.eval(text, looked_at, groups).is_empty(),
            Bool::Truthy(text) => {
                let text = self.eval(text, looked_at, groups).to_ascii_lowercase();
                !matches!(text.as_str(), "" | "0" | "off" | "false" | "no")
            }
        }
    }

    fn text(&self, text: &Text) -> String {
        self.eval(text, &mut Vec::new(), &[])
    }

    fn eval(&self, text: &Text, looked_at: &mut Vec<String>, groups: &[Option<String>]) -> String {
        let mut out = String::new();
        for piece in &text.0 {
            match piece {
                Piece::Literal(literal) => out.push_str(literal),
                Piece::Header { name, vary } => {
                    if *vary && !looked_at.iter().any(|other| other.eq_ignore_ascii_case(name)) {
                        looked_at.push(written_name(name));
                    }
                    out.push_str(&self.header(name).unwrap_or_default());
                }
                Piece::Env(name) => out.push_str(self.env.get(name).map_or("", String::as_str)),
                Piece::EnvOrNull(name) => {
                    out.push_str(self.env.get(name).map_or("(null)", String::as_str));
                }
                Piece::Response(name) => {
                    let found = self.out.iter().find(|(other, _)| other.eq_ignore_ascii_case(name));
                    out.push_str(found.map_or("", |(_, value)| value));
                }
                Piece::Method => out.push_str(self.asked.method),
                Piece::Uri => out.push_str(self.asked.path_only()),
                Piece::Query => out.push_str(self.query()),
                Piece::Status => out.push_str(&self.status.to_string()),
                Piece::Host => out.push_str(self.asked.host),
                Piece::Scheme => out.push_str("http"),
                Piece::Https => out.push_str("off"),
                Piece::Group(number) => {
                    out.push_str(
                        groups.get(*number).and_then(Option::as_deref).unwrap_or_default(),
                    );
                }
                Piece::Lower(text) => {
                    out.push_str(&self.eval(text, looked_at, groups).to_ascii_lowercase());
                }
                Piece::Upper(text) => {
                    out.push_str(&self.eval(text, looked_at, groups).to_ascii_uppercase());
                }
            }
        }
        out
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sent {
    /// By a handler.
    Handled,
    /// By Apache itself.
    Error,
}

impl Operator {
    fn compare(self, left: &str, right: &str) -> bool {
        let number = |text: &str| text.trim().parse::<i64>().unwrap_or(0);
        match self {
            Self::Equal => left == right,
            Self::NotEqual => left != right,
            Self::Less => left < right,
            Self::LessOrEqual => left <= right,
            Self::Greater => left > right,
            Self::GreaterOrEqual => left >= right,
            Self::NumberEqual => number(left) == number(right),
            Self::NumberNotEqual => number(left) != number(right),
            Self::NumberLess => number(left) < number(right),
            Self::NumberLessOrEqual => number(left) <= number(right),
            Self::NumberGreater => number(left) > number(right),
            Self::NumberGreaterOrEqual => number(left) >= number(right),
        }
    }
}

/// The path at the upstream, where the host passes a path on.
fn proxied(host: &Host, path: &str) -> Option<String> {
    host.proxies.iter().find_map(|proxied| match &proxied.path {
        ProxyPath::Prefix(prefix) => {
            let rest = path.strip_prefix(prefix.as_str())?;
            let whole = prefix.ends_with('/') || rest.is_empty() || rest.starts_with('/');
            whole.then(|| format!("{}{rest}", proxied.to))
        }
        ProxyPath::Regex(matcher) => {
            let groups = matcher.captures(path)?;
            let to = &proxied.to;
            Some(if to.contains('$') { filled(to, '$', &groups) } else { format!("{to}{path}") })
        }
    })
}

/// The path of a URL.
fn path_of(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.find('/').map_or("/", |slash| &rest[slash..]).to_owned()
}

fn set(lines: &mut Lines, name: &str, value: String) {
    match lines.iter().position(|(other, _)| other.eq_ignore_ascii_case(name)) {
        Some(first) => {
            // The name stays as it was.
            lines[first].1 = value;
            let mut at = 0;
            lines.retain(|(other, _)| {
                at += 1;
                at - 1 == first || !other.eq_ignore_ascii_case(name)
            });
        }
        None => lines.push((name.to_owned(), value)),
    }
}

/// Adds a value to the first line of a name.
fn merge(lines: &mut Lines, name: &str, value: &str) {
    match lines.iter_mut().find(|(other, _)| other.eq_ignore_ascii_case(name)) {
        Some((_, line)) => *line = format!("{line}, {value}"),
        None => lines.push((name.to_owned(), value.to_owned())),
    }
}

/// Replaces the first match, or all of them.
fn edited(value: &str, matcher: &crate::regexes::Matcher, replacement: &str, all: bool) -> String {
    let mut out = String::new();
    let mut rest = value;
    while let Some(groups) = matcher.captures(rest) {
        let whole = groups.first().cloned().flatten().unwrap_or_default();
        let Some(at) = rest.find(&whole) else { break };
        out.push_str(&rest[..at]);
        out.push_str(&filled(replacement, '$', &groups));
        rest = &rest[at + whole.len()..];
        if !all || whole.is_empty() || rest.is_empty() {
            break;
        }
    }
    out.push_str(rest);
    out
}

/// The items of `Vary` lines, each once.
fn unique(lines: &[String]) -> String {
    let mut items: Vec<&str> = Vec::new();
    for item in
        lines.iter().flat_map(|line| line.split(',')).map(str::trim).filter(|item| !item.is_empty())
    {
        if !items.iter().any(|other| other.eq_ignore_ascii_case(item)) {
            items.push(item);
        }
    }
    items.join(",")
}

/// The name as it stands in expressions, which the reader keeps in lower case.
fn written_name(name: &str) -> String {
    let words: Vec<String> = name
        .split('-')
        .map(|word| {
            let mut chars = word.chars();
            chars.next().map_or(String::new(), |first| {
                format!("{}{}", first.to_ascii_uppercase(), chars.as_str())
            })
        })
        .collect();
    words.join("-")
}
