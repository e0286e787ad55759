//! A text that an expression matches: for naming one path of those that it stands for.

use regex_syntax::hir::{Class, Hir, HirKind};

/// How long a sample may grow.
const MAX_SAMPLE: usize = 256;

/// A path in which the expression finds a match; `/` where none is seen.
pub(crate) fn path(expression: &str) -> String {
    let Ok(hir) = regex_syntax::parse(expression) else { return "/".to_owned() };
    let mut text = String::new();
    sample(&hir, &mut text);
    if text.starts_with('/') { text } else { format!("/{text}") }
}

fn sample(hir: &Hir, text: &mut String) {
    if text.len() > MAX_SAMPLE {
        return;
    }
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => text.push_str(&String::from_utf8_lossy(&literal.0)),
        HirKind::Class(class) => text.push(one_of(class)),
        HirKind::Repetition(repetition) => {
            // One where there may be some: `/.*` is better seen by `/x` than by `/`.
            let times = repetition.min.max(u32::from(repetition.max != Some(0))).min(8);
            for _ in 0..times {
                sample(&repetition.sub, text);
            }
        }
        HirKind::Capture(capture) => sample(&capture.sub, text),
        HirKind::Concat(parts) => parts.iter().for_each(|part| sample(part, text)),
        HirKind::Alternation(parts) => {
            if let Some(first) = parts.first() {
                sample(first, text);
            }
        }
    }
}

/// A letter where the class has one.
fn one_of(class: &Class) -> char {
    let ranges: Vec<(char, char)> = match class {
        Class::Unicode(class) => class.iter().map(|range| (range.start(), range.end())).collect(),
        Class::Bytes(class) => {
            class.iter().map(|range| (char::from(range.start()), char::from(range.end()))).collect()
        }
    };
    ['x', 'a', '1', 'A', '-', '/']
        .into_iter()
        .find(|char| ranges.iter().any(|(from, to)| (from..=to).contains(&char)))
        .or_else(|| ranges.first().map(|(from, _)| *from))
        .unwrap_or('x')
}

#[cfg(test)]
mod tests {
    use super::path;

    #[test]
    fn samples_match() {
        assert_eq!(path(r"^/api/v[0-9]+/"), "/api/v1/");
        assert_eq!(path(r"\.(woff2?|ttf)$"), "/.woff2");
        assert_eq!(path("("), "/");
    }
}
