//! The command in Russian: its definition, retold.

use std::collections::BTreeMap;

use clap::{Arg, ArgAction, Command};
use corsage_texts::fill;
use serde::Deserialize;

/// The file of a language.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Told {
    /// What clap says by itself.
    words: BTreeMap<String, String>,
    /// By what is said in English.
    pub(super) texts: BTreeMap<String, String>,
    /// What stands below the arguments, by command.
    pub(super) after: BTreeMap<String, String>,
}

impl Told {
    /// That the file can be read is a test's business; whoever runs the command is served in English without it.
    pub(super) fn russian() -> Self {
        toml::from_str(include_str!("ru.toml")).unwrap_or_default()
    }

    pub(super) fn command(&self, command: Command) -> Command {
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

    pub(super) fn word(&self, key: &str, values: &[(&str, &str)]) -> String {
        fill(self.words.get(key).map_or("", String::as_str), values)
    }
}
