//! Where data goes when nobody says where.

use std::path::PathBuf;

/// Returns the platform's data directory for clew; None where the environment names no home.
pub(crate) fn default_data_dir() -> Option<PathBuf> {
    let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if cfg!(target_os = "macos") {
        return variable("HOME").map(|home| home.join("Library/Application Support/clew"));
    }
    if cfg!(target_os = "windows") {
        return variable("LOCALAPPDATA").map(|local| local.join("clew"));
    }
    // XDG Base Directory Specification 0.8: a relative path in the variable is to be ignored.
    let data_home = variable("XDG_DATA_HOME").filter(|path| path.is_absolute());
    data_home.or_else(|| variable("HOME").map(|home| home.join(".local/share"))).map(|base| base.join("clew"))
}
