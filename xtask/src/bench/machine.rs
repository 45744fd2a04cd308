//! The machine that figures are of.

use std::fs;
use std::process::Command;
use std::thread;

/// Processor, cores, kernel, and how busy others keep it.
pub(crate) fn describe() -> String {
    let text = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let cpuinfo = text("/proc/cpuinfo");
    let model = cpuinfo
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(':'))
        .map_or("unknown processor", |(_, name)| name.trim());
    let cores = thread::available_parallelism().map_or(0, usize::from);
    let kernel = text("/proc/sys/kernel/osrelease");
    let load = text("/proc/loadavg");
    let load = load.split(' ').next().unwrap_or_default();
    format!("{model}, {cores} cores, Linux {}, load {load} at the start", kernel.trim())
}

/// Takes a file out of the page cache, as a read long after would find it.
pub(crate) fn forget_file(path: &std::path::Path) -> std::io::Result<()> {
    // What is dirty cannot be dropped.
    fs::File::open(path)?.sync_all()?;
    let mut input = std::ffi::OsString::from("if=");
    input.push(path);
    Command::new("dd").arg(input).args(["iflag=nocache", "count=0", "status=none"]).status()?;
    Ok(())
}
