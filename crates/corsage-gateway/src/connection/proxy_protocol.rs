//! The [PROXY protocol](https://www.haproxy.org/download/2.9/doc/proxy-protocol.txt), versions 1
//! and 2: by which a load balancer says who its client is.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use tokio::io::{AsyncRead, AsyncReadExt};

const SIGNATURE: &[u8; 12] = b"\r\n\r\n\0\r\nQUIT\n";
/// The longest header of version 1, its line end included.
const MAX_LINE: usize = 107;
/// Addresses and extensions of version 2; extensions are skipped, and small in practice.
const MAX_REST: usize = 4096;

/// Reads the header; the client's address, or none where the balancer speaks for itself.
pub(crate) async fn read(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<SocketAddr>> {
    let mut start = [0; 12];
    stream.read_exact(&mut start).await?;
    if start == *SIGNATURE {
        return version_2(stream).await;
    }
    // Byte by byte, as what follows is not ours; a line of 107 bytes once per connection.
    let mut line = start.to_vec();
    while !line.ends_with(b"\r\n") {
        if line.len() >= MAX_LINE {
            return Err(malformed());
        }
        line.push(stream.read_u8().await?);
    }
    version_1(&line).ok_or_else(malformed)
}

fn malformed() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "no PROXY header")
}

fn version_1(line: &[u8]) -> Option<Option<SocketAddr>> {
    let text = std::str::from_utf8(line).ok()?.strip_suffix("\r\n")?;
    let words: Vec<&str> = text.split(' ').collect();
    match *words {
        ["PROXY", "UNKNOWN", ..] => Some(None),
        ["PROXY", family, source, destination, source_port, destination_port] => {
            let ip: IpAddr = source.parse().ok()?;
            let other: IpAddr = destination.parse().ok()?;
            destination_port.parse::<u16>().ok()?;
            let fits = match family {
                "TCP4" => ip.is_ipv4() && other.is_ipv4(),
                "TCP6" => ip.is_ipv6() && other.is_ipv6(),
                _ => false,
            };
            fits.then_some(Some(SocketAddr::new(ip, source_port.parse().ok()?)))
        }
        _ => None,
    }
}

async fn version_2(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<SocketAddr>> {
    let mut fixed = [0; 4];
    stream.read_exact(&mut fixed).await?;
    let [version_command, family, high, low] = fixed;
    let length = usize::from(u16::from_be_bytes([high, low]));
    if length > MAX_REST {
        return Err(malformed());
    }
    let mut rest = vec![0; length];
    stream.read_exact(&mut rest).await?;
    match (version_command, family) {
        // LOCAL: the balancer's own probe.
        (0x20, _) => Ok(None),
        (0x21, 0x11) => {
            let address: [u8; 12] = rest.first_chunk().copied().ok_or_else(malformed)?;
            let [a, b, c, d, _, _, _, _, high, low, ..] = address;
            let port = u16::from_be_bytes([high, low]);
            Ok(Some(SocketAddr::new(Ipv4Addr::new(a, b, c, d).into(), port)))
        }
        (0x21, 0x21) => {
            let address: [u8; 36] = rest.first_chunk().copied().ok_or_else(malformed)?;
            let source: [u8; 16] = address.first_chunk().copied().ok_or_else(malformed)?;
            let port = u16::from_be_bytes([address[32], address[33]]);
            Ok(Some(SocketAddr::new(Ipv6Addr::from(source).into(), port)))
        }
        // Other families have no address that could be forwarded.
        (0x21, _) => Ok(None),
        _ => Err(malformed()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn parse(bytes: &[u8]) -> Option<Option<String>> {
        let mut bytes = bytes;
        read(&mut bytes).await.ok().map(|addr| addr.map(|addr| addr.to_string()))
    }

    #[tokio::test]
    async fn both_versions_are_read_and_nothing_else() {
        let some = |text: &str| Some(Some(text.to_owned()));
        assert_eq!(
            parse(b"PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\r\nGET").await,
            some("192.0.2.1:56324")
        );
        assert_eq!(parse(b"PROXY TCP6 2001:db8::1 ::1 1 443\r\n").await, some("[2001:db8::1]:1"));
        assert_eq!(parse(b"PROXY UNKNOWN\r\n").await, Some(None));
        let mut v2 = SIGNATURE.to_vec();
        v2.extend([0x21, 0x11, 0, 15, 192, 0, 2, 1, 192, 0, 2, 2, 0xdc, 4, 1, 187, 3, 0, 0]);
        assert_eq!(parse(&v2).await, some("192.0.2.1:56324"));
        v2[12] = 0x20;
        assert_eq!(parse(&v2).await, Some(None));
        v2[12] = 0x31;
        for bad in [
            &v2[..],
            b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
            b"PROXY TCP4 ::1 ::1 1 443\r\n",
            b"PROXY TCP4 192.0.2.1 192.0.2.2 65536 443\r\n",
            b"PROXY TCP4 192.0.2.1\r\n",
            &[b'x'; 200],
        ] {
            assert_eq!(parse(bad).await, None, "{:?}", bad.escape_ascii().to_string());
        }
    }
}
