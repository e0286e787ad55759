//! In a module that pages fetch the help is in English: it takes a parser of TOML to read it in another language.

use std::ffi::OsString;

use clap::Command;
use corsage_texts::Language;

pub(crate) fn asked_for(_: &[OsString]) -> Option<Language> {
    None
}

pub(crate) fn told_in(_: Language, command: Command) -> Command {
    command
}

pub(crate) fn refused(_: Language, _: &clap::Error) -> Option<String> {
    None
}
