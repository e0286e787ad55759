//! What a script engine makes of the bodies of the cases: they are few, and each says by itself what it does.

use corsage::browser::load::{ScriptBody, ThrownKind};

/// A script's own deeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Deeds {
    pub(super) body: ScriptBody,
    pub(super) thrown: Option<(ThrownKind, &'static str)>,
    pub(super) rejects: Rejects,
    pub(super) marks: Marks,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rejects {
    Nothing,
    APromise,
}

/// Whether it leaves the mark that shows that it ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Marks {
    Nothing,
    Ran,
}

pub(super) fn deeds(source: &str) -> Deeds {
    let trimmed = source.trim_start();
    let broken = trimmed.starts_with('<')
        || trimmed.starts_with("{\"")
        || trimmed.starts_with('.')
        || source.contains("secret secret(")
        || trimmed.starts_with("WEBVTT\n")
        || trimmed.contains("\ndata: ");
    let thrown = if broken {
        Some((ThrownKind::EngineError, "SyntaxError"))
    } else if source.contains("setTimeout(") && source.contains("throw new Error") {
        Some((ThrownKind::LaterError, "Error"))
    } else if source.contains("throw new Error") {
        Some((ThrownKind::Error, "Error"))
    } else if source.contains("throw \"") {
        Some((ThrownKind::Value, "string"))
    } else if source.contains("undefined_secret") || source == "hello" {
        Some((ThrownKind::EngineError, "ReferenceError"))
    } else {
        None
    };
    let body = match thrown {
        _ if broken => ScriptBody::SyntaxError,
        Some((ThrownKind::LaterError, _)) | None => ScriptBody::Runs,
        Some(_) => ScriptBody::Throws,
    };
    Deeds {
        body,
        thrown,
        rejects: if source.contains("Promise.reject") {
            Rejects::APromise
        } else {
            Rejects::Nothing
        },
        marks: if source.contains("__ran") && !broken { Marks::Ran } else { Marks::Nothing },
    }
}
