//! The log on standard error, which nobody waits for.

use std::io::{self, Write};

use corsage_config::{Colour, Config, LogFormat};
use corsage_gateway::{LineForm, OwnLog, Repeats};
use tracing::{Level, Metadata};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer, reload};

/// Starts the log; what writes it, and what sets its level.
pub(crate) fn start(
    config: &Config,
    colour: Colour,
) -> io::Result<(OwnLog, impl Fn(&str) -> Result<(), String> + Send + Sync + 'static)> {
    let form = match config.gateway.log.format {
        LogFormat::Json => LineForm::Json,
        LogFormat::Text => LineForm::Text,
    };
    let log = OwnLog::start(form, Box::new(io::stderr()))?;
    let filter = EnvFilter::new(config.gateway.log.level.as_str());
    let (filter, handle) = reload::Layer::new(filter);
    let lines = tracing_subscriber::fmt::layer().with_writer(ToLog(log.clone())).with_target(false);
    let lines = match config.gateway.log.format {
        LogFormat::Json => lines.json().without_time().boxed(),
        LogFormat::Text => lines.without_time().with_ansi(matches!(colour, Colour::Ansi)).boxed(),
    };
    tracing_subscriber::registry().with(filter).with(lines).init();
    tell_panics();
    Ok((log, move |text: &str| {
        let filter = EnvFilter::builder().parse(level(text)?).map_err(|error| error.to_string())?;
        handle.reload(filter).map_err(|error| error.to_string())
    }))
}

/// A filter holds levels, and names of modules of ours or of a library. A lone word that is no level would be taken
/// for a module that does not exist, and silence everything.
fn level(text: &str) -> Result<&str, String> {
    const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];
    let is_level = |word: &str| LEVELS.contains(&word.to_ascii_lowercase().as_str());
    for part in text.split(',') {
        let part = part.trim();
        let known = match part.rsplit_once('=') {
            Some((module, level)) => {
                let of_modules = |c: char| c.is_ascii_alphanumeric() || "_:[]{}\"".contains(c);
                !module.is_empty() && module.chars().all(of_modules) && is_level(level)
            }
            None => is_level(part),
        };
        if !known {
            return Err(format!(
                "`{}` is no level; write {}, or module=level, several with commas",
                part.escape_debug(),
                LEVELS.join(", "),
            ));
        }
    }
    Ok(text)
}

/// A panic's message goes where everything else goes: standard error may be full.
fn tell_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let text = panic.payload().downcast_ref::<&str>().copied();
        let owned = panic.payload().downcast_ref::<String>().map(String::as_str);
        let cause = text.or(owned).unwrap_or("of unknown cause");
        tracing::error!(place, "panic: {cause}; please report it");
    }));
}

#[derive(Clone)]
struct ToLog(OwnLog);

struct Line {
    log: OwnLog,
    kind: usize,
    repeats: Repeats,
}

impl<'w> MakeWriter<'w> for ToLog {
    type Writer = Line;

    fn make_writer(&'w self) -> Line {
        Line { log: self.0.clone(), kind: 0, repeats: Repeats::Keep }
    }

    fn make_writer_for(&'w self, meta: &Metadata<'_>) -> Line {
        let repeats = if *meta.level() <= Level::INFO { Repeats::Fold } else { Repeats::Keep };
        // Where in the program the line comes from: metadata are statics.
        Line { log: self.0.clone(), kind: std::ptr::from_ref(meta).addr(), repeats }
    }
}

impl Write for Line {
    /// The formatter hands over a whole line at once.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.log.line(self.kind, self.repeats, line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
