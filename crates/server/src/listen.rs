//! Accepting connections: HTTP/1 and HTTP/2 on one port, bounded in number and in patience.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use http::Request;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tower::{ServiceExt, service_fn};

use crate::limits::{CONNECTIONS_MAX, DRAIN_TIMEOUT, HEAD_TIMEOUT, HTTP2_PING_INTERVAL};
use crate::stop::Stop;

/// Who is at the other end; in the extensions of every request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub SocketAddr);

/// Serves until the stop signal, then lets open requests finish for a while.
pub(crate) async fn serve(listener: TcpListener, router: Router, mut stop: Stop) {
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { break };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.wait() => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                let connection = connection(&graceful, stream, peer, router.clone());
                tokio::spawn(async move {
                    connection.await;
                    drop(place);
                });
            }
            // Out of file descriptors, mostly: those who are connected will leave some.
            Err(error) => {
                tracing::warn!(%error, "connection not accepted");
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            }
        }
    }
    drop(listener);
    if tokio::time::timeout(DRAIN_TIMEOUT, graceful.shutdown()).await.is_err() {
        tracing::warn!("some connections were still open and have been cut");
    }
}

fn connection(graceful: &GracefulShutdown, stream: TcpStream, peer: SocketAddr, router: Router) -> impl Future<Output = ()> + Send + use<> {
    // Answers are small; waiting to fill a packet only adds delay. A socket that refuses the option still works.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |mut request: Request<hyper::body::Incoming>| {
        request.extensions_mut().insert(Peer(peer));
        router.clone().oneshot(request.map(Body::new))
    });
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT);
    builder.http2().timer(TokioTimer::new()).keep_alive_interval(HTTP2_PING_INTERVAL);
    let connection = builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service)).into_owned();
    let watched = graceful.watch(connection);
    async move {
        if let Err(error) = watched.await {
            tracing::debug!(%peer, %error, "connection ended early");
        }
    }
}
