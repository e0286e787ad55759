//! Where Envoy connects, and the threads that answer it.

use std::convert::Infallible;
use std::fmt;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use corsage_gateway::{Judge, RunningGateway};
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinSet;
use tonic::body::Body;
use tonic::server::Grpc;
use tonic_prost::ProstCodec;

use crate::authorization::{self, Authorization};
use crate::processor::{self, Processor};

/// Where to listen: `127.0.0.1:9000`, or `unix:/run/corsage.sock`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// An address and a port.
    Tcp(SocketAddr),
    /// A socket in the file system.
    Unix(PathBuf),
}

/// An address that is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MalformedAddress(String);

impl FromStr for Address {
    type Err = MalformedAddress;

    fn from_str(text: &str) -> Result<Self, MalformedAddress> {
        match text.strip_prefix("unix:") {
            Some(path) if !path.is_empty() => Ok(Self::Unix(path.into())),
            Some(_) => Err(MalformedAddress(text.to_owned())),
            None => text.parse().map(Self::Tcp).map_err(|_| MalformedAddress(text.to_owned())),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

impl fmt::Display for MalformedAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\" is no address; write 127.0.0.1:9000, or unix:/run/corsage.sock", self.0)
    }
}

impl std::error::Error for MalformedAddress {}

/// A service that listens, and does not answer yet.
#[derive(Debug)]
pub struct Service {
    listener: Listener,
}

#[derive(Debug)]
enum Listener {
    Tcp(TcpListener),
    Unix(UnixListener),
}

impl Service {
    /// Listens. A socket in the file system that a dead process has left is replaced; one that somebody listens on is not.
    ///
    /// # Errors
    /// Why it cannot listen there.
    pub fn bind(address: &Address) -> io::Result<Self> {
        let told = |error: io::Error| {
            io::Error::new(error.kind(), format!("cannot listen on {address}: {error}"))
        };
        let listener = match address {
            Address::Tcp(address) => {
                let listener = TcpListener::bind(address).map_err(told)?;
                listener.set_nonblocking(true)?;
                Listener::Tcp(listener)
            }
            Address::Unix(path) => {
                if path.exists() && std::os::unix::net::UnixStream::connect(path).is_err() {
                    std::fs::remove_file(path).map_err(told)?;
                }
                let listener = UnixListener::bind(path).map_err(told)?;
                listener.set_nonblocking(true)?;
                Listener::Unix(listener)
            }
        };
        Ok(Self { listener })
    }

    /// Where it listens: with the port, where any was asked for.
    ///
    /// # Errors
    /// If the system does not tell.
    pub fn address(&self) -> io::Result<Address> {
        Ok(match &self.listener {
            Listener::Tcp(listener) => Address::Tcp(listener.local_addr()?),
            Listener::Unix(listener) => {
                let address = listener.local_addr()?;
                Address::Unix(address.as_pathname().map(Into::into).unwrap_or_default())
            }
        })
    }

    /// Answers, on as many threads as the gateway's settings say, until the gateway ends. The gateway is one that is
    /// [`judging`](corsage_gateway::Gateway::judging).
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn start(&self, gateway: &RunningGateway) -> io::Result<()> {
        for (id, judge) in gateway.judges().into_iter().enumerate() {
            let listener = match &self.listener {
                Listener::Tcp(listener) => Listener::Tcp(listener.try_clone()?),
                Listener::Unix(listener) => Listener::Unix(listener.try_clone()?),
            };
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            let judge = Arc::new(judge);
            std::thread::Builder::new().name(format!("corsage-grpc-{id}")).spawn(move || {
                runtime.block_on(async {
                    tokio::select! {
                        () = judge.ended() => {}
                        served = serve(listener, &judge) => {
                            if let Err(error) = served {
                                tracing::error!(%error, "nothing more is answered");
                            }
                        }
                    }
                });
            })?;
        }
        Ok(())
    }
}

async fn serve(listener: Listener, judge: &Arc<Judge>) -> io::Result<()> {
    let mut round = tokio::time::interval(Judge::ROUND);
    let mut connections = JoinSet::new();
    let mut draining = std::pin::pin!(judge.draining());
    let accept: Accept = match listener {
        Listener::Tcp(listener) => Accept::Tcp(tokio::net::TcpListener::from_std(listener)?),
        Listener::Unix(listener) => Accept::Unix(tokio::net::UnixListener::from_std(listener)?),
    };
    loop {
        tokio::select! {
            _ = round.tick() => judge.comes_round(),
            Some(_) = connections.join_next() => {}
            () = &mut draining => break,
            accepted = accept.next() => match accepted {
                Ok(Accepted::Tcp(stream)) => {
                    // Messages are small, and each is waited for.
                    let _ = stream.set_nodelay(true);
                    connections.spawn(answer(stream, Arc::clone(judge)));
                }
                Ok(Accepted::Unix(stream)) => {
                    connections.spawn(answer(stream, Arc::clone(judge)));
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection was not accepted");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            },
        }
    }
    while connections.join_next().await.is_some() {}
    Ok(())
}

enum Accept {
    Tcp(tokio::net::TcpListener),
    Unix(tokio::net::UnixListener),
}

enum Accepted {
    Tcp(tokio::net::TcpStream),
    Unix(tokio::net::UnixStream),
}

impl Accept {
    async fn next(&self) -> io::Result<Accepted> {
        Ok(match self {
            Self::Tcp(listener) => Accepted::Tcp(listener.accept().await?.0),
            Self::Unix(listener) => Accepted::Unix(listener.accept().await?.0),
        })
    }
}

/// One connection of Envoy's, which carries many exchanges at once.
async fn answer(stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static, judge: Arc<Judge>) {
    let _opened = judge.opened();
    let asked = Arc::clone(&judge);
    let service = service_fn(move |request| dispatch(request, Arc::clone(&asked)));
    let connection = hyper::server::conn::http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        // A peer that is gone is noticed; one that is idle is let be.
        .keep_alive_interval(Duration::from_secs(30))
        .keep_alive_timeout(Duration::from_secs(20))
        .max_concurrent_streams(Some(4096))
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = judge.draining() => {
            connection.as_mut().graceful_shutdown();
            connection.as_mut().await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection broke off");
    }
}

async fn dispatch(
    request: Request<Incoming>,
    judge: Arc<Judge>,
) -> Result<Response<Body>, Infallible> {
    Ok(match request.uri().path() {
        processor::PATH => {
            Grpc::new(ProstCodec::default()).streaming(Processor(judge), request).await
        }
        authorization::PATH => {
            Grpc::new(ProstCodec::default()).unary(Authorization(judge), request).await
        }
        _ => tonic::Status::unimplemented("ext_proc and ext_authz are served here").into_http(),
    })
}
