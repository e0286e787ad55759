//! Directives and sections.

use super::expression::{self, Text};
use super::model::{
    Access, Apache, Attribute, Block, EnvPattern, HeaderAction, HeaderCondition, HeaderRule, Host,
    Limit, NamePattern, Proxied, ProxyPath, Section, Served, SetEnvIf, Table, When,
};
use super::parse::{Directive, Word, parse};
use super::rewrite;
use crate::regexes::{Case, Flavour, Matcher, Reach};
use crate::{NotRead, Placement, Source, Why};

/// Where a directive stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Context {
    Server,
    Directory,
    Location,
    If,
}

/// Directives that no answer's status and no CORS header depends on.
const HARMLESS: &[&str] = &[
    "documentroot",
    "servername",
    "serveralias",
    "serveradmin",
    "errorlog",
    "customlog",
    "loglevel",
    "logformat",
    "transferlog",
    "options",
    "allowoverride",
    "directoryindex",
    "loadmodule",
    "listen",
    "addtype",
    "addcharset",
    "adddefaultcharset",
    "addencoding",
    "addlanguage",
    "defaulttype",
    "fileetag",
    "keepalive",
    "keepalivetimeout",
    "maxkeepaliverequests",
    "protocols",
    "serversignature",
    "servertokens",
    "timeout",
    "traceenable",
    "usecanonicalname",
    "hostnamelookups",
    "proxypreservehost",
    "proxyrequests",
    "proxytimeout",
    "proxypassreverse",
    "proxypassreversecookiedomain",
    "proxypassreversecookiepath",
    "proxyvia",
    "proxyaddheaders",
    "proxybadheader",
    "requestreadtimeout",
    "limitrequestbody",
    "limitrequestline",
    "limitrequestfieldsize",
    "user",
    "group",
    "pidfile",
    "serverroot",
    "mutex",
    "enablesendfile",
    "enablemmap",
    "forcetype",
    "contentdigest",
    "rewritebase",
    "rewritemap_unused",
    "balancermember",
    "proxyset",
    "allowencodedslashes",
    "indexoptions",
    "indexignore",
    "modmimeusepathinfo",
    "setenvifplain_unused",
    "passenv",
    "unsetenv_unused",
    "sslengine",
    "acceptpathinfo",
    "php_value",
    "php_flag",
];
const HARMLESS_FAMILIES: &[&str] = &["ssl", "expires", "http2", "h2"];
/// Modules that are taken to be there.
const MODULES: &[&str] = &[
    "mod_headers.c",
    "headers_module",
    "mod_setenvif.c",
    "setenvif_module",
    "mod_rewrite.c",
    "rewrite_module",
    "mod_proxy.c",
    "mod_proxy_http.c",
    "mod_mime.c",
    "mod_expires.c",
    "mod_ssl.c",
    "mod_dir.c",
    "mod_env.c",
    "mod_authz_core.c",
    "mod_alias.c",
    "mod_filter.c",
];

pub(super) fn read(source: &Source<'_>) -> Result<Apache, NotRead> {
    let directives = parse(source.text)?;
    let mut apache = Apache::default();
    let mut reader = Reader { chains: 0, reads_responses: reads_responses(&directives) };
    if source.circumstances.placement == Placement::Directory {
        apache.directory = Some(match source.circumstances.implementation.as_deref() {
            Some("static") => Served::Files,
            _ => Served::Handler,
        });
        let own = reader.block(&directives, Context::Directory, &mut Host::default())?;
        let host = Host { own, ..Host::default() };
        apache.hosts.push(host);
        return Ok(apache);
    }
    let (hosts, main): (Vec<Directive>, Vec<Directive>) =
        directives.into_iter().partition(|directive| directive.is("VirtualHost"));
    let mut shared = Host::default();
    shared.own = reader.block(&main, Context::Server, &mut shared.clone_empty())?;
    if hosts.is_empty() {
        let mut host = Host::default();
        host.own = reader.block(&main, Context::Server, &mut host.clone_empty())?;
        fill(&main, &mut host)?;
        apache.hosts.push(host);
        return Ok(apache);
    }
    for section in &hosts {
        let inner = section.section.as_deref().unwrap_or_default();
        let mut host = Host::default();
        let mut own = reader.block(inner, Context::Server, &mut host)?;
        fill(inner, &mut host)?;
        // What the main server says comes first; its rewriting is not inherited.
        let mut headers = shared.own.headers.clone();
        headers.append(&mut own.headers);
        own.headers = headers;
        let mut sets = shared.own.set_env_if.clone();
        sets.append(&mut own.set_env_if);
        own.set_env_if = sets;
        let mut sections = shared.own.sections.clone();
        sections.append(&mut own.sections);
        own.sections = sections;
        host.own = own;
        apache.hosts.push(host);
    }
    Ok(apache)
}

impl Host {
    fn clone_empty(&self) -> Self {
        Self::default()
    }
}

/// Names and proxies of a host.
fn fill(directives: &[Directive], host: &mut Host) -> Result<(), NotRead> {
    for directive in directives {
        if directive.is("ServerName") || directive.is("ServerAlias") {
            host.names.extend(directive.args.iter().map(|word| {
                let name = word.text.split("://").last().unwrap_or_default();
                name.split(':').next().unwrap_or_default().to_ascii_lowercase()
            }));
        } else if directive.is("DocumentRoot") {
            host.has_root = true;
        } else if directive.is("IfModule") && module_is_there(directive)? {
            fill(directive.section.as_deref().unwrap_or_default(), host)?;
        }
    }
    Ok(())
}

fn module_is_there(directive: &Directive) -> Result<bool, NotRead> {
    let [name] = directive.args.as_slice() else {
        return Err(directive.name.rejected("takes one argument"));
    };
    let plain = name.text.trim_start_matches('!');
    if !MODULES.contains(&plain.to_ascii_lowercase().as_str()) {
        return Err(name.refused());
    }
    Ok(!name.text.starts_with('!'))
}

struct Reader {
    chains: usize,
    /// Whether an expression looks at what is sent.
    reads_responses: bool,
}

fn reads_responses(directives: &[Directive]) -> bool {
    directives.iter().any(|directive| {
        directive.args.iter().any(|word| word.text.to_ascii_lowercase().contains("resp"))
            || directive.section.as_deref().is_some_and(reads_responses)
    })
}

/// Whether a directive `Header` is about one that browsers ask CORS about.
fn is_of_cors(directive: &Directive) -> bool {
    directive.args.iter().any(|word| {
        let word = word.text.to_ascii_lowercase();
        word.trim_end_matches(':') == "vary" || word.starts_with("access-control-")
    })
}

impl Reader {
    fn block(
        &mut self,
        directives: &[Directive],
        context: Context,
        host: &mut Host,
    ) -> Result<Block, NotRead> {
        let mut block = Block::default();
        self.into(directives, context, host, &mut block)?;
        Ok(block)
    }

    fn into(
        &mut self,
        directives: &[Directive],
        context: Context,
        host: &mut Host,
        block: &mut Block,
    ) -> Result<(), NotRead> {
        let mut conditions = Vec::new();
        for directive in directives {
            let name = directive.name.text.to_ascii_lowercase();
            if let Some(inner) = &directive.section {
                self.section(&name, directive, inner, context, host, block)?;
                continue;
            }
            match name.as_str() {
                "header" => match header(directive, HeaderKind::Response) {
                    Err(NotRead::Refused(_)) if !self.reads_responses && !is_of_cors(directive) => {
                    }
                    rule => block.headers.push(rule?),
                },
                "requestheader" => {
                    block.request_headers.push(header(directive, HeaderKind::Request)?);
                }
                "setenvif" | "setenvifnocase" => {
                    block.set_env_if.push(set_env_if(directive, &name)?);
                }
                "setenvifexpr" => block.set_env_if.push(set_env_if_expr(directive)?),
                "setenv" => match directive.args.as_slice() {
                    [name] => block.set_env.push((name.text.clone(), Some(String::new()))),
                    [name, value] => {
                        block.set_env.push((name.text.clone(), Some(value.text.clone())));
                    }
                    _ => return Err(directive.name.rejected("takes one or two arguments")),
                },
                "unsetenv" => {
                    block
                        .set_env
                        .extend(directive.args.iter().map(|word| (word.text.clone(), None)));
                }
                "rewriteengine" => {
                    block.rewriting = Some(
                        directive
                            .args
                            .first()
                            .is_some_and(|word| word.text.eq_ignore_ascii_case("on")),
                    );
                }
                "rewritecond" => conditions.push(rewrite::condition(directive)?),
                "rewriterule" => {
                    let conditions = std::mem::take(&mut conditions);
                    let in_location = matches!(context, Context::Location | Context::If);
                    block.rewrites.push(rewrite::rule(directive, conditions, in_location)?);
                }
                "proxypass" | "proxypassmatch" if context == Context::Server => {
                    host.proxies.push(proxy_pass(directive, &name)?);
                }
                "proxypass" if context == Context::Location => {
                    return Err(directive.name.refused());
                }
                "proxyerroroverride" => {
                    if !directive
                        .args
                        .first()
                        .is_some_and(|word| word.text.eq_ignore_ascii_case("off"))
                    {
                        return Err(directive.name.refused());
                    }
                }
                "errordocument" => {
                    let target = directive.args.get(1).map_or("", |word| word.text.as_str());
                    if target.starts_with('/') || target.contains("://") {
                        return Err(directive.name.refused());
                    }
                }
                "require" | "order" | "allow" | "deny" => {
                    if let Some(access) = access(directive, &name)? {
                        block.access = Some(access);
                    }
                }
                "sethandler"
                    if directive
                        .args
                        .first()
                        .is_some_and(|word| word.text.starts_with("proxy:")) => {}
                "include" | "includeoptional" => {
                    return Err(NotRead::refused(crate::Refused::new(
                        directive.name.span.clone(),
                        directive.name.text.clone(),
                        Why::Elsewhere,
                    )));
                }
                name if HARMLESS.contains(&name) => {}
                name if HARMLESS_FAMILIES.iter().any(|family| name.starts_with(family)) => {}
                _ => return Err(directive.name.refused()),
            }
        }
        Ok(())
    }

    fn section(
        &mut self,
        name: &str,
        directive: &Directive,
        inner: &[Directive],
        context: Context,
        host: &mut Host,
        block: &mut Block,
    ) -> Result<(), NotRead> {
        let mut push = |reader: &mut Self, when: When, inside: Context| -> Result<(), NotRead> {
            let block_inside = reader.block(inner, inside, host)?;
            block.sections.push(Section { when, block: block_inside });
            Ok(())
        };
        let first = directive.args.first();
        let named = || first.ok_or_else(|| directive.name.rejected("needs an argument"));
        match name {
            "ifmodule" => {
                if module_is_there(directive)? {
                    self.into(inner, context, host, block)?;
                }
                Ok(())
            }
            "directory" if context == Context::Server => {
                let path = named()?;
                if path.text.contains(['*', '?', '[']) || path.text == "~" {
                    return Err(path.refused());
                }
                push(self, When::Directory, Context::Directory)
            }
            "files" | "filesmatch" => {
                let pattern = named()?;
                let when = match (name, directive.args.as_slice()) {
                    ("files", [_, expression]) if pattern.text == "~" => {
                        NamePattern::Regex(regex(expression)?)
                    }
                    ("filesmatch", _) => NamePattern::Regex(regex(pattern)?),
                    _ if pattern.text.contains(['*', '?', '[']) => return Err(pattern.refused()),
                    _ => NamePattern::Exact(pattern.text.clone()),
                };
                push(self, When::Files(when), Context::Directory)
            }
            "location" if context == Context::Server => {
                let path = named()?;
                let when = match directive.args.as_slice() {
                    [tilde, expression] if tilde.text == "~" => {
                        When::LocationRegex(regex(expression)?)
                    }
                    _ if path.text.contains(['*', '?', '[']) => return Err(path.refused()),
                    _ => When::Location(path.text.clone()),
                };
                push(self, when, Context::Location)
            }
            "locationmatch" if context == Context::Server => {
                let when = When::LocationRegex(regex(named()?)?);
                push(self, when, Context::Location)
            }
            "if" => {
                let condition = named()?;
                let condition = expression::condition(&condition.text, condition)?;
                self.chains += 1;
                let chain = self.chains;
                push(self, When::If { chain, condition: Some(condition) }, Context::If)
            }
            "elseif" | "else" => {
                let condition = match name {
                    "elseif" => {
                        let condition = named()?;
                        Some(expression::condition(&condition.text, condition)?)
                    }
                    _ => None,
                };
                let chain = block.sections.iter().rev().find_map(|section| match section.when {
                    When::If { chain, .. } => Some(chain),
                    _ => None,
                });
                let Some(chain) = chain else {
                    return Err(directive.name.rejected("without <If>"));
                };
                let inside = self.block(inner, Context::If, host)?;
                block.sections.push(Section { when: When::If { chain, condition }, block: inside });
                Ok(())
            }
            "limit" | "limitexcept" => {
                if context == Context::Server {
                    return Err(directive.name.rejected("not allowed in VirtualHost context"));
                }
                let mut verdict = None;
                for directive in inner {
                    let name = directive.name.text.to_ascii_lowercase();
                    if !matches!(name.as_str(), "require" | "order" | "allow" | "deny") {
                        return Err(directive.name.refused());
                    }
                    if let Some(access) = access(directive, &name)? {
                        verdict = Some(access);
                    }
                }
                if let Some(access) = verdict {
                    let methods = directive.args.iter().map(|word| word.text.clone()).collect();
                    block.limits.push(Limit { methods, except: name == "limitexcept", access });
                }
                Ok(())
            }
            // Who may use the proxy at all.
            "proxy" => {
                for directive in inner {
                    let name = directive.name.text.to_ascii_lowercase();
                    match name.as_str() {
                        "require" | "order" | "allow" | "deny" => {
                            if access(directive, &name)? == Some(Access::Denied) {
                                return Err(directive.name.refused());
                            }
                        }
                        "balancermember" | "proxyset" => {}
                        _ => return Err(directive.name.refused()),
                    }
                }
                Ok(())
            }
            _ => Err(directive.name.refused()),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum HeaderKind {
    Response,
    Request,
}

fn regex(word: &Word) -> Result<Matcher, NotRead> {
    Matcher::new(&word.text, Flavour::Pcre, Reach::Part, Case::Sensitive)
        .map_err(|_| word.rejected("regex could not be compiled"))
}

fn header(directive: &Directive, kind: HeaderKind) -> Result<HeaderRule, NotRead> {
    let mut args = directive.args.as_slice();
    let mut table = Table::OnSuccess;
    if kind == HeaderKind::Response
        && let Some((first, rest)) = args.split_first()
    {
        match first.text.to_ascii_lowercase().as_str() {
            "always" => {
                table = Table::Always;
                args = rest;
            }
            "onsuccess" => args = rest,
            _ => {}
        }
    }
    let [action, name, rest @ ..] = args else {
        return Err(directive.name.rejected("takes more arguments"));
    };
    let header = name.text.trim_end_matches(':').to_owned();
    let verb = action.text.to_ascii_lowercase();
    let (values, condition) = match (verb.as_str(), rest) {
        ("unset" | "echo", rest) => (&rest[..0], rest),
        ("edit" | "edit*", [_, _, condition @ ..]) => (&rest[..2], condition),
        ("edit" | "edit*", _) => return Err(action.rejected("requires three arguments")),
        (_, [_, condition @ ..]) => (&rest[..1], condition),
        (_, []) => return Err(action.rejected("requires two arguments")),
    };
    let value = || values.first().map_or(Ok(Text::default()), expression::header_format);
    let action = match verb.as_str() {
        "set" => HeaderAction::Set(header, value()?),
        "setifempty" => HeaderAction::SetIfEmpty(header, value()?),
        "append" => HeaderAction::Append(header, value()?),
        "merge" => HeaderAction::Merge(header, value()?),
        "add" => HeaderAction::Add(header, value()?),
        "unset" => HeaderAction::Unset(header),
        "echo" if kind == HeaderKind::Response => {
            let matcher = Matcher::new(&name.text, Flavour::Pcre, Reach::Part, Case::Insensitive)
                .map_err(|_| name.rejected("cannot compile regular expression"))?;
            HeaderAction::Echo(matcher)
        }
        "edit" | "edit*" => {
            let [pattern, replacement] = values else { return Err(action.refused()) };
            if replacement.text.contains('%') || replacement.text.starts_with("expr=") {
                return Err(replacement.refused());
            }
            HeaderAction::Edit {
                name: header,
                matcher: regex(pattern)?,
                replacement: replacement.text.clone(),
                all: verb == "edit*",
            }
        }
        _ => return Err(action.refused()),
    };
    let condition = match condition {
        [] => HeaderCondition::None,
        [word] => header_condition(word)?,
        [_, extra, ..] => return Err(extra.rejected("too many arguments")),
    };
    Ok(HeaderRule { table, action, condition, span: directive.name.span.clone() })
}

fn header_condition(word: &Word) -> Result<HeaderCondition, NotRead> {
    if let Some(name) = word.text.strip_prefix("env=") {
        let negated = name.starts_with('!');
        return Ok(HeaderCondition::Env { name: name.trim_start_matches('!').to_owned(), negated });
    }
    if let Some(condition) = word.text.strip_prefix("expr=") {
        return expression::condition(condition, word).map(HeaderCondition::Expression);
    }
    if word.text.eq_ignore_ascii_case("early") {
        return Err(word.refused());
    }
    Err(word.rejected("unknown condition"))
}

fn set_env_if(directive: &Directive, name: &str) -> Result<SetEnvIf, NotRead> {
    let [attribute, pattern, sets @ ..] = directive.args.as_slice() else {
        return Err(directive.name.rejected("missing argument"));
    };
    if sets.is_empty() {
        return Err(directive.name.rejected("missing envariable expression"));
    }
    let source = match attribute.text.to_ascii_lowercase().as_str() {
        "request_method" => Attribute::Method,
        "request_uri" => Attribute::Uri,
        "remote_addr" | "remote_host" | "server_addr" | "request_protocol" => {
            return Err(attribute.refused());
        }
        name if name.contains(['^', '$', '.', '*', '+', '?', '(', '[', '|']) => {
            return Err(attribute.refused());
        }
        _ => Attribute::Header(attribute.text.clone()),
    };
    let ignore_case = name == "setenvifnocase";
    let pattern_of = match plain(&pattern.text) {
        Some(text) => EnvPattern::Plain { text, ignore_case },
        None => {
            let case = if ignore_case { Case::Insensitive } else { Case::Sensitive };
            let matcher = Matcher::new(&pattern.text, Flavour::Pcre, Reach::Part, case)
                .map_err(|_| pattern.rejected("SetEnvIf regex could not be compiled"))?;
            EnvPattern::Regex(matcher)
        }
    };
    let span = attribute.span.start..pattern.span.end;
    Ok(SetEnvIf { source, pattern: pattern_of, sets: env_sets(sets), span })
}

fn set_env_if_expr(directive: &Directive) -> Result<SetEnvIf, NotRead> {
    let [condition, sets @ ..] = directive.args.as_slice() else {
        return Err(directive.name.rejected("missing argument"));
    };
    Ok(SetEnvIf {
        source: Attribute::Method,
        pattern: EnvPattern::Expression(expression::condition(&condition.text, condition)?),
        sets: env_sets(sets),
        span: condition.span.clone(),
    })
}

fn env_sets(words: &[Word]) -> Vec<(String, Option<String>)> {
    words
        .iter()
        .map(|word| match word.text.strip_prefix('!') {
            Some(name) => (name.to_owned(), None),
            None => {
                let (name, value) = word.text.split_once('=').unwrap_or((&word.text, "1"));
                (name.to_owned(), Some(value.to_owned()))
            }
        })
        .collect()
}

/// The text of a pattern that has no signs of expressions in it, or has them all behind backslashes.
fn plain(pattern: &str) -> Option<String> {
    const SIGNS: &str = "^.$|()[]*+?{}";
    let mut text = String::new();
    let mut escaped = false;
    for char in pattern.chars() {
        match (char, escaped) {
            ('\\', false) => {
                escaped = true;
                continue;
            }
            (char, false) if SIGNS.contains(char) => return None,
            (char, true) if !SIGNS.contains(char) && char != '\\' => return None,
            _ => {}
        }
        escaped = false;
        text.push(char);
    }
    Some(text)
}

fn proxy_pass(directive: &Directive, name: &str) -> Result<Proxied, NotRead> {
    let [path, to, ..] = directive.args.as_slice() else {
        return Err(directive.name.rejected("needs a path and a URL"));
    };
    let pattern = match name {
        "proxypassmatch" => ProxyPath::Regex(regex(path)?),
        _ => ProxyPath::Prefix(path.text.clone()),
    };
    // What is not passed on is looked for among files.
    if to.text == "!" {
        return Err(to.refused());
    }
    Ok(Proxied { path: pattern, to: to.text.clone() })
}

/// What a directive about access says to everybody.
fn access(directive: &Directive, name: &str) -> Result<Option<Access>, NotRead> {
    let words: Vec<String> =
        directive.args.iter().map(|word| word.text.to_ascii_lowercase()).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match (name, words.as_slice()) {
        ("require", ["all", "granted"]) => Ok(Some(Access::Granted)),
        ("require", ["all", "denied"]) => Ok(Some(Access::Denied)),
        ("order", _) => Ok(None),
        ("allow", ["from", "all"]) => Ok(Some(Access::Granted)),
        ("deny", ["from", "all"]) => Ok(Some(Access::Denied)),
        _ => Err(directive.name.refused()),
    }
}
