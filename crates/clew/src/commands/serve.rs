//! `clew serve`: the whole product in one process.

use std::net::SocketAddr;
use std::path::PathBuf;

use crate::env_vars;

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

    /// Print one line of JSON on stdout once requests are accepted.
    #[arg(long)]
    pub(crate) json: bool,
}

pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let _ = args;
    anyhow::bail!("the server is not wired yet")
}
