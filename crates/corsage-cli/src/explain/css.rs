//! What the rules of a style sheet load, and the declarations of a `style` attribute: read by a tokenizer that follows
//! the CSS standard.

use corsage::browser::load::LoadKind;
use cssparser::{ParseError, Parser, Token};

/// Blocks and functions within each other that are looked into.
const MOST_DEPTH: usize = 64;

/// The loads in order, each with its URL as it is written. A rule loads what it names where an element is, or a text, that
/// it is for: whether there is one is not asked.
pub(super) fn loads(css: &str) -> Vec<(LoadKind, String)> {
    let mut found = Vec::new();
    block(&mut Parser::new(css), Sheet::Plain, 0, &mut found);
    found
}

/// Whose declarations they are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sheet {
    Plain,
    /// `@font-face`, where `src` is a property.
    FontFace,
}

/// Walks along a list of rules and declarations.
fn block(parser: &mut Parser<'_>, sheet: Sheet, depth: usize, found: &mut Vec<(LoadKind, String)>) {
    // What a URL would be for: the property before it, or `@import`.
    let (mut kind, mut name, mut next) = (None, String::new(), sheet);
    while let Ok(token) = parser.next().cloned() {
        match token {
            Token::Semicolon => (kind, next) = (None, sheet),
            Token::Ident(word) => word.to_ascii_lowercase().clone_into(&mut name),
            Token::Colon => kind = kind.or_else(|| kind_of(&name, sheet)),
            Token::AtKeyword(rule) => {
                kind = rule.eq_ignore_ascii_case("import").then_some(LoadKind::StyleImport);
                if rule.eq_ignore_ascii_case("font-face") {
                    next = Sheet::FontFace;
                }
            }
            Token::UnquotedUrl(url) => found.extend(kind.map(|kind| (kind, url.to_string()))),
            Token::QuotedString(url) if kind == Some(LoadKind::StyleImport) => {
                found.push((LoadKind::StyleImport, url.to_string()));
                kind = None;
            }
            Token::Function(function) if depth < MOST_DEPTH => {
                let is_url = function.eq_ignore_ascii_case("url")
                    || function.eq_ignore_ascii_case("src")
                    || function.eq_ignore_ascii_case("image-set")
                    || function.eq_ignore_ascii_case("-webkit-image-set");
                nested(parser, |inner| value(inner, kind.filter(|_| is_url), depth + 1, found));
            }
            Token::CurlyBracketBlock if depth < MOST_DEPTH => {
                nested(parser, |inner| block(inner, next, depth + 1, found));
                (kind, next) = (None, sheet);
            }
            _ => {}
        }
    }
}

/// The URLs within a function: its strings, and those of functions in it.
fn value(
    parser: &mut Parser<'_>,
    kind: Option<LoadKind>,
    depth: usize,
    found: &mut Vec<(LoadKind, String)>,
) {
    while let Ok(token) = parser.next().cloned() {
        match token {
            Token::QuotedString(url) | Token::UnquotedUrl(url) => {
                found.extend(kind.map(|kind| (kind, url.to_string())));
            }
            Token::Function(_) if depth < MOST_DEPTH => {
                nested(parser, |inner| value(inner, kind, depth + 1, found));
            }
            _ => {}
        }
    }
}

fn nested(parser: &mut Parser<'_>, walk: impl FnOnce(&mut Parser<'_>)) {
    let _ = parser.parse_nested_block(|inner| {
        walk(inner);
        Ok::<(), ParseError<()>>(())
    });
}

fn kind_of(property: &str, sheet: Sheet) -> Option<LoadKind> {
    match property.strip_prefix("-webkit-").unwrap_or(property) {
        "src" if sheet == Sheet::FontFace => Some(LoadKind::Font),
        "background" | "background-image" | "list-style" | "list-style-image" | "cursor" => {
            Some(LoadKind::BackgroundImage)
        }
        "border-image" | "border-image-source" => Some(LoadKind::BorderImage),
        "content" => Some(LoadKind::ContentImage),
        "mask" | "mask-image" => Some(LoadKind::MaskImage),
        "shape-outside" => Some(LoadKind::ShapeOutside),
        "clip-path" => Some(LoadKind::ClipPath),
        "filter" => Some(LoadKind::Filter),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_and_rules_say_what_a_url_is_for() {
        let rows: [(&str, &[(LoadKind, &str)]); 10] = [
            ("background: red url(/a.png) no-repeat", &[(LoadKind::BackgroundImage, "/a.png")]),
            (
                "cursor: url(\"c.cur\"), auto; color: red; mask-image:url( m.svg )",
                &[(LoadKind::BackgroundImage, "c.cur"), (LoadKind::MaskImage, "m.svg")],
            ),
            (
                "@font-face { font-family: x; src: local(x), url(x.woff2) format('woff2') }",
                &[(LoadKind::Font, "x.woff2")],
            ),
            (
                "@import 'a.css' screen; @import url(b.css);",
                &[(LoadKind::StyleImport, "a.css"), (LoadKind::StyleImport, "b.css")],
            ),
            (
                "@media print { a:hover { content: url(x.png) } }",
                &[(LoadKind::ContentImage, "x.png")],
            ),
            (
                "p { background: image-set(url('1.png') 1x, '2.png' 2x) }",
                &[(LoadKind::BackgroundImage, "1.png"), (LoadKind::BackgroundImage, "2.png")],
            ),
            ("/* url(no.png) */ p { content: 'url(no.png)' }", &[]),
            ("p { -webkit-mask: url(m.png); src: url(no) }", &[(LoadKind::MaskImage, "m.png")]),
            (
                "a { shape-outside: url(s.png); filter: url(f.svg#x) }",
                &[(LoadKind::ShapeOutside, "s.png"), (LoadKind::Filter, "f.svg#x")],
            ),
            ("a{b{{{((( url(", &[]),
        ];
        for (css, wanted) in rows {
            let found = loads(css);
            let found: Vec<(LoadKind, &str)> =
                found.iter().map(|(kind, url)| (*kind, url.as_str())).collect();
            assert_eq!(found, wanted, "{css}");
        }
    }

    #[test]
    fn whatever_is_written_ends() {
        for piece in ["{", "(", "url(", "@import ", "a:", "\"", "image-set("] {
            loads(&piece.repeat(100_000));
        }
    }
}
