//! Opening the sockets, and closing them in the right order.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use model::ProjectSlug;
use pipeline::Entrance;
use store::{Catalog, SpanStore, StoreError};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::app::{About, App};
use crate::auth::Gate;
use crate::journal::Journal;
use crate::listen;
use crate::live::Live;
use crate::metrics::Metrics;
use crate::questions::Questions;
use crate::routes::{grpc_router, http_router};
use crate::seen::SeenShelf;
use crate::stop::{Stopper, stop_signal};

/// Where to listen, and what to say about it.
#[derive(Debug, Clone)]
pub struct ServerConfig {
    pub http: SocketAddr,
    pub grpc: SocketAddr,
    /// Shown to people; the server itself does not touch it.
    pub data_dir: PathBuf,
}

/// Why the server could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("address {address} for {what} cannot be used")]
    Address { what: &'static str, address: SocketAddr, source: std::io::Error },
    #[error("catalog not readable")]
    Catalog(#[from] StoreError),
}

/// Where the server listens.
#[derive(Debug, Clone, Copy)]
pub struct Addresses {
    pub http: SocketAddr,
    pub grpc: SocketAddr,
}

/// A running server.
pub struct Server {
    addresses: Addresses,
    stopper: Stopper,
    tasks: [JoinHandle<()>; 2],
}

/// Starts to accept requests.
pub async fn start(
    store: Arc<dyn SpanStore>,
    catalog: Arc<dyn Catalog>,
    entrance: Entrance,
    config: ServerConfig,
) -> Result<Server, StartError> {
    let http = bind("OTLP over HTTP, API and UI", config.http).await?;
    let grpc = bind("OTLP over gRPC", config.grpc).await?;
    catalog.ensure_project(&ProjectSlug::default_project()).await?;
    let addresses = Addresses { http: local(&http, config.http), grpc: local(&grpc, config.grpc) };

    let (stopper, stop) = stop_signal();
    let live = Live::start(&entrance, store.status().sequence, stop.clone());
    let app = App {
        gate: Gate::new(store, catalog, entrance),
        journal: Journal::default(),
        live,
        metrics: Metrics::default(),
        seen: SeenShelf::default(),
        questions: Questions::default(),
        about: Arc::new(about(addresses, &config)),
        wire_limits: Arc::default(),
        stop: stop.clone(),
    };
    let tasks = [
        tokio::spawn(listen::serve(http, http_router(app.clone()), stop.clone())),
        tokio::spawn(listen::serve(grpc, grpc_router(app), stop)),
    ];
    Ok(Server { addresses, stopper, tasks })
}

async fn bind(what: &'static str, address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).await.map_err(|source| StartError::Address { what, address, source })
}

fn local(listener: &TcpListener, asked: SocketAddr) -> SocketAddr {
    listener.local_addr().unwrap_or(asked)
}

fn about(addresses: Addresses, config: &ServerConfig) -> About {
    let started = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    About {
        version: env!("CARGO_PKG_VERSION"),
        http: format!("http://{}", addresses.http),
        grpc: format!("http://{}", addresses.grpc),
        started_unix_nanos: started.as_nanos().to_string(),
        // Told to people elsewhere, to whom this process's folder says nothing.
        data_dir: std::path::absolute(&config.data_dir).unwrap_or_else(|_| config.data_dir.clone()).display().to_string(),
    }
}

impl Server {
    pub fn addresses(&self) -> Addresses {
        self.addresses
    }

    /// Stops accepting and lets open requests finish.
    pub async fn drain(self) {
        self.stopper.stop();
        for task in self.tasks {
            if let Err(error) = task.await {
                tracing::error!(%error, "a listener broke off");
            }
        }
    }
}
