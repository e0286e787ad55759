//! Who is where: the origins of the demo, all on this machine.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;

/// A server that pages ask.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Party {
    /// The API, behind the gateway.
    #[default]
    Api,
    /// The same API behind the same gateway, on another origin, which has pages too.
    Partner,
    /// The API by its other name: another site, as far as cookies go.
    Localhost,
    /// The API behind a gateway that has no policy at all.
    Bare,
    /// The bench: the API behind a gateway whose policy the user writes.
    Bench,
}

/// The demo's ports.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Places {
    /// The page.
    pub(crate) page: u16,
    /// The API.
    pub(crate) api: u16,
    /// The other origin.
    pub(crate) partner: u16,
    /// The API without a policy.
    pub(crate) bare: u16,
    /// The bench.
    pub(crate) bench: u16,
}

impl Places {
    /// The page's origin.
    pub(crate) fn page_origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.page)
    }

    /// The origin of a server.
    pub(crate) fn origin_of(&self, party: Party) -> String {
        match party {
            Party::Api => format!("http://127.0.0.1:{}", self.api),
            Party::Partner => format!("http://127.0.0.1:{}", self.partner),
            Party::Localhost => format!("http://localhost:{}", self.api),
            Party::Bare => format!("http://127.0.0.1:{}", self.bare),
            Party::Bench => format!("http://127.0.0.1:{}", self.bench),
        }
    }
}

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

/// How many ports the demo shows to browsers.
const PORTS: u16 = 5;

/// Binds one port of the loopback interface; 0 finds a free one.
pub(crate) async fn bind(port: u16) -> io::Result<TcpListener> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    TcpListener::bind(address).await.map_err(|error| {
        io::Error::new(error.kind(), format!("cannot listen on {address}: {error}"))
    })
}
