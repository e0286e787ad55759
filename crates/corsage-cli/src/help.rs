//! The help in Russian: `help/ru.toml` says in Russian what the arguments say in English where they are declared.

mod refused;

use std::collections::BTreeMap;
use std::ffi::OsString;

use clap::{Arg, ArgAction, Command};
use corsage_texts::{Language, fill};
use serde::Deserialize;

pub(crate) use refused::refused;

/// The file of a language.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Told {
    /// What clap says by itself.
    words: BTreeMap<String, String>,
    /// By what is said in English.
    texts: BTreeMap<String, String>,
    /// What stands below the arguments, by command.
    after: BTreeMap<String, String>,
}

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

impl Told {
    /// That the file can be read is a test's business; whoever runs the command is served in English without it.
    fn russian() -> Self {
        toml::from_str(include_str!("help/ru.toml")).unwrap_or_default()
    }

    fn command(&self, command: Command) -> Command {
        let mut command = self.texts(command);
        // Only now each usage is known, and `corsage help` is there.
        command.build();
        self.usages(command).mut_subcommand("help", |help| help.about(self.word("subcommand", &[])))
    }

    /// The texts of a command and of those below it.
    fn texts(&self, mut command: Command) -> Command {
        if let Some(about) = command.get_about() {
            let about = self.text(about);
            command = command.about(about);
        }
        if let Some(after) = self.after.get(command.get_name()) {
            command = match command.get_after_long_help() {
                Some(_) => command.after_long_help(after),
                None => command.after_help(after),
            };
        }
        let options = self.word("options", &[]);
        let help = Arg::new("help").short('h').long("help").action(ArgAction::Help);
        let version = Arg::new("version").short('V').long("version").action(ArgAction::Version);
        command
            .disable_help_flag(true)
            .disable_version_flag(true)
            .subcommand_help_heading(self.word("commands", &[]))
            .mut_args(|argument| self.argument(argument))
            .arg(help.help(self.word("help", &[])).help_heading(options.clone()))
            .arg(version.help(self.word("version", &[])).help_heading(options))
            .mut_subcommands(|command| self.texts(command))
    }

    fn argument(&self, argument: Arg) -> Arg {
        let heading = match argument.get_help_heading() {
            Some(heading) => self.text(&heading),
            None if argument.is_positional() => self.word("arguments", &[]),
            None => self.word("options", &[]),
        };
        let help = argument.get_help().map(|help| self.text(help)).unwrap_or_default();
        let (names, explained) = self.values(&argument);
        let default = self.default(&argument);
        let takes_values = argument.get_action().takes_values();
        let together = |parts: &[&str], between| {
            let parts: Vec<&str> = parts.iter().copied().filter(|part| !part.is_empty()).collect();
            parts.join(between)
        };
        let argument = if explained.is_empty() {
            argument
        } else {
            argument.long_help(together(&[&help, &explained, &default], "\n\n"))
        };
        argument
            .help(together(&[&help, &default, &names], " "))
            .help_heading(heading)
            .hide_default_value(takes_values)
            .hide_possible_values(takes_values)
    }

    /// The names of the values that an argument may have; and a line for each if one of them is explained.
    fn values(&self, argument: &Arg) -> (String, String) {
        let values = argument.get_possible_values();
        if values.is_empty() || !argument.get_action().takes_values() {
            return Default::default();
        }
        let names: Vec<&str> = values.iter().map(|value| value.get_name()).collect();
        let mut explained = String::new();
        if values.iter().any(|value| value.get_help().is_some()) {
            explained.push_str(&self.word("explained", &[]));
            for value in &values {
                let help = value.get_help().map(|help| format!(": {}", self.text(help)));
                explained.push_str(&format!(
                    "\n- {}{}",
                    value.get_name(),
                    help.unwrap_or_default()
                ));
            }
        }
        (self.word("values", &[("values", &names.join(", "))]), explained)
    }

    fn default(&self, argument: &Arg) -> String {
        let values: Vec<_> =
            argument.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
        // A switch has a default too, which nobody would type.
        if values.is_empty()
            || !argument.get_action().takes_values()
            || argument.is_hide_default_value_set()
        {
            return String::new();
        }
        self.word("default", &[("values", &values.join(", "))])
    }

    fn usages(&self, mut command: Command) -> Command {
        let usage = command.render_usage().to_string();
        let usage =
            usage.trim_start_matches("Usage:").trim().replace("[OPTIONS]", &self.word("any", &[]));
        let template = format!(
            "{{before-help}}{{about-with-newline}}\n{} {{usage}}\n\n{{all-args}}{{after-help}}",
            self.word("usage", &[])
        );
        command
            .override_usage(usage)
            .help_template(template)
            .mut_subcommands(|command| self.usages(command))
    }

    /// A text of the arguments' own; in English if it is not translated, which a test finds.
    fn text(&self, english: &impl ToString) -> String {
        let english = english.to_string();
        self.texts.get(&english).cloned().unwrap_or(english)
    }

    fn word(&self, key: &str, values: &[(&str, &str)]) -> String {
        fill(self.words.get(key).map_or("", String::as_str), values)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::{Command, CommandFactory as _};

    use corsage_texts::Language;

    use super::Told;

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
