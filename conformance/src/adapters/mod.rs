//! Every adapter on a real socket: one application, written once for each framework.
//!
//! | path | what is there |
//! | --- | --- |
//! | `/stage` | whatever the [`Stage`] says, by any method |
//! | `/get` | a GET; other methods are 405 |
//! | `/options` | an OPTIONS handler of the application's own |
//! | `/own` | CORS headers that the handler sets itself, and two lines of `Vary` |
//! | `/error` | 429, returned as the framework's error |
//! | `/secret` | 401, by an authentication that sits inside of the adapter and knows no preflight |
//! | `/slow` | a handler that the application's time limit ends |
//! | `/panic` | a handler that panics |
//! | `/public` | a GET under a policy of its own, which allows every origin |
//! | anything else | 404 |
//!
//! Outermost sits an observer that writes the recorded decision into the header `x-decision`.

mod actix;
mod application;
mod axum;
mod gateway;
mod poem;
pub mod raw_http;
mod rocket;
mod salvo;
mod server;
mod tower;

pub use application::Application;
pub use server::{Adapter, LOOKUP_LIMIT, Options, Server, Stage, Tenants};

/// All of them.
pub const ALL: &[Adapter] = &[
    Adapter { name: "tower", start: tower::start },
    Adapter { name: "axum", start: axum::start },
    Adapter { name: "actix", start: actix::start },
    Adapter { name: "poem", start: poem::start },
    Adapter { name: "salvo", start: salvo::start },
    Adapter { name: "rocket", start: rocket::start },
    Adapter { name: "gateway", start: gateway::start },
];
