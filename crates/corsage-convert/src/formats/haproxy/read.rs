//! Sections and rules.

use std::collections::BTreeMap;

use super::conditions;
use super::lua::LuaCors;
use super::model::{Action, Capture, Haproxy, How, Named, Proxy, Reply, Rule};
use super::sample::{Phase, expression, format, variable};
use super::words::{Word, lines};
use crate::regexes::Case;
use crate::{NotRead, Refused, Why};

/// Keywords of proxies that no answer depends on, as far as nothing is overloaded or broken.
const HARMLESS: &[&str] = &[
    "bind",
    "listen",
    "option",
    "no",
    "timeout",
    "log",
    "log-format",
    "log-tag",
    "maxconn",
    "balance",
    "description",
    "errorfile",
    "compression",
    "http-reuse",
    "retries",
    "cookie",
    "default-server",
    "server-template",
    "stick-table",
    "stick",
    "fullconn",
    "unique-id-format",
    "unique-id-header",
    "hash-type",
    "http-check",
    "id",
    "rate-limit",
    "persist",
    "backlog",
    "bind-process",
    "email-alert",
    "load-server-state-from-file",
    "source",
    "stats",
    "enabled",
    "max-keep-alive-queue",
    "monitor",
    "errorloc",
    "errorloc302",
    "errorloc303",
    "dispatch_unused",
];

pub(super) fn read(text: &str) -> Result<Haproxy, NotRead> {
    let lines = lines(text)?;
    let lower = text.to_ascii_lowercase();
    let mut frontends: Vec<Proxy> = Vec::new();
    let mut backends = BTreeMap::new();
    let mut current: Option<(Proxy, Role)> = None;
    let mut section = Section::Ignored;
    let mut has_lua = false;
    for line in &lines {
        let Some((keyword, rest)) = line.split_first() else { continue };
        let opened = match keyword.text.as_str() {
            "frontend" => Some(Section::Proxy(Role::Frontend)),
            "backend" => Some(Section::Proxy(Role::Backend)),
            "listen" => Some(Section::Proxy(Role::Both)),
            "defaults" => Some(Section::Defaults),
            "global" => Some(Section::Global),
            "resolvers" | "userlist" | "peers" | "mailers" | "cache" | "program" | "ring"
            | "log-forward" => Some(Section::Ignored),
            "http-errors" => return Err(keyword.refused()),
            _ => None,
        };
        if let Some(opened) = opened {
            close(current.take(), &mut frontends, &mut backends);
            if let Section::Proxy(role) = opened {
                let name = rest.first().ok_or_else(|| keyword.rejected("missing name"))?;
                current = Some((Proxy { name: name.text.clone(), ..Proxy::default() }, role));
            }
            section = opened;
            continue;
        }
        match section {
            Section::Global => has_lua |= keyword.text.starts_with("lua-load"),
            Section::Ignored => {}
            Section::Defaults => match keyword.text.as_str() {
                "mode" => mode(rest)?,
                word if HARMLESS.contains(&word) => {}
                _ => return Err(keyword.refused()),
            },
            Section::Proxy(_) => {
                if let Some((proxy, role)) = current.as_mut() {
                    let whole = Whole { has_lua, text: &lower };
                    directive(proxy, *role, keyword, rest, whole)?;
                }
            }
        }
    }
    close(current, &mut frontends, &mut backends);
    // One that only sends browsers elsewhere, or that only passes on, says nothing about CORS.
    let passes_on = |proxy: &Proxy| {
        proxy.request.is_empty()
            && proxy.response.is_empty()
            && proxy.after.is_empty()
            && proxy.switches.is_empty()
            && proxy.default_backend.is_none()
    };
    if frontends.iter().filter(|proxy| !passes_on(proxy)).count() == 1 {
        frontends.retain(|proxy| !passes_on(proxy));
    }
    if frontends.len() > 1 {
        frontends.retain(|proxy| {
            !(proxy.response.is_empty()
                && proxy.after.is_empty()
                && proxy.switches.is_empty()
                && only_redirects(proxy))
        });
    }
    let whole = |what: &str| NotRead::refused(Refused::new(0..text.len(), what, Why::NotModelled));
    let mut frontends = frontends.into_iter();
    let frontend = frontends.next().ok_or_else(|| whole("no frontend"))?;
    if frontends.next().is_some() {
        return Err(whole("more than one frontend"));
    }
    for name in frontend.switches.iter().map(|(name, _)| name).chain(&frontend.default_backend) {
        if !backends.contains_key(name) {
            return Err(NotRead::Rejected(crate::Rejected {
                span: 0..text.len(),
                what: format!("unable to find backend {name}"),
            }));
        }
    }
    Ok(Haproxy { frontend, backends })
}

#[derive(Clone, Copy)]
enum Section {
    Global,
    Defaults,
    Proxy(Role),
    Ignored,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Frontend,
    Backend,
    Both,
}

fn only_redirects(proxy: &Proxy) -> bool {
    proxy.default_backend.is_none()
        && !proxy.has_server
        && !proxy.request.is_empty()
        && proxy.request.iter().all(|rule| matches!(rule.action, Action::Return(_)))
}

fn close(
    current: Option<(Proxy, Role)>,
    frontends: &mut Vec<Proxy>,
    backends: &mut BTreeMap<String, Proxy>,
) {
    match current {
        Some((proxy, Role::Backend)) => {
            backends.insert(proxy.name.clone(), proxy);
        }
        Some((proxy, Role::Frontend | Role::Both)) => frontends.push(proxy),
        None => {}
    }
}

fn mode(rest: &[Word]) -> Result<(), NotRead> {
    match rest {
        [mode] if mode.text == "http" => Ok(()),
        [mode, ..] => Err(mode.refused()),
        [] => Ok(()),
    }
}

/// What a rule has to know of the whole text.
#[derive(Clone, Copy)]
struct Whole<'t> {
    has_lua: bool,
    /// In lower case.
    text: &'t str,
}

impl Whole<'_> {
    /// Whether an answer to a question of CORS depends on a header.
    fn asks_about(self, name: &str) -> bool {
        matches!(name, "vary" | "origin" | "host")
            || name.starts_with("access-control-")
            || self.text.contains(&format!("hdr({name}"))
    }
}

fn directive(
    proxy: &mut Proxy,
    role: Role,
    keyword: &Word,
    rest: &[Word],
    whole: Whole<'_>,
) -> Result<(), NotRead> {
    match keyword.text.as_str() {
        "mode" => mode(rest)?,
        "acl" => {
            let Some((name, test)) = rest.split_first() else {
                return Err(keyword.rejected("missing name"));
            };
            let test = conditions::test(test, name)?;
            proxy.acls.entry(name.text.clone()).or_default().push(test);
        }
        "server" => proxy.has_server = true,
        "default_backend" => {
            let [name] = rest else { return Err(keyword.rejected("expects a name")) };
            if role != Role::Backend {
                proxy.default_backend = Some(name.text.clone());
            }
        }
        "use_backend" => {
            let Some((name, condition)) = rest.split_first() else {
                return Err(keyword.rejected("expects a name"));
            };
            if name.text.contains('%') {
                return Err(name.refused());
            }
            let condition = conditions::condition(condition, &proxy.acls)?;
            proxy.switches.push((name.text.clone(), condition));
        }
        "http-request" => {
            if let Some(rule) = rule(rest, Phase::Request, keyword, proxy, whole)? {
                proxy.request.push(rule);
            }
        }
        "http-response" => {
            if let Some(rule) = rule(rest, Phase::Response, keyword, proxy, whole)? {
                proxy.response.push(rule);
            }
        }
        "http-after-response" => {
            if let Some(rule) = rule(rest, Phase::Response, keyword, proxy, whole)? {
                proxy.after.push(rule);
            }
        }
        "capture" => match rest {
            [kind, header, name, len, number]
                if kind.text == "request" && header.text == "header" && len.text == "len" =>
            {
                let len = number.text.parse().map_err(|_| number.rejected("not a number"))?;
                proxy.captures.push(Capture { header: Some(name.text.to_ascii_lowercase()), len });
            }
            _ => return Err(keyword.refused()),
        },
        "declare" => match rest {
            [_, request, _, number] if request.text == "request" => {
                let len = number.text.parse().map_err(|_| number.rejected("not a number"))?;
                proxy.captures.push(Capture { header: None, len });
            }
            _ => return Err(keyword.refused()),
        },
        "rspadd" | "rspdel" | "rsprep" | "rspidel" | "rspirep" | "reqadd" | "reqdel" | "reqrep"
        | "reqidel" | "reqirep" | "block" | "reqallow" | "reqdeny" | "reqiallow" => {
            return Err(keyword.rejected("this directive is not supported anymore"));
        }
        "redirect" => {
            let reply = redirect(rest, keyword)?;
            let condition = conditions::condition(reply.1, &proxy.acls)?;
            proxy.request.push(Rule { action: Action::Return(reply.0), condition });
        }
        word if HARMLESS.contains(&word) => {}
        _ => return Err(keyword.refused()),
    }
    Ok(())
}

/// One rule; nothing where it changes no answer.
fn rule(
    words: &[Word],
    phase: Phase,
    keyword: &Word,
    proxy: &mut Proxy,
    whole: Whole<'_>,
) -> Result<Option<Rule>, NotRead> {
    let Some((action, rest)) = words.split_first() else {
        return Err(keyword.rejected("expects an action"));
    };
    let name = action.text.as_str();
    let after = keyword.text == "http-after-response";
    let (call, argument) = match name.split_once('(') {
        Some((call, argument)) => (call, argument.strip_suffix(')').unwrap_or(argument)),
        None => (name, ""),
    };
    let (action, condition) = match call {
        "set-header" | "add-header" => {
            let [name, value, rest @ ..] = rest else {
                return Err(action.rejected("expects exactly 2 arguments"));
            };
            let name = name.text.to_ascii_lowercase();
            let format = match format(value, phase) {
                Err(NotRead::Refused(_)) if !whole.asks_about(&name) => return Ok(None),
                format => format?,
            };
            let action = if call == "set-header" {
                Action::SetHeader(name, format)
            } else {
                Action::AddHeader(name, format)
            };
            (action, rest)
        }
        "del-header" => {
            let Some((name, mut rest)) = rest.split_first() else {
                return Err(action.rejected("expects a name"));
            };
            let mut how = "str";
            if let [flag, method, after @ ..] = rest
                && flag.text == "-m"
            {
                how = method.text.as_str();
                rest = after;
            }
            let lower = name.text.to_ascii_lowercase();
            let named = match how {
                "str" => Named::Text(How::Exact, lower),
                "beg" => Named::Text(How::Begin, lower),
                "end" => Named::Text(How::End, lower),
                "sub" => Named::Text(How::Sub, lower),
                "reg" => Named::Regex(conditions::regex(name, Case::Insensitive)?),
                _ => return Err(name.refused()),
            };
            (Action::DelHeader(named), rest)
        }
        "replace-header" => {
            let [name, matcher, value, rest @ ..] = rest else {
                return Err(action.rejected("expects exactly 3 arguments"));
            };
            let action = Action::ReplaceHeader {
                name: name.text.to_ascii_lowercase(),
                matcher: conditions::regex(matcher, Case::Sensitive)?,
                format: format(value, phase)?,
            };
            (action, rest)
        }
        "set-var" => {
            let Some((value, rest)) = rest.split_first() else {
                return Err(action.rejected("expects an expression"));
            };
            let (expression, suffix) = expression(&value.text, value)?;
            if suffix.is_some() {
                return Err(value.refused());
            }
            if !expression.fetch.is_there(phase) {
                return Err(value.rejected("sample fetch may not be reliably used here"));
            }
            (Action::SetVar(variable(argument, action)?, expression), rest)
        }
        "unset-var" => (Action::UnsetVar(variable(argument, action)?), rest),
        "set-path" if phase == Phase::Request => {
            let Some((value, rest)) = rest.split_first() else {
                return Err(action.rejected("expects a format"));
            };
            (Action::SetPath(format(value, phase)?), rest)
        }
        "set-status" if phase == Phase::Response => {
            let Some((status, mut rest)) = rest.split_first() else {
                return Err(action.rejected("expects a status"));
            };
            if let [reason, _, after @ ..] = rest
                && reason.text == "reason"
            {
                rest = after;
            }
            let status = status.text.parse().map_err(|_| status.rejected("invalid status"))?;
            (Action::SetStatus(status), rest)
        }
        "capture" if phase == Phase::Request => {
            let [value, len, number, rest @ ..] = rest else { return Err(action.refused()) };
            if len.text != "len" {
                return Err(len.refused());
            }
            let (expression, suffix) = expression(&value.text, value)?;
            if suffix.is_some() {
                return Err(value.refused());
            }
            let len = number.text.parse().map_err(|_| number.rejected("not a number"))?;
            proxy.captures.push(Capture { header: None, len });
            (Action::Capture(expression, proxy.captures.len() - 1), rest)
        }
        "return" if !after => reply(rest, 200, phase)?,
        "deny" if !after => reply(rest, if phase == Phase::Request { 403 } else { 502 }, phase)?,
        "redirect" if phase == Phase::Request => {
            let (reply, rest) = redirect(rest, action)?;
            (Action::Return(reply), rest)
        }
        "reject" | "silent-drop" if phase == Phase::Request => (Action::Reject, rest),
        "allow" => (Action::Allow, rest),
        "lua.cors" if !whole.has_lua => return Err(action.rejected("unknown rule")),
        "lua.cors" if phase == Phase::Request => {
            let [methods, origins, headers, rest @ ..] = rest else {
                return Err(action.rejected("expects 3 arguments"));
            };
            (Action::LuaRequest(LuaCors::read(methods, origins, headers)?), rest)
        }
        "lua.cors" if !after => (Action::LuaResponse, rest),
        "set-log-level" | "set-nice" | "set-tos" | "set-mark" | "add-acl" | "cache-use_unused" => {
            return Ok(None);
        }
        _ => return Err(action.refused()),
    };
    let condition = conditions::condition(condition, &proxy.acls)?;
    Ok(Some(Rule { action, condition }))
}

/// `return` and `deny` with what they say.
fn reply(words: &[Word], status: u16, phase: Phase) -> Result<(Action, &[Word]), NotRead> {
    let mut reply = Reply { status, headers: Vec::new() };
    let mut rest = words;
    let mut typed = false;
    let mut payload: Option<&Word> = None;
    loop {
        match rest {
            [keyword, number, after @ ..]
                if matches!(keyword.text.as_str(), "status" | "deny_status") =>
            {
                reply.status =
                    number.text.parse().map_err(|_| number.rejected("invalid status"))?;
                rest = after;
            }
            [keyword, _, after @ ..] if keyword.text == "content-type" => {
                typed = true;
                rest = after;
            }
            [keyword, text, after @ ..]
                if matches!(keyword.text.as_str(), "string" | "lf-string" | "file" | "lf-file") =>
            {
                if !text.text.is_empty() {
                    payload = Some(keyword);
                }
                rest = after;
            }
            [keyword, name, value, after @ ..] if keyword.text == "hdr" => {
                reply.headers.push((name.text.to_ascii_lowercase(), format(value, phase)?));
                rest = after;
            }
            [keyword, ..]
                if matches!(
                    keyword.text.as_str(),
                    "errorfile" | "errorfiles" | "default-errorfiles"
                ) =>
            {
                return Err(keyword.refused());
            }
            _ => break,
        }
    }
    match payload {
        Some(keyword) if !typed => Err(keyword.rejected("a content type must be defined")),
        _ => Ok((Action::Return(reply), rest)),
    }
}

fn redirect<'w>(words: &'w [Word], at: &Word) -> Result<(Reply, &'w [Word]), NotRead> {
    let mut reply = Reply { status: 302, headers: Vec::new() };
    let mut rest = words;
    loop {
        match rest {
            [keyword, _, after @ ..]
                if matches!(
                    keyword.text.as_str(),
                    "location" | "prefix" | "scheme" | "set-cookie" | "clear-cookie"
                ) =>
            {
                rest = after;
            }
            [keyword, number, after @ ..] if keyword.text == "code" => {
                reply.status =
                    number.text.parse().map_err(|_| number.rejected("invalid status"))?;
                rest = after;
            }
            [keyword, after @ ..]
                if matches!(
                    keyword.text.as_str(),
                    "drop-query" | "append-slash" | "ignore-empty"
                ) =>
            {
                rest = after;
            }
            _ if rest.len() == words.len() => return Err(at.rejected("expects a target")),
            _ => return Ok((reply, rest)),
        }
    }
}
