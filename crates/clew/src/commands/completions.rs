//! `clew completions`: words for the shell.

use std::io::Write;

/// Print completions for a shell.
///
/// For bash: `clew completions bash > ~/.local/share/bash-completion/completions/clew`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[arg(value_name = "SHELL")]
    shell: clap_complete::Shell,
}

/// Writes the completions of a whole command line.
pub(crate) fn run(args: Args, mut command_line: clap::Command) -> anyhow::Result<()> {
    // Written to memory first: the generator panics when the reader of stdout has gone.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command_line, "clew", &mut script);
    Ok(std::io::stdout().write_all(&script)?)
}
