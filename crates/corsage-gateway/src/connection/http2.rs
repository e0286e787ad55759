//! HTTP/2, spoken with h2 itself: hyper's server knows no 1xx responses, and gives each stream a task, which a
//! preflight does not need.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use h2::server::SendResponse;
use h2::{Ping, PingPong, Reason, RecvStream, SendStream};
use http::{Method, Request, Response};
use http_body::Body as _;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, Sleep};

use super::{Conn, Interim, Listener};
use crate::body::{BodyError, ResponseBody};
use crate::client_stream::ClientStream;
use crate::live::Live;
use crate::proxy::{self, Handling};
use crate::worker::Worker;

/// Bytes of requests' bodies that a client may send unread, on one stream and on all together.
const WINDOW: u32 = 1024 * 1024;
/// Bytes of a response that wait on one stream for a client that takes none.
const SEND_BUFFER: usize = 64 * 1024;
/// Streams that we reset for faults of the client's before the connection ends.
const RESETS_BY_US: usize = 1024;
/// How often a client is asked whether it is still there.
const PING_EVERY: Duration = Duration::from_secs(30);
/// And has so long to say so.
const PONG_WITHIN: Duration = Duration::from_secs(20);

/// Serves a connection to its end.
pub(super) async fn serve(
    io: impl AsyncRead + AsyncWrite + Unpin,
    conn: &Arc<Conn>,
    worker: &Arc<Worker>,
    live: &Live,
) {
    let limits = &live.settings.limits;
    let handshake = h2::server::Builder::new()
        .initial_window_size(WINDOW)
        .initial_connection_window_size(WINDOW)
        .max_concurrent_streams(limits.http2_streams)
        .max_pending_accept_reset_streams(limits.http2_resets as usize)
        .max_local_error_reset_streams(Some(RESETS_BY_US))
        .max_send_buffer_size(SEND_BUFFER)
        // h2 refuses more with a bare 431. The guard's, which pages can read, comes before.
        .max_header_list_size(u32::try_from(4 * limits.header_bytes.as_bytes()).unwrap_or(u32::MAX))
        .handshake::<_, Bytes>(io);
    let Ok(mut connection) = handshake.await else { return };
    let mut pings = connection.ping_pong().map(Pings::new);
    let write_idle = live.settings.timeouts.response_write_idle;
    let mut told = false;
    poll_fn(|cx| {
        if conn.is_draining() && !told {
            told = true;
            connection.graceful_shutdown();
        }
        if pings.as_mut().is_some_and(|pings| pings.poll_silence(cx).is_ready()) {
            return Poll::Ready(());
        }
        while let Some(Ok((request, respond))) = ready!(connection.poll_accept(cx)) {
            open(request, respond, conn, worker, write_idle);
        }
        Poll::Ready(())
    })
    .await;
}

/// Finds out whether the client is still there.
struct Pings {
    ping_pong: PingPong,
    asked: Asked,
    timer: Pin<Box<Sleep>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Asked {
    No,
    Yes,
}

impl Pings {
    fn new(ping_pong: PingPong) -> Self {
        Self { ping_pong, asked: Asked::No, timer: Box::pin(tokio::time::sleep(PING_EVERY)) }
    }

    /// Ready once the client has not answered in time.
    fn poll_silence(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            if self.asked == Asked::Yes && self.ping_pong.poll_pong(cx).is_ready() {
                self.asked = Asked::No;
                self.timer.as_mut().reset(Instant::now() + PING_EVERY);
            }
            ready!(self.timer.as_mut().poll(cx));
            if self.asked == Asked::Yes || self.ping_pong.send_ping(Ping::opaque()).is_err() {
                return Poll::Ready(());
            }
            self.asked = Asked::Yes;
            self.timer.as_mut().reset(Instant::now() + PONG_WITHIN);
        }
    }
}

/// Begins with a request; what needs nobody else is answered at once.
fn open(
    request: Request<RecvStream>,
    mut respond: SendResponse<Bytes>,
    conn: &Arc<Conn>,
    worker: &Arc<Worker>,
    write_idle: Duration,
) {
    let interim = Arc::new(Interim::default());
    let (parts, stream) = request.into_parts();
    let sends = if parts.method == Method::HEAD { Sends::HeadAlone } else { Sends::Whole };
    let body = ClientStream::http2(stream, &parts.headers, &interim);
    let request = Request::from_parts(parts, body);
    match proxy::begin(conn, worker, request, Listener::Http2(Arc::clone(&interim))) {
        Handling::Answered(Some(response)) if sends.ends_with_head(response.body()) => {
            let (response, _settled) = split(response);
            // Whether the client is still there is nobody's concern.
            let _ = respond.send_response(response, true);
        }
        handling => {
            tokio::spawn(run(handling, respond, interim, sends, write_idle));
        }
    }
}

/// What of a response is sent.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sends {
    Whole,
    /// To `HEAD`, whatever the body would be.
    HeadAlone,
}

impl Sends {
    fn ends_with_head(self, body: &ResponseBody) -> bool {
        self == Self::HeadAlone || body.is_end_stream()
    }
}

/// One stream, from its request to its response's end. Dropped before that, the stream is reset, and the
/// upstream's connection closed.
///
/// No `async fn`: it would keep each of its arguments twice.
fn run(
    handling: Handling,
    respond: SendResponse<Bytes>,
    interim: Arc<Interim>,
    sends: Sends,
    write_idle: Duration,
) -> impl Future<Output = ()> + Send {
    let (mut handling, mut respond) = (handling, respond);
    async move {
        let response = poll_fn(|cx| {
            interim.register(cx.waker());
            let handled = Pin::new(&mut handling).poll(cx);
            for hint in interim.take() {
                let _ = respond.send_informational(hint);
            }
            match handled {
                Poll::Ready(Ok(response)) => Poll::Ready(Some(response)),
                Poll::Pending => respond.poll_reset(cx).map(|_| None),
            }
        })
        .await;
        drop(handling);
        if let Some(response) = response {
            let (response, body) = split(response);
            let ends = sends.ends_with_head(&body);
            if let Ok(stream) = respond.send_response(response, ends)
                && !ends
            {
                send(body, stream, write_idle).await;
            }
        }
    }
}

/// A response's head and body, which are sent apart.
fn split(response: Response<ResponseBody>) -> (Response<()>, ResponseBody) {
    let (head, body) = response.into_parts();
    (Response::from_parts(head, ()), body)
}

/// Sends a body, for as long as the client takes something of it now and then.
///
/// A slow reader of HTTP/1 blocks its socket, which the connection notes. On HTTP/2 the socket goes on while
/// one stream's window stays shut: whoever opens many streams and reads none would keep as many
/// connections to the upstream. So each stream is given up by itself.
async fn send(mut body: ResponseBody, mut stream: SendStream<Bytes>, write_idle: Duration) {
    while !body.is_end_stream() {
        let frame = poll_fn(|cx| match stream.poll_reset(cx) {
            Poll::Ready(_) => Poll::Ready(Err(())),
            Poll::Pending => Pin::new(&mut body).poll_frame(cx).map(Ok),
        });
        let frame = match frame.await {
            Err(()) => return,
            Ok(None) => break,
            Ok(Some(Err(error))) => return stream.send_reset(reason(&error)),
            Ok(Some(Ok(frame))) => frame,
        };
        match frame.into_data() {
            Ok(data) => {
                // A piece is in hand, and asks for the least that lets it begin: what one stream keeps
                // reserved, the others of its connection lack. h2 sends the rest as the window opens.
                if !data.is_empty() {
                    stream.reserve_capacity(1);
                    if stream.capacity() == 0
                        && !matches!(
                            tokio::time::timeout(write_idle, room(&mut stream)).await,
                            Ok(Some(()))
                        )
                    {
                        return;
                    }
                }
                let last = body.is_end_stream();
                if stream.send_data(data, last).is_err() || last {
                    return;
                }
            }
            Err(frame) => {
                if let Ok(trailers) = frame.into_trailers() {
                    stream.reserve_capacity(0);
                    let _ = stream.send_trailers(trailers);
                    return;
                }
            }
        }
    }
    let _ = stream.send_data(Bytes::new(), true);
}

/// Waits until the client takes something; `None` if it takes nothing any more.
async fn room(stream: &mut SendStream<Bytes>) -> Option<()> {
    while stream.capacity() == 0 {
        poll_fn(|cx| stream.poll_capacity(cx)).await?.ok()?;
    }
    Some(())
}

/// What the client is told of a response that broke off: what the upstream has told, if it speaks HTTP/2 too.
fn reason(error: &BodyError) -> Reason {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(reason) = error.downcast_ref::<h2::Error>().and_then(h2::Error::reason) {
            return reason;
        }
        cause = error.source();
    }
    Reason::INTERNAL_ERROR
}
