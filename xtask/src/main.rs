//! `cargo xtask`: the door to the project's own tools.

fn main() -> std::process::ExitCode {
    xtask::main(std::env::args().skip(1).collect())
}
