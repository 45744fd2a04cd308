//! What a build or test needs besides Rust: the UI's packages, a browser, Python packages.
//!
//! Each is installed when it is absent and the machine lets us; when it does not, that is an error, never a silent skip.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Result;
use crate::process::{found, run};
use crate::workspace::{npm, root, target_dir, work_dir};

/// Installs the UI's packages when the lockfile is not the one they were installed from.
pub(crate) fn install_ui_packages() -> Result {
    install_npm_packages(&root().join("ui"))
}

/// The same for any folder with a lockfile.
pub(crate) fn install_npm_packages(dir: &Path) -> Result {
    if !found("npm") {
        return Err("npm is not installed; the UI needs Node 20.19 or newer".into());
    }
    let lockfile = fs::read(dir.join("package-lock.json"))?;
    let installed = dir.join("node_modules/.clew-installed");
    if fs::read(&installed).is_ok_and(|known| known == lockfile) {
        return Ok(());
    }
    run(npm(&["ci", "--no-audit", "--no-fund"]).current_dir(dir))?;
    Ok(fs::write(installed, lockfile)?)
}

/// Builds the UI into `ui/dist`, where the server takes it from.
pub(crate) fn build_ui() -> Result {
    install_ui_packages()?;
    run(&mut npm(&["run", "build"]))
}

/// Finds a Chromium, or installs Debian's; returns its path.
pub(crate) fn chromium() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("CLEW_CHROMIUM") {
        return Ok(PathBuf::from(path));
    }
    if let Some(path) = installed_chromium() {
        return Ok(path);
    }
    if !found("apt-get") || !is_root() {
        return Err("no Chromium found; install one, or name it in CLEW_CHROMIUM".into());
    }
    run(Command::new("apt-get").args(["update", "-qq"]))?;
    run(Command::new("apt-get")
        .args(["install", "-y", "-qq", "--no-install-recommends", "chromium"])
        .env("DEBIAN_FRONTEND", "noninteractive"))?;
    installed_chromium().ok_or_else(|| "Chromium was installed but is not in the search path".into())
}

/// A virtual environment in the target folder with the packages of a requirements file; returns its Python.
pub(crate) fn python_with(requirements: &Path) -> Result<PathBuf> {
    let venv = target_dir().join("xtask").join("venv");
    let python = venv.join("bin/python");
    let wanted = fs::read(requirements).map_err(|error| format!("{}: {error}", requirements.display()))?;
    let installed = venv.join("installed.txt");
    if fs::read(&installed).is_ok_and(|known| known == wanted) {
        return Ok(python);
    }
    work_dir("")?;
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&venv))?;
    run(Command::new(&python).args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"]).arg(requirements))?;
    fs::write(installed, wanted)?;
    Ok(python)
}

fn installed_chromium() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
    names.iter().flat_map(|name| std::env::split_paths(&path).map(move |dir| dir.join(name))).find(|path| path.is_file())
}

fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output();
    output.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}
