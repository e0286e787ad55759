//! Single values of the command line, and what to say about those that are none.

use std::net::IpAddr;

use crate::world;
use corsage::browser::Code;
use url::Url;

/// An address to connect to in place of what the name resolves to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Resolve {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) address: IpAddr,
}

/// The code of that name.
pub(super) fn code(name: &str) -> Result<Code, String> {
    let wanted = name.trim().trim_matches('`').to_ascii_lowercase();
    Code::from_name(&wanted).ok_or_else(|| {
        let nearest = Code::ALL
            .iter()
            .map(|code| (strsim::jaro_winkler(&wanted, code.as_str()), code))
            .max_by(|(a, _), (b, _)| a.total_cmp(b));
        match nearest {
            Some((likeness, code)) if likeness > 0.7 => {
                format!("there is no code \"{name}\"; did you mean \"{code}\"?")
            }
            _ => format!("there is no code \"{name}\"; docs/codes/README.md lists them all"),
        }
    })
}

/// Reads standard input for `-`.
pub(super) fn from_argument_or_stdin(argument: &str) -> Result<String, String> {
    if argument != "-" {
        return Ok(argument.to_owned());
    }
    world::stdin_text().map_err(|error| format!("standard input cannot be read: {error}"))
}

/// The URL that the page asks for.
pub(super) fn parse_url(text: &str) -> Result<Url, String> {
    let looks_like_host = |rest: &str| {
        rest.split(['/', ':', '?'])
            .next()
            .is_some_and(|host| host.contains('.') || host == "localhost" || host.starts_with('['))
    };
    if let Some(option) = copied_option(text) {
        return Err(format!("\"{text}\" is no URL; give what was copied to {option}, in quotes"));
    }
    match Url::parse(text) {
        // `localhost:8080/x` parses as a URL of the scheme `localhost`.
        Ok(url)
            if url.cannot_be_a_base()
                && !matches!(url.scheme(), "data" | "about" | "blob" | "mailto" | "javascript") =>
        {
            Err(no_scheme(text))
        }
        Ok(url) => Ok(url),
        Err(url::ParseError::RelativeUrlWithoutBase) if looks_like_host(text) => {
            Err(no_scheme(text))
        }
        Err(url::ParseError::RelativeUrlWithoutBase) => Err(format!(
            "\"{text}\" is a relative address; write the whole URL, such as https://api.example.com/me"
        )),
        Err(error) => Err(format!("\"{text}\" is not a URL: {error}")),
    }
}

/// The option that reads what stands where a URL should.
fn copied_option(text: &str) -> Option<&'static str> {
    const COMMANDS: [&str; 9] =
        ["curl", "wget", "http", "https", "xh", "xhs", "iwr", "irm", "Invoke-WebRequest"];
    const CALLS: [&str; 6] = ["fetch", "axios", "ky", "$", "await", "new"];
    let text = text.trim_start();
    if text.starts_with('<') {
        return Some("--html");
    }
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '$'))?;
    let (word, rest) = text.split_at(end);
    if COMMANDS.contains(&word) && rest.starts_with(' ') {
        return Some("--curl");
    }
    (CALLS.contains(&word) && (rest.starts_with([' ', '(']) || rest.contains('(')))
        .then_some("--fetch")
}

fn no_scheme(text: &str) -> String {
    let scheme =
        if text.starts_with("localhost") || text.starts_with("127.") { "http" } else { "https" };
    format!(
        "\"{text}\" has no scheme; write {scheme}://{text} (in a page, such an address is not the \
         host that it looks like: see `corsage explain --code scheme-not-cors-enabled`)"
    )
}

/// `name: value`
pub(super) fn parse_header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text
        .split_once(':')
        .ok_or_else(|| format!("the header \"{text}\" has no colon; write -H 'name: value'"))?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

/// `HOST:PORT:ADDRESS`
pub(super) fn parse_resolve(text: &str) -> Result<Resolve, String> {
    let problem = || {
        format!(
            "--resolve \"{text}\" is not HOST:PORT:ADDRESS, such as api.example.com:443:127.0.0.1"
        )
    };
    let mut parts = text.splitn(3, ':');
    let host = parts.next().filter(|host| !host.is_empty()).ok_or_else(problem)?;
    let port = parts.next().and_then(|port| port.parse().ok()).ok_or_else(problem)?;
    let address = parts
        .next()
        .and_then(|address| address.trim_matches(['[', ']']).parse().ok())
        .ok_or_else(problem)?;
    Ok(Resolve { host: host.to_ascii_lowercase(), port, address })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_copied_is_told_where_it_belongs() {
        for (text, option) in [
            ("curl https://api.example/me", "--curl"),
            ("http POST api.example/me a=1", "--curl"),
            ("fetch('https://api.example/me')", "--fetch"),
            ("<img src=https://api.example/a.png>", "--html"),
        ] {
            let error = parse_url(text).expect_err(text);
            assert!(error.contains(option), "{error}");
        }
        assert!(parse_url("https://fetch.example/me").is_ok());
        assert!(parse_url("axios.example/me").expect_err("no scheme").contains("has no scheme"));
        assert!(parse_url("/me").expect_err("no host").contains("relative"));
    }
}
