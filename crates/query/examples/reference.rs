//! Prints the reference page of the language; `cargo xtask docs` puts it in its place.

fn main() {
    print!("{}", query::reference());
}
