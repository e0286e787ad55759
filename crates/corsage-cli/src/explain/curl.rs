//! "Copy as cURL" of developer tools, read and never executed.

use super::copied::Copied;

/// Options with a value that say nothing about the request.
const IGNORED_WITH_VALUE: &[&str] = &[
    "-o",
    "--output",
    "-m",
    "--max-time",
    "--connect-timeout",
    "-x",
    "--proxy",
    "-w",
    "--write-out",
    "--cacert",
    "--cert",
    "--key",
    "-e",
    "--resolve",
    "--retry",
    "-c",
    "--cookie-jar",
];

/// Reads a command line.
pub(super) fn parse(command: &str) -> Result<Copied, String> {
    let words = shell_words::split(&plain_quotes(command))
        .map_err(|error| format!("the curl command cannot be read: {error}"))?;
    let mut words = words.into_iter();
    match words.next().as_deref() {
        Some("curl" | "curl.exe") => {}
        Some(other) => {
            return Err(format!("the command starts with \"{other}\" and not with curl"));
        }
        None => return Err("the curl command is empty".to_owned()),
    }
    let mut curl = Copied::default();
    let mut as_query = false;
    while let Some(word) = words.next() {
        let (option, attached) = split_option(&word);
        let mut value = || {
            attached
                .clone()
                .or_else(|| words.next())
                .ok_or_else(|| format!("the curl option {option} has no value"))
        };
        match option.as_str() {
            "-X" | "--request" => curl.method = Some(value()?),
            "-H" | "--header" => header(&mut curl, &value()?),
            "-b" | "--cookie" => curl.cookies.push(value()?),
            "-A" | "--user-agent" => drop(value()?),
            "-d" | "--data" | "--data-raw" | "--data-binary" | "--data-ascii"
            | "--data-urlencode" => {
                let more = value()?;
                curl.data = Some(match curl.data.take() {
                    Some(data) => format!("{data}&{more}"),
                    None => more,
                });
            }
            "--json" => {
                curl.data = Some(value()?);
                curl.headers.push(("content-type".to_owned(), "application/json".to_owned()));
                curl.headers.push(("accept".to_owned(), "application/json".to_owned()));
            }
            "-u" | "--user" => {
                drop(value()?);
                curl.headers.push(("authorization".to_owned(), "Basic".to_owned()));
            }
            "-I" | "--head" => curl.method = Some("HEAD".to_owned()),
            "-G" | "--get" => as_query = true,
            "--url" => curl.url = Some(value()?),
            option if IGNORED_WITH_VALUE.contains(&option) => drop(value()?),
            option if option.starts_with('-') && option.len() > 1 => {}
            _ => curl.url = Some(word),
        }
    }
    if as_query && let (Some(url), Some(data)) = (&mut curl.url, curl.data.take()) {
        url.push(if url.contains('?') { '&' } else { '?' });
        url.push_str(&data);
    }
    // curl sends this type by itself; a browser's page would have had to set it.
    let typed = curl.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    if curl.data.is_some() && !typed {
        curl.headers
            .push(("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned()));
    }
    match curl.url {
        Some(_) => Ok(curl),
        None => Err("the curl command has no URL".to_owned()),
    }
}

fn header(curl: &mut Copied, line: &str) {
    if let Some((name, value)) = line.split_once(':') {
        curl.header(name, value);
    }
}

/// `--name=value` and `-Xvalue` into option and value.
fn split_option(word: &str) -> (String, Option<String>) {
    if word.starts_with("--") {
        return match word.split_once('=') {
            Some((option, value)) => (option.to_owned(), Some(value.to_owned())),
            None => (word.to_owned(), None),
        };
    }
    let takes_value = ["-X", "-H", "-d", "-b", "-A", "-u", "-o", "-m", "-x", "-e"];
    match takes_value.iter().find(|option| word.starts_with(**option) && word.len() > 2) {
        Some(option) => ((*option).to_owned(), Some(word[2..].to_owned())),
        None => (word.to_owned(), None),
    }
}

/// Turns `$'…'` (ANSI-C quoting) and line ends of any system into what every shell reads.
fn plain_quotes(command: &str) -> String {
    let command = command.replace("\\\r\n", " ").replace("^\r\n", " ").replace("^\n", " ");
    let mut out = String::with_capacity(command.len());
    let mut chars = command.chars().peekable();
    let (mut single, mut double) = (false, false);
    while let Some(c) = chars.next() {
        match c {
            '$' if !single && !double && chars.peek() == Some(&'\'') => {
                chars.next();
                let text = ansi_c(&mut chars);
                out.push_str(&shell_words::quote(&text));
            }
            '\\' if !single => {
                out.push(c);
                out.extend(chars.next());
            }
            '\'' if !double => {
                single = !single;
                out.push(c);
            }
            '"' if !single => {
                double = !double;
                out.push(c);
            }
            _ => out.push(c),
        }
    }
    out
}

/// What stands between `$'` and the next `'`.
fn ansi_c(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> String {
    let mut out = String::new();
    let number = |chars: &mut std::iter::Peekable<std::str::Chars<'_>>, most: usize| {
        let mut digits = String::new();
        while digits.len() < most && chars.peek().is_some_and(char::is_ascii_hexdigit) {
            digits.extend(chars.next());
        }
        u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32).unwrap_or('\u{FFFD}')
    };
    while let Some(c) = chars.next() {
        match c {
            '\'' => break,
            '\\' => match chars.next() {
                Some('n') => out.push('\n'),
                Some('r') => out.push('\r'),
                Some('t') => out.push('\t'),
                Some('x') => out.push(number(chars, 2)),
                Some('u') => out.push(number(chars, 4)),
                Some('U') => out.push(number(chars, 8)),
                Some(other) => out.push(other),
                None => break,
            },
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn chromium_copies_are_read() {
        let curl = parse(
            "curl 'https://api.example/items' \\\n  -X 'PUT' \\\n  -H 'accept: */*' \\\n  \
             -H 'authorization: Bearer x' \\\n  -H 'content-type: application/json' \\\n  \
             -b 'sid=1; a=b' \\\n  -H 'origin: https://app.example' \\\n  \
             -H 'sec-fetch-mode: cors' \\\n  --data-raw $'{\"a\":\"it\\'s \\u00e9\"}'",
        )
        .expect("read");
        assert_eq!(curl.url.as_deref(), Some("https://api.example/items"));
        assert_eq!(curl.method.as_deref(), Some("PUT"));
        assert_eq!(curl.page.as_deref(), Some("https://app.example"));
        assert_eq!(curl.cookies, ["sid=1; a=b"]);
        assert_eq!(curl.data.as_deref(), Some("{\"a\":\"it's é\"}"));
        let names: Vec<&str> = curl.headers.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["accept", "authorization", "content-type"]);
    }

    #[test]
    fn data_without_type_is_a_form() {
        let curl = parse("curl https://api.example/ -d a=1 --data=b=2").expect("read");
        assert_eq!(curl.data.as_deref(), Some("a=1&b=2"));
        assert_eq!(curl.headers[0].1, "application/x-www-form-urlencoded");
    }

    #[test]
    fn what_is_not_curl_is_refused() {
        assert!(parse("wget https://api.example/").is_err());
        assert!(parse("curl -H").is_err());
        assert!(parse("curl 'unclosed").is_err());
        assert!(parse("").is_err());
    }
}
