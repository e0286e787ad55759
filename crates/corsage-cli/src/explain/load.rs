//! `--as`, `--crossorigin` and what belongs to them: a load in the engine's terms.

use std::ffi::OsStr;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use corsage::browser::load::{Load, LoadKind, ScriptType};
use corsage::browser::{CredentialsMode, Mode};
use corsage_evidence::Load as CopiedLoad;

/// What loads the URL, if it is no script's `fetch()`.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct LoadArgs {
    /// What loads the URL, if it is no script's fetch(): an element, a constructor, a property of CSS
    #[arg(long = "as", value_name = "KIND", value_parser = kinds())]
    kind: Option<Kind>,

    /// The element's `crossorigin`; without a value as in <img crossorigin>
    #[arg(
        long,
        value_name = "VALUE",
        num_args = 0..=1,
        default_missing_value = "anonymous",
        value_parser = OrAddress::of(&["anonymous", "use-credentials"])
    )]
    crossorigin: Option<String>,

    /// The element's `integrity`
    #[arg(long, value_name = "METADATA")]
    integrity: Option<String>,

    /// The element's `referrerpolicy`
    #[arg(long, value_name = "POLICY")]
    referrerpolicy: Option<String>,

    /// The `type` of a script or of a worker
    #[arg(long = "type", value_name = "TYPE", value_parser = ["classic", "module"])]
    script_type: Option<String>,

    /// The page preloads it before, with this `crossorigin`
    #[arg(
        long,
        value_name = "CROSSORIGIN",
        num_args = 0..=1,
        default_missing_value = "none",
        value_parser = OrAddress::of(&["none", "anonymous", "use-credentials"])
    )]
    preload: Option<String>,

    /// Take kinds, URLs and attributes from HTML: every element that loads something (`-`: from standard input)
    #[arg(long, value_name = "HTML", conflicts_with_all = [
        "kind", "crossorigin", "integrity", "referrerpolicy", "script_type", "preload", "curl", "fetch", "har", "console",
        "code",
    ])]
    pub(super) html: Option<String>,
}

/// The values of an option that may have none; or an address, which is the command's own: whoever writes
/// `--crossorigin https://…` means both.
#[derive(Clone)]
struct OrAddress(PossibleValuesParser);

impl OrAddress {
    fn of(values: &[&'static str]) -> Self {
        Self(PossibleValuesParser::new(values.iter().copied()))
    }
}

impl TypedValueParser for OrAddress {
    type Value = String;

    fn parse_ref(
        &self,
        command: &clap::Command,
        argument: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<String, clap::Error> {
        match value.to_str().filter(|value| is_address(value)) {
            Some(address) => Ok(address.to_owned()),
            None => self.0.parse_ref(command, argument, value),
        }
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        self.0.possible_values()
    }
}

fn is_address(value: &str) -> bool {
    value.contains("://")
}

/// What `--as` names: a kind, and of a preload what it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Kind {
    name: String,
    kind: LoadKind,
    destination: String,
}

/// What can be preloaded.
const PRELOADS: [&str; 6] = ["fetch", "font", "image", "script", "style", "track"];

/// What people call kinds by the tag, the API or the attribute that they wrote.
const OTHER_NAMES: [(&str, &str); 16] = [
    ("img", "image"),
    ("link", "style"),
    ("css", "style"),
    ("stylesheet", "style"),
    ("import", "module-import"),
    ("module-script", "module"),
    ("font-face", "font"),
    ("frame", "iframe"),
    ("eventsource", "event-source"),
    ("sse", "event-source"),
    ("websocket", "web-socket"),
    ("sharedworker", "shared-worker"),
    ("serviceworker", "service-worker"),
    ("importscripts", "import-scripts"),
    ("audioworklet", "audio-worklet"),
    ("sendbeacon", "beacon"),
];

fn kinds() -> impl TypedValueParser<Value = Kind> {
    let names = LoadKind::ALL.iter().flat_map(|kind| match kind {
        LoadKind::Preload => {
            PRELOADS.iter().map(|destination| format!("preload-{destination}")).collect()
        }
        kind => vec![kind.as_str().to_owned()],
    });
    let values = names.map(|name| {
        let other = OTHER_NAMES.iter().filter(|(_, kind)| *kind == name).map(|(other, _)| *other);
        PossibleValue::new(name.clone()).aliases(other)
    });
    PossibleValuesParser::new(values).try_map(|name| {
        let other = OTHER_NAMES.iter().find(|(other, _)| *other == name);
        let name = other.map_or(name, |(_, kind)| (*kind).to_owned());
        let (kind, destination) = match name.strip_prefix("preload-") {
            Some(destination) => (LoadKind::Preload, destination.to_owned()),
            None => (name.parse::<LoadKind>()?, String::new()),
        };
        Ok::<_, corsage::browser::load::UnknownLoadKind>(Kind { name, kind, destination })
    })
}

/// What else of the command line, or of a copy, a load looks at.
pub(crate) struct Given<'a> {
    pub(crate) url: &'a str,
    pub(crate) method: Option<&'a str>,
    /// Of a body, if there is one.
    pub(crate) content_type: Option<&'a str>,
    pub(crate) mode: Option<Mode>,
    pub(crate) credentials: Option<CredentialsMode>,
}

impl LoadArgs {
    /// Gives back an address that stands where a value could have stood, and puts the value there that its absence means.
    pub(super) fn take_address(&mut self) -> Option<String> {
        let absent = [(&mut self.crossorigin, "anonymous"), (&mut self.preload, "none")];
        absent.into_iter().find_map(|(option, meant)| {
            let address = option.take_if(|value| is_address(value));
            if address.is_some() {
                *option = Some(meant.to_owned());
            }
            address
        })
    }

    /// Whether the command line itself says what loads.
    pub(crate) fn is_given(&self) -> bool {
        self.kind.is_some() || self.html.is_some()
    }

    /// Whether the page's HTML says it all.
    pub(crate) fn is_html(&self) -> bool {
        self.html.is_some()
    }

    /// Preloads, and last the load itself; nothing where a script fetches.
    pub(crate) fn loads(&self, copied: CopiedLoad, given: &Given<'_>) -> Result<Vec<Load>, String> {
        let asked = self.kind.as_ref().map(|kind| kind.kind);
        let Some(kind) = asked.or_else(|| copied.kind(given.mode)) else {
            return match self.unused() {
                Some(option) => {
                    Err(format!("{option} is about an element: say which, for example --as image"))
                }
                None => Ok(Vec::new()),
            };
        };
        if let Some(address) = self.crossorigin.iter().chain(&self.preload).find(|v| is_address(v))
        {
            return Err(format!(
                "two addresses are given, {} and {address}; one is explained at a time",
                given.url
            ));
        }
        let mut load = match kind {
            LoadKind::Beacon => Load::beacon(given.url, given.content_type),
            LoadKind::Form => {
                Load::form(given.url, given.method.unwrap_or("get"), given.content_type)
            }
            LoadKind::Preload => {
                let destination = self.kind.as_ref().map_or("", |kind| kind.destination.as_str());
                Load::preload(given.url, destination)
            }
            kind => Load::new(kind, given.url),
        };
        load = match self.attribute(given) {
            Some(value) => load.crossorigin(value),
            None => load,
        };
        if let Some(mode) = given.credentials {
            load = load.credentials(mode);
        }
        if let Some(metadata) = &self.integrity {
            load = load.integrity(metadata);
        }
        if let Some(policy) = &self.referrerpolicy {
            load = load.referrer_policy(policy);
        }
        if self.script_type.as_deref() == Some("module") {
            load = load.script_type(ScriptType::Module);
        }
        let mut loads: Vec<Load> = self.preload_of(load.kind(), given.url)?.into_iter().collect();
        loads.push(load);
        Ok(loads)
    }

    /// `--mode cors` and `--credentials include` are what `crossorigin` says on elements.
    fn attribute(&self, given: &Given<'_>) -> Option<&str> {
        if self.crossorigin.is_some() || given.mode != Some(Mode::Cors) {
            return self.crossorigin.as_deref();
        }
        match given.credentials {
            Some(CredentialsMode::Include) => Some("use-credentials"),
            _ => Some("anonymous"),
        }
    }

    /// An option that means nothing without `--as`.
    fn unused(&self) -> Option<&'static str> {
        [
            (self.crossorigin.is_some(), "--crossorigin"),
            (self.integrity.is_some(), "--integrity"),
            (self.referrerpolicy.is_some(), "--referrerpolicy"),
            (self.script_type.is_some(), "--type"),
            (self.preload.is_some(), "--preload"),
        ]
        .into_iter()
        .find_map(|(given, option)| given.then_some(option))
    }

    fn preload_of(&self, kind: LoadKind, url: &str) -> Result<Option<Load>, String> {
        let Some(value) = &self.preload else { return Ok(None) };
        let destination = match kind {
            LoadKind::Image | LoadKind::SvgImage | LoadKind::BackgroundImage => "image",
            LoadKind::Script => "script",
            LoadKind::Style => "style",
            LoadKind::Font => "font",
            LoadKind::Track => "track",
            LoadKind::Fetch => "fetch",
            LoadKind::ModuleScript | LoadKind::ModuleImport | LoadKind::DynamicImport => {
                let load = Load::new(LoadKind::ModulePreload, url);
                return Ok(Some(crossorigin(load, value)));
            }
            kind => return Err(format!("--preload: no preload is for --as {kind}")),
        };
        Ok(Some(crossorigin(Load::preload(url, destination), value)))
    }

    /// The options that do the same again.
    pub(crate) fn options(&self) -> Vec<(&'static str, String)> {
        let mut options = Vec::new();
        let mut push = |name, value: Option<String>| options.extend(value.map(|v| (name, v)));
        push("--as", self.kind.as_ref().map(|kind| kind.name.clone()));
        push("--crossorigin", self.crossorigin.clone());
        push("--integrity", self.integrity.clone());
        push("--referrerpolicy", self.referrerpolicy.clone());
        push("--type", self.script_type.clone());
        push("--preload", self.preload.clone());
        push("--html", self.html.clone());
        options
    }
}

fn crossorigin(load: Load, value: &str) -> Load {
    if value == "none" { load } else { load.crossorigin(value) }
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use corsage_texts::Language;

    use super::super::arguments::Args;
    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: Args,
    }

    fn args(words: &[&str]) -> Args {
        let line = Line::try_parse_from(["explain"].iter().chain(words)).expect("a command line");
        line.args.speaking(Language::English)
    }

    #[test]
    fn kinds_have_other_names() {
        for (other, name) in OTHER_NAMES {
            let kind = args(&["--as", other]).load.kind.expect("a kind");
            assert_eq!(kind.name, name, "{other}");
        }
    }

    #[test]
    fn an_address_is_no_value_of_an_option() {
        let address = "https://cdn.example/a.png";
        for (option, meant) in [("--crossorigin", "anonymous"), ("--preload", "none")] {
            let args = args(&["--as", "image", option, address]);
            assert_eq!(args.url.as_deref(), Some(address), "{option}");
            let values = [args.load.crossorigin, args.load.preload];
            assert!(values.contains(&Some(meant.to_owned())), "{option}: {values:?}");
        }
        let written = args(&["--as", "image", "--crossorigin", "use-credentials", address]);
        assert_eq!(written.url.as_deref(), Some(address));
        assert_eq!(written.load.crossorigin.as_deref(), Some("use-credentials"));
    }
}
