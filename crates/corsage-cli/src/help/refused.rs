//! What clap says of wrong arguments, in Russian.

use clap::error::{ContextKind, ContextValue, Error, ErrorKind};
use corsage_texts::Language;

use super::told::Told;

/// What is wrong with the arguments, in a language; `None` where clap says it itself: in English, or if nothing is
/// wrong.
pub(crate) fn refused(language: Language, error: &Error) -> Option<String> {
    if language != Language::Russian || !error.use_stderr() {
        return None;
    }
    let told = Told::russian();
    let mut text = told.word("error", &[("what", &what(&told, error)?)]);
    let hints = [
        (ContextKind::ValidValue, "valid-values"),
        (ContextKind::SuggestedArg, "meant"),
        (ContextKind::SuggestedValue, "meant"),
        (ContextKind::SuggestedSubcommand, "meant"),
    ];
    for (kind, word) in hints {
        if let Some(hint) = context(error, kind).filter(|hint| !hint.is_empty()) {
            text.push_str(&format!("\n  {}", told.word(word, &[("values", &hint)])));
        }
    }
    if let Some(usage) = context(error, ContextKind::Usage) {
        let usage = usage.trim_start_matches("Usage:").trim();
        text.push_str(&format!("\n\n{} {usage}", told.word("usage", &[])));
    }
    text.push_str(&format!("\n\n{}", told.word("more", &[])));
    Some(text)
}

/// What is wrong, in a word.
fn what(told: &Told, error: &Error) -> Option<String> {
    let or_empty = |kind| context(error, kind).unwrap_or_default();
    let argument = or_empty(ContextKind::InvalidArg);
    let value = or_empty(ContextKind::InvalidValue);
    Some(match error.kind() {
        ErrorKind::InvalidValue if value.is_empty() => {
            told.word("no-value", &[("argument", &argument)])
        }
        ErrorKind::InvalidValue => {
            told.word("wrong-value", &[("argument", &argument), ("value", &value)])
        }
        ErrorKind::ValueValidation => {
            let reason =
                std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
            let values = [("argument", argument.as_str()), ("value", &value), ("reason", &reason)];
            told.word("unreadable-value", &values)
        }
        ErrorKind::UnknownArgument => told.word("unknown-argument", &[("argument", &argument)]),
        ErrorKind::InvalidSubcommand => {
            told.word("unknown-command", &[("command", &or_empty(ContextKind::InvalidSubcommand))])
        }
        ErrorKind::ArgumentConflict => {
            let other = or_empty(ContextKind::PriorArg);
            told.word("conflict", &[("argument", &argument), ("other", &other)])
        }
        ErrorKind::MissingRequiredArgument => told.word("missing", &[("arguments", &argument)]),
        ErrorKind::TooManyValues => {
            told.word("too-many-values", &[("argument", &argument), ("value", &value)])
        }
        ErrorKind::MissingSubcommand => told.word("no-command", &[]),
        ErrorKind::InvalidUtf8 => told.word("not-utf-8", &[]),
        _ => return None,
    })
}

fn context(error: &Error, kind: ContextKind) -> Option<String> {
    match error.get(kind)? {
        ContextValue::String(text) => Some(text.clone()),
        ContextValue::Strings(texts) => Some(texts.join(", ")),
        ContextValue::StyledStr(text) => Some(text.to_string()),
        ContextValue::StyledStrs(texts) => {
            Some(texts.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
        }
        ContextValue::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
