//! The layer: what an application mounts.

use corsage::server::Mount;
use tower_layer::Layer;

use crate::Cors;

/// Wraps services in [`Cors`].
///
/// A layer of its own for each route, or group of routes, is how policies differ by route.
#[derive(Clone, Debug)]
pub struct CorsLayer {
    pub(crate) mount: Mount,
}

impl CorsLayer {
    corsage::mount_setters!(panics);

    fn mounting(mount: Mount) -> Self {
        Self { mount }
    }
}

impl<S> Layer<S> for CorsLayer {
    type Service = Cors<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Cors { inner, mount: self.mount.clone() }
    }
}
