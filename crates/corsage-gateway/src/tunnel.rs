//! After `101 Switching Protocols`: bytes both ways, until one side ends.

use http::{HeaderValue, Response, header};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;

use crate::body::ResponseBody;
use crate::exchange::Exchange;
use crate::forward;
use crate::observe::Outcome;
use crate::upstream::Called;

/// Passes the upstream's 101 on, and what follows it.
pub(crate) fn open(
    called: Called,
    client: OnUpgrade,
    mut exchange: Exchange,
) -> Response<ResponseBody> {
    let Called { mut response, lease, waited } = called;
    exchange.upstream = Some(waited);
    exchange.status = response.status();
    exchange.outcome = Outcome::Upgraded;
    let upstream = hyper::upgrade::on(&mut response);
    let (mut head, _) = response.into_parts();
    head.extensions.clear();
    let protocol = head.headers.get(header::UPGRADE).cloned();
    forward::response(&mut head.headers);
    head.headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
    if let Some(protocol) = protocol {
        head.headers.insert(header::UPGRADE, protocol);
    }
    let conn = std::sync::Arc::clone(&exchange.conn);
    conn.tunnel(async move {
        // The exchange ends with the tunnel; the lease keeps the server's load count.
        let _lease = lease;
        let (Ok(client), Ok(upstream)) = (client.await, upstream.await) else {
            return;
        };
        let (mut client, mut upstream) = (TokioIo::new(client), TokioIo::new(upstream));
        if let Ok((_, sent)) = tokio::io::copy_bidirectional(&mut client, &mut upstream).await {
            exchange.sent(usize::try_from(sent).unwrap_or(usize::MAX));
        }
        drop(exchange);
    });
    Response::from_parts(head, ResponseBody::tunnel())
}
