//! Finds the built UI to embed; where there is none, the binary still builds and says on its page how to get one.

use std::path::{Path, PathBuf};
use std::{env, fs};

const NOT_BUILT: &str = "<!doctype html><meta charset=utf-8><title>clew</title><h1>The UI is not in this binary</h1>\
<p>It was built without Node. Run <code>cargo xtask run</code> with Node 20 or newer to build both. The API works all the same.</p>";

fn main() {
    let manifest = PathBuf::from(env::var("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let built = manifest.join("../../ui/dist");
    println!("cargo::rerun-if-changed={}", built.join("index.html").display());
    let folder = if built.join("index.html").exists() { built } else { fallback() };
    println!("cargo::rustc-env=CLEW_UI_DIST={}", folder.display());
}

fn fallback() -> PathBuf {
    let folder = Path::new(&env::var("OUT_DIR").expect("cargo sets it")).join("ui");
    fs::create_dir_all(&folder).expect("OUT_DIR is writable");
    fs::write(folder.join("index.html"), NOT_BUILT).expect("OUT_DIR is writable");
    folder
}
