//! What a host lends: Node, or a page. The command is then a function of its arguments and its host.

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;
use std::time::Duration;

use corsage_report::Outcome;

/// Everything that the command asks of the world outside. Names are paths as they stand on the command line.
pub trait Host {
    /// The bytes of a file.
    ///
    /// # Errors
    /// Why it cannot be read, in words.
    fn read(&self, name: &str) -> Result<Vec<u8>, String>;
    /// The files below a directory, but for hidden directories and `node_modules`; `None` if it is none.
    fn list(&self, name: &str) -> Option<Vec<String>>;
    /// Writes a file, and the directories above it.
    ///
    /// # Errors
    /// Why it cannot be written.
    fn write(&self, name: &str, text: &str) -> Result<(), String>;
    /// What `git` prints when it is called with these arguments.
    ///
    /// # Errors
    /// Why it cannot be called, or what it complains of.
    fn git(&self, arguments: &[&str]) -> Result<Vec<u8>, String>;
    /// All of standard input.
    ///
    /// # Errors
    /// Why it cannot be read.
    fn stdin(&self) -> Result<Vec<u8>, String>;
    /// Text for one of the streams.
    fn print(&self, stream: Stream, text: &str);
    /// Whether a stream shows colours, and how wide it is, if it is a terminal.
    fn terminal(&self, stream: Stream) -> Option<usize>;
    /// The variables of the environment.
    fn variables(&self) -> Vec<(String, String)>;
    /// A clock that never goes back.
    fn now(&self) -> Duration;
    /// Sends a message over the network, and waits for the head of the answer.
    ///
    /// # Errors
    /// A failure's kind ([`WireFailure::code`](corsage::browser::WireFailure)) and what happened.
    fn send(&self, message: &Sent) -> Result<Answered, (String, String)>;
}

/// Where text goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Out,
    /// Standard error.
    Error,
}

/// A message for the network.
#[derive(Clone, Debug, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Sent {
    /// Where to.
    pub url: String,
    /// The method.
    pub method: String,
    /// Header lines in order; a character of a value is a byte.
    pub headers: Vec<(String, String)>,
    /// The body, if there is one; a character is a byte.
    pub body: Option<String>,
    /// The address to connect to in place of what the name resolves to.
    pub address: Option<String>,
    /// A file of certificates that are trusted besides.
    pub cacert: Option<String>,
    /// How long an answer is waited for.
    pub timeout_milliseconds: u64,
    /// Whether addresses that are not public are refused.
    pub public_only: bool,
}

/// The head of an answer.
#[derive(Clone, Debug, serde::Deserialize)]
pub struct Answered {
    /// The status.
    pub status: u16,
    /// Header lines in order; a character of a value is a byte.
    pub headers: Vec<(String, String)>,
    /// How the body of an error begins.
    #[serde(default)]
    pub beginning: String,
}

thread_local! {
    static HOST: RefCell<Option<Rc<dyn Host>>> = const { RefCell::new(None) };
}

/// Lends a host to whatever runs inside.
pub fn with_host<T>(host: Rc<dyn Host>, run: impl FnOnce() -> T) -> T {
    let before = HOST.with(|slot| slot.replace(Some(host)));
    let result = run();
    HOST.with(|slot| slot.replace(before));
    result
}

/// Asks the host; without one there is no answer.
pub(crate) fn ask<T>(question: impl FnOnce(&dyn Host) -> T) -> Option<T> {
    let host = HOST.with(|slot| slot.borrow().clone());
    host.map(|host| question(host.as_ref()))
}

fn asked<T>(question: impl FnOnce(&dyn Host) -> Result<T, String>) -> Result<T, String> {
    ask(question).unwrap_or_else(|| Err("no host lends it".to_owned()))
}

/// The command's exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExitCode(pub u8);

impl ExitCode {
    /// 0
    pub const SUCCESS: Self = Self(0);
    /// 1
    pub const FAILURE: Self = Self(1);
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        Self(outcome.exit_code())
    }
}

impl From<u8> for ExitCode {
    fn from(code: u8) -> Self {
        Self(code)
    }
}

/// Prints a line on standard output.
#[macro_export]
#[doc(hidden)]
macro_rules! println {
    ($($arguments:tt)*) => {{
        use ::std::io::Write as _;
        let _ = ::std::writeln!($crate::world::stdout(), $($arguments)*);
    }};
}

/// Prints a line on standard error.
#[macro_export]
#[doc(hidden)]
macro_rules! eprintln {
    ($($arguments:tt)*) => {{
        use ::std::io::Write as _;
        let _ = ::std::writeln!($crate::world::stderr(), $($arguments)*);
    }};
}

struct Printer(Stream);

impl Write for Printer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        let coloured = match anstream::ColorChoice::global() {
            anstream::ColorChoice::Always | anstream::ColorChoice::AlwaysAnsi => true,
            anstream::ColorChoice::Never => false,
            anstream::ColorChoice::Auto => {
                ask(|host| host.terminal(self.0).is_some()).unwrap_or(false)
                    && variable("NO_COLOR").is_none_or(|value| value.is_empty())
            }
        };
        ask(|host| {
            if coloured {
                host.print(self.0, &text);
            } else {
                host.print(self.0, &anstream::adapter::strip_str(&text).to_string());
            }
        });
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub(crate) fn stdout() -> impl Write {
    io::LineWriter::new(Printer(Stream::Out))
}

pub(crate) fn stderr() -> impl Write {
    io::LineWriter::new(Printer(Stream::Error))
}

pub(crate) fn stderr_is_terminal() -> bool {
    ask(|host| host.terminal(Stream::Error).is_some()).unwrap_or(false)
}

pub(crate) fn terminal_width() -> Option<usize> {
    ask(|host| host.terminal(Stream::Out)).flatten()
}

pub(crate) fn stdin() -> Result<Vec<u8>, String> {
    asked(|host| host.stdin())
}

pub(crate) fn read(name: &str) -> Result<Vec<u8>, String> {
    asked(|host| host.read(name))
}

pub(crate) fn read_telling(name: &str, _: &mut dyn FnMut(usize, u64)) -> Result<Vec<u8>, String> {
    read(name)
}

#[cfg(feature = "configurations")]
pub(crate) fn list(name: &str) -> Option<Vec<String>> {
    ask(|host| host.list(name)).flatten()
}

#[cfg(feature = "configurations")]
pub(crate) fn write(name: &std::path::Path, text: &str) -> Result<(), String> {
    asked(|host| host.write(&name.to_string_lossy(), text))
        .map_err(|error| format!("{}: {error}", name.display()))
}

#[cfg(feature = "configurations")]
pub(crate) fn git(arguments: &[&str]) -> Result<Vec<u8>, String> {
    asked(|host| host.git(arguments))
}

#[cfg(feature = "configurations")]
pub(crate) fn variables() -> impl Iterator<Item = (std::ffi::OsString, std::ffi::OsString)> {
    let all = ask(|host| host.variables()).unwrap_or_default();
    all.into_iter().map(|(name, value)| (name.into(), value.into()))
}

pub(crate) fn variable(name: &str) -> Option<String> {
    let all = ask(|host| host.variables()).unwrap_or_default();
    all.into_iter().find(|(known, _)| known == name).map(|(_, value)| value)
}

/// A clock that starts when it is made.
pub(crate) struct Clock(Duration);

impl Clock {
    pub(crate) fn start() -> Self {
        Self(ask(|host| host.now()).unwrap_or_default())
    }

    pub(crate) fn elapsed(&self) -> Duration {
        ask(|host| host.now()).unwrap_or_default().saturating_sub(self.0)
    }
}
