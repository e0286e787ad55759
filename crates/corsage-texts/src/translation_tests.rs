//! What another language than English is held to.

use std::collections::BTreeSet;

use crate::Language;
use crate::table::GAPS;

/// Latin words that Russian texts may hold outside of code: names of programs, protocols, headers, methods and values,
/// and words that Russian-speaking developers say in English.
const TERMS: &str = "
    ALPN API ASCII Accept Accept-Language Access-Control-Allow Access-Control-Allow-Credentials
    Access-Control-Allow-Headers Access-Control-Allow-Methods Access-Control-Allow-Origin Access-Control-Allow-Private-Network Access-Control-Expose
    Access-Control-Expose-Headers Access-Control-Max-Age Access-Control-Request-Method Allow Amanda ArrayBuffer
    Authorization Blob CDN CONNECT CORS CORS-safelisted CR CSS Cache-Control Charles Chrome Chromium Content
    Content-Encoding Content-Language Content-Length Content-Security-Policy Content-Type Cookie Corsage
    Cross-Origin-Embedder-Policy Cross-Origin-Resource-Policy Ctrl-C DELETE DNS EventSource Expires Express Fetch Fiddler
    Firefox GET HAR HEAD HSTS HTML HTTP HTTPie Helmet IRC Integrity-Policy Invoke-WebRequest JSON JavaScript LF
    Last-Modified Latin-1 Lax Location Max-Age NUL Node.js None OPTIONS Origin PATCH POST PUT Partitioned Postman Pragma
    Range React Native Referer Referrer-Policy SIP SVG Safari SameSite Secure Set-Cookie Strict TLS TRACE TRACK
    Timing-Allow-Origin TypeError URL VPN Vary WAF WWW-Authenticate WebGL WebKit WebSocket WebView X-Frame-Options X11 XML
    XMLHttpRequest ZIP HTTP/2 HTTP/1.1
    Same-Origin Policy Private Local Network Access Opaque Response Blocking
    about:blank about:client about:config access-control-allow-origin authorization false access-control-max-age axios base64 beacon blob br
    cacert canvas chunk connect-src contentDocument cookie corsage credentialless credentials cross-origin crossorigin
    curl data deflate demo fetch file frame-ancestors ftp gzip host permissions http https iframe include index integrity
    jQuery keepalive ky load location log.entries loopback max age middleware no-cors null omit opaque origin origin: patch ping
    postMessage preflight preload referrer require-corp same-origin sandbox saz service worker text/csv text/css
    text/event-stream text/javascript text/plain true upgrade use-credentials vary wget withCredentials worklet www xh
    xn zstd U+00FF content-script docs/deviations.md TOML YAML PEM max-age ASP.NET Angular HttpClient ofetch FastAPI Spring Starlette HTTP/3 IP IPv4 IPv6 UTF-8 upstream Retry-After
";

#[test]
fn no_language_has_gaps() {
    let gaps: Vec<String> =
        GAPS.iter().map(|(language, gap)| format!("  {language}: {gap}")).collect();
    assert!(
        gaps.is_empty(),
        "English stands in for {} texts; translate them in crates/corsage-texts:\n{}",
        gaps.len(),
        gaps.join("\n")
    );
}

#[test]
fn russian_texts_are_in_russian() {
    let terms: BTreeSet<&str> = TERMS.split_whitespace().collect();
    let mut strange = Vec::new();
    for (key, text) in Language::Russian.texts() {
        let prose = prose(text);
        let words = latin_words(&prose);
        let unknown: Vec<&&str> = words.iter().filter(|word| !terms.contains(**word)).collect();
        if !unknown.is_empty() {
            strange.push(format!("  {key}: {unknown:?} in {text:?}"));
        }
        if words.len() > 3 && !text.contains(|c: char| c.is_alphabetic() && !c.is_ascii()) {
            strange.push(format!("  {key} has no Russian letter: {text:?}"));
        }
    }
    assert!(
        strange.is_empty(),
        "if these are terms, add them to TERMS, else translate them:\n{}",
        strange.join("\n")
    );
}

/// English sentences are what the test above is for: it has to see them.
#[test]
fn english_sentences_are_seen() {
    let terms: BTreeSet<&str> = TERMS.split_whitespace().collect();
    let (mut seen, mut overlooked) = (0, Vec::new());
    for (key, text) in Language::English.texts() {
        let prose = prose(text);
        let words = latin_words(&prose);
        if words.iter().any(|word| !terms.contains(word)) {
            seen += 1;
        } else if words.len() > 4 {
            overlooked.push(format!("  {key}: {text:?}"));
        }
    }
    assert!(overlooked.is_empty(), "TERMS is too generous:\n{}", overlooked.join("\n"));
    let all = Language::English.texts().count();
    assert!(seen * 10 > all * 9, "of {all} English texts only {seen} look English");
}

/// The letter ё is written throughout, as one hand would; and dashes, quotes and spaces are Russian ones.
#[test]
fn russian_is_written_by_one_hand() {
    const WITHOUT_YO: &str = "
        еще ее нее пройдет идет придет дает уйдет причем объем счет учет учетные учетных учетными своем моем твоем
        четко вернет найдет звездочка звездочку защищенный защищенное разберет несет ведет ждет остается отдает дойдет
        создает задает обновленный нажмем живет зовет берет возьмет начнет поймет трех четырех
    ";
    let without_yo: BTreeSet<&str> = WITHOUT_YO.split_whitespace().collect();
    let mut faults = Vec::new();
    for (key, text) in Language::Russian.texts() {
        let prose = prose(text);
        let lower = prose.to_lowercase();
        for word in lower.split(|c: char| !c.is_alphabetic()) {
            if without_yo.contains(word) {
                faults.push(format!("  {key}: {word:?} wants a ё"));
            }
        }
        for (wrong, instead) in [
            (" - ", "a dash, —"),
            (" ,", "no space before a comma"),
            ("  ", "one space"),
            ("...", "…"),
            ("а - ", "a dash, —"),
            ("я - ", "a dash, —"),
        ] {
            if text.contains(wrong) {
                faults.push(format!("  {key}: {wrong:?} wants {instead}: {text:?}"));
            }
        }
        if prose.contains(['“', '”', '„']) {
            faults.push(format!("  {key}: quotes are «…»: {text:?}"));
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

/// A text without what is not prose: code, places to fill in, quotations, commands and addresses.
fn prose(text: &str) -> String {
    let mut text = text.to_owned();
    for (open, close) in [
        ("``", "``"),
        ("`", "`"),
        ("{", "}"),
        ("«", "»"),
        ("\"", "\""),
        ("<", ">"),
        ("'", "'"),
        ("[", "]"),
    ] {
        let mut rest = text.as_str();
        let mut out = String::new();
        while let Some((before, inside)) = rest.split_once(open)
            && let Some((_, after)) = inside.split_once(close)
        {
            out.push_str(before);
            out.push(' ');
            rest = after;
        }
        out.push_str(rest);
        text = out;
    }
    // A command is told in full, to the end of the line.
    text.split_once("corsage explain ").map_or(text.clone(), |(before, _)| before.to_owned())
}

/// Words of Latin letters, with the signs that names are made of.
fn latin_words(text: &str) -> Vec<&str> {
    text.split(|c: char| c.is_whitespace() || ",;*—=…%".contains(c))
        .filter(|word| !word.starts_with(['-', '/']) && !word.contains("://"))
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()))
        .filter(|word| word.starts_with(|c: char| c.is_ascii_alphabetic()))
        .flat_map(|word| if word.contains("://") { vec![] } else { vec![word] })
        .map(|word| {
            word.split_once(['-', ':'])
                .filter(|(_, rest)| !rest.is_ascii())
                .map_or(word, |(name, _)| name)
        })
        .collect()
}
