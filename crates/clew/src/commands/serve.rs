//! `clew serve`: the whole product in one process. The only place that names a concrete store.

mod retention;

use std::io::{IsTerminal, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use server::{Addresses, ServerConfig};
use store::SpanStore;
use tracing_subscriber::EnvFilter;

use self::retention::RetentionArg;
use crate::data_dir::default_data_dir;
use crate::env_vars;
use crate::failure::{Exit, Failure};

/// Run the server: OTLP in, store, API and UI.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Folder for the data [default: the platform's data directory].
    #[arg(long, value_name = "DIR", env = env_vars::DATA, hide_env_values = true)]
    pub(crate) data: Option<PathBuf>,

    /// Address for OTLP over HTTP, the API and the UI; port 0 picks a free one.
    #[arg(long, value_name = "ADDR:PORT", env = env_vars::LISTEN, hide_env_values = true, default_value = "127.0.0.1:4318")]
    pub(crate) listen: SocketAddr,

    /// Address for OTLP over gRPC; port 0 picks a free one.
    #[arg(long, value_name = "ADDR:PORT", env = env_vars::GRPC, hide_env_values = true, default_value = "127.0.0.1:4317")]
    pub(crate) grpc: SocketAddr,

    /// Keep records so long: `30d`, or `PROJECT=7d` for one project; may be given several times [default: for good].
    ///
    /// A trace goes as a whole once its last record is older.
    #[arg(long, value_name = "[PROJECT=]LENGTH", env = env_vars::RETENTION, hide_env_values = true, value_delimiter = ',')]
    pub(crate) retention: Vec<RetentionArg>,

    /// Move rows from memory to disk at this many bytes: for tests that want many small segments.
    #[arg(long, value_name = "BYTES", hide = true)]
    pub(crate) flush_bytes: Option<u64>,

    /// Print one line of JSON on stdout once requests are accepted.
    #[arg(long)]
    pub(crate) json: bool,
}

/// What is meant, after defaults.
struct Config {
    data_dir: PathBuf,
    store: store_embedded::Options,
    server: ServerConfig,
    json: bool,
}

pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    log_to_stderr();
    let config = config_of(args)?;
    // Taken first: whoever asks to stop during a long recovery is heard as soon as it ends.
    let stop = StopSignals::listen()?;

    std::fs::create_dir_all(&config.data_dir).with_context(|| format!("failed to create `{}`", config.data_dir.display()))?;
    let catalog = catalog_sql::open(&config.data_dir.join(catalog_sql::FILE_NAME)).await?;
    let prices = pipeline::PriceShelf::open(catalog.clone()).await?;
    let options = store_embedded::Options {
        understand: Arc::new(pipeline::Understanding::new(prices.clone())),
        derive_content: pipeline::derive_content(),
        ..config.store.clone()
    };
    let store = store_embedded::open(&config.data_dir, options).await?;
    let entrance = pipeline::start(store.clone(), catalog.clone(), prices);
    let server = server::start(store.clone(), catalog, entrance, config.server.clone()).await.map_err(address_failure)?;
    announce(&config, server.addresses())?;

    stop.wait().await;
    server.drain().await; // Top first: no new work enters while the lower floors empty.
    store.close().await?;
    Ok(())
}

fn config_of(args: Args) -> anyhow::Result<Config> {
    let data_dir = args.data.or_else(default_data_dir).ok_or_else(|| {
        Failure::new(Exit::Usage, "no folder for the data: the environment names no home").with_hint("Name one with `--data DIR`.")
    })?;
    let server = ServerConfig { http: args.listen, grpc: args.grpc, data_dir: data_dir.clone() };
    let defaults = store_embedded::Options::default();
    let (flush_bytes, retention) = (args.flush_bytes.unwrap_or(defaults.flush_bytes), retention::limits_of(args.retention));
    let store = store_embedded::Options { flush_bytes, retention, ..defaults };
    Ok(Config { data_dir, store, server, json: args.json })
}

fn log_to_stderr() {
    let filter = EnvFilter::try_from_env(env_vars::LOG).unwrap_or_else(|_| EnvFilter::new("warn,clew=info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(std::io::stderr().is_terminal()).init();
}

fn address_failure(error: server::StartError) -> anyhow::Error {
    Failure::new(Exit::Failed, error.to_string())
        .with_source(error)
        .with_hint("Another server may run there already: `clew doctor` tells. Choose other ports with `--listen` and `--grpc`.")
        .into()
}

/// Says that requests are accepted, to a program or to a person.
fn announce(config: &Config, addresses: Addresses) -> std::io::Result<()> {
    let (http, grpc) = (format!("http://{}", addresses.http), format!("http://{}", addresses.grpc));
    let mut out = std::io::stdout().lock();
    if config.json {
        let ready = serde_json::json!({ "ready": true, "http": http, "grpc": grpc, "data": config.data_dir });
        writeln!(out, "{ready}")?;
    } else {
        write!(out, "{}", welcome(&http, &grpc, &config.data_dir))?;
    }
    out.flush()
}

fn welcome(http: &str, grpc: &str, data_dir: &std::path::Path) -> String {
    format!(
        "clew {version}\n\
         \n\
         \x20 UI         {http}\n\
         \x20 OTLP/HTTP  {http}  (protobuf and JSON)\n\
         \x20 OTLP/gRPC  {grpc}\n\
         \x20 Data       {data}\n\
         \n\
         Point any OpenTelemetry SDK here:\n\
         \n\
         \x20 export OTEL_EXPORTER_OTLP_ENDPOINT={http}\n\
         \x20 export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf\n\
         \x20 export OTEL_SERVICE_NAME=my-agent\n\
         \x20 export OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=SPAN_ONLY\n\
         \n\
         No program at hand? `clew demo` fills it with sample traces. Ctrl-C stops the server.\n",
        version = env!("CARGO_PKG_VERSION"),
        data = data_dir.display(),
    )
}

/// SIGINT and SIGTERM, or Ctrl-C where there are no signals.
struct StopSignals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
}

impl StopSignals {
    #[cfg(unix)]
    fn listen() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    #[cfg(not(unix))]
    fn listen() -> std::io::Result<Self> {
        Ok(Self {})
    }

    #[cfg(unix)]
    async fn wait(mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }

    #[cfg(not(unix))]
    async fn wait(self) {
        // Without a handler nothing can stop us but the system itself.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
