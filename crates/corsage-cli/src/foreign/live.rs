//! A server on the network as a program: what it answers is what it sends.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::time::Duration;

use corsage::browser::{
    CacheMode, Request, RequestInit, SendCredentials, Step, WireRequest, fetch,
};
use corsage::browser::{Client, PreflightCache, Profile};
use corsage::terms::Origin;
use corsage_client::Browser;
use corsage_convert::{Answered, Asked, Behind, Borders, Program};
use tokio::runtime::Runtime;
use url::Url;

/// What was sent: method, path, and the headers that CORS is about.
pub(crate) type Sent = (String, String, Vec<(String, String)>);

/// A server, asked politely: nothing but GET, HEAD and OPTIONS is sent, nothing twice, not more than so many
/// and not faster than so.
pub(crate) struct Live {
    browser: Browser,
    runtime: Runtime,
    url: Url,
    pause: Duration,
    limit: usize,
    count: Cell<usize>,
    answers: RefCell<BTreeMap<Sent, Answered>>,
    failure: RefCell<Option<String>>,
}

impl Live {
    /// The server at this URL.
    ///
    /// # Errors
    /// What keeps it from being asked at all.
    pub(crate) fn new(
        url: Url,
        browser: Browser,
        limit: usize,
        pause: Duration,
    ) -> Result<Self, String> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| format!("no runtime: {error}"))?;
        Ok(Self {
            browser,
            runtime,
            url,
            pause,
            limit,
            count: Cell::new(0),
            answers: RefCell::default(),
            failure: RefCell::default(),
        })
    }

    /// Why it could not be asked, where it could not.
    pub(crate) fn failure(&self) -> Option<String> {
        self.failure.borrow().clone()
    }

    /// How many requests were sent.
    pub(crate) fn count(&self) -> usize {
        self.count.get()
    }

    fn send(&self, sent: &Sent) -> Result<Answered, String> {
        if self.count.get() >= self.limit {
            return Err(format!(
                "the limit of {} requests is reached: --limit raises it",
                self.limit
            ));
        }
        if self.count.get() > 0 && !self.pause.is_zero() {
            std::thread::sleep(self.pause);
        }
        self.count.set(self.count.get() + 1);
        let wire = wire(&self.url, sent)?;
        let response = self
            .runtime
            .block_on(self.browser.send(&wire))
            .map_err(|error| format!("{}: {error}", self.url))?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let mut answered = Answered::by_itself(response.status);
        answered.reached = true;
        for header in response.headers.iter() {
            let name = text(&header.name);
            if name.to_ascii_lowercase().starts_with("access-control-") {
                answered.add(name, text(&header.value));
            } else if name.eq_ignore_ascii_case("vary") {
                answered.vary.push(text(&header.value));
            }
        }
        Ok(answered)
    }
}

impl Program for Live {
    fn answer(&self, asked: &Asked<'_>, _: &dyn Behind) -> Answered {
        let sent = sent(asked);
        if let Some(answered) = self.answers.borrow().get(&sent) {
            return answered.clone();
        }
        match self.send(&sent) {
            Ok(answered) => {
                self.answers.borrow_mut().insert(sent, answered.clone());
                answered
            }
            Err(error) => {
                self.failure.borrow_mut().get_or_insert(error);
                Answered::by_itself(0)
            }
        }
    }

    fn borders(&self) -> Borders {
        Borders::default()
    }
}

/// What is sent for a request: what would change something is asked as a GET, whose headers are the same.
pub(crate) fn sent(asked: &Asked<'_>) -> Sent {
    let method = match asked.method {
        method @ ("GET" | "HEAD" | "OPTIONS") => method,
        _ => "GET",
    };
    let headers = asked
        .headers
        .iter()
        .filter(|(name, _)| {
            let name = name.to_ascii_lowercase();
            name == "origin" || name.starts_with("access-control-request-")
        })
        .cloned()
        .collect();
    (method.to_owned(), asked.path.to_owned(), headers)
}

/// The message, made by the machine and changed to what is asked.
fn wire(url: &Url, sent: &Sent) -> Result<WireRequest, String> {
    let (method, path, headers) = sent;
    let url = url.join(path).map_err(|error| format!("{path}: {error}"))?;
    let page = Origin::parse("https://corsage.test").map_err(|error| error.to_string())?;
    let client = Client::page(page);
    let init = RequestInit { url: url.as_str().to_owned(), ..RequestInit::default() };
    let request =
        Request::new(init, &client, Profile::Standard).map_err(|error| format!("{error:?}"))?;
    let mut cache = PreflightCache::new();
    match fetch(request, &client, Profile::Standard, &mut cache, Duration::ZERO) {
        Step::Send(pending) => {
            let mut wire = pending.wire().clone();
            wire.method = method.clone().into_bytes();
            wire.cache = CacheMode::NoStore;
            wire.credentials = SendCredentials::Exclude;
            wire.headers.delete(b"origin");
            for (name, value) in headers {
                wire.headers.append(name, value);
            }
            Ok(wire)
        }
        Step::Finish(_) => Err(format!("{url}: no browser would send a request there")),
    }
}
