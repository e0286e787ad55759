//! From a listening socket to connections, down to the last one that was promised.

use std::io;
use std::net::{SocketAddr, TcpListener as StdListener};
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};

use crate::listener::{Listener, Owner, turn_away};
use crate::worker::{Phase, Shared, reached};

/// How often it is looked whether there is room for another connection.
const FULL: Duration = Duration::from_millis(5);
/// How long a handshake that has begun may take to end while we stop listening.
const HANDSHAKE: Duration = Duration::from_millis(200);
/// How long to wait when the system cannot give us another connection.
const EXHAUSTED: Duration = Duration::from_millis(50);

/// Accepts until the gateway drains; then what is still in the queue, because those clients have
/// been told that they are connected.
pub(crate) fn accept(
    listener: Listener<TcpListener>,
    shared: Arc<Shared>,
    open: impl FnMut(TcpStream, SocketAddr),
) -> impl Future<Output = ()> {
    // Counted before the first poll, so that nobody takes what has not begun for what has ended.
    let accepting = Accepting::new(shared);
    async move {
        run(listener, &accepting.0, open).await;
        drop(accepting);
    }
}

async fn run(
    listener: Listener<TcpListener>,
    shared: &Shared,
    mut open: impl FnMut(TcpStream, SocketAddr),
) {
    let Listener { socket: listener, owner } = listener;
    let mut phase = shared.phase.subscribe();
    loop {
        tokio::select! {
            biased;
            () = reached(&mut phase, Phase::Draining) => break,
            // As many as may be: the others wait in the system's queue.
            () = tokio::time::sleep(FULL), if shared.is_full() => {}
            accepted = listener.accept(), if !shared.is_full() => match accepted {
                Ok((stream, peer)) => open(stream, peer),
                Err(error) if is_of_the_connection(&error) => {}
                Err(error) => {
                    // Out of descriptors, most likely: some will be closed soon.
                    tracing::error!(%error, "cannot accept connections");
                    tokio::time::sleep(EXHAUSTED).await;
                }
            }
        }
    }
    // The system is asked itself: the runtime knows of a connection only once it has looked.
    let Ok(socket) = listener.into_std() else {
        return;
    };
    match owner {
        Owner::Us => {
            turn_away(&socket);
            accept_waiting(&socket, &mut open).await;
            tokio::time::sleep(HANDSHAKE).await;
            accept_waiting(&socket, &mut open).await;
        }
        // What we leave there, the next one takes.
        Owner::Starter => {}
    }
}

async fn accept_waiting(socket: &StdListener, open: &mut impl FnMut(TcpStream, SocketAddr)) {
    let mut patience = 20;
    loop {
        let accepted = socket.accept().and_then(|(stream, peer)| {
            stream.set_nonblocking(true)?;
            Ok((TcpStream::from_std(stream)?, peer))
        });
        match accepted {
            Ok((stream, peer)) => open(stream, peer),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
            Err(error) if is_of_the_connection(&error) => {}
            Err(error) => {
                patience -= 1;
                if patience == 0 {
                    tracing::error!(%error, "connections are lost that cannot be accepted");
                    return;
                }
                tokio::time::sleep(EXHAUSTED).await;
            }
        }
    }
}

/// One more listening socket from which connections come, as long as it lives.
struct Accepting(Arc<Shared>);

impl Accepting {
    fn new(shared: Arc<Shared>) -> Self {
        shared.accepting.fetch_add(1, SeqCst);
        Self(shared)
    }
}

impl Drop for Accepting {
    fn drop(&mut self) {
        self.0.accepting.fetch_sub(1, SeqCst);
    }
}

fn is_of_the_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::Interrupted
    )
}
