//! Who is where: the origins of the demo, all on this machine.

use serde::{Deserialize, Serialize};

/// A server that pages ask.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Party {
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
pub struct Places {
    /// The page.
    pub page: u16,
    /// The API.
    pub api: u16,
    /// The other origin.
    pub partner: u16,
    /// The API without a policy.
    pub bare: u16,
    /// The bench.
    pub bench: u16,
}

impl Places {
    /// Those of a demo whose page has this port; `None` if there is no room after it.
    #[must_use]
    pub fn after(page: u16) -> Option<Self> {
        let port = |offset| page.checked_add(offset);
        Some(Self { page, api: port(1)?, partner: port(2)?, bare: port(3)?, bench: port(4)? })
    }

    /// The page's origin.
    pub fn page_origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.page)
    }

    /// The origin of a server.
    pub fn origin_of(&self, party: Party) -> String {
        match party {
            Party::Api => format!("http://127.0.0.1:{}", self.api),
            Party::Partner => format!("http://127.0.0.1:{}", self.partner),
            Party::Localhost => format!("http://localhost:{}", self.api),
            Party::Bare => format!("http://127.0.0.1:{}", self.bare),
            Party::Bench => format!("http://127.0.0.1:{}", self.bench),
        }
    }
}

/// The path of the page that frames of another origin show, wherever they are served.
pub(crate) const FRAME_PATH: &str = "/demo/frame";
