//! What starting takes: threads of the system's, and an error that says what was in the way.

use std::io;
use std::net::SocketAddr;
use std::thread::JoinHandle;

use crate::live::CompileError;

/// Why a gateway does not start, or does not take a new configuration.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The configuration cannot be put to work.
    #[error("{0}")]
    Config(String),
    /// An address cannot be listened on.
    #[error("cannot listen on {addr}: {source}{}", if source.kind() == io::ErrorKind::AddrInUse {
        "; to take the place of a gateway that runs there, say so (`--replace`)"
    } else {
        ""
    })]
    Listen {
        /// Which.
        addr: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// There is no address to listen on.
    #[error("there is no address to listen on; name one, as in 127.0.0.1:8080")]
    NoListener,
    /// The access log cannot be written.
    #[error("the access log cannot be opened: {0}")]
    AccessLog(io::Error),
    /// The system gives no thread, or no socket.
    #[error("the system does not let a thread start: {0}")]
    Thread(io::Error),
}

impl From<CompileError> for StartError {
    fn from(error: CompileError) -> Self {
        Self::Config(error.to_string())
    }
}

/// A thread with a runtime of its own.
pub(crate) fn spawn<F>(
    name: String,
    run: impl FnOnce() -> F + Send + 'static,
) -> Result<JoinHandle<()>, StartError>
where
    F: Future<Output = ()>,
{
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(4)
        .build()
        .map_err(StartError::Thread)?;
    std::thread::Builder::new()
        .name(name)
        .spawn(move || runtime.block_on(run()))
        .map_err(StartError::Thread)
}
