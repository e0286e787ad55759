//! A fetch for Rust that obeys CORS as browsers do.
//!
//! The machine of [`corsage::browser`] on a real network: preflights are sent where a browser would send
//! them, responses are withheld where a browser would withhold them, and every refusal says why. There is
//! no CORS rule in this crate; it moves bytes, keeps cookies and a cache.
//!
//! ```no_run
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! use corsage_client::{Browser, RequestInit};
//!
//! let page = Browser::new().page("https://app.example")?;
//! let init = RequestInit { url: "https://api.example/items".into(), ..RequestInit::default() };
//! let mut response = page.fetch(init).await?;
//! println!("{} {}", response.status(), response.text().await?);
//! # Ok(())
//! # }
//! ```

mod authentication;
mod body;
mod browser;
mod builder;
mod cookies;
mod decode;
mod driver;
mod error;
mod fetch;
mod http_cache;
mod integrity;
mod keepalive;
mod lock;
mod log;
mod net;
mod page;
mod response;
mod settings;
mod shared;
mod upload;

pub use body::ResponseBody;
pub use browser::Browser;
pub use builder::{BrowserBuilder, BuildError};
pub use cookies::ThirdPartyCookies;
pub use corsage::browser::{
    AddressSpace, Blocker, Body, CacheMode, Client, Code, CredentialsMode, Event, HeaderList,
    Initiator, Mode, NetworkError, Profile, RedirectMode, ReferrerPolicy, RequestInit,
    ResponseType, Transcript,
};
pub use error::{FetchError, PageError, SendError};
pub use integrity::does_body_match_integrity;
pub use log::{Exchange, Outcome};
pub use net::{Resolve, ResolveError};
pub use page::Page;
pub use response::Response;
pub use settings::{Certificates, HttpVersions, Reach, Timeouts};
pub use upload::RequestBody;
