//! What can be asked of `cargo xtask`, one file a command.

mod bench;
mod check;
mod crash;
mod docs;
mod generate;
mod hostile;
mod run;
mod test;
mod tidy;

use std::process::ExitCode;

const HELP: &str = "\
cargo xtask <command>

  run [-- ARGS]     builds the UI and the server, then starts `clew serve ARGS`
  test              runs every test there is; the last line says how many passed and failed
  quick-check       formatting, lints, tidy and unit tests: before each commit
  check             everything: test, lints, formatting, licences: before handing over
  tidy              floors and house rules
  docs              writes the pages that are made from code
  bench             measures the release binary against the engine's goals
                    [--only idle,ingest,small,conversation,read] [--spans N in the stores that are read] [--ingest-spans N]
                    [--data DIR --keep: the stores that are read, for the next time] [--binary PATH] [--json]
  gen               writes OTLP request files   --out DIR | --dry   [--spans N] [--span-bytes N] [--days N] [--seed N]
  crash             kills the server under load and looks for what it acknowledged   [--runs N] [--seed N] [--binary PATH]
  hostile           sends what no sender should   [--binary PATH] [--seed N]
";

/// Runs the command named by the first word.
pub fn main(words: Vec<String>) -> ExitCode {
    let Some((command, rest)) = words.split_first() else {
        eprint!("{HELP}");
        return ExitCode::from(2);
    };
    let outcome = match command.as_str() {
        "run" => run::run(rest),
        "test" => test::run(rest),
        "check" => check::check(rest),
        "quick-check" => check::quick_check(rest),
        "tidy" => tidy::run(rest),
        "docs" => docs::run(rest),
        "bench" => bench::run(rest),
        "gen" => generate::run(rest),
        "crash" => crash::run(rest),
        "hostile" => hostile::run(rest),
        "help" | "--help" | "-h" => {
            print!("{HELP}");
            Ok(())
        }
        _ => {
            eprint!("`{command}` is not a command\n\n{HELP}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cargo xtask {command}: {error}");
            ExitCode::FAILURE
        }
    }
}
