//! The help in Russian: `help/ru.toml` says in Russian what the arguments say in English where they are declared.

mod refused;
mod told;

use std::ffi::OsString;

use clap::Command;
use corsage_texts::Language;

use told::Told;

pub(crate) use refused::refused;

/// The language that the arguments ask for. It is needed before they are understood, for they may be wrong.
pub(crate) fn asked_for(arguments: &[OsString]) -> Option<Language> {
    let mut arguments = arguments.iter().map(|argument| argument.to_string_lossy());
    while let Some(argument) = arguments.next() {
        if argument == "--lang" {
            return arguments.next()?.parse().ok();
        }
        if let Some(tag) = argument.strip_prefix("--lang=") {
            return tag.parse().ok();
        }
    }
    None
}

/// The command with its help in a language.
pub(crate) fn told_in(language: Language, command: Command) -> Command {
    match language {
        Language::Russian => Told::russian().command(command),
        _ => command,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::{Command, CommandFactory as _};

    use corsage_texts::Language;

    use super::told::Told;

    #[test]
    fn every_text_is_told_in_russian_and_nothing_else_is() {
        let told: Told =
            toml::from_str(include_str!("help/ru.toml")).expect("the file can be read");
        let (mut texts, mut after) = (BTreeSet::new(), BTreeSet::new());
        gather(&crate::Cli::command(), &mut texts, &mut after);
        let translated: BTreeSet<String> = told.texts.keys().cloned().collect();
        let missing: Vec<&String> = texts.difference(&translated).collect();
        let unused: Vec<&String> = translated.difference(&texts).collect();
        assert!(missing.is_empty(), "add to crates/corsage-cli/src/help/ru.toml: {missing:#?}");
        assert!(unused.is_empty(), "no argument says this any more: {unused:#?}");
        assert_eq!(after, told.after.keys().cloned().collect());
        for (english, russian) in &told.texts {
            let cyrillic = russian.chars().any(|c| c.is_alphabetic() && !c.is_ascii());
            assert!(cyrillic || russian == english, "{english:?} is told as {russian:?}");
        }
    }

    /// What the examples show is the same in both languages, but for the words beside them.
    #[test]
    fn examples_are_the_same() {
        let told = Told::russian();
        let command = crate::Cli::command();
        for command in command.get_subcommands() {
            let Some(russian) = told.after.get(command.get_name()) else { continue };
            let english = command.get_after_long_help().or(command.get_after_help());
            let english = english.expect("the test above has looked").to_string();
            let examples = |text: &str| -> Vec<String> {
                let lines = text.lines().filter(|line| line.starts_with("  corsage "));
                lines.map(|line| line.trim().split("   ").next().unwrap_or("").to_owned()).collect()
            };
            assert_eq!(examples(&english), examples(russian), "{}", command.get_name());
        }
    }

    #[test]
    fn wrong_arguments_are_told_in_russian() {
        for (line, told) in [
            ("diff a", "не хватает: <SECOND>"),
            (
                "diff a b --format xml",
                "--format <FORMAT> не бывает «xml»\n  возможные значения: human",
            ),
            ("explain --servr x", "аргумента --servr нет\n  возможно, имелось в виду: --server"),
            (
                "explain --har x --console y",
                "--har <FILE> и --console <LINE> не употребляются вместе",
            ),
            ("convert a --to", "у --to <FORMAT> нет значения"),
            ("exlpain", "команды «exlpain» нет"),
            (
                "verify --policy p --pause soon http://a.test",
                "--pause <PAUSE>: значение «soon» не годится",
            ),
        ] {
            let mut command = super::told_in(Language::Russian, crate::Cli::command());
            let line = std::iter::once("corsage").chain(line.split(' '));
            let error = command.try_get_matches_from_mut(line).expect_err("wrong arguments");
            let text = super::refused(Language::Russian, &error).unwrap_or_default();
            assert!(text.starts_with(&format!("ошибка: {told}")), "{text}");
            assert_eq!(super::refused(Language::English, &error), None);
        }
    }

    fn gather(command: &Command, texts: &mut BTreeSet<String>, after: &mut BTreeSet<String>) {
        texts.extend(command.get_about().map(ToString::to_string));
        if command.get_after_help().or(command.get_after_long_help()).is_some() {
            after.insert(command.get_name().to_owned());
        }
        for argument in command.get_arguments() {
            texts.extend(argument.get_help().map(ToString::to_string));
            texts.extend(argument.get_help_heading().map(ToString::to_string));
            for value in argument.get_possible_values() {
                texts.extend(value.get_help().map(ToString::to_string));
            }
        }
        for command in command.get_subcommands() {
            gather(command, texts, after);
        }
    }
}
