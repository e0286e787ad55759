//! Listening sockets: bound, or inherited.

use std::io;
use std::net::{SocketAddr, TcpListener as StdListener};

use socket2::{Domain, Protocol, SockRef, Socket, Type};

/// Connections that wait to be accepted; the kernel's own limit is below where it must be.
const BACKLOG: i32 = 4096;

/// The sockets of one address: one per thread, or one for all.
pub(crate) fn bind(addr: SocketAddr, count: usize) -> io::Result<Vec<StdListener>> {
    let first = bind_one(addr)?;
    // Port 0 is settled by the first; the others join it.
    let settled = first.local_addr()?;
    let mut sockets = vec![first];
    for _ in 1..count {
        sockets.push(bind_one(settled)?);
    }
    Ok(sockets)
}

fn bind_one(addr: SocketAddr) -> io::Result<StdListener> {
    let socket = Socket::new(Domain::for_address(addr), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    // Also lets the next version of this program listen before this one has ended.
    #[cfg(unix)]
    socket.set_reuse_port(true)?;
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
pub(crate) fn share(socket: &StdListener, count: usize) -> io::Result<Vec<StdListener>> {
    // Accepting threads race for each connection; none is lost, and none waits while one is free.
    debug_assert!(SockRef::from(socket).local_addr().is_ok());
    (0..count).map(|_| socket.try_clone()).collect()
}
