//! A preflight as it stands on the wire, for whoever answers it without making a map of its headers.

use http::header::ACCESS_CONTROL_ALLOW_ORIGIN;
use http::{HeaderMap, StatusCode};

use super::lines::Lines;
use super::policy::OriginRule;
use super::request::listed_names;
use super::{OriginVerdict, Policy};

/// What a preflight asks: the values of its header lines, of which there is one each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlainPreflight<'r> {
    /// `Origin`.
    pub origin: &'r [u8],
    /// `Access-Control-Request-Method`.
    pub method: &'r [u8],
    /// `Access-Control-Request-Headers`; empty if there is none.
    pub headers: &'r [u8],
}

/// The answer to a preflight that is granted: lines that a policy keeps ready, and the request's origin, if that has a
/// place among them.
#[derive(Clone, Copy, Debug)]
pub struct PlainGrant<'a> {
    status: StatusCode,
    lines: &'a HeaderMap,
    origin: Option<&'a [u8]>,
}

impl Policy {
    /// Grants a preflight. `None` if it is refused, or if the answer follows more than its origin:
    /// [`decide`](Self::decide) knows then.
    ///
    /// ```
    /// use corsage::server::{PlainPreflight, PolicyDraft};
    ///
    /// let policy = PolicyDraft::new().origins(["https://*.app.example"]).methods(["PUT"]).compile()?;
    /// let mut asked = PlainPreflight { origin: b"https://a.app.example", method: b"PUT", headers: b"" };
    /// let grant = policy.grant_plainly(&asked).unwrap();
    /// assert_eq!(grant.status(), 204);
    /// let lines: Vec<_> = grant.lines().collect();
    /// assert!(lines.contains(&("access-control-allow-origin", b"https://a.app.example")));
    /// asked.headers = b"x-api-key";
    /// assert!(policy.grant_plainly(&asked).is_none());
    /// # Ok::<(), corsage::server::PolicyErrors>(())
    /// ```
    #[must_use]
    #[inline]
    pub fn grant_plainly<'a>(&'a self, asked: &PlainPreflight<'a>) -> Option<PlainGrant<'a>> {
        let status = self.0.plain_preflight?;
        let origin = match &self.0.origins {
            // The prepared lines have it already.
            OriginRule::Any => None,
            OriginRule::One(one) if one.as_bytes() == asked.origin => None,
            rule @ (OriginRule::Every | OriginRule::Set(_))
                if self.admits(rule, asked.origin, OriginVerdict::Refused) =>
            {
                Some(asked.origin)
            }
            _ => return None,
        };
        let granted = self.allows_method(asked.method)
            && listed_names(asked.headers).all(|name| self.allows_header(name));
        let lines = &self.0.lines[Lines::PreflightGranted];
        granted.then_some(PlainGrant { status, lines, origin })
    }
}

impl<'a> PlainGrant<'a> {
    /// Of the answer, which has no body.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The request's origin, if it is in the answer. All else in it is the same for everybody.
    #[must_use]
    pub fn origin(&self) -> Option<&'a [u8]> {
        self.origin
    }

    /// The answer's header lines: names in lower case, with their values.
    #[inline]
    pub fn lines(&self) -> impl Iterator<Item = (&'a str, &'a [u8])> {
        let mut origin = self.origin;
        self.lines.iter().map(move |(name, value)| match origin {
            Some(own) if *name == ACCESS_CONTROL_ALLOW_ORIGIN => {
                origin = None;
                (name.as_str(), own)
            }
            _ => (name.as_str(), value.as_bytes()),
        })
    }
}
