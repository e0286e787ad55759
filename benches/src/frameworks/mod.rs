//! Applications of the frameworks: one route, without CORS, with ours, and with the framework's own.

mod actix;
mod app;
mod axum;
mod poem;
mod rocket;
mod salvo;
mod table;

pub(crate) use app::{FRAMEWORKS, Framework, answers_right, build, by_name, turns};
pub(crate) use table::{jobs, print};
