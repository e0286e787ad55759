//! Whether a redirect leads to a login page, by the words of its address.

use url::Url;

use crate::account::location;
use crate::observation::Exchange;

/// Whole words of hosts and paths of login pages.
const WORDS: &[&str] = &[
    "login",
    "logon",
    "signin",
    "auth",
    "authn",
    "oauth",
    "oauth2",
    "openid",
    "oidc",
    "saml",
    "saml2",
    "sso",
    "adfs",
    "cas",
    "authorize",
    "authenticate",
    "okta",
    "auth0",
    "keycloak",
    "microsoftonline",
    "accounts",
];

/// Two words that are one.
const PAIRS: &[[&str; 2]] = &[["log", "in"], ["log", "on"], ["sign", "in"]];

/// Where an answer redirects to, if that is a login page: an address with such a word in it that the
/// address asked for has not.
pub(crate) fn leads_to_login(exchange: &Exchange) -> Option<String> {
    let location = location(exchange)?;
    let asked = words(&exchange.request.url);
    let target = words(&Url::parse(&location).ok()?);
    let new = |word: &String| !asked.contains(word);
    let single = target.iter().any(|word| WORDS.contains(&word.as_str()) && new(word));
    let pair = target.windows(2).any(|two| {
        PAIRS.iter().any(|pair| two[0] == pair[0] && two[1] == pair[1]) && two.iter().any(&new)
    });
    (single || pair).then_some(location)
}

fn words(url: &Url) -> Vec<String> {
    let host = url.host_str().unwrap_or_default();
    format!("{host}/{}", url.path())
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_login(url: &str) -> bool {
        let words = words(&Url::parse(url).expect("a URL"));
        words.iter().any(|word| WORDS.contains(&word.as_str()))
            || words.windows(2).any(|two| PAIRS.iter().any(|p| two[0] == p[0] && two[1] == p[1]))
    }

    #[test]
    fn words_are_whole() {
        for login in [
            "https://idp.example/oauth2/authorize?x",
            "https://api.example/Login.aspx",
            "https://api.example/sign-in",
            "https://api.example/wp-login.php",
            "https://login.microsoftonline.com/common",
        ] {
            assert!(is_login(login), "{login}");
        }
        for other in [
            "https://api.example/authors",
            "https://api.example/v1/authorities/",
            "https://api.example/broadcast/",
            "https://api.example/blogging",
            "https://cassandra.example/",
        ] {
            assert!(!is_login(other), "{other}");
        }
    }
}
