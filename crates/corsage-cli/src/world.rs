//! Where the command runs: the only place that knows whether files, streams and the network are the system's own, or
//! lent by a host that runs the command as WebAssembly.

#[cfg(not(feature = "native"))]
mod hosted;
#[cfg(feature = "native")]
mod native;

#[cfg(not(feature = "native"))]
pub use hosted::*;
#[cfg(feature = "native")]
pub(crate) use native::*;

/// Reads what a name stands for as text.
#[cfg(feature = "configurations")]
pub(crate) fn read_text(name: &str) -> Result<String, String> {
    String::from_utf8(read(name)?).map_err(|error| {
        format!("byte {} is not UTF-8; save the file as UTF-8", error.utf8_error().valid_up_to())
    })
}

/// Standard input as text.
pub(crate) fn stdin_text() -> Result<String, String> {
    String::from_utf8(stdin()?).map_err(|_| "stream did not contain valid UTF-8".to_owned())
}
