//! [Scheme fetch](https://fetch.spec.whatwg.org/#concept-scheme-fetch): what is not HTTP.

use url::Url;

use super::filtered_response::{BodyAccess, FilteredResponse, ResponseType};
use super::run::{Run, Tainting};
use super::{Code, HeaderList, MessageKind, Profile, Step};

pub(crate) fn scheme_fetch(run: Box<Run>, url: &Url) -> Step {
    let before = run.site(MessageKind::BeforeSending);
    match url.scheme() {
        "data" => match data_url::DataUrl::process(url.as_str())
            .map(|data| (data.decode_to_vec(), data))
        {
            Ok((Ok((body, _)), data)) => own_response(run, &data.mime_type().to_string(), body),
            _ => run.fail(before.about(Code::DataUrlInvalid, url.as_str())),
        },
        "about" if url.path() == "blank" && knows_about_blank(&run) => {
            own_response(run, "text/html;charset=utf-8", Vec::new())
        }
        _ => run.fail(before.about(Code::SchemeNotFetchable, url.scheme())),
    }
}

/// Recorded in November 2026: Firefox answers a no-cors fetch of `about:blank` as the text has it, the
/// others fail.
fn knows_about_blank(run: &Run) -> bool {
    matches!(run.profile, Profile::Standard | Profile::Firefox)
}

fn own_response(run: Box<Run>, content_type: &str, bytes: Vec<u8>) -> Step {
    let mut headers = HeaderList::new();
    headers.append("Content-Type", content_type);
    if run.profile == Profile::Firefox {
        headers.append("Content-Length", bytes.len().to_string());
    }
    let response = if run.tainting == Tainting::Opaque {
        FilteredResponse::opaque(ResponseType::Opaque)
    } else {
        let head = matches!(&*run.request.method, b"HEAD");
        FilteredResponse {
            response_type: ResponseType::Basic,
            status: 200,
            status_text: b"OK".to_vec(),
            headers,
            url: Some(without_fragment(run.url())),
            redirected: run.hop() > 0,
            body: if head { BodyAccess::Null } else { BodyAccess::Bytes(bytes) },
        }
    };
    run.finish(response)
}

pub(crate) fn without_fragment(url: &Url) -> Url {
    let mut url = url.clone();
    url.set_fragment(None);
    url
}
