//! The binary `clew`: reads the command line, runs one command, and turns its end into an exit code.

mod data_dir;
mod env_vars;
mod failure;
mod format;

mod options;
mod waiting;

mod screen;

mod columns;
mod line;

mod client;
mod output;

mod deliver;
mod otlp_file;
mod table;
mod tree;

mod commands;

mod cli;

use std::process::ExitCode;

use clap::Parser;

use crate::cli::{Cli, Command};
use crate::failure::Exit;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // A usage error ends here with code 2, `--help` and `--version` with 0.
    let cli = Cli::parse();
    let runtime = match build_runtime(&cli.command) {
        Ok(runtime) => runtime,
        Err(error) => return failure::report(&anyhow::Error::from(error).context("failed to start the async runtime")).into(),
    };
    let ended = runtime.block_on(run(cli.command));
    // A task that still waits on a socket must not keep a finished command from ending.
    runtime.shutdown_background();
    match ended {
        Ok(exit) => exit.into(),
        Err(error) => failure::report(&error).into(),
    }
}

/// The server gets all cores; a client waits on one socket and needs one thread.
fn build_runtime(command: &Command) -> std::io::Result<tokio::runtime::Runtime> {
    let mut builder = match command {
        Command::Serve(_) => tokio::runtime::Builder::new_multi_thread(),
        _ => tokio::runtime::Builder::new_current_thread(),
    };
    builder.enable_all().build()
}

/// Runs the command; a client that is interrupted ends at once, the server ends in its own order.
async fn run(command: Command) -> anyhow::Result<Exit> {
    if let Command::Serve(args) = command {
        return commands::serve::run(args).await.map(|()| Exit::Ok);
    }
    tokio::select! {
        ended = cli::run_client(command) => ended.map(|()| Exit::Ok),
        interrupted = tokio::signal::ctrl_c() => interrupted.map(|()| Exit::Interrupted).map_err(Into::into),
    }
}
