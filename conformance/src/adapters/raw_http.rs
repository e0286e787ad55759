//! One request over a socket, byte by byte as the case has it.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use http::{HeaderName, HeaderValue, Request, Response, StatusCode};

const PATIENCE: Duration = Duration::from_secs(10);

/// Sends a request without a body, and reads the answer.
///
/// # Errors
/// What went wrong on the way, or what came instead of an answer.
pub fn send(address: SocketAddr, request: &Request<()>) -> Result<Response<Vec<u8>>, String> {
    exchange(address, &head(request)).map_err(|error| error.to_string()).and_then(|answer| {
        parse(&answer).ok_or_else(|| {
            format!("no HTTP response, but \"{}\"", answer[..answer.len().min(200)].escape_ascii())
        })
    })
}

fn head(request: &Request<()>) -> Vec<u8> {
    let mut head = Vec::new();
    let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
    head.extend_from_slice(request.method().as_str().as_bytes());
    head.extend_from_slice(format!(" {target} HTTP/1.1\r\n").as_bytes());
    if !request.headers().contains_key("host") {
        head.extend_from_slice(b"Host: api.example\r\n");
    }
    for (name, value) in request.headers() {
        head.extend_from_slice(name.as_str().as_bytes());
        head.extend_from_slice(b": ");
        head.extend_from_slice(value.as_bytes());
        head.extend_from_slice(b"\r\n");
    }
    head.extend_from_slice(b"Content-Length: 0\r\nConnection: close\r\n\r\n");
    head
}

fn exchange(address: SocketAddr, head: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(head)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(answer)
}

fn parse(answer: &[u8]) -> Option<Response<Vec<u8>>> {
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n")?;
    let mut lines = answer[..end].split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let status = lines.next()?.split(|byte| *byte == b' ').nth(1)?;
    let mut response = Response::new(answer[end + 4..].to_vec());
    *response.status_mut() = StatusCode::from_bytes(status).ok()?;
    for line in lines {
        let colon = line.iter().position(|byte| *byte == b':')?;
        response.headers_mut().append(
            HeaderName::from_bytes(&line[..colon]).ok()?,
            HeaderValue::from_bytes(line[colon + 1..].trim_ascii()).ok()?,
        );
    }
    Some(response)
}
