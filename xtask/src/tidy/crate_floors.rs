//! A crate uses only crates of groups above its own in the workspace's member list.

use super::{Tree, Violation};

const RULE: &str = "crate floors";
const MEND: &str = "move what both need down a floor, or let the upper crate pass it in; members stand in Cargo.toml from the ground up";

/// A dependency as a manifest writes it.
pub(super) struct Dependency {
    pub(super) name: String,
    pub(super) for_tests: bool,
    pub(super) line: usize,
}

pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let floors = floors_of(tree);
    let floor_of = |name: &str| floors.iter().find(|(known, ..)| known == name).map(|(_, floor, _)| *floor);
    let mut violations = Vec::new();
    for (name, floor, path) in &floors {
        let Some(manifest) = tree.file(path) else { continue };
        for dependency in dependencies_in(&manifest.text) {
            let Some(other_floor) = floor_of(&dependency.name) else { continue };
            // The suite of a contract may be tried on an engine of the same floor or below, never above.
            let allowed = if dependency.for_tests { other_floor <= *floor } else { other_floor < *floor };
            if !allowed {
                let finding = format!("`{name}` depends on `{}`, which does not stand below it", dependency.name);
                violations.push(Violation { path: path.clone(), line: dependency.line, rule: RULE, finding, mend: MEND });
            }
        }
    }
    violations
}

/// Name, floor and manifest path of each member; floors are the blank-line groups of `members`.
pub(super) fn floors_of(tree: &Tree) -> Vec<(String, usize, String)> {
    let text = tree.file("Cargo.toml").map_or("", |file| file.text.as_str());
    let mut floor = 0;
    let mut members: Vec<(String, usize, String)> = Vec::new();
    for line in text.lines().skip_while(|line| !line.starts_with("members")).skip(1).take_while(|line| !line.starts_with(']')) {
        let line = line.trim();
        if line.is_empty() {
            floor += 1;
        } else if let Some(folder) = line.strip_prefix('"').and_then(|rest| rest.split('"').next()) {
            let name = folder.rsplit('/').next().unwrap_or(folder);
            members.push((name.to_owned(), floor, format!("{folder}/Cargo.toml")));
        }
    }
    members
}

/// Reads the dependency tables of a manifest.
pub(super) fn dependencies_in(manifest: &str) -> Vec<Dependency> {
    let Ok(table) = manifest.parse::<toml::Table>() else { return Vec::new() };
    let mut dependencies = tables_of(&table, manifest);
    for target in table.get("target").and_then(toml::Value::as_table).into_iter().flat_map(|targets| targets.values()) {
        dependencies.extend(target.as_table().map(|table| tables_of(table, manifest)).unwrap_or_default());
    }
    dependencies
}

fn tables_of(table: &toml::Table, manifest: &str) -> Vec<Dependency> {
    let mut dependencies = Vec::new();
    for section in ["dependencies", "build-dependencies", "dev-dependencies"] {
        for (key, value) in table.get(section).and_then(toml::Value::as_table).into_iter().flatten() {
            let renamed = value.get("package").and_then(toml::Value::as_str);
            let line = line_of(manifest, section, key);
            dependencies.push(Dependency { name: renamed.unwrap_or(key).to_owned(), for_tests: section == "dev-dependencies", line });
        }
    }
    dependencies
}

/// The line of a key behind the header of its section; one when it is written some other way.
fn line_of(manifest: &str, section: &str, key: &str) -> usize {
    let lines = || manifest.lines().enumerate();
    let header = lines().find(|(_, line)| line.contains(&format!("{section}]"))).map_or(0, |(at, _)| at);
    let names_key = |line: &str| line.strip_prefix(key).is_some_and(|rest| rest.starts_with(['.', ' ', '=']));
    lines().skip(header).find(|(_, line)| names_key(line)).map_or(1, |(at, _)| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: &str =
        "[workspace]\nmembers = [\n    \"crates/model\",\n\n    \"crates/wire\",\n    \"crates/store\",\n\n    \"crates/server\",\n]\n";

    fn findings(manifest_path: &str, manifest: &str) -> Vec<usize> {
        check(&Tree::of(&[("Cargo.toml", ROOT), (manifest_path, manifest)])).iter().map(|violation| violation.line).collect()
    }

    #[test]
    fn a_lower_crate_may_be_used() {
        assert!(findings("crates/server/Cargo.toml", "[dependencies]\nmodel.workspace = true\nwire = { path = \"../wire\" }\n").is_empty());
    }

    #[test]
    fn a_crate_of_the_same_or_a_higher_floor_may_not() {
        assert_eq!(findings("crates/wire/Cargo.toml", "[dependencies]\nstore.workspace = true\n"), [2]);
        assert_eq!(
            findings("crates/model/Cargo.toml", "[package]\nname = \"model\"\n[build-dependencies]\nserver.workspace = true\n"),
            [4]
        );
        assert_eq!(findings("crates/model/Cargo.toml", "[target.'cfg(unix)'.dependencies]\nwire.workspace = true\n"), [2]);
    }

    #[test]
    fn tests_may_use_the_same_floor_and_no_higher() {
        assert!(findings("crates/wire/Cargo.toml", "[dev-dependencies]\nstore.workspace = true\n").is_empty());
        assert_eq!(findings("crates/wire/Cargo.toml", "[dev-dependencies]\nserver.workspace = true\n"), [2]);
    }
}
