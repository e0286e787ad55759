//! For how long browsers remember a preflight, whatever `Access-Control-Max-Age` says.
//!
//! The standard lets a user agent [impose a limit](https://fetch.spec.whatwg.org/#cors-preflight-fetch-0); each
//! engine has one. Both halves and all texts take it from here.

use core::time::Duration;

/// Without `Access-Control-Max-Age`, or with one that says nothing.
pub const DEFAULT_MAX_AGE: Duration = Duration::from_secs(5);

/// Chromium's limit, since version 76: two hours.
pub const CHROMIUM_MAX_AGE: Duration = Duration::from_secs(7200);

/// Firefox' limit: a day. No browser remembers for longer.
pub const FIREFOX_MAX_AGE: Duration = Duration::from_secs(86_400);

/// WebKit's limit: ten minutes. Every browser remembers for that long.
pub const WEBKIT_MAX_AGE: Duration = Duration::from_secs(600);
