//! What brings messages, or takes them: [`EventSource`](https://html.spec.whatwg.org/multipage/server-sent-events.html#the-eventsource-interface),
//! [`WebSocket`](https://websockets.spec.whatwg.org/#concept-websocket-establish), [beacons](https://w3c.github.io/beacon/),
//! `<a ping>`, fonts and `fetch()`.

use super::answer::Answer;
use super::switches::{UnfollowedStatus, WebSocketProtocol};
use super::{Access, Exception, LoadKind, PageEvent, Sight, Sniffed, Use};

pub(super) fn judge(answer: &Answer<'_>) -> Sight {
    let (event, succeeds) = match answer.load.kind {
        LoadKind::EventSource => {
            let open = is_event_stream(answer);
            (if open { PageEvent::Open } else { PageEvent::Error }, open)
        }
        LoadKind::WebSocket => {
            let open = is_web_socket(answer);
            (if open { PageEvent::Open } else { PageEvent::Error }, open)
        }
        LoadKind::Font => {
            let loaded = is_font(answer);
            let failure = PageEvent::Rejected(Exception::NetworkError);
            (if loaded { PageEvent::Resolved } else { failure }, loaded)
        }
        LoadKind::Fetch => {
            let resolved = !answer.is_failed();
            let failure = PageEvent::Rejected(Exception::TypeError);
            (if resolved { PageEvent::Resolved } else { failure }, resolved)
        }
        // [Process the linked resource](https://html.spec.whatwg.org/multipage/links.html#process-the-linked-resource)
        LoadKind::Manifest => (PageEvent::Returned, !answer.is_failed() && answer.is_ok()),
        // They never say what came of it.
        _ => (PageEvent::Returned, !answer.is_failed()),
    };
    let readable = succeeds
        && match answer.load.kind {
            LoadKind::EventSource | LoadKind::WebSocket => true,
            LoadKind::Fetch => !answer.is_opaque(),
            _ => false,
        };
    let used = if succeeds { Use::Used } else { Use::Unused };
    Sight::new(event, used, if readable { Access::Readable } else { Access::Nothing })
}

fn is_event_stream(answer: &Answer<'_>) -> bool {
    !answer.is_failed()
        && answer.status() == 200
        && answer.essence().as_deref() == Some(b"text/event-stream")
}

fn is_web_socket(answer: &Answer<'_>) -> bool {
    let Some((101, headers)) = answer.response() else { return false };
    let asked = !answer.load.protocols.is_empty();
    let answered = headers.get(b"sec-websocket-protocol");
    let fits = match answered {
        None => !asked || answer.switches.web_socket_protocol == WebSocketProtocol::MayBeLeftOut,
        Some(protocol) => answer.load.protocols.iter().any(|asked| asked.as_bytes() == protocol),
    };
    !answer.is_failed() && fits
}

/// Fonts need no type, but an ok status.
fn is_font(answer: &Answer<'_>) -> bool {
    let decodes = matches!(answer.content.sniffed, Sniffed::Font | Sniffed::AsAsked);
    let unfollowed = (300..400).contains(&answer.status())
        && answer.switches.unfollowed_font == UnfollowedStatus::Success;
    !answer.is_failed() && (answer.is_ok() || unfollowed) && decodes
}
