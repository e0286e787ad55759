//! The floor: straight-line code by hand for one kind of policy. No product; it says what the work
//! itself costs, parsing of the requested header list included.

use std::collections::HashSet;

use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use http::{HeaderMap, HeaderValue, Method, Request};

use crate::workload::{Credentials, Origins, Setup};

pub(crate) struct Floor {
    origins: Allowed,
    methods: Vec<&'static str>,
    headers: Vec<&'static str>,
    credentials: Credentials,
    expose: Option<HeaderValue>,
    granted_preflight: HeaderMap,
}

enum Allowed {
    Any,
    One(HeaderValue),
    Exact(HashSet<Vec<u8>>),
    Subdomains(HashSet<Vec<u8>>),
}

impl Floor {
    pub(crate) fn new(setup: &Setup) -> Self {
        let bytes = |list: &[String]| list.iter().map(|text| text.as_bytes().to_vec()).collect();
        let value = |text: String| HeaderValue::try_from(text).expect("lists of tokens");
        let mut granted_preflight = HeaderMap::new();
        granted_preflight.insert(ACCESS_CONTROL_ALLOW_METHODS, value(setup.methods.join(", ")));
        granted_preflight.insert(ACCESS_CONTROL_ALLOW_HEADERS, value(setup.headers.join(", ")));
        granted_preflight.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("7200"));
        granted_preflight.insert(VARY, HeaderValue::from_static("Origin"));
        granted_preflight.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        Self {
            origins: match &setup.origins {
                Origins::Any => Allowed::Any,
                Origins::Exact(list) if list.len() == 1 => Allowed::One(value(list[0].clone())),
                Origins::Exact(list) => Allowed::Exact(bytes(list)),
                Origins::Subdomains(hosts) => Allowed::Subdomains(bytes(hosts)),
            },
            methods: setup.methods.to_vec(),
            headers: setup.headers.to_vec(),
            credentials: setup.credentials,
            expose: (!setup.expose.is_empty()).then(|| value(setup.expose.join(", "))),
            granted_preflight,
        }
    }

    pub(crate) fn allows(&self, origin: &HeaderValue) -> bool {
        match &self.origins {
            Allowed::Any => true,
            Allowed::One(one) => one == origin,
            Allowed::Exact(set) => set.contains(origin.as_bytes()),
            Allowed::Subdomains(set) => {
                let Some(host) = origin.as_bytes().strip_prefix(b"https://") else { return false };
                // The registrable domain: the last two labels are all that these policies name.
                let mut dots = host.iter().enumerate().rev().filter(|(_, byte)| **byte == b'.');
                dots.next();
                dots.next().is_some_and(|(at, _)| set.contains(&host[at + 1..]))
            }
        }
    }

    pub(crate) fn preflight(&self, request: &HeaderMap) -> bool {
        let method = request.get(ACCESS_CONTROL_REQUEST_METHOD);
        let method = method.is_some_and(|asked| self.methods.iter().any(|known| asked == known));
        let names = request.get(ACCESS_CONTROL_REQUEST_HEADERS);
        // Browsers send names sorted, so one walk along the sorted list finds them all.
        let mut known = self.headers.iter();
        method
            && names.is_none_or(|list| {
                list.len() <= 1024
                    && list
                        .as_bytes()
                        .split(|byte| *byte == b',')
                        .all(|name| known.any(|known| known.as_bytes() == name))
            })
    }

    /// Whether the request is a CORS-preflight request.
    pub(crate) fn is_preflight<B>(request: &Request<B>) -> bool {
        request.method() == Method::OPTIONS
            && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD)
    }

    pub(crate) fn write_preflight(&self, request: &HeaderMap, response: &mut HeaderMap) {
        let Some(origin) = request.get(ORIGIN) else { return };
        if !self.allows(origin) || !self.preflight(request) {
            response.insert(VARY, HeaderValue::from_static("Origin"));
            return;
        }
        response.clone_from(&self.granted_preflight);
        if let (false, Some(value)) =
            (matches!(self.origins, Allowed::Any), response.get_mut(ACCESS_CONTROL_ALLOW_ORIGIN))
        {
            value.clone_from(origin);
        }
    }

    pub(crate) fn write_actual(&self, origin: Option<&HeaderValue>, response: &mut HeaderMap) {
        if !matches!(self.origins, Allowed::Any) {
            response.append(VARY, HeaderValue::from_static("Origin"));
        }
        let Some(origin) = origin else { return };
        if self.allows(origin) {
            self.write_origin(origin, response);
            if let Some(expose) = &self.expose {
                response.insert(ACCESS_CONTROL_EXPOSE_HEADERS, expose.clone());
            }
        }
    }

    fn write_origin(&self, origin: &HeaderValue, response: &mut HeaderMap) {
        let value = match self.origins {
            Allowed::Any => HeaderValue::from_static("*"),
            _ => origin.clone(),
        };
        response.insert(ACCESS_CONTROL_ALLOW_ORIGIN, value);
        if self.credentials == Credentials::Allow {
            response.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        }
    }
}
