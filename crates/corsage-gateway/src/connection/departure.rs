//! Clients of HTTP/1 that leave while they are being served.
//!
//! A client that has ended its side may still wait for its answer, and one that has gone altogether looks the same
//! at first. The difference shows when something is sent: whoever is gone answers with a reset.

use std::io;
use std::time::Duration;

use bytes::Bytes;
use socket2::{SockRef, TcpKeepalive};
use tokio::net::TcpStream;

use super::Conn;

/// [100](https://www.rfc-editor.org/rfc/rfc9110#section-15.2.1) says nothing but "go on", may come before any
/// answer, and is read over by every client of HTTP/1.1.
const GO_ON: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";
/// Where nothing of ours may be sent, in the middle of a body for one, the system asks.
const ASK_EVERY: Duration = Duration::from_secs(10);

/// Whether a client is still there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Presence {
    /// As far as can be told.
    Here,
    /// It has reset the connection.
    Gone,
}

/// What has been seen of a connection's client.
#[derive(Debug, Default)]
pub(super) struct Client {
    side: Side,
}

#[derive(Debug, Default, PartialEq, Eq)]
enum Side {
    #[default]
    Open,
    /// It sends no more; it has been asked whether it still listens.
    Ended,
}

impl Client {
    /// Looks at the socket, without taking anything from it.
    pub(super) fn look(&mut self, socket: &TcpStream, conn: &Conn) -> Presence {
        let socket = SockRef::from(socket);
        if socket.take_error().is_ok_and(|error| error.is_some()) {
            return Presence::Gone;
        }
        let mut byte = [std::mem::MaybeUninit::uninit()];
        match socket.peek(&mut byte) {
            Ok(0) if self.side == Side::Open => {
                self.side = Side::Ended;
                let keepalive = TcpKeepalive::new().with_time(ASK_EVERY).with_interval(ASK_EVERY);
                let _ = socket.set_tcp_keepalive(&keepalive);
                if conn.may_be_told_to_go_on() {
                    conn.push_informational(Bytes::from_static(GO_ON));
                }
                Presence::Here
            }
            Ok(_) => Presence::Here,
            Err(error) if is_nothing_new(&error) => Presence::Here,
            Err(_) => Presence::Gone,
        }
    }
}

fn is_nothing_new(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
}
