//! Commands and calls as developer tools copy them and as people write them: read, never executed.
//!
//! ```
//! let copied = corsage_evidence::copied::commands(
//!     "curl 'https://api.example/me' -X PUT -H 'Origin: https://app.example' | jq .",
//! ).unwrap();
//! assert_eq!(copied[0].method.as_deref(), Some("PUT"));
//! assert_eq!(copied[0].page.as_deref(), Some("https://app.example"));
//! ```

mod cmd;
mod curl;
mod curl_options;
mod glob;
mod httpie;
#[cfg(feature = "javascript")]
mod javascript;
mod powershell;
mod shell;
mod wget;
mod word;

use corsage_diagnosis::RemarkKind;

use crate::request::{Copied, Remark};
use word::{Command, Word};

/// No copied command is longer: bodies are strings that people look at.
const MAX_BYTES: usize = 4 << 20;

/// Reads commands: curl in the dialects of bash, cmd and PowerShell, `Invoke-WebRequest`, wget, HTTPie. Each
/// command and each URL is a request of its own.
///
/// # Errors
///
/// What cannot be read, or not without knowing more.
pub fn commands(text: &str) -> Result<Vec<Copied>, Remark> {
    if text.len() > MAX_BYTES {
        return Err(Remark::new(RemarkKind::TooLong, &[("length", &text.len().to_string())]));
    }
    let text = without_prompts(&without_fences(text));
    if powershell::is_powershell(&text) {
        return finished(powershell::read(&text)?);
    }
    let commands = if cmd::is_cmd(&text) { cmd::commands(&text) } else { shell::commands(&text)? };
    let mut copied = Vec::new();
    let mut left_out = Vec::new();
    let mut first = None;
    for command in &commands {
        match tool(command) {
            Some((tool, arguments)) => copied.extend(match tool {
                Tool::Curl => curl::read(arguments)?,
                Tool::Wget => wget::read(arguments)?,
                Tool::Httpie(scheme) => vec![httpie::read(arguments, scheme)?],
            }),
            None => {
                if let Some(word) = command.words.first() {
                    first.get_or_insert_with(|| word.text.clone());
                    let text: Vec<&str> =
                        command.words.iter().take(4).map(|word| word.text.as_str()).collect();
                    left_out.push(text.join(" "));
                }
            }
        }
    }
    if copied.is_empty() {
        return Err(match first {
            Some(first) => Remark::new(RemarkKind::NotACommand, &[("first", &first)]),
            None => Remark::new(RemarkKind::NothingCopied, &[]),
        });
    }
    for text in left_out {
        copied[0].remark(RemarkKind::CommandLeftOut, &[("text", &text)]);
    }
    finished(copied)
}

/// Reads calls of fetch, axios, ky, jQuery and XMLHttpRequest, in the forms that developer tools copy and in
/// those that people write.
///
/// # Errors
///
/// What is no such call, or has a URL that is computed.
pub fn calls(text: &str) -> Result<Vec<Copied>, Remark> {
    if text.len() > MAX_BYTES {
        return Err(Remark::new(RemarkKind::TooLong, &[("length", &text.len().to_string())]));
    }
    #[cfg(feature = "javascript")]
    {
        finished(javascript::read(&without_fences(text))?)
    }
    #[cfg(not(feature = "javascript"))]
    {
        Err(Remark::new(RemarkKind::NoJavaScriptParser, &[]))
    }
}

/// No browser sends more headers.
const MAX_HEADERS: usize = 2000;

/// Each is asked about by itself: so many servers are asked while somebody waits, and no more.
const MAX_REQUESTS: usize = 200;

fn finished(mut all: Vec<Copied>) -> Result<Vec<Copied>, Remark> {
    if all.len() > MAX_REQUESTS {
        let (count, most) = (all.len().to_string(), MAX_REQUESTS.to_string());
        return Err(Remark::new(
            RemarkKind::TooManyRequests,
            &[("count", &count), ("most", &most)],
        ));
    }
    for copied in &mut all {
        let count = copied.headers.len();
        if count > MAX_HEADERS {
            return Err(Remark::new(RemarkKind::TooManyHeaders, &[("count", &count.to_string())]));
        }
        copied.credentials_from_cookies();
    }
    Ok(all)
}

/// A command that asks.
enum Tool {
    Curl,
    Wget,
    /// With the scheme of URLs without one.
    Httpie(&'static str),
}

/// The tool of a command and its arguments. What stands before it is a prompt, `sudo`, or a variable.
fn tool(command: &Command) -> Option<(Tool, &[Word])> {
    /// Prompts and prefixes have a few words at most.
    const BEFORE: usize = 8;
    let words = &command.words;
    let at = words.iter().take(BEFORE).position(|word| named(&word.text).is_some())?;
    let before = &words[..at];
    // `user@host:~$ curl …`: a prompt may have several words, and ends with its sign.
    let ends = |word: &Word| word.text.ends_with(['$', '%', '#', '>', '❯', '➜', 'λ']);
    if before.iter().all(|word| is_before(&word.text)) || before.last().is_some_and(ends) {
        return Some((named(&words[at].text)?, &words[at + 1..]));
    }
    None
}

fn named(path: &str) -> Option<Tool> {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path).to_ascii_lowercase();
    // An image's name may carry a version: `docker run curlimages/curl:8.17.0`.
    let name = name.split_once(':').map_or(name.as_str(), |(name, _)| name);
    Some(match name.strip_suffix(".exe").unwrap_or(name) {
        "curl" | "curlie" => Tool::Curl,
        "wget" | "wget2" => Tool::Wget,
        "http" | "xh" => Tool::Httpie("http"),
        "https" | "xhs" => Tool::Httpie("https"),
        _ => return None,
    })
}

/// What may stand before a command.
fn is_before(word: &str) -> bool {
    const WORDS: &[&str] = &[
        "$", "%", "#", ">", "❯", "➜", "sudo", "time", "env", "exec", "command", "nohup", "winpty",
        "then", "do", "!", "(", "{", "watch", "call", "@", "PS", "doas", "nice", "docker",
        "podman", "run", "--rm", "-it", "-i",
    ];
    let variable = word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    });
    WORDS.contains(&word) || variable
}

/// Without the lines that mark code in Markdown.
fn without_fences(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    if !text.contains("```") && !text.contains("~~~") {
        return text;
    }
    let fence = |line: &&str| {
        !(line.trim_start().starts_with("```") || line.trim_start().starts_with("~~~"))
    };
    // On one line: ```curl …```
    if text.trim().lines().count() == 1 {
        return text.trim().trim_matches('`').to_owned();
    }
    text.lines().filter(fence).collect::<Vec<_>>().join("\n")
}

/// Without the prompts of Windows' cmd, whose folder reads like escapes: `C:\Users\me>curl …`
fn without_prompts(text: &str) -> String {
    let folder = |line: &str| {
        let mut chars = line.trim_start().chars();
        chars.next().is_some_and(|c| c.is_ascii_alphabetic()) && chars.as_str().starts_with(":\\")
    };
    let lines = text.split('\n').map(|line| match line.split_once('>') {
        Some((before, command)) if folder(before) && !before.contains(['"', '\'', '|', '<']) => {
            command
        }
        _ => line,
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{calls, commands};

    proptest! {
        /// Whatever was copied: requests or a reason, never a panic.
        #[test]
        fn copied_text_is_read_or_refused(
            head in "(curl |wget |http |Invoke-WebRequest |curl \\^\"|\\$s = |)",
            text in "[ -~\n\té'\"\\\\{}\\[\\],:^`$@;|&<>‘]{0,160}",
        ) {
            let _ = commands(&format!("{head}{text}"));
            let _ = commands(&format!("{head}https://a.example/ {text}"));
        }

        #[test]
        fn calls_are_read_or_refused(head in "(fetch\\(|axios\\.get\\(|\\$\\.ajax\\(|await |)", text in "[ -~\n\té'\"\\\\{}\\[\\],:`$]{0,160}") {
            let _ = calls(&format!("{head}{text}"));
            let _ = calls(&format!("{head}\"https://a.example/\", {{{text}}})"));
        }
    }

    #[test]
    fn deep_nesting_is_refused() {
        for open in [
            "(",
            "[",
            "{a:",
            "`${",
            "!",
            "-",
            "a=>",
            "new ",
            "await ",
            "x?",
            "if(1)",
            "typeof ",
            "a**",
            "()=>",
            "<a>",
            "function(){",
            "a=",
            "fetch(",
        ] {
            let _ = calls(&open.repeat(200_000));
            let _ = calls(&format!("fetch(\"https://a.example/\", {}", open.repeat(50_000)));
        }
    }
}
