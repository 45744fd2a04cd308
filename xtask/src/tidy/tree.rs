//! The files that a rule looks at: those of the checkout, or a few written down in a test.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use super::rust_text::RustText;

/// Larger files are recordings; no rule reads them.
const FILE_BYTES_MAX: u64 = 2 * 1024 * 1024;

#[derive(Debug)]
pub struct File {
    /// From the root of the checkout, with `/`.
    pub path: String,
    /// Empty for files that are not text.
    pub text: String,
    /// Declared by a `mod` line that only tests compile.
    for_tests: bool,
    rust: OnceLock<RustText>,
}

#[derive(Debug, Default)]
pub struct Tree {
    files: Vec<File>,
}

impl Tree {
    /// Reads the files that git tracks or would track.
    pub fn of_checkout(root: &Path) -> crate::Result<Self> {
        let output = Command::new("git").args(["ls-files", "--cached", "--others", "--exclude-standard", "-z"]).current_dir(root).output();
        let paths = match output {
            Ok(output) if output.status.success() => {
                let listed = String::from_utf8(output.stdout)?;
                listed.split('\0').filter(|path| !path.is_empty()).map(str::to_owned).collect()
            }
            // An unpacked archive has no git; everything but what builds leave behind is ours.
            _ => walk(root, root)?,
        };
        let mut tree = Self::default();
        for path in paths {
            let full = root.join(&path);
            // Listed and deleted, but not yet committed.
            let Ok(metadata) = fs::metadata(&full) else { continue };
            let text =
                if metadata.len() <= FILE_BYTES_MAX { String::from_utf8(fs::read(&full)?).unwrap_or_default() } else { String::new() };
            tree.add(path, text);
        }
        tree.files.sort_by(|left, right| left.path.cmp(&right.path));
        tree.mark_test_modules();
        Ok(tree)
    }

    /// Puts a tree together in memory.
    #[cfg(test)]
    pub(super) fn of(files: &[(&str, &str)]) -> Self {
        let mut tree = Self::default();
        for (path, text) in files {
            tree.add((*path).to_owned(), (*text).to_owned());
        }
        tree.mark_test_modules();
        tree
    }

    pub fn files(&self) -> &[File] {
        &self.files
    }

    pub(super) fn file(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }

    /// Every Rust file of the workspace.
    pub(super) fn rust_files(&self) -> impl Iterator<Item = &File> {
        self.files.iter().filter(|file| file.path.ends_with(".rs"))
    }

    fn add(&mut self, path: String, text: String) {
        self.files.push(File { path, text, for_tests: false, rust: OnceLock::new() });
    }

    /// Marks the files of modules that only tests compile, and of the modules inside them.
    fn mark_test_modules(&mut self) {
        let declared: Vec<String> = self.rust_files().flat_map(|file| test_modules_in(&file.path, &file.text)).collect();
        for file in &mut self.files {
            let stem = file.path.trim_end_matches(".rs");
            file.for_tests =
                declared.iter().any(|module| stem == module || stem.strip_prefix(module).is_some_and(|rest| rest.starts_with('/')));
        }
    }
}

impl File {
    /// The text with comments, strings and tests told apart; worked out once.
    pub(super) fn rust(&self) -> &RustText {
        self.rust.get_or_init(|| RustText::of(&self.path, &self.text, self.for_tests))
    }
}

/// Paths, without `.rs`, of the modules that a file declares behind `#[cfg(test)]` or `#[cfg(any(test, ..))]`.
fn test_modules_in(path: &str, text: &str) -> Vec<String> {
    let stem = path.trim_end_matches(".rs");
    let is_root = ["lib", "main", "mod"].iter().any(|name| stem.ends_with(&format!("/{name}")));
    let folder = if is_root { stem.rsplit_once('/').map_or("", |(folder, _)| folder) } else { stem };
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let declared = lines.windows(2).filter(|pair| pair[0].starts_with("#[cfg(test)]") || pair[0].starts_with("#[cfg(any(test,"));
    let modules = declared.filter_map(|pair| pair[1].trim_start_matches("pub ").strip_prefix("mod ")?.strip_suffix(';'));
    modules.map(|module| format!("{folder}/{module}")).collect()
}

fn walk(root: &Path, dir: &Path) -> std::io::Result<Vec<String>> {
    const LEFT_BEHIND: &[&str] = &[".git", ".cache", "target", "node_modules", "dist"];
    let mut paths = Vec::new();
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        if LEFT_BEHIND.iter().any(|name| entry.file_name() == *name) {
            continue;
        }
        let path: PathBuf = entry.path();
        if entry.file_type()?.is_dir() {
            paths.extend(walk(root, &path)?);
        } else if let Some(inside) = path.strip_prefix(root).ok().and_then(Path::to_str) {
            paths.push(inside.to_owned());
        }
    }
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_for_tests_is_known_by_its_declaration() {
        let root = "//! X.\n\nmod a;\n\n#[cfg(any(test, feature = \"suite\"))]\npub mod suite;\n";
        let tree = Tree::of(&[
            ("crates/x/src/lib.rs", root),
            ("crates/x/src/a.rs", ""),
            ("crates/x/src/suite.rs", ""),
            ("crates/x/src/suite/b.rs", ""),
        ]);
        let for_tests: Vec<bool> = tree.files().iter().map(|file| file.for_tests).collect();
        assert_eq!(for_tests, [false, false, true, true]);
    }
}
