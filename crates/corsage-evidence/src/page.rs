//! A page, from an origin or an address as it was recorded.

use corsage::browser::{Client, SecureContext};
use corsage::terms::{OpaqueOrigin, Origin, TupleOrigin};
use url::{Host, Url};

/// The page as the machine's client; `None` if the text is neither an origin nor an address.
pub(crate) fn client(text: &str) -> Option<Client> {
    let opaque = || Origin::Opaque(OpaqueOrigin(0));
    if text == "null" {
        return Some(Client::page(opaque()));
    }
    let url = Url::parse(text).ok()?;
    let origin = match url.scheme() {
        "file" | "data" | "about" | "blob" => opaque(),
        scheme => Origin::Tuple(TupleOrigin::from_parts(scheme, url.host_str()?, url.port())),
    };
    let secure = url.scheme() != "http" || is_loopback(&url);
    Some(Client {
        secure_context: if secure { SecureContext::Secure } else { SecureContext::Insecure },
        url: Some(url),
        ..Client::page(origin)
    })
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}
