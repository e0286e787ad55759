//! How deep a text is nested, before a parser that calls itself is let near it.

/// Deeper is no code that somebody copies.
const MAX_BRACKETS: usize = 120;

/// Operators in a row that have the parser call itself: `!!!!x`, `a=>b=>c`, `x?y:z?…`.
const MAX_CHAIN: usize = 400;

/// Where it gets too deep.
pub(super) fn too_deep(text: &str) -> Option<usize> {
    let mut brackets = 0usize;
    let mut chain = 0usize;
    let mut word = 0usize;
    let mut chars = text.char_indices().peekable();
    let mut before = ' ';
    while let Some((at, c)) = chars.next() {
        match c {
            '(' | '[' | '{' => {
                brackets += 1;
                chain += 1;
            }
            ')' | ']' | '}' => brackets = brackets.saturating_sub(1),
            // Strings hold anything.
            '"' | '\'' => {
                while let Some((_, next)) = chars.next() {
                    match next {
                        '\\' => drop(chars.next()),
                        '\n' => break,
                        next if next == c => break,
                        _ => {}
                    }
                }
                chain = 0;
            }
            ';' | ',' => chain = 0,
            '\n' | ' ' | '\t' => {}
            // Every word may be an operator: `new`, `await`, `typeof`, `else if`.
            c if c.is_alphanumeric() || c == '_' || c == '$' || c == '.' => {
                if !(before.is_alphanumeric() || before == '_' || before == '$' || before == '.') {
                    word += 1;
                    chain += 1;
                }
            }
            _ => chain += 1,
        }
        if brackets > MAX_BRACKETS || chain > MAX_CHAIN {
            return Some(at);
        }
        before = c;
    }
    let _ = word;
    None
}

#[cfg(test)]
mod tests {
    use super::too_deep;

    #[test]
    fn code_is_let_through_and_towers_are_not() {
        assert_eq!(
            too_deep(
                r#"fetch("https://a.example/", { headers: { a: "((((((" } }).then(r => r.json())"#
            ),
            None
        );
        for open in ["(", "[", "{", "!", "a=>", "new ", "x?", "`${", "-", "typeof "] {
            assert!(too_deep(&open.repeat(2_000)).is_some(), "{open}");
        }
    }
}
