//! The prediction: the browser half against the server half, in memory.

use std::time::Duration;

use bytes::Bytes;
use corsage::browser::load::{Document, Load, LoadStep, load};
use corsage::browser::{
    BodyAccess, Client, Code, CookieContext, Event, FilteredResponse, Finished, HeaderList,
    PreflightCache, Profile, Request, ResponseType, SendCredentials, Step, WireRequest,
    WireResponse, fetch,
};
use corsage_texts::Language;
use http::header::{COOKIE, HOST, SET_COOKIE};
use http::{HeaderMap, Response};

use super::calls;
use super::loads;
use super::memory_gateway;
use super::outcome::{Cookie, Got, Outcome, Prediction, Sent};
use super::places::{Party, Places};
use super::reasons::Teller;
use super::rules::Rules;
use super::sample_api::{self, SESSION};
use super::scenario::{Call, Page};
use crate::prediction::exchange::Line;

/// The host that the API's cookie belongs to; ports do not keep cookies apart.
const COOKIE_HOST: &str = "127.0.0.1";

/// The browser's cookies, as far as the sample API sets any.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Session {
    /// Not signed in.
    #[default]
    None,
    /// Holds the API's session cookie.
    SignedIn,
}

impl Session {
    /// What a `Cookie` header that came to this machine shows.
    pub fn from_cookie_header(header: &str) -> Self {
        match header.split(';').any(|pair| pair.trim() == SESSION) {
            true => Self::SignedIn,
            false => Self::None,
        }
    }

    /// Whether the cookie goes along. It is a Lax one, and no fetch is a top-level navigation.
    fn cookie(self, wire: &WireRequest) -> Cookie {
        let goes = self == Self::SignedIn
            && wire.credentials == SendCredentials::Include
            && wire.cookies == CookieContext::Strict
            && wire.url.host_str() == Some(COOKIE_HOST);
        if goes { Cookie::Sent } else { Cookie::None }
    }

    /// The API's cookie is stored under the conditions under which it would be sent.
    fn store(&mut self, wire: &WireRequest, response: &Response<Bytes>) {
        let signs_in = response.headers().contains_key(SET_COOKIE);
        if signs_in && Self::SignedIn.cookie(wire) == Cookie::Sent {
            *self = Self::SignedIn;
        }
    }
}

/// Who fetches, and what surrounds it.
pub struct Setting<'a> {
    /// The page.
    pub from: Page,
    /// The run that every URL names.
    pub run: &'a str,
    /// Whose behaviour.
    pub profile: Profile,
    /// The cookies as it begins.
    pub session: Session,
    /// The policies in force.
    pub rules: &'a Rules,
    /// Those of the gateway that has none.
    pub no_rules: &'a Rules,
    /// The origins.
    pub places: &'a Places,
    /// The language of the reasons.
    pub language: Language,
}

/// What becomes of some calls, one after another.
///
/// # Errors
/// What cannot be a call at all, such as an unknown mode.
pub fn predict(setting: &Setting<'_>, steps: &[Call]) -> Result<Vec<Prediction>, String> {
    let mut browser = Browser {
        setting,
        client: calls::client(setting.from, setting.places)?,
        cache: PreflightCache::default(),
        session: setting.session,
        now: Duration::ZERO,
    };
    steps.iter().map(|call| browser.call(call)).collect()
}

/// A browser in memory.
struct Browser<'a> {
    setting: &'a Setting<'a>,
    client: Client,
    cache: PreflightCache,
    session: Session,
    now: Duration,
}

impl Browser<'_> {
    fn call(&mut self, call: &Call) -> Result<Prediction, String> {
        let Setting { run, profile, places, language, .. } = *self.setting;
        // More than the resolution of any clock, less than any Max-Age.
        self.now += Duration::from_secs(1);
        if let Some(load) = calls::load(call, places, run)? {
            return self.load(load);
        }
        let init = calls::init(call, places, run)?;
        let origin = self.client.origin.to_string();
        let teller = Teller { profile, origin, url: init.url.clone(), language };
        let request = match Request::new(init, &self.client, profile) {
            Ok(request) => request,
            Err(error) => {
                return Ok(Prediction {
                    got: Got::nothing(Outcome::Thrown),
                    wire: Vec::new(),
                    blockers: vec![teller.refused(&error)],
                    notes: Vec::new(),
                });
            }
        };
        let mut wire = Vec::new();
        let mut body = Bytes::new();
        let mut step = fetch(request, &self.client, profile, &mut self.cache, self.now);
        let finished = loop {
            step = match step {
                Step::Send(pending) => {
                    let answer = self.answer(pending.wire(), &mut wire)?;
                    let head = head(&answer);
                    body = answer.into_body();
                    pending.receive(Ok(head), &mut self.cache, self.now)
                }
                Step::Finish(finished) => break *finished,
            };
        };
        Ok(concluded(&finished, &body, wire, &teller))
    }

    /// Each load in a document of its own: nothing is preloaded.
    fn load(&mut self, asked: Load) -> Result<Prediction, String> {
        let Setting { profile, language, .. } = *self.setting;
        let origin = self.client.origin.to_string();
        let teller = Teller { profile, origin, url: asked.url().to_owned(), language };
        let (mut wire, mut document) = (Vec::new(), Document::new());
        let mut step = load(asked, &self.client, profile, &mut document, self.now)
            .map_err(|error| error.to_string())?;
        loop {
            let pending = match step {
                LoadStep::Finish(loaded) => return Ok(loads::concluded(&loaded, wire, &teller)),
                LoadStep::Request(pending) => pending,
            };
            let answer = self.answer(pending.wire(), &mut wire)?;
            let head = head(&answer);
            let content = loads::content(&head, answer.body());
            step = pending.receive(Ok(head), &content, &mut document, self.now);
        }
    }

    /// What the demo's servers answer. The body stays here: the machine never looks at it.
    fn answer(
        &mut self,
        wire: &WireRequest,
        sent: &mut Vec<Sent>,
    ) -> Result<Response<Bytes>, String> {
        let Setting { places, rules, no_rules, .. } = *self.setting;
        let cookie = self.session.cookie(wire);
        let request = http_request(wire, cookie)?;
        let target_origin = wire.url.origin().ascii_serialization();
        let rules = if target_origin == places.origin_of(Party::Bare) { no_rules } else { rules };
        let elsewhere = places.origin_of(Party::Partner);
        let response = memory_gateway::answer(rules, &request, |request| {
            let (path, query) = (request.uri().path(), request.uri().query());
            sample_api::answer(request.method(), path, query, request.headers(), &elsewhere)
        });
        self.session.store(wire, &response);
        let header = |name| header(request.headers(), name);
        sent.push(Sent {
            method: request.method().to_string(),
            target_origin,
            path: wire.url.path().to_owned(),
            origin: header("origin"),
            asked_method: header("access-control-request-method"),
            asked_headers: header("access-control-request-headers"),
            cookie,
            status: response.status().as_u16(),
        });
        Ok(response)
    }
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
}

/// The machine's request as an HTTP library has it.
fn http_request(wire: &WireRequest, cookie: Cookie) -> Result<http::Request<()>, String> {
    let mut request = http::Request::builder()
        .method(wire.method.as_slice())
        .uri(wire.url.as_str())
        .header(HOST, wire.url.authority());
    for header in wire.headers.iter() {
        request = request.header(header.name.as_slice(), header.value.as_slice());
    }
    if cookie == Cookie::Sent {
        request = request.header(COOKIE, SESSION);
    }
    request.body(()).map_err(|error| error.to_string())
}

/// A response's head as the machine has it.
fn head(response: &Response<Bytes>) -> WireResponse {
    let mut headers = HeaderList::default();
    for (name, value) in response.headers() {
        headers.append(name.as_str(), value.as_bytes());
    }
    let reason = response.status().canonical_reason().unwrap_or_default();
    WireResponse {
        status: response.status().as_u16(),
        status_text: reason.as_bytes().to_vec(),
        headers,
    }
}

/// The end of a fetch, told.
fn concluded(finished: &Finished, body: &Bytes, wire: Vec<Sent>, teller: &Teller) -> Prediction {
    let got = match &finished.outcome {
        Ok(response) => got(response, body),
        Err(_) => Got::nothing(Outcome::Blocked),
    };
    let blockers = match &finished.outcome {
        Ok(_) => Vec::new(),
        Err(error) => teller.blockers(error, &finished.transcript),
    };
    let events = finished.transcript.events();
    let notes = events.iter().filter_map(|event| match event {
        Event::Note(note) => Some(note),
        _ => None,
    });
    // Of the demo's own page, nothing is worth a remark but what a reader of CORS looks for.
    let notes = notes.filter(|note| TOLD_NOTES.contains(&note.code));
    let notes = notes.map(|note| teller.note(note)).collect();
    Prediction { got: got.without_transport(), wire, blockers, notes }
}

const TOLD_NOTES: &[Code] = &[
    Code::PreflightCacheHit,
    Code::OpaqueResponse,
    Code::OpaqueRedirect,
    Code::OriginNullOnRedirect,
    Code::HeaderNotExposed,
    Code::ExposeWildcardWithCredentials,
    Code::ExposeHeadersInvalid,
    Code::WildcardCoversAuthorization,
    Code::ForbiddenHeaderDropped,
    Code::NoCorsHeaderDropped,
];

/// What a script sees of a response.
fn got(response: &FilteredResponse, body: &Bytes) -> Got {
    let response_type = response.response_type();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let body = match response.body() {
        BodyAccess::Readable => text(body),
        BodyAccess::Bytes(own) => text(own),
        BodyAccess::Null | BodyAccess::Hidden => String::new(),
    };
    Got {
        outcome: outcome_of(response_type),
        response_type: Some(type_name(response_type).to_owned()),
        status: Some(response.status()),
        redirected: Some(response.redirected()),
        headers: combined(response.headers()),
        body: Some(body),
        error: None,
    }
}

/// What iterating over a script's `Headers` yields: lower-case names, each once, values joined.
pub(crate) fn combined(headers: &HeaderList) -> Vec<Line> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let mut names: Vec<_> = headers.iter().map(|it| it.name.to_ascii_lowercase()).collect();
    names.sort();
    names.dedup();
    let joined = |name: Vec<u8>| headers.get(&name).map(|value| (text(&name), text(&value)));
    names.into_iter().filter_map(joined).collect()
}

/// How a call ended that ended with a response.
pub(crate) fn outcome_of(response_type: ResponseType) -> Outcome {
    match response_type {
        ResponseType::Basic | ResponseType::Cors => Outcome::Readable,
        ResponseType::Opaque | ResponseType::OpaqueRedirect => Outcome::Opaque,
    }
}

/// `response.type`
pub(crate) fn type_name(response_type: ResponseType) -> &'static str {
    match response_type {
        ResponseType::Basic => "basic",
        ResponseType::Cors => "cors",
        ResponseType::Opaque => "opaque",
        ResponseType::OpaqueRedirect => "opaqueredirect",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prediction::scenario;

    const PLACES: Places = Places { page: 8001, api: 8002, partner: 8003, bare: 8004, bench: 8005 };

    fn predicted(from: Page, steps: &[Call], profile: Profile) -> Vec<Prediction> {
        let rules = Rules::compile(&Rules::source_for(&PLACES)).unwrap();
        let no_rules = Rules::compile("").unwrap();
        let session = Session::None;
        let setting = Setting {
            from,
            run: "r",
            profile,
            session,
            rules: &rules,
            no_rules: &no_rules,
            places: &PLACES,
            language: Language::English,
        };
        predict(&setting, steps).unwrap()
    }

    #[test]
    fn the_engine_says_what_is_known_by_hand() {
        for scenario in scenario::all().unwrap() {
            for profile in [Profile::Standard, Profile::Chromium, Profile::Firefox, Profile::Webkit]
            {
                let predictions = predicted(scenario.from, &scenario.steps, profile);
                for (step, prediction) in scenario.steps.iter().zip(predictions) {
                    let place = format!("{} {profile:?}", scenario.id);
                    let expect = step.expect.as_ref().unwrap();
                    assert_eq!(prediction.got.outcome.as_str(), expect.outcome, "{place}");
                    if expect.status.is_some() {
                        assert_eq!(prediction.got.status, expect.status, "{place}");
                    }
                    let codes: Vec<_> = prediction.blockers.iter().map(|b| b.code).collect();
                    match &expect.code {
                        Some(code) => assert!(codes.contains(&code.as_str()), "{place}: {codes:?}"),
                        None => assert!(codes.is_empty(), "{place}: {codes:?}"),
                    }
                    for reason in prediction.blockers.iter().chain(&prediction.notes) {
                        let told = [Some(&reason.cause), reason.fix.as_ref()];
                        for text in told.into_iter().flatten() {
                            assert!(!text.contains('{'), "{place}: a place is left open: {text}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn a_remembered_preflight_is_not_sent_again() {
        let scenarios = scenario::all().unwrap();
        let cache = scenarios.iter().find(|scenario| scenario.id == "preflight-cache").unwrap();
        let predictions = predicted(cache.from, &cache.steps, Profile::Standard);
        let methods = |index: usize| -> Vec<_> {
            predictions[index].wire.iter().map(|sent| sent.method.as_str()).collect()
        };
        assert_eq!(methods(0), ["OPTIONS", "PUT"]);
        assert_eq!(methods(1), ["PUT"]);
        assert!(predictions[1].notes.iter().any(|note| note.code == "preflight-cache-hit"));
    }
}
