//! The commands, one file each.

pub(crate) mod serve;

use crate::args::Command;

/// Runs any command but `serve`.
pub(crate) async fn run_client(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Serve(_) => unreachable!("main runs `serve` itself"),
    }
}
