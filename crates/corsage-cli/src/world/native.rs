//! The system's own.

use std::ffi::OsString;
use std::io::{self, IsTerminal as _, Read as _, Write};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

pub(crate) use std::process::ExitCode;

/// Prints a line on standard output.
#[macro_export]
#[doc(hidden)]
macro_rules! println { ($($arguments:tt)*) => { ::anstream::println!($($arguments)*) }; }

/// Prints a line on standard error.
#[macro_export]
#[doc(hidden)]
macro_rules! eprintln { ($($arguments:tt)*) => { ::anstream::eprintln!($($arguments)*) }; }

pub(crate) fn stdout() -> impl Write {
    anstream::stdout()
}

pub(crate) fn stderr() -> impl Write {
    anstream::stderr()
}

pub(crate) fn stderr_is_terminal() -> bool {
    io::stderr().is_terminal()
}

/// The terminal's width, where there is one.
pub(crate) fn terminal_width() -> Option<usize> {
    terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| usize::from(width.0))
}

pub(crate) fn stdin() -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    io::stdin().lock().read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    Ok(bytes)
}

pub(crate) fn read(name: &str) -> Result<Vec<u8>, String> {
    std::fs::read(name).map_err(|error| error.to_string())
}

/// Reads a file that may be large, and tells how far it is: so many bytes of so many.
pub(crate) fn read_telling(
    name: &str,
    tell: &mut dyn FnMut(usize, u64),
) -> Result<Vec<u8>, String> {
    let mut read = || {
        let mut reader = std::fs::File::open(name)?;
        let size = reader.metadata().map_or(0, |metadata| metadata.len());
        let mut bytes = Vec::new();
        // As large as the file and no larger.
        bytes.reserve_exact(usize::try_from(size).unwrap_or(0).saturating_add(1));
        loop {
            let before = bytes.len();
            (&mut reader).take(16 << 20).read_to_end(&mut bytes)?;
            if bytes.len() == before {
                return Ok(bytes);
            }
            tell(bytes.len(), size);
        }
    };
    let bytes: io::Result<Vec<u8>> = read();
    bytes.map_err(|error| error.to_string())
}

pub(crate) fn write(name: &Path, text: &str) -> Result<(), String> {
    if let Some(directory) = name.parent() {
        std::fs::create_dir_all(directory)
            .map_err(|error| format!("{}: {error}", directory.display()))?;
    }
    std::fs::write(name, text).map_err(|error| format!("{}: {error}", name.display()))
}

pub(crate) fn git(arguments: &[&str]) -> Result<Vec<u8>, String> {
    let output = Command::new("git")
        .args(arguments)
        .output()
        .map_err(|error| format!("git cannot be started: {error}"))?;
    if !output.status.success() {
        let told = String::from_utf8_lossy(&output.stderr);
        return Err(format!("git {}: {}", arguments.join(" "), told.trim()));
    }
    Ok(output.stdout)
}

pub(crate) fn variables() -> impl Iterator<Item = (OsString, OsString)> {
    std::env::vars_os()
}

pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// A clock that starts when it is made.
pub(crate) struct Clock(Instant);

impl Clock {
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}
