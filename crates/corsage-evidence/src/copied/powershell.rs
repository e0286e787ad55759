//! PowerShell: `Invoke-WebRequest` as developer tools copy it and as people write it, and curl.exe with
//! backticks at the ends of lines.

use std::collections::HashMap;

use corsage_diagnosis::RemarkKind;

use super::curl;
use super::word::{Computed, Word, place};
use crate::request::{Copied, Remark};

const CALLS: &[&str] = &["invoke-webrequest", "invoke-restmethod", "iwr", "irm"];

/// Whether a text is for PowerShell.
pub(super) fn is_powershell(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let calls =
        lower.split(|c: char| !(c.is_alphanumeric() || c == '-')).any(|word| CALLS.contains(&word));
    calls
        || lower.contains("new-object ")
        || text.contains("`\n") && !text.contains("\\\n") && lower.contains("curl")
}

/// The requests of a script.
pub(super) fn read(text: &str) -> Result<Vec<Copied>, Remark> {
    let tokens = tokens(text)?;
    let mut script = Script {
        variables: HashMap::new(),
        agents: Vec::new(),
        cookies: Vec::new(),
        found: Vec::new(),
    };
    let mut at = 0;
    while at < tokens.len() {
        let end = tokens[at..]
            .iter()
            .position(|token| matches!(token, Token::End))
            .map_or(tokens.len(), |end| at + end);
        script.statement(&tokens[at..end])?;
        at = end + 1;
    }
    if script.found.is_empty() {
        let first = text.split_whitespace().next().unwrap_or_default();
        return Err(Remark::new(RemarkKind::NotACommand, &[("first", first)]));
    }
    Ok(script.found)
}

/// A piece of a script.
#[derive(Clone, Debug, PartialEq)]
enum Token {
    /// A word or a string.
    Word(Word),
    /// `$name`, `$name.Member`
    Variable(String),
    /// `@{ … }`
    Table(Vec<(Word, Option<Word>)>),
    /// `( … )`, with what is in it.
    Group(Vec<Token>),
    Equals,
    /// The end of a statement.
    End,
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
}

/// How deep brackets go in what tools write and people paste.
const MAX_DEPTH: usize = 32;

fn tokens(text: &str) -> Result<Vec<Token>, Remark> {
    let mut lexer = Lexer { text, at: 0 };
    let mut tokens = Vec::new();
    while let Some(token) = lexer.token(0)? {
        tokens.push(token);
    }
    Ok(tokens)
}

impl Lexer<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn skip(&mut self, count: usize) {
        self.at += count;
    }

    fn blanks(&mut self) {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start_matches([' ', '\t', ',']);
            let mut count = rest.len() - trimmed.len();
            if let Some(after) = trimmed.strip_prefix('`') {
                let line = after.trim_start_matches([' ', '\t']);
                if line.starts_with('\n') {
                    count += 1 + (after.len() - line.len()) + 1;
                }
            } else if trimmed.starts_with('#') {
                count += trimmed.find('\n').unwrap_or(trimmed.len());
            }
            if count == 0 {
                return;
            }
            self.skip(count);
        }
    }

    fn token(&mut self, depth: usize) -> Result<Option<Token>, Remark> {
        self.blanks();
        let from = self.at;
        let Some(c) = self.rest().chars().next() else { return Ok(None) };
        if depth > MAX_DEPTH {
            return Err(Remark::new(RemarkKind::TooDeep, &[("place", &place(self.text, from))]));
        }
        Ok(Some(match c {
            '\n' | ';' | '|' => {
                self.skip(1);
                Token::End
            }
            '=' => {
                self.skip(1);
                Token::Equals
            }
            '"' | '\'' | '“' | '”' | '‘' | '’' => Token::Word(self.string()?),
            '@' if self.rest().starts_with("@\"") || self.rest().starts_with("@'") => {
                Token::Word(self.here_string()?)
            }
            '@' if self.rest().starts_with("@{") => {
                self.skip(2);
                Token::Table(self.table(depth)?)
            }
            '(' => {
                self.skip(1);
                let mut inside = Vec::new();
                loop {
                    self.blanks();
                    if self.rest().starts_with(')') {
                        self.skip(1);
                        break;
                    }
                    match self.token(depth + 1)? {
                        Some(token) => inside.push(token),
                        None => return Err(self.unclosed("(", from)),
                    }
                }
                Token::Group(inside)
            }
            ')' | '}' | '{' | ']' | '[' if !self.rest().starts_with('[') => {
                self.skip(1);
                return self.token(depth);
            }
            '$' => {
                let rest = &self.rest()[1..];
                let end = rest
                    .find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.' | ':')))
                    .unwrap_or(rest.len());
                let name = rest[..end].trim_end_matches('.').to_owned();
                self.skip(1 + end);
                if name.is_empty() {
                    return self.token(depth + 1);
                }
                Token::Variable(name)
            }
            _ => {
                let rest = self.rest();
                let end = rest
                    .find(|c: char| {
                        c.is_whitespace()
                            || matches!(
                                c,
                                '(' | ')' | ';' | '|' | '`' | '"' | '\'' | '}' | '{' | '=' | ','
                            )
                    })
                    .unwrap_or(rest.len())
                    .max(c.len_utf8());
                let word = Word { text: rest[..end].to_owned(), computed: Vec::new() };
                self.skip(end);
                Token::Word(word)
            }
        }))
    }

    fn unclosed(&self, quote: &str, from: usize) -> Remark {
        Remark::new(RemarkKind::Unclosed, &[("quote", quote), ("place", &place(self.text, from))])
    }

    fn string(&mut self) -> Result<Word, Remark> {
        let from = self.at;
        let open = self.rest().chars().next().unwrap_or('"');
        self.skip(open.len_utf8());
        let single = matches!(open, '\'' | '‘' | '’');
        let closes = |c: char| {
            if single {
                matches!(c, '\'' | '‘' | '’')
            } else {
                matches!(c, '"' | '“' | '”')
            }
        };
        let mut word = Word::default();
        while let Some(c) = self.rest().chars().next() {
            self.skip(c.len_utf8());
            match c {
                c if closes(c) => {
                    // Doubled it is itself.
                    if self.rest().starts_with(open) {
                        self.skip(open.len_utf8());
                        word.text.push(open);
                    } else {
                        return Ok(word);
                    }
                }
                '`' if !single => self.escape(&mut word.text),
                '$' if !single => self.computed(&mut word),
                c => word.text.push(c),
            }
        }
        Err(self.unclosed(if single { "'" } else { "\"" }, from))
    }

    fn escape(&mut self, out: &mut String) {
        let Some(c) = self.rest().chars().next() else { return };
        self.skip(c.len_utf8());
        match c {
            'n' => out.push('\n'),
            'r' => out.push('\r'),
            't' => out.push('\t'),
            '0' => out.push('\0'),
            'u' if self.rest().starts_with('{') => {
                let end = self.rest().find('}').unwrap_or(0);
                let code =
                    self.rest().get(1..end).and_then(|digits| u32::from_str_radix(digits, 16).ok());
                out.push(code.and_then(char::from_u32).unwrap_or('\u{FFFD}'));
                self.skip(end + usize::from(end > 0));
            }
            c => out.push(c),
        }
    }

    /// After a `$` in a string. `$([char]N)` is how developer tools write what is not ASCII.
    fn computed(&mut self, word: &mut Word) {
        let from = self.at - 1;
        let rest = self.rest();
        if let Some(code) = rest.strip_prefix("([char]") {
            let end = code.find(')').unwrap_or(code.len());
            if let Some(unit) = code[..end].trim().parse().ok().and_then(char::from_u32) {
                word.text.push(unit);
                let skip = "([char]".len() + end + 1;
                self.skip(skip.min(self.rest().len()));
                return;
            }
        }
        let end = if rest.starts_with('(') {
            rest.find(')').map_or(rest.len(), |end| end + 1)
        } else if rest.starts_with('{') {
            rest.find('}').map_or(rest.len(), |end| end + 1)
        } else {
            rest.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | ':')))
                .unwrap_or(rest.len())
        };
        self.skip(end);
        let text = self.text[from..self.at].to_owned();
        word.text.push_str(&text);
        if text.len() > 1 {
            word.computed.push(Computed { text, place: place(self.text, from) });
        }
    }

    fn here_string(&mut self) -> Result<Word, Remark> {
        let from = self.at;
        let close = if self.rest().starts_with("@\"") { "\n\"@" } else { "\n'@" };
        let Some(end) = self.rest().find(close) else { return Err(self.unclosed("@\"", from)) };
        let text = self.rest()[2..end.max(2)].trim_start_matches('\n').to_owned();
        self.skip(end + close.len());
        Ok(Word { text, computed: Vec::new() })
    }

    fn table(&mut self, depth: usize) -> Result<Vec<(Word, Option<Word>)>, Remark> {
        let from = self.at;
        let mut pairs = Vec::new();
        let mut key: Option<Word> = None;
        let mut equals = false;
        loop {
            self.blanks();
            if self.rest().starts_with('}') {
                self.skip(1);
                return Ok(pairs);
            }
            let start = self.at;
            match self.token(depth + 1)? {
                None => return Err(self.unclosed("@{", from)),
                Some(Token::End) => {}
                Some(Token::Equals) => equals = true,
                Some(Token::Word(word)) if !equals => key = Some(word),
                Some(token) => {
                    if let Some(key) = key.take() {
                        let value = match token {
                            Token::Word(word) => word,
                            _ => {
                                let text = self.text[start..self.at].to_owned();
                                let computed =
                                    Computed { text: text.clone(), place: place(self.text, start) };
                                Word { text, computed: vec![computed] }
                            }
                        };
                        pairs.push((key, Some(value)));
                    }
                    equals = false;
                }
            }
        }
    }
}

struct Script {
    variables: HashMap<String, Token>,
    agents: Vec<String>,
    cookies: Vec<String>,
    found: Vec<Copied>,
}

impl Script {
    fn statement(&mut self, tokens: &[Token]) -> Result<(), Remark> {
        match tokens {
            [] => Ok(()),
            // `$session.UserAgent = "…"`, `$headers = @{…}`, `$response = Invoke-…`
            [Token::Variable(name), Token::Equals, rest @ ..] => {
                if name.to_ascii_lowercase().ends_with(".useragent") {
                    if let Some(Token::Word(agent)) = rest.first() {
                        self.agents.push(agent.text.clone());
                    }
                    return Ok(());
                }
                if let Some(token) = rest.first().filter(|_| rest.len() == 1) {
                    self.variables.insert(name.to_ascii_lowercase(), token.clone());
                    return Ok(());
                }
                self.statement(rest)
            }
            // `$headers.Add("name", "value")`, `$session.Cookies.Add((New-Object System.Net.Cookie("name", …)))`
            [Token::Variable(name), Token::Group(inside), ..]
                if name.to_ascii_lowercase().ends_with(".add") =>
            {
                self.add(name, inside);
                Ok(())
            }
            [Token::Word(word), rest @ ..] if is_call(&word.text) => self.call(rest),
            [Token::Word(word), rest @ ..] if matches!(word.text.as_str(), "curl" | "curl.exe") => {
                let words: Vec<Word> = rest
                    .iter()
                    .filter_map(|token| match token {
                        Token::Word(word) => Some(word.clone()),
                        Token::Variable(name) => Some(variable_word(name)),
                        _ => None,
                    })
                    .collect();
                if words.iter().any(|word| word.text.eq_ignore_ascii_case("-uri")) {
                    return self.call(rest);
                }
                self.found.extend(curl::read(&words)?);
                Ok(())
            }
            [Token::Word(_), rest @ ..] => {
                // A prompt, or another command's call within this one.
                let call = rest
                    .iter()
                    .position(|token| matches!(token, Token::Word(word) if is_call(&word.text)));
                match call {
                    Some(at) => self.call(&rest[at + 1..]),
                    None => Ok(()),
                }
            }
            [Token::Group(inside), ..] => {
                let inside = inside.clone();
                self.statement(&inside)
            }
            _ => Ok(()),
        }
    }

    fn add(&mut self, name: &str, inside: &[Token]) {
        let lower = name.to_ascii_lowercase();
        let words = strings(inside);
        if lower.contains("cookies") {
            if let [.., name, value] =
                &words[..words.len().min(if words.len() > 2 { 3 } else { 2 })]
                && !name.text.contains("System.Net")
            {
                self.cookies.push(format!("{}={}", name.text, value.text));
            } else if let [_, name, value, ..] = &words[..] {
                self.cookies.push(format!("{}={}", name.text, value.text));
            }
        } else if let [key, value, ..] = &words[..] {
            let variable = lower.trim_end_matches(".add").to_owned();
            match self.variables.get_mut(&variable) {
                Some(Token::Table(pairs)) => pairs.push((key.clone(), Some(value.clone()))),
                _ => {
                    self.variables
                        .insert(variable, Token::Table(vec![(key.clone(), Some(value.clone()))]));
                }
            }
        }
    }

    fn resolved(&self, token: &Token) -> Token {
        match token {
            Token::Variable(name) => match self.variables.get(&name.to_ascii_lowercase()) {
                Some(known @ (Token::Word(_) | Token::Table(_))) => known.clone(),
                _ => token.clone(),
            },
            other => other.clone(),
        }
    }

    fn call(&mut self, arguments: &[Token]) -> Result<(), Remark> {
        let mut copied = Copied::default();
        let mut sent: Vec<(String, String)> = Vec::new();
        let mut url: Option<Word> = None;
        let (mut method, mut content_type, mut data, mut form) =
            (None, None, None::<String>, false);
        let mut at = 0;
        while at < arguments.len() {
            let token = &arguments[at];
            at += 1;
            let Token::Word(word) = token else {
                if url.is_none()
                    && let Token::Variable(name) = token
                {
                    url = Some(match self.resolved(token) {
                        Token::Word(word) => word,
                        _ => variable_word(name),
                    });
                }
                continue;
            };
            let Some(option) = word.text.strip_prefix('-').map(str::to_ascii_lowercase) else {
                url.get_or_insert_with(|| word.clone());
                continue;
            };
            if is_switch(&option) {
                continue;
            }
            let (option, attached) = match option.split_once(':') {
                Some((option, _)) => (
                    option.to_owned(),
                    word.text.split_once(':').map(|(_, value)| value.to_owned()),
                ),
                None => (option, None),
            };
            let value = match attached {
                Some(value) => Token::Word(Word { text: value, computed: Vec::new() }),
                None => match arguments.get(at) {
                    Some(value) => {
                        at += 1;
                        self.resolved(value)
                    }
                    None => {
                        return Err(Remark::new(
                            RemarkKind::OptionWithoutValue,
                            &[("tool", "Invoke-WebRequest"), ("option", &word.text)],
                        ));
                    }
                },
            };
            let text = match &value {
                Token::Word(word) => word.text.clone(),
                _ => String::new(),
            };
            match option.as_str() {
                "uri" | "url" => {
                    url = Some(match value {
                        Token::Word(word) => word,
                        Token::Variable(name) => variable_word(&name),
                        Token::Group(inside) => {
                            strings(&inside).into_iter().next().unwrap_or_default()
                        }
                        _ => Word::default(),
                    });
                }
                "method" | "custommethod" => method = Some(text),
                "headers" => match value {
                    Token::Table(pairs) => {
                        for (name, value) in pairs {
                            let value = value.unwrap_or_default();
                            if let Some(computed) = value.computed.first() {
                                copied.remark(
                                    RemarkKind::HeaderComputed,
                                    &[
                                        ("name", &name.text),
                                        ("text", &computed.text),
                                        ("place", &computed.place),
                                    ],
                                );
                            }
                            sent.push((name.text, value.text));
                        }
                    }
                    Token::Variable(name) => {
                        copied.remark(
                            RemarkKind::HeadersComputed,
                            &[("text", &format!("${name}")), ("place", "-Headers")],
                        );
                    }
                    _ => {}
                },
                "contenttype" => content_type = Some(text),
                "body" => data = Some(text),
                "infile" => {
                    copied.remark(RemarkKind::BodyFromFile, &[("file", &text)]);
                    data = Some(String::new());
                }
                "form" => {
                    data = Some(String::new());
                    form = true;
                }
                "credential" | "token" | "authentication"
                    if !sent.iter().any(|(name, _)| name == "authorization") =>
                {
                    sent.push(("authorization".to_owned(), "(from an option)".to_owned()));
                }
                "useragent" => sent.push(("user-agent".to_owned(), text)),
                "proxy" => {
                    copied.remark(
                        RemarkKind::ConnectionOption,
                        &[("option", "-Proxy"), ("tool", "Invoke-WebRequest")],
                    );
                }
                _ => {}
            }
        }
        let url =
            url.ok_or_else(|| Remark::new(RemarkKind::NoUrl, &[("tool", "Invoke-WebRequest")]))?;
        let get = method.as_deref().is_none_or(|method: &str| method.eq_ignore_ascii_case("GET"));
        if let Some(agent) = self.agents.last() {
            sent.push(("user-agent".to_owned(), agent.clone()));
        }
        if let Some(kind) = content_type {
            sent.push(("content-type".to_owned(), kind));
        } else if form {
            sent.push(("content-type".to_owned(), "multipart/form-data".to_owned()));
        } else if data.is_some()
            && !get
            && !sent.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"))
        {
            sent.push(("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned()));
        }
        if !self.cookies.is_empty() {
            sent.push(("cookie".to_owned(), self.cookies.join("; ")));
        }
        copied.url = url.url(&mut copied).map(|known| match known.contains("://") {
            true => known.to_owned(),
            false => format!("http://{known}"),
        });
        // PowerShell's names of methods are not those of HTTP: `-Method Put`.
        copied.method = method.map(|method| method.to_ascii_uppercase());
        copied.data = data.filter(|_| !get);
        copied.take_sent(&sent);
        self.found.push(copied);
        Ok(())
    }
}

fn is_call(word: &str) -> bool {
    CALLS.contains(&word.to_ascii_lowercase().as_str())
}

/// Parameters without a value.
fn is_switch(name: &str) -> bool {
    [
        "usebasicparsing",
        "usedefaultcredentials",
        "disablekeepalive",
        "skipcertificatecheck",
        "skiphttperrorcheck",
        "passthru",
        "noproxy",
        "allowunencryptedauthentication",
        "preserveauthorizationonredirect",
        "skipheadervalidation",
        "verbose",
        "debug",
        "followrellink",
        "resume",
        "allowinsecureredirect",
        "preservehttpmethodonredirect",
    ]
    .contains(&name)
}

fn variable_word(name: &str) -> Word {
    let text = format!("${name}");
    Word { computed: vec![Computed { text: text.clone(), place: "the script".to_owned() }], text }
}

/// The strings of a group, however deep.
fn strings(tokens: &[Token]) -> Vec<Word> {
    let mut words = Vec::new();
    for token in tokens {
        match token {
            Token::Word(word) => words.push(word.clone()),
            Token::Group(inside) => words.extend(strings(inside)),
            _ => {}
        }
    }
    words.retain(|word| !matches!(word.text.as_str(), "New-Object" | "System.Net.Cookie" | ","));
    words
}
