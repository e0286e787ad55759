//! What Node's server makes of the request's header lines.

use std::cell::RefCell;
use std::rc::Rc;

use crate::javascript::{Fields, Value};
use crate::{Asked, Behind, BehindAnswer};

/// Of these names only the first line counts; all others are joined.
const FIRST_ONLY: &[&str] = &[
    "age",
    "authorization",
    "content-length",
    "content-type",
    "etag",
    "expires",
    "from",
    "host",
    "if-modified-since",
    "if-unmodified-since",
    "last-modified",
    "location",
    "max-forwards",
    "proxy-authorization",
    "referer",
    "retry-after",
    "server",
    "user-agent",
];

/// `req.headers[name]`, the name in lower case.
fn header(asked: &Asked<'_>, name: &str) -> Option<String> {
    if FIRST_ONLY.contains(&name) {
        return asked.first(name).map(str::to_owned);
    }
    asked.joined(name, if name == "cookie" { "; " } else { ", " })
}

/// What stands behind; HEAD is answered by what answers GET.
pub(crate) fn behind_answer(asked: &Asked<'_>, behind: &dyn Behind) -> BehindAnswer {
    match behind.answer(asked) {
        BehindAnswer::NoMethod { allowed }
            if asked.method == "HEAD" && allowed.iter().any(|method| method == "GET") =>
        {
            behind.answer(&Asked { method: "GET", ..*asked })
        }
        answer => answer,
    }
}

/// `req.headers`.
pub(crate) fn headers_object(asked: &Asked<'_>) -> Value {
    let mut fields = Fields::default();
    fields.set("host".into(), Value::text(asked.host));
    for (name, _) in asked.headers {
        let name = name.to_ascii_lowercase();
        if fields.get(&name).is_none()
            && let Some(value) = header(asked, &name)
        {
            fields.set(name.into(), Value::text(value));
        }
    }
    Value::Object(Rc::new(RefCell::new(fields)))
}
