//! A code's page, in Markdown, from the catalogue, the example, the consoles and the links.

use corsage::browser::{Code, Severity};

use corsage_texts::{Language, fill, text};

use super::{example, link};
use crate::CodeText;
use crate::console::{Api, Browser, Occasion, Tainting, printed};

/// Widest line of a page, in characters; links and code may be wider.
const WIDTH: usize = 100;

/// The page of a code, as Markdown.
///
/// ```
/// use corsage::browser::Code;
/// use corsage_diagnosis::{Language, page};
///
/// let text = page(Code::MissingAllowOrigin, Language::English);
/// assert!(text.starts_with("# `missing-allow-origin`"));
/// ```
#[must_use]
pub fn page(code: Code, language: Language) -> String {
    let text = CodeText::of(code, language);
    let kind = match code.severity() {
        Severity::Thrown => text!(language, "account.page-thrown"),
        Severity::Blocking => text!(language, "account.page-blocking"),
        Severity::Note => text!(language, "account.page-note"),
    };
    let mut out = format!("# `{code}`\n\n");
    paragraph(&mut out, &sentence(text.title));
    paragraph(&mut out, &format!("{}: {kind}.", text!(language, "account.page-severity")));

    heading(&mut out, text!(language, "account.page-cause"));
    paragraph(&mut out, text.cause);

    heading(&mut out, text!(language, "account.page-example"));
    out.push_str(&format!("```text\n{}\n```\n\n", example::example(code)));

    heading(&mut out, text!(language, "account.page-prints"));
    let occasion = sample(code);
    for browser in Browser::ALL {
        let lines = printed(browser, &occasion);
        if lines.is_empty() {
            let nothing = fill(
                text!(language, "account.page-prints-nothing"),
                &[("exception", exception(browser, code, language))],
            );
            out.push_str(&format!("- {}: {nothing}\n", browser.name()));
        } else {
            out.push_str(&format!("- {}:\n\n  ```text\n", browser.name()));
            for line in lines {
                out.push_str(&format!("  {line}\n"));
            }
            out.push_str("  ```\n\n");
        }
    }
    if !out.ends_with("\n\n") {
        out.push('\n');
    }

    heading(&mut out, text!(language, "account.page-fix"));
    if !text.server.is_empty() {
        paragraph(
            &mut out,
            &format!("{}{}", text!(language, "account.page-fix-server"), text.server),
        );
    }
    if !text.page.is_empty() {
        paragraph(&mut out, &format!("{}{}", text!(language, "account.page-fix-page"), text.page));
    }
    if text.server.is_empty() && text.page.is_empty() {
        paragraph(&mut out, text!(language, "account.page-fix-nobody"));
    }

    heading(&mut out, text!(language, "account.page-false-alarm"));
    let false_alarm = if text.false_alarm.is_empty() {
        text!(language, "account.page-false-alarm-none")
    } else {
        text.false_alarm
    };
    paragraph(&mut out, false_alarm);

    heading(&mut out, text!(language, "account.page-see"));
    out.push_str(&format!("- <{}>\n", link::anchor(code)));
    for manual in link::manual(code) {
        out.push_str(&format!("- <{manual}>\n"));
    }
    out
}

/// What the script's exception says in each browser.
fn exception(browser: Browser, code: Code, language: Language) -> &'static str {
    match (code.severity(), browser) {
        (Severity::Note, _) => text!(language, "account.exception-none"),
        (Severity::Thrown, _) => text!(language, "account.exception-says-so"),
        (Severity::Blocking, Browser::Chromium) => "`TypeError: Failed to fetch`",
        (Severity::Blocking, Browser::Firefox) => {
            "`TypeError: NetworkError when attempting to fetch resource.`"
        }
        (Severity::Blocking, Browser::Webkit) => "`TypeError: Load failed`",
    }
}

/// The occasion of the example, for the console lines.
fn sample(code: Code) -> Occasion<'static> {
    use Code as C;
    let mut occasion = Occasion {
        code,
        api: Api::Fetch,
        method: "GET",
        url: "https://api.example/me",
        first_url: "https://api.example/me",
        tainting: Tainting::Cors,
        redirects_to: None,
        page_origin: "https://app.example",
        sent_origin: "https://app.example",
        seen: None,
        lines: 1,
        subject: None,
        status: Some(200),
        reports_script: false,
        is_cross_site: true,
    };
    if code.as_str().starts_with("preflight-") || code.as_str().starts_with("method-") {
        occasion.method = "PUT";
        occasion.status = Some(204);
    }
    match code {
        C::InvalidUrl => occasion.url = "https://api.example:99999/me",
        C::UrlHasCredentials => occasion.url = "https://ann:secret@api.example/me",
        C::InvalidMethod => occasion.subject = Some("GET /"),
        C::ForbiddenMethod => occasion.subject = Some("TRACE"),
        C::InvalidHeaderName => occasion.subject = Some("x-token:"),
        C::InvalidHeaderValue => occasion.subject = Some("abc\\ndef"),
        C::NoCorsMethodNotSafelisted => occasion.method = "PUT",
        C::InvalidReferrer => occasion.subject = Some("https://["),
        C::SchemeNotCorsEnabled => {
            (occasion.url, occasion.first_url) = ("localhost:8080/me", "localhost:8080/me");
        }
        C::SchemeNotFetchable => occasion.url = "ftp://api.example/me",
        C::DataUrlInvalid => occasion.url = "data:text/plain;base64",
        C::BadPort => occasion.url = "https://api.example:6000/me",
        C::MixedContent => occasion.url = "http://api.example/me",
        C::PreflightRedirect => {
            (occasion.url, occasion.first_url) = ("http://api.example/me", "http://api.example/me");
            occasion.status = Some(301);
        }
        C::PreflightStatusNotOk => occasion.status = Some(401),
        C::PreflightMultipleAllowOrigin | C::MultipleAllowOrigin => {
            occasion.seen = Some("https://app.example, *");
            occasion.lines = 2;
        }
        C::PreflightInvalidAllowOrigin => occasion.seen = Some("app.example"),
        C::InvalidAllowOrigin => occasion.seen = Some("\"https://app.example\""),
        C::PreflightAllowOriginMismatch => occasion.seen = Some("https://app.example/"),
        C::AllowOriginMismatch => occasion.seen = Some("http://app.example"),
        C::AllowOriginMismatchTainted => {
            occasion.seen = Some("https://app.example");
            occasion.url = "https://files.example/me";
            occasion.sent_origin = "null";
        }
        C::AllowCredentialsNotTrue => occasion.seen = Some("True"),
        C::PreflightInvalidAllowMethods => occasion.seen = Some("[\"GET\", \"PUT\"]"),
        C::PreflightInvalidAllowHeaders => occasion.seen = Some("content-type; x-token"),
        C::MethodNotAllowed => occasion.subject = Some("DELETE"),
        C::MethodCaseMismatch => occasion.subject = Some("patch"),
        C::MethodWildcardWithCredentials => occasion.subject = Some("PUT"),
        C::HeaderNotAllowed | C::HeaderWildcardWithCredentials => {
            occasion.subject = Some("x-token");
        }
        C::RedirectLocationInvalid => occasion.redirects_to = Some("http://["),
        C::RedirectSchemeNotHttp => {
            occasion.redirects_to = Some("myapp://open");
            occasion.status = Some(302);
        }
        C::RedirectUrlHasCredentials => {
            occasion.subject = Some("https://ann:secret@files.example/me");
            occasion.redirects_to = Some("https://ann:secret@files.example/me");
            occasion.status = Some(302);
        }
        C::LnaInsecureContext | C::LnaPermissionDenied | C::LnaPermissionsPolicy => {
            (occasion.url, occasion.first_url) =
                ("http://192.168.1.10/status", "http://192.168.1.10/status");
            occasion.subject = Some("local");
        }
        C::LnaAddressSpaceMismatch => {
            (occasion.url, occasion.first_url) =
                ("http://printer.test/status", "http://printer.test/status");
            (occasion.subject, occasion.seen) = (Some("local"), Some("public"));
        }
        C::CorpNotSameOrigin | C::CorpRequiredByCoep | C::OrbBlocked => {
            occasion.url = "https://api.example/a.png";
        }
        C::CorpNotSameSite => occasion.url = "https://cdn.test/a.png",
        C::NosniffBlocked => {
            (occasion.url, occasion.seen) = ("https://api.example/a.js", Some("text/html"));
        }
        C::MimeTypeBlocked => {
            (occasion.url, occasion.seen) = ("https://api.example/a.js", Some("text/csv"));
        }
        C::IntegrityOnOpaque => occasion.url = "https://cdn.example/a.js",
        C::WorkerNotSameOrigin => occasion.url = "https://cdn.example/w.js",
        C::TrackWithoutCrossorigin => occasion.url = "https://cdn.example/en.vtt",
        C::SvgReferenceNotSameOrigin => occasion.url = "https://cdn.example/icons.svg",
        C::FrameWithoutEmbedderPolicy => occasion.url = "https://widget.example/",
        C::LoadStatusNotOk | C::ScriptTypeNotJavascript => {
            (occasion.url, occasion.seen) = ("https://cdn.example/a.js", Some("text/plain"));
        }
        C::StyleTypeNotCss => {
            (occasion.url, occasion.seen) = ("https://cdn.example/a.css", Some("text/plain"));
        }
        C::EventStreamTypeWrong => {
            (occasion.url, occasion.seen) =
                ("https://api.example/events", Some("application/json"));
        }
        C::WebSocketNotAccepted => {
            (occasion.url, occasion.subject) = ("wss://api.example/socket", Some("403"));
        }
        C::PreloadNotReused => occasion.url = "https://cdn.example/a.woff2",
        C::ForbiddenHeaderDropped => occasion.subject = Some("origin"),
        _ => {}
    }
    occasion
}

fn heading(out: &mut String, text: &str) {
    out.push_str(&format!("## {text}\n\n"));
}

fn paragraph(out: &mut String, text: &str) {
    let mut column = 0;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if column > 0 && column + 1 + length > WIDTH {
            out.push('\n');
            column = 0;
        }
        if column > 0 {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += length;
    }
    out.push_str("\n\n");
}

/// Titles are written like error messages; a page opens with a sentence.
fn sentence(title: &str) -> String {
    let mut chars = title.chars();
    match chars.next() {
        Some(first) => format!("{}{}.", first.to_uppercase(), chars.as_str()),
        None => String::new(),
    }
}
