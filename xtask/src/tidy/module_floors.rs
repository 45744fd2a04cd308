//! A module uses only modules of groups above its own in `lib.rs` or `main.rs`.

use std::collections::BTreeMap;

use super::{Tree, Violation};

const RULE: &str = "module floors";
const MEND: &str = "move what both need down, or regroup the `mod` lines; ground first, a blank line between floors";

/// The modules of one crate root.
#[derive(Debug, Default)]
struct Floors {
    /// Module name to floor.
    modules: BTreeMap<String, usize>,
    /// What the root re-exports, to the module it comes from.
    exports: BTreeMap<String, String>,
}

pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let mut violations = Vec::new();
    for root in tree.rust_files().filter(|file| file.path.ends_with("/src/lib.rs") || file.path.ends_with("/src/main.rs")) {
        let floors = floors_in(&root.rust().product_code());
        let folder = root.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        for file in tree.rust_files() {
            let Some(inside) = file.path.strip_prefix(folder).and_then(|rest| rest.strip_prefix('/')) else { continue };
            let module = inside.trim_end_matches(".rs").split('/').next().unwrap_or_default();
            let Some(floor) = floors.modules.get(module) else { continue };
            // In a file that is the module itself, `super` is the root.
            let shallow = inside == format!("{module}.rs") || inside == format!("{module}/mod.rs");
            for (line, used) in uses_in(&file.rust().product_code(), shallow) {
                let Some(target) = floors.module_of(&used).filter(|target| *target != module) else { continue };
                if floors.modules.get(target).is_some_and(|target_floor| target_floor >= floor) {
                    let finding = format!("`{module}` uses `crate::{used}` of `{target}`, which does not stand above it");
                    violations.push(Violation { path: file.path.clone(), line, rule: RULE, finding, mend: MEND });
                }
            }
        }
    }
    violations
}

impl Floors {
    fn module_of<'a>(&'a self, used: &'a str) -> Option<&'a str> {
        if self.modules.contains_key(used) { Some(used) } else { self.exports.get(used).map(String::as_str) }
    }
}

fn floors_in(root: &str) -> Floors {
    let mut floors = Floors::default();
    let (mut floor, mut gap) = (0, false);
    for line in root.lines() {
        let item = line.trim_start_matches("pub(crate) ").trim_start_matches("pub ");
        if line.trim().is_empty() {
            gap = true;
        } else if let Some(module) = item.strip_prefix("mod ").and_then(|rest| rest.strip_suffix(';')) {
            floor += usize::from(gap);
            gap = false;
            floors.modules.insert(module.to_owned(), floor);
        }
    }
    for (at, _) in root.match_indices("use ") {
        let statement = root[at + 4..].split(';').next().unwrap_or_default().trim_start_matches("self::").trim_start_matches("crate::");
        let Some((module, names)) = statement.split_once("::") else { continue };
        for name in words(names) {
            floors.exports.insert(name.to_owned(), module.trim().to_owned());
        }
    }
    floors
}

/// The first names behind each `crate::`, with their lines; `crate::{a::B, c}` names `a` and `c`.
fn uses_in(code: &str, super_is_root: bool) -> Vec<(usize, String)> {
    let mut uses = Vec::new();
    let prefixes: &[&str] = if super_is_root { &["crate::", "super::"] } else { &["crate::"] };
    for prefix in prefixes {
        for (at, _) in code.match_indices(prefix) {
            let starts_word =
                !code[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_' || before == ':' || before == '$');
            if !starts_word {
                continue;
            }
            let line = code[..at].matches('\n').count() + 1;
            uses.extend(first_names(&code[at + prefix.len()..]).into_iter().map(|name| (line, name)));
        }
    }
    uses
}

fn first_names(path: &str) -> Vec<String> {
    let Some(list) = path.strip_prefix('{') else {
        return words(path).next().map(str::to_owned).into_iter().collect();
    };
    let mut names = Vec::new();
    let (mut depth, mut at_start) = (1, true);
    for (at, one) in list.char_indices() {
        match one {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 1 => at_start = true,
            _ if one.is_alphanumeric() || one == '_' => {
                if at_start && depth == 1 {
                    names.extend(words(&list[at..]).next().map(str::to_owned));
                }
                at_start = false;
            }
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    names
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|one: char| !(one.is_alphanumeric() || one == '_')).filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: &str =
        "//! Root.\n\nmod limits;\nmod receipt;\n\nmod price;\n/// Why.\nmod redact;\n\nmod worker;\npub use worker::{Worker, start};\n";

    fn findings(path: &str, text: &str) -> Vec<usize> {
        check(&Tree::of(&[("crates/x/src/lib.rs", ROOT), (path, text)])).iter().map(|violation| violation.line).collect()
    }

    #[test]
    fn a_module_may_use_floors_above_and_itself() {
        assert!(findings("crates/x/src/price.rs", "use crate::limits::A;\nuse crate::price::B;\n").is_empty());
        assert!(findings("crates/x/src/worker.rs", "use crate::{limits::A, price::{self, B}, redact};\n").is_empty());
    }

    #[test]
    fn a_module_may_not_use_its_own_floor_or_one_below() {
        assert_eq!(findings("crates/x/src/price.rs", "\nuse crate::redact::A;\n"), [2]);
        assert_eq!(findings("crates/x/src/price/inner.rs", "use crate::{limits, worker};\n"), [1]);
        assert_eq!(findings("crates/x/src/price.rs", "fn f() { super::worker::go() }\n"), [1]);
    }

    #[test]
    fn a_name_that_the_root_passes_on_counts_as_its_module() {
        assert_eq!(findings("crates/x/src/price.rs", "use crate::Worker;\n"), [1]);
    }

    #[test]
    fn comments_strings_and_tests_do_not_count() {
        assert!(findings("crates/x/src/price.rs", "// crate::worker\nconst A: &str = \"crate::worker\";\n").is_empty());
        assert!(findings("crates/x/src/price.rs", "#[cfg(test)]\nmod tests {\n    use crate::worker::start;\n}\n").is_empty());
    }
}
