//! The ports of the demo.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use tokio::net::TcpListener;

use crate::prediction::places::Places;

/// The demo's listeners, bound before anything is told about them.
pub(crate) struct Listeners {
    pub(crate) page: TcpListener,
    pub(crate) api: TcpListener,
    /// `localhost` is `::1` to some; `None` where the machine has no IPv6.
    pub(crate) api_v6: Option<TcpListener>,
    pub(crate) partner: TcpListener,
    pub(crate) bare: TcpListener,
    pub(crate) bench: TcpListener,
}

impl Listeners {
    /// Binds the demo's ports: `first` and those after it, or free ones.
    ///
    /// # Errors
    /// A port that is taken, with its number in the message.
    pub(crate) async fn bind(first: Option<u16>) -> io::Result<(Self, Places)> {
        let port = |offset: u16| match first {
            None => Ok(0),
            Some(first) => first.checked_add(offset).ok_or_else(|| {
                io::Error::new(
                    io::ErrorKind::InvalidInput,
                    format!("--port {first} leaves no room for {} more ports", PORTS - 1),
                )
            }),
        };
        let page = bind(port(0)?).await?;
        let api = bind(port(1)?).await?;
        let partner = bind(port(2)?).await?;
        let bare = bind(port(3)?).await?;
        let bench = bind(port(4)?).await?;
        let places = Places {
            page: page.local_addr()?.port(),
            api: api.local_addr()?.port(),
            partner: partner.local_addr()?.port(),
            bare: bare.local_addr()?.port(),
            bench: bench.local_addr()?.port(),
        };
        let api_v6 = TcpListener::bind((Ipv6Addr::LOCALHOST, places.api)).await.ok();
        Ok((Self { page, api, api_v6, partner, bare, bench }, places))
    }
}

/// The port of the sample API: that after the browsers' ports, or a free one.
///
/// # Errors
/// If it is taken, or there is none.
pub(crate) async fn bind_upstream(first: Option<u16>) -> io::Result<TcpListener> {
    bind(first.map_or(Some(0), |first| first.checked_add(PORTS)).unwrap_or(0)).await
}

/// How many ports the demo shows to browsers.
const PORTS: u16 = 5;

/// Binds one port of the loopback interface; 0 finds a free one.
pub(crate) async fn bind(port: u16) -> io::Result<TcpListener> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    TcpListener::bind(address).await.map_err(|error| {
        io::Error::new(error.kind(), format!("cannot listen on {address}: {error}"))
    })
}
