//! `lua.cors`: the library that HAProxy's makers publish.

use super::words::Word;
use crate::NotRead;
use crate::regexes::{Case, Flavour, Matcher, Reach};

/// One call of it on a request.
#[derive(Clone, Debug)]
pub(super) struct LuaCors {
    pub(super) methods: String,
    pub(super) headers: String,
    /// An item that is a star, spaces counted.
    pub(super) any: bool,
    /// Searched: open at the start, closed at the end.
    pub(super) patterns: Vec<Matcher>,
    pub(super) span: crate::Span,
}

impl LuaCors {
    pub(super) fn read(methods: &Word, origins: &Word, headers: &Word) -> Result<Self, NotRead> {
        // An empty word is no argument at all.
        if [methods, origins, headers].iter().any(|word| word.text.is_empty()) {
            return Err(origins.rejected("expects 3 arguments"));
        }
        let items: Vec<&str> = origins.text.split(',').filter(|item| !item.is_empty()).collect();
        let mut patterns = Vec::new();
        for item in &items {
            let item: String = item.split_whitespace().collect();
            if !item.is_empty() {
                patterns.push(pattern(&item, origins)?);
            }
        }
        Ok(Self {
            methods: methods.text.clone(),
            headers: headers.text.clone(),
            any: items.contains(&"*"),
            patterns,
            span: origins.span.clone(),
        })
    }

    /// The value that an origin is answered with.
    pub(super) fn allowed(&self, origin: &str) -> Option<String> {
        if self.any {
            return Some("*".to_owned());
        }
        self.patterns.iter().any(|pattern| pattern.is_match(origin)).then(|| origin.to_owned())
    }
}

/// An entry without a scheme gets two slashes, unless it begins with a dot; a star as port is any port. What
/// is left is a pattern of Lua's, in which only dots and dashes have been made literal.
fn pattern(item: &str, word: &Word) -> Result<Matcher, NotRead> {
    let scheme = item.split_once("://").is_some_and(|(scheme, _)| {
        !scheme.is_empty() && scheme.chars().all(|char| char.is_ascii_alphabetic())
    });
    let mut text = if scheme || item.starts_with("//") || item.starts_with('.') {
        item.to_owned()
    } else {
        format!("//{item}")
    };
    let mut any_port = false;
    if let Some(stem) = text.strip_suffix('*')
        && stem.ends_with(':')
    {
        text = stem.trim_end_matches(':').to_owned();
        any_port = true;
    }
    let mut expression = String::new();
    for (place, char) in text.chars().enumerate() {
        match char {
            // Repeats what is before it, in Lua too.
            '*' | '+' | '?' if place > 0 => expression.push(char),
            '%' | '(' | ')' | '[' | ']' | '*' | '+' | '?' | '$' | '^' => return Err(word.refused()),
            '.' | '{' | '}' | '|' | '\\' => {
                expression.push('\\');
                expression.push(char);
            }
            char => expression.push(char),
        }
    }
    if any_port {
        expression.push_str("[:]+[0-9]+");
    }
    expression.push('$');
    Matcher::new(&expression, Flavour::Pcre, Reach::Part, Case::Sensitive)
        .map_err(|_| word.refused())
}
