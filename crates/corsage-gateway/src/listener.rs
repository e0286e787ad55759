//! Listening sockets: bound, or inherited.

use std::io;
use std::net::{SocketAddr, TcpListener as StdListener};

#[cfg(any(target_os = "linux", target_os = "android"))]
use socket2::SockRef;
use socket2::{Domain, Protocol, Socket, Type};

/// Connections that wait to be accepted; the kernel's own limit is below where it must be.
const BACKLOG: i32 = 4096;

/// A socket to accept from.
#[derive(Debug)]
pub(crate) struct Listener<S = StdListener> {
    pub(crate) socket: S,
    pub(crate) owner: Owner,
}

/// Who else may accept from a socket once we have stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    /// Nobody: it is closed with us.
    Us,
    /// Whoever started us, and whatever they start next.
    Starter,
}

impl<S> Listener<S> {
    pub(crate) fn try_map<T, E>(
        self,
        map: impl FnOnce(S) -> Result<T, E>,
    ) -> Result<Listener<T>, E> {
        Ok(Listener { socket: map(self.socket)?, owner: self.owner })
    }
}

/// Lets no further client begin to connect; those whose handshake has begun may end it.
///
/// Closing a listening socket resets the connections that have not been accepted, although their
/// clients were told that they are connected and have sent their requests. A client whose first
/// packet is dropped knows nothing yet, and asks again a second later: then it is refused by the
/// system, or taken by the next gateway.
pub(crate) fn turn_away(socket: &StdListener) {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    {
        // Classic BPF over the TCP header: load the byte of flags; SYN set: keep nothing of the packet.
        const FLAGS: u32 = 13;
        const SYN: u32 = 0x02;
        let filter = [
            socket2::SockFilter::new(0x30, 0, 0, FLAGS),
            socket2::SockFilter::new(0x45, 0, 1, SYN),
            socket2::SockFilter::new(0x06, 0, 0, 0),
            socket2::SockFilter::new(0x06, 0, 0, u32::MAX),
        ];
        if let Err(error) = SockRef::from(socket).attach_filter(&filter) {
            tracing::debug!(%error, "clients may be reset that connect in the last moment");
        }
    }
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let _ = socket;
}

/// What to do about another gateway that listens on the same address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Neighbour {
    /// Start beside it, and get every second connection until it ends.
    Replace,
    /// Do not start: two that know nothing of each other would share the clients between them.
    #[default]
    Respect,
}

/// The sockets of one address: one per thread, or one for all.
pub(crate) fn bind(
    addr: SocketAddr,
    count: usize,
    neighbour: Neighbour,
) -> io::Result<Vec<Listener>> {
    if neighbour == Neighbour::Respect {
        // Ours are shared among our threads, which would let any process of this user share them too.
        drop(bind_one(addr, Sharing::Alone)?);
    }
    let first = bind_one(addr, Sharing::Shared)?;
    // Port 0 is settled by the first; the others join it.
    let settled = first.local_addr()?;
    let mut sockets = vec![first];
    for _ in 1..count {
        sockets.push(bind_one(settled, Sharing::Shared)?);
    }
    Ok(sockets.into_iter().map(|socket| Listener { socket, owner: Owner::Us }).collect())
}

/// Whether other sockets may listen on the same address.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sharing {
    Alone,
    Shared,
}

fn bind_one(addr: SocketAddr, sharing: Sharing) -> io::Result<StdListener> {
    let socket = Socket::new(Domain::for_address(addr), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    // Also lets the next version of this program listen before this one has ended.
    #[cfg(unix)]
    socket.set_reuse_port(sharing == Sharing::Shared)?;
    if addr.is_ipv6() {
        // `[::]` serves IPv4 too, whatever the system's default.
        socket.set_only_v6(false)?;
    }
    socket.bind(&addr.into())?;
    socket.listen(BACKLOG)?;
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}

/// The sockets that systemd, or whoever started us, has opened (`LISTEN_FDS`).
pub(crate) fn inherited() -> io::Result<Vec<StdListener>> {
    let mut passed = listenfd::ListenFd::from_env();
    let mut sockets = Vec::new();
    for index in 0..passed.len() {
        if let Some(socket) = passed.take_tcp_listener(index)? {
            socket.set_nonblocking(true)?;
            sockets.push(socket);
        }
    }
    Ok(sockets)
}

/// One more handle to the same socket, for another thread.
pub(crate) fn share(socket: &StdListener, count: usize) -> io::Result<Vec<Listener>> {
    // Accepting threads race for each connection; none is lost, and none waits while one is free.
    (0..count)
        .map(|_| Ok(Listener { socket: socket.try_clone()?, owner: Owner::Starter }))
        .collect()
}
