//! Prints the page about SQL; `cargo xtask docs` puts it in its place.

fn main() {
    print!("{}", store::sql::reference());
}
