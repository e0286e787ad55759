//! [Scheme fetch](https://fetch.spec.whatwg.org/#concept-scheme-fetch): what is not HTTP.

use url::Url;

use super::blob_url::BlobAnswer;
use super::filtered_response::{BodyAccess, FilteredResponse, ResponseType};
use super::profile::{AboutBlank, BlobResponse, OwnResponse};
use super::run::{Run, Tainting};
use super::{Code, HeaderList, MessageKind, Step};

pub(crate) fn scheme_fetch(run: Box<Run>, url: &Url) -> Step {
    let before = run.site(MessageKind::BeforeSending);
    match url.scheme() {
        "data" => match data_url::DataUrl::process(url.as_str())
            .map(|data| (data.decode_to_vec(), data))
        {
            Ok((Ok((body, _)), data)) => own_response(run, &data.mime_type().to_string(), body),
            _ => run.fail(before.about(Code::DataUrlInvalid, url.as_str())),
        },
        "about" if url.path() == "blank" && run.switches().about_blank != AboutBlank::Refused => {
            own_response(run, "text/html;charset=utf-8", Vec::new())
        }
        "blob" => blob_response(run, url),
        _ => run.fail(before.about(Code::SchemeNotFetchable, url.scheme())),
    }
}

/// A blob is read with GET, and by the pages of its own partition alone.
fn blob_response(run: Box<Run>, url: &Url) -> Step {
    let range = run.headers().get(b"range");
    let found = run.client.blobs.iter().find(|blob| blob.is_at(url));
    let answer = found.filter(|_| run.request.method == b"GET");
    match answer.and_then(|blob| blob.answer(range.as_deref())) {
        Some(BlobAnswer { status, mut status_text, mut headers, bytes }) => {
            match run.switches().blob_response {
                BlobResponse::AsWritten => {}
                BlobResponse::AlwaysOk => status_text = b"OK".to_vec(),
                BlobResponse::WithReferrerPolicy => {
                    let policy = run.client.referrer_policy.or_default();
                    headers.append("Referrer-Policy", policy.as_str());
                }
            }
            answer_with(run, status, status_text, headers, bytes)
        }
        None => {
            let before = run.site(MessageKind::BeforeSending);
            run.fail(before.about(Code::SchemeNotFetchable, url.as_str()))
        }
    }
}

fn own_response(run: Box<Run>, content_type: &str, bytes: Vec<u8>) -> Step {
    let mut headers = HeaderList::new();
    headers.append("Content-Type", content_type);
    if run.switches().own_response == OwnResponse::TypeAndLength {
        headers.append("Content-Length", bytes.len().to_string());
    }
    answer_with(run, 200, b"OK".to_vec(), headers, bytes)
}

fn answer_with(
    run: Box<Run>,
    status: u16,
    status_text: Vec<u8>,
    headers: HeaderList,
    bytes: Vec<u8>,
) -> Step {
    if run.tainting == Tainting::Opaque {
        return run.finish(FilteredResponse::opaque(ResponseType::Opaque));
    }
    let head = run.request.method == b"HEAD";
    let response = FilteredResponse {
        response_type: ResponseType::Basic,
        status,
        status_text,
        headers,
        url: Some(without_fragment(run.url())),
        redirected: run.hop() > 0,
        body: if head { BodyAccess::Null } else { BodyAccess::Bytes(bytes) },
    };
    run.finish(response)
}

pub(crate) fn without_fragment(url: &Url) -> Url {
    let mut url = url.clone();
    url.set_fragment(None);
    url
}
