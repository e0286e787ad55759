//! The application without a policy, for what stands in front of it.

use std::net::SocketAddr;
use std::sync::MutexGuard;

use super::server::{SharedStage, Stage, listen, run};

/// A running application. It runs until the process ends.
pub struct Application {
    /// Where it listens.
    pub address: SocketAddr,
    pub(super) stage: SharedStage,
}

impl Application {
    /// Starts it.
    ///
    /// # Errors
    /// Why it does not start.
    pub fn start() -> Result<Self, String> {
        let (listener, address) = listen()?;
        let stage = SharedStage::default();
        let application = super::axum::application(stage.clone())
            .route("/public", axum::routing::get(|| async { "public" }));
        run(|| async move {
            let listener = tokio::net::TcpListener::from_std(listener)?;
            axum::serve(listener, application).await
        });
        Ok(Self { address, stage })
    }

    /// What the handler of `/stage` answers, and whether it was asked.
    pub fn stage(&self) -> MutexGuard<'_, Stage> {
        self.stage.lock()
    }
}
