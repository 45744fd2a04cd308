//! Heavy things have one home: only some crates may depend on protobuf, HTTP, engines, and on concrete stores.

use super::crate_floors::{dependencies_in, floors_of};
use super::{Tree, Violation};

const RULE: &str = "one home";
const MEND: &str = "go through the crate that is its home";

/// Names of packages (a `*` ends a prefix) and the crates that may depend on them outside tests.
const HOMES: &[(&[&str], &[&str])] = &[
    (&["prost*", "opentelemetry-proto", "protobuf*"], &["wire"]),
    (&["axum*", "tonic*", "hyper*", "http", "http-body*", "tower", "tower-*"], &["server"]),
    (&["datafusion*", "arrow*", "parquet*", "tantivy*"], &["store_embedded"]),
    (&["sqlx*", "rusqlite"], &["store_embedded", "catalog_sql"]),
    (&["store_embedded", "store_clickhouse", "catalog_sql"], &["clew"]),
];

pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (name, _, path) in floors_of(tree) {
        let Some(manifest) = tree.file(&path) else { continue };
        for dependency in dependencies_in(&manifest.text).iter().filter(|dependency| !dependency.for_tests) {
            let homes = HOMES.iter().find(|(packages, _)| packages.iter().any(|package| matches(package, &dependency.name)));
            let Some((_, homes)) = homes.filter(|(_, homes)| !homes.contains(&name.as_str())) else { continue };
            let finding = format!("`{name}` depends on `{}`, whose home is {}", dependency.name, homes.join(" and "));
            violations.push(Violation { path: path.clone(), line: dependency.line, rule: RULE, finding, mend: MEND });
        }
    }
    violations
}

fn matches(pattern: &str, name: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == name, |prefix| name.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(folder: &str, manifest: &str) -> usize {
        let root = format!("[workspace]\nmembers = [\n    \"crates/{folder}\",\n]\n");
        check(&Tree::of(&[("Cargo.toml", &root), (&format!("crates/{folder}/Cargo.toml"), manifest)])).len()
    }

    #[test]
    fn the_home_may_name_it() {
        assert_eq!(findings("server", "[dependencies]\naxum.workspace = true\nhyper-util.workspace = true\n"), 0);
        assert_eq!(findings("clew", "[dependencies]\nstore_embedded.workspace = true\n"), 0);
    }

    #[test]
    fn others_may_not() {
        assert_eq!(findings("pipeline", "[dependencies]\naxum.workspace = true\nhttp.workspace = true\nprost.workspace = true\n"), 3);
        assert_eq!(findings("server", "[dependencies]\nstore_embedded.workspace = true\ndatafusion.workspace = true\n"), 2);
    }

    #[test]
    fn tests_may() {
        assert_eq!(findings("server", "[dev-dependencies]\nprost.workspace = true\n"), 0);
    }
}
