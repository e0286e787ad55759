//! What a page can fetch, judged as a browser judges, from whatever JavaScript asks.

use bytes::Bytes;
use corsage::browser::WireFailure;
use corsage_test::{CredentialsMode, Failure, Mode, PageFetch, Profile, RedirectMode, Server};
use http::{HeaderName, HeaderValue, Request, Response};
use serde::{Deserialize, Serialize};
use serde_json::json;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

#[wasm_bindgen]
extern "C" {
    /// A server: whatever answers.
    pub type Answerer;

    /// Answers a request; both are JSON.
    #[wasm_bindgen(method, catch)]
    async fn answer(this: &Answerer, request: &str) -> Result<JsValue, JsValue>;
}

/// A `fetch()` as JavaScript describes it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Asked {
    url: String,
    origin: String,
    method: Option<String>,
    #[serde(default)]
    headers: Vec<(String, String)>,
    body: Option<String>,
    credentials: Option<String>,
    redirect: Option<String>,
    mode: Option<String>,
    #[serde(default)]
    cookies: Vec<String>,
    #[serde(default)]
    reads: Vec<String>,
    #[serde(default)]
    browsers: Vec<String>,
}

/// A message of a browser.
#[derive(Serialize)]
struct Message<'m> {
    method: &'m str,
    url: String,
    headers: Vec<(&'m str, String)>,
    body: String,
}

/// Its answer.
#[derive(Deserialize)]
struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
}

struct Asking(Answerer);

impl Server for Asking {
    async fn answer(&self, request: Request<Bytes>) -> Result<Response<()>, WireFailure> {
        let message = Message {
            method: request.method().as_str(),
            url: request.uri().to_string(),
            headers: request
                .headers()
                .iter()
                .map(|(name, value)| (name.as_str(), text(value.as_bytes())))
                .collect(),
            body: text(request.body()),
        };
        let message = serde_json::to_string(&message).map_err(|_| WireFailure::Malformed)?;
        let answer = self.0.answer(&message).await.map_err(|_| WireFailure::Connection)?;
        let answer = answer.as_string().ok_or(WireFailure::Malformed)?;
        let answer: Answer = serde_json::from_str(&answer).map_err(|_| WireFailure::Malformed)?;
        let mut response = Response::new(());
        *response.status_mut() = answer.status.try_into().map_err(|_| WireFailure::Malformed)?;
        for (name, value) in answer.headers {
            let name: HeaderName = name.parse().map_err(|_| WireFailure::Malformed)?;
            let value =
                HeaderValue::from_bytes(&bytes(&value)).map_err(|_| WireFailure::Malformed)?;
            response.headers_mut().append(name, value);
        }
        Ok(response)
    }
}

/// Fetches as a page does, in one browser after another. JSON: `page`, `fetch`, and for each browser its name and either
/// `status` and `headers`, or `failure`, `code` and whether anything was `judged`.
///
/// # Errors
/// What is wrong with the description.
#[wasm_bindgen]
pub async fn page_fetch(asked: String, server: Answerer) -> Result<String, String> {
    let asked: Asked = serde_json::from_str(&asked).map_err(|error| error.to_string())?;
    let server = Asking(server);
    let page = format!("a page of {}", asked.origin);
    let browsers = asked.browsers.clone();
    let fetch = asked.fetch()?;
    let mut results = Vec::new();
    for name in browsers {
        let browser =
            one_of("browsers", &name, &Profile::ALL.map(|browser| (browser.as_str(), browser)))?;
        let result = fetch.clone().in_browser(browser).run(&server).await;
        results.push(match result {
            Ok(response) => json!({
                "browser": name,
                "status": response.status(),
                "headers": response
                    .headers()
                    .iter()
                    .map(|line| (text(&line.name).to_ascii_lowercase(), text(&line.value)))
                    .collect::<Vec<_>>(),
            }),
            Err(failure) => json!({
                "browser": name,
                "code": match &failure {
                    Failure::Blocked(blocked) => Some(blocked.error().blamed().code.as_str()),
                    _ => None,
                },
                "judged": is_judged(&failure),
                "failure": failure.to_string(),
            }),
        });
    }
    Ok(json!({ "page": page, "fetch": fetch.to_string(), "results": results }).to_string())
}

/// Whether a browser keeps something from a page, rather than there being nothing.
fn is_judged(failure: &Failure) -> bool {
    let unanswered = ["dns-failed", "connection-failed", "tls-failed", "http-malformed"];
    match failure {
        Failure::Blocked(blocked) => !unanswered.contains(&blocked.error().blamed().code.as_str()),
        _ => false,
    }
}

impl Asked {
    fn fetch(self) -> Result<PageFetch, String> {
        let mut fetch = PageFetch::new(self.url).from(self.origin);
        if let Some(method) = self.method {
            fetch = fetch.method(method);
        }
        for (name, value) in self.headers {
            fetch = fetch.header(name, bytes(&value));
        }
        if let Some(body) = self.body {
            fetch = fetch.body(bytes(&body));
        }
        if let Some(mode) = self.credentials {
            let all = [
                ("omit", CredentialsMode::Omit),
                ("same-origin", CredentialsMode::SameOrigin),
                ("include", CredentialsMode::Include),
            ];
            fetch = fetch.credentials(one_of("credentials", &mode, &all)?);
        }
        if let Some(mode) = self.redirect {
            let all = [
                ("follow", RedirectMode::Follow),
                ("error", RedirectMode::Error),
                ("manual", RedirectMode::Manual),
            ];
            fetch = fetch.redirect(one_of("redirect", &mode, &all)?);
        }
        if let Some(mode) = self.mode {
            let all = [
                ("cors", Mode::Cors),
                ("no-cors", Mode::NoCors),
                ("same-origin", Mode::SameOrigin),
            ];
            fetch = fetch.mode(one_of("mode", &mode, &all)?);
        }
        fetch = self.cookies.into_iter().fold(fetch, PageFetch::cookie);
        Ok(self.reads.into_iter().fold(fetch, PageFetch::reads))
    }
}

fn one_of<T: Copy>(field: &str, value: &str, all: &[(&str, T)]) -> Result<T, String> {
    all.iter().find(|(name, _)| *name == value).map(|(_, one)| *one).ok_or_else(|| {
        let names: Vec<&str> = all.iter().map(|(name, _)| *name).collect();
        format!("{field} {value:?} is none of {}", names.join(", "))
    })
}

/// Each byte as a character.
fn text(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

fn bytes(text: &str) -> Vec<u8> {
    text.chars().map(|character| u8::try_from(u32::from(character)).unwrap_or(b'?')).collect()
}
