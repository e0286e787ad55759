//! Asks some hosts at once, and the targets of one host one after the other.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::time::Duration;

use corsage_audit::{ClientWire, Pace};
use corsage_client::Browser;
use corsage_diagnosis::fix::ServerKind;
use tokio::task::JoinSet;

use super::feed::Feed;
use super::sum::Sum;
use super::targets::Named;
use super::{Audited, USER_AGENT, host, policy};

/// Targets that wait for their host. No more is read of a list until some of them are done.
const WAITING_AT_MOST: usize = 1_024;

/// Who asks: as browsers do, and as they do where a proxy speaks no later version.
#[derive(Clone)]
pub(super) struct Browsers {
    pub(super) agreed: Browser,
    pub(super) older: Browser,
}

pub(super) async fn all(
    sum: &mut Sum<'_>,
    mut feed: Feed<'_>,
    browsers: &Browsers,
    server: Option<ServerKind>,
) -> Result<(), String> {
    let args = sum.args();
    let names = args.dns;
    let pace = Pace { between: Duration::from_secs_f64(1.0 / args.rate), at_most: args.at_most() };
    // Hosts that are asked now, and what waits for them.
    let mut hosts: HashMap<String, VecDeque<Named>> = HashMap::new();
    let mut waiting = 0;
    let mut asked = JoinSet::new();
    let ask =
        |asked: &mut JoinSet<_>, one| asked.spawn(ask(one, browsers.clone(), pace, names, server));
    loop {
        while asked.len() < args.hosts.max(1) && waiting < WAITING_AT_MOST {
            let Some(one) = feed.next()? else { break };
            if sum.resume(&one)?.is_some() {
                continue;
            }
            match hosts.get_mut(&host(&one.target)) {
                Some(queue) => {
                    queue.push_back(one);
                    waiting += 1;
                }
                None => {
                    hosts.insert(host(&one.target), VecDeque::new());
                    ask(&mut asked, one);
                }
            }
        }
        let Some(ended) = asked.join_next().await else { return Ok(()) };
        let (host, audited) = ended.map_err(|error| format!("an audit broke off: {error}"))?;
        sum.arrived(audited)?;
        match hosts.get_mut(&host).and_then(VecDeque::pop_front) {
            Some(next) => {
                waiting -= 1;
                ask(&mut asked, next);
            }
            None => drop(hosts.remove(&host)),
        }
    }
}

async fn ask(
    one: Named,
    browsers: Browsers,
    pace: Pace,
    names: Option<SocketAddr>,
    server: Option<ServerKind>,
) -> (String, Audited) {
    let Named { target, file, place } = one;
    let mut wire = ClientWire::new(browsers.agreed, pace, target.url(), USER_AGENT)
        .with_http1(browsers.older)
        .signing_in_at(&target);
    if let Some(names) = names {
        wire = wire.asking_names_of(names);
    }
    let findings = corsage_audit::audit(&target, &mut wire).await;
    // The next target of the same host waits as the next request would.
    tokio::time::sleep(pace.between).await;
    let policy = policy::policy(&target, &findings, server);
    (host(&target), Audited { findings, file, place, policy })
}
