//! One question to a name server: does this domain exist?
//!
//! The message is the one of [RFC 1035](https://www.rfc-editor.org/rfc/rfc1035#section-4.1), and of the answer only its code
//! is read: a resolver's library would bring forty crates for that.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::time::timeout;

/// For an answer. It is asked twice.
const PATIENCE: Duration = Duration::from_secs(3);
const NO_ERROR: u8 = 0;
/// NXDOMAIN
const NO_SUCH_NAME: u8 = 3;

/// `None` where the server does not answer, or cannot tell.
pub(crate) async fn exists(server: SocketAddr, domain: &str) -> Option<bool> {
    let number = u16::try_from(std::process::id() & 0xffff).unwrap_or(1);
    let question = question(number, domain)?;
    let any: SocketAddr = match server {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    };
    let socket = UdpSocket::bind(any).await.ok()?;
    // From nobody else is anything taken then.
    socket.connect(server).await.ok()?;
    for _ in 0..2 {
        socket.send(&question).await.ok()?;
        let mut answer = [0; 512];
        if let Ok(Ok(length)) = timeout(PATIENCE, socket.recv(&mut answer)).await {
            return told(number, &answer[..length]);
        }
    }
    None
}

/// Recursion is desired; the type is SOA, which every domain has that was delegated.
fn question(number: u16, domain: &str) -> Option<Vec<u8>> {
    const HEAD: [u8; 10] = [1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    const SOA_IN: [u8; 4] = [0, 6, 0, 1];
    let mut message = number.to_be_bytes().to_vec();
    message.extend(HEAD);
    for label in domain.split('.') {
        let length = u8::try_from(label.len()).ok().filter(|length| (1..64).contains(length))?;
        message.push(length);
        message.extend(label.as_bytes());
    }
    message.push(0);
    message.extend(SOA_IN);
    Some(message)
}

fn told(number: u16, answer: &[u8]) -> Option<bool> {
    let [high, low, flags, code, ..] = *answer else { return None };
    let is_answer = u16::from_be_bytes([high, low]) == number && flags & 0x80 != 0;
    match code & 0x0f {
        NO_ERROR if is_answer => Some(true),
        NO_SUCH_NAME if is_answer => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_as_the_standard_has_it() {
        let expected = b"\x00\x07\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x07example\x03org\x00\x00\x06\x00\x01";
        assert_eq!(question(7, "example.org").as_deref(), Some(&expected[..]));
        assert_eq!(question(7, "a..b"), None);
        assert_eq!(question(7, &"a".repeat(64)), None);
    }

    #[test]
    fn only_what_answers_the_question_is_believed() {
        assert_eq!(told(7, &[0, 7, 0x81, 0x83]), Some(false));
        assert_eq!(told(7, &[0, 7, 0x81, 0x80]), Some(true));
        for other in
            [&[0, 8, 0x81, 0x83][..], &[0, 7, 0x01, 0x03], &[0, 7, 0x81, 0x82], &[0, 7, 0x81], &[]]
        {
            assert_eq!(told(7, other), None, "{other:?}");
        }
    }
}
