//! Every recording says where it came from: a `meta.json` beside it or above it, inside `fixtures/`.

use std::collections::BTreeSet;

use super::{Tree, Violation};

const RULE: &str = "fixture notes";
const MEND: &str = "write a meta.json: the sender, its version, and the date";

pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let noted: BTreeSet<&str> = tree.files().iter().filter_map(|file| file.path.strip_suffix("/meta.json")).collect();
    let mut silent: BTreeSet<&str> = BTreeSet::new();
    for file in tree.files() {
        let Some((folder, name)) = file.path.rsplit_once('/') else { continue };
        // A page about the recordings is not one.
        if name.ends_with(".md") || !folder.split('/').any(|part| part == "fixtures") {
            continue;
        }
        let mut above = Some(folder);
        while let Some(one) = above.filter(|one| !noted.contains(one)) {
            let is_top = one == "fixtures" || one.ends_with("/fixtures");
            above = one.rsplit_once('/').map(|(above, _)| above).filter(|_| !is_top);
        }
        if above.is_none() {
            silent.insert(folder);
        }
    }
    let finding = |folder: &str| format!("the recordings in `{folder}` have no meta.json");
    silent
        .iter()
        .map(|folder| Violation { path: (*folder).to_owned(), line: 1, rule: RULE, finding: finding(folder), mend: MEND })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recording_with_a_note_above_it_is_fine() {
        let tree = Tree::of(&[("fixtures/openai/meta.json", "{}"), ("fixtures/openai/requests/1.bin", ""), ("fixtures/README.md", "")]);
        assert!(check(&tree).is_empty());
    }

    #[test]
    fn a_recording_without_one_is_found() {
        let tree = Tree::of(&[("crates/x/fixtures/a/1.bin", ""), ("crates/x/fixtures/b/meta.json", ""), ("meta.json", "")]);
        let violations = check(&tree);
        assert_eq!(violations.iter().map(|violation| violation.path.as_str()).collect::<Vec<_>>(), ["crates/x/fixtures/a"]);
    }
}
