//! Committed files speak of the project, not of the machine they were written on: no registry hosts, no paths of a home.

use super::{Tree, Violation};

const RULE: &str = "machine words";

/// Hosts that package managers download from. A lockfile that names one binds everybody to it.
const HOSTS: &[&str] =
    &["registry.npmjs.org", "registry.yarnpkg.com", "pypi.org/simple", "files.pythonhosted.org", "static.crates.io", "index.crates.io"];

/// Folders that exist on one machine only.
const FOLDERS: &[&str] = &["/root", "/work", "/home"];

/// The name cargo itself gives to its default registry, wherever packages come from.
const CARGO_DEFAULT: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// This file has to name what it looks for.
const OWN_PATH: &str = "xtask/src/tidy/machine_words.rs";

pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let mut violations = Vec::new();
    for file in tree.files().iter().filter(|file| file.path != OWN_PATH) {
        for (at, line) in file.text.lines().enumerate() {
            let Some((finding, mend)) = host_in(&file.path, line).or_else(|| folder_in(&file.path, line)) else { continue };
            violations.push(Violation { path: file.path.clone(), line: at + 1, rule: RULE, finding, mend });
        }
    }
    violations
}

fn host_in(path: &str, line: &str) -> Option<(String, &'static str)> {
    let bound = || {
        let source = line.trim_start();
        (path.ends_with("Cargo.lock") && source.starts_with("source = \"registry+") && !source.contains(CARGO_DEFAULT))
            || (path.ends_with("package-lock.json") && source.starts_with("\"resolved\": \"http"))
    };
    let host = HOSTS.iter().find(|host| line.contains(*host));
    let finding =
        host.map(|host| format!("names the registry host `{host}`")).or_else(|| bound().then(|| "binds to a registry".to_owned()));
    finding.map(|finding| (finding, "leave the host out; for npm, set `omit-lockfile-registry-resolved`"))
}

/// Paths of one machine; recordings are data of other machines and are left as they came.
fn folder_in(path: &str, line: &str) -> Option<(String, &'static str)> {
    if path.split('/').any(|folder| folder == "fixtures" || folder == "cases") {
        return None;
    }
    for folder in FOLDERS {
        for (at, _) in line.match_indices(folder) {
            let starts = !line[..at].ends_with(|before: char| before.is_alphanumeric() || "._-*}~/".contains(before));
            if starts && line[at + folder.len()..].starts_with('/') {
                return Some((
                    format!("names the folder `{folder}/` of one machine"),
                    "write it relative to the checkout, or by a variable",
                ));
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, line: &str) -> usize {
        super::check(&Tree::of(&[(path, line)])).len()
    }

    #[test]
    fn hosts_are_found() {
        assert_eq!(check("ui/package-lock.json", "      \"resolved\": \"https://registry.npmjs.org/a/-/a-1.tgz\","), 1);
        assert_eq!(check("ui/package-lock.json", "      \"resolved\": \"http://10.0.0.1/a/-/a-1.tgz\","), 1);
        assert_eq!(check("Cargo.lock", "source = \"registry+https://mirror.example/index\""), 1);
        assert_eq!(check("Cargo.lock", "source = \"registry+https://github.com/rust-lang/crates.io-index\""), 0);
    }

    #[test]
    fn folders_of_a_machine_are_found() {
        assert_eq!(check("docs/a.md", "see /home/ada/notes"), 1);
        assert_eq!(check("a.sh", "cd \"/root/.cache\""), 1);
        assert_eq!(check("a.sh", "cd $HOME/.cache"), 0);
        assert_eq!(check("ui/src/router.tsx", "import x from \"./pages/home/x\""), 0);
    }
}
