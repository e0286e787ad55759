//! Steps the machine through one fetch.

use std::time::Instant;

use bytes::Bytes;
use corsage::browser::{
    Client, FilteredResponse, HeaderList, NetworkError, PreflightCache, Profile, Request, Step,
    WireFailure, WireRequest, WireResponse, fetch,
};

use crate::Server;

pub(crate) async fn drive(
    request: Request,
    client: &Client,
    profile: Profile,
    server: &impl Server,
) -> Result<FilteredResponse, NetworkError> {
    let start = Instant::now();
    let mut cache = PreflightCache::new();
    let mut step = fetch(request, client, profile, &mut cache, start.elapsed());
    loop {
        step = match step {
            Step::Preflight(pending) => {
                let answer = answer(server, pending.wire()).await;
                pending.receive(answer, &mut cache, start.elapsed())
            }
            Step::Request(pending) => {
                let answer = answer(server, pending.wire()).await;
                pending.receive(answer, &mut cache, start.elapsed())
            }
            Step::Finish(finished) => return finished.outcome,
        };
    }
}

async fn answer(server: &impl Server, wire: &WireRequest) -> Result<WireResponse, WireFailure> {
    let response = server.answer(to_http(wire).ok_or(WireFailure::Malformed)?).await?;
    let mut headers = HeaderList::new();
    for (name, value) in response.headers() {
        headers.push_line(name.as_str(), value.as_bytes().trim_ascii());
    }
    Ok(WireResponse { status: response.status().as_u16(), status_text: Vec::new(), headers })
}

fn to_http(wire: &WireRequest) -> Option<http::Request<Bytes>> {
    let mut url = wire.url.clone();
    url.set_fragment(None);
    let mut request = http::Request::builder().method(wire.method.as_slice()).uri(url.as_str());
    if let Some(host) = url.host_str() {
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        request = request.header(http::header::HOST, format!("{host}{port}"));
    }
    for header in wire.headers.iter() {
        request = request.header(header.name.as_slice(), header.value.as_slice());
    }
    request.body(wire.body.as_deref().map(Bytes::copy_from_slice).unwrap_or_default()).ok()
}
