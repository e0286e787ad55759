//! The page that asks: from an origin, an address, or `null`.

use corsage::browser::{AddressSpace, Client, SecureContext};
use corsage::terms::loopback::is_loopback_host;
use corsage::terms::{OpaqueOrigin, Origin, TupleOrigin};
use url::Url;

/// The page that asks.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    /// As given.
    pub(crate) text: String,
    origin: Origin,
    url: Option<Url>,
}

impl Page {
    /// Reads an origin, a page's address, or `null`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let opaque =
            |url| Self { text: text.to_owned(), origin: Origin::Opaque(OpaqueOrigin(0)), url };
        if text == "null" {
            return Ok(opaque(None));
        }
        let url = match Url::parse(text) {
            Ok(url) => url,
            Err(url::ParseError::RelativeUrlWithoutBase) => {
                return Err(format!(
                    "--from \"{text}\" has no scheme; write https://{text} or http://{text}, they are different origins"
                ));
            }
            Err(error) => return Err(format!("--from \"{text}\" is not an origin: {error}")),
        };
        let tuple = |scheme: &str| {
            let host = url.host_str()?;
            Some(Origin::Tuple(TupleOrigin::from_parts(scheme, host, url.port())))
        };
        match url.scheme() {
            scheme @ ("http" | "https") => {
                let origin =
                    tuple(scheme).ok_or_else(|| format!("--from \"{text}\" has no host"))?;
                Ok(Self { text: text.to_owned(), origin, url: Some(url) })
            }
            "file" | "data" | "about" | "blob" => Ok(opaque(Some(url))),
            // Extensions and app shells have origins with schemes of their own.
            scheme => match tuple(scheme) {
                Some(origin) => Ok(Self { text: text.to_owned(), origin, url: Some(url) }),
                None => Err(format!(
                    "--from \"{text}\" has no scheme, or one without hosts; write http://{text} or https://{text}"
                )),
            },
        }
    }

    /// The page as the machine's client.
    pub(crate) fn client(&self) -> Client {
        let secure = match &self.url {
            Some(url) => url.scheme() != "http" || url.host_str().is_some_and(is_loopback_host),
            None => true,
        };
        Client {
            url: self.url.clone(),
            secure_context: if secure { SecureContext::Secure } else { SecureContext::Insecure },
            ..Client::page(self.origin.clone())
        }
    }

    /// Whether the page's name says that it comes from the public internet.
    pub(crate) fn address_space(&self) -> Option<AddressSpace> {
        Some(AddressSpace::likely(self.url.as_ref()?.host_str()?))
    }
}

#[cfg(test)]
mod tests {
    use super::Page;

    fn origin(text: &str) -> String {
        Page::parse(text).map_or_else(|problem| problem, |page| page.client().origin.to_string())
    }

    #[test]
    fn addresses_are_cut_to_origins() {
        assert_eq!(origin("https://App.example:443/login?x"), "https://app.example");
        assert_eq!(origin("http://localhost:3000/"), "http://localhost:3000");
        assert_eq!(origin("null"), "null");
        assert_eq!(origin("file:///tmp/a.html"), "null");
        assert_eq!(origin("chrome-extension://abcdef"), "chrome-extension://abcdef");
    }

    #[test]
    fn a_missing_scheme_is_named() {
        assert!(origin("app.example").contains("https://app.example"));
        assert!(origin("localhost:3000").contains("has no scheme"));
    }
}
