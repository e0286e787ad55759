//! The thread beside those that serve: the admin listener and the probes of upstreams.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::listener::Neighbour;
use crate::start::{StartError, spawn};
use crate::upstream::probe_forever;
use crate::worker::{Phase, Shared, reached};
use crate::{admin, listener};

#[derive(Debug)]
pub(crate) struct Control {
    admin_addr: Option<SocketAddr>,
    reloads: watch::Sender<()>,
    handle: Mutex<Option<JoinHandle<()>>>,
}

impl Control {
    pub(crate) fn start(
        shared: Arc<Shared>,
        admin: Option<SocketAddr>,
        neighbour: Neighbour,
    ) -> Result<Self, StartError> {
        let socket = admin
            .map(|addr| {
                let bound = listener::bind(addr, 1, neighbour).and_then(|mut sockets| {
                    let socket = sockets.remove(0).socket;
                    socket.local_addr().map(|addr| (socket, addr))
                });
                bound.map_err(|source| StartError::Listen { addr, source })
            })
            .transpose()?;
        let admin_addr = socket.as_ref().map(|(_, addr)| *addr);
        let reloads = watch::Sender::new(());
        let mut reloaded = reloads.subscribe();
        let handle = spawn("corsage-control".to_owned(), move || async move {
            let mut tasks = JoinSet::new();
            if let Some((socket, _)) = socket
                && let Ok(listener) = TcpListener::from_std(socket)
            {
                tasks.spawn(admin::serve(listener, Arc::clone(&shared)));
            }
            let mut phase = shared.phase.subscribe();
            let mut probes = probe(&shared);
            loop {
                tokio::select! {
                    () = reached(&mut phase, Phase::Ended) => break,
                    changed = reloaded.changed() => {
                        if changed.is_err() {
                            break;
                        }
                        probes = probe(&shared);
                    }
                }
            }
            drop(probes);
        })?;
        Ok(Self { admin_addr, reloads, handle: Mutex::new(Some(handle)) })
    }

    pub(crate) fn admin_addr(&self) -> Option<SocketAddr> {
        self.admin_addr
    }

    pub(crate) fn reloaded(&self) {
        self.reloads.send_replace(());
    }

    pub(crate) fn end(&self) {
        let handle = self.handle.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(handle) = handle {
            let _ = handle.join();
        }
    }
}

fn probe(shared: &Shared) -> JoinSet<()> {
    let mut probes = JoinSet::new();
    for group in &shared.live.load().groups {
        let check = &group.settings.health;
        if let Some(path) = &check.path {
            let cluster = Arc::clone(&group.cluster);
            probes.spawn(probe_forever(cluster, check.clone(), path.clone()));
        }
    }
    probes
}
