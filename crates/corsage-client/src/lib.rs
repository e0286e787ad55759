//! A fetch for Rust that obeys CORS as browsers do.
