//! The reference page says what the parser says.

#[test]
fn the_page_is_current() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/query.md");
    let page = std::fs::read_to_string(path).unwrap_or_default();
    let wanted = query::reference();
    let line = page.lines().zip(wanted.lines()).position(|(found, wanted)| found != wanted);
    assert!(page == wanted, "docs/query.md is out of date from line {}: run `cargo xtask docs`", line.map_or(1, |line| line + 1));
}
