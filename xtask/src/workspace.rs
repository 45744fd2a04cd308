//! Where things are: the checkout, the target folder, the programs built into it.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The checkout this program was built from.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the checkout")
}

/// Where cargo builds to: `CARGO_TARGET_DIR`, else `target` in the checkout.
pub(crate) fn target_dir() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |dir| root().join(dir))
}

/// A folder of ours in the target folder, created when absent.
pub(crate) fn work_dir(name: &str) -> std::io::Result<PathBuf> {
    let dir = target_dir().join("xtask").join(name);
    std::fs::create_dir_all(&dir)?;
    Ok(dir)
}

/// The same, emptied first.
pub(crate) fn empty_work_dir(name: &str) -> std::io::Result<PathBuf> {
    let dir = work_dir(name)?;
    std::fs::remove_dir_all(&dir)?;
    std::fs::create_dir_all(&dir)?;
    Ok(dir)
}

/// Where programs of a profile are built to: `debug` or `release`.
pub(crate) fn profile_dir(name: &str) -> PathBuf {
    target_dir().join(name)
}

/// The built program of a profile.
pub(crate) fn clew_binary(profile: &str) -> PathBuf {
    profile_dir(profile).join("clew")
}

/// A cargo command that runs in the checkout, with the cargo that runs us.
pub(crate) fn cargo(words: &[&str]) -> Command {
    let program = env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut command = Command::new(program);
    command.args(words).current_dir(root());
    command
}

/// An npm command that runs in the folder of the UI.
pub(crate) fn npm(words: &[&str]) -> Command {
    let mut command = Command::new("npm");
    command.args(words).current_dir(root().join("ui"));
    command
}
