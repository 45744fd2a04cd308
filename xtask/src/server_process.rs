//! The real server as a child process: started on free ports, measured through `/proc`, ended kindly or not.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::Result;
use crate::http_client;
use crate::json_text::values_of;
use crate::process;

/// Linux counts CPU time for user space in hundredths of a second, whatever the kernel was built with.
const TICKS_PER_SECOND: f64 = 100.0;

/// API.md promises ten seconds for an orderly stop.
const STOP_WAIT: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub(crate) struct ServerProcess {
    child: Child,
    /// `host:port` of the HTTP listener.
    pub(crate) http: String,
    /// `host:port` of the gRPC listener.
    pub(crate) grpc: String,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Memory {
    pub(crate) resident_bytes: u64,
    pub(crate) resident_bytes_peak: u64,
}

impl ServerProcess {
    /// Starts `clew serve` and waits for its ready line; its log goes to `log`.
    pub(crate) fn start(binary: &Path, data: &Path, log: &Path) -> Result<Self> {
        Self::start_with(binary, data, log, &[])
    }

    /// The same, with more options.
    pub(crate) fn start_with(binary: &Path, data: &Path, log: &Path, options: &[String]) -> Result<Self> {
        let mut child = spawn(binary, data, log, options)?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("stdout is piped")).read_line(&mut line)?;
        let address = |key| values_of(&line, key).first().and_then(|url| url.strip_prefix("http://")).map(str::to_owned);
        let (Some(http), Some(grpc)) = (address("http"), address("grpc")) else {
            let _ = child.kill();
            return Err(format!("the server printed no ready line but `{}`", line.trim()).into());
        };
        Ok(Self { child, http, grpc })
    }

    /// Starts it and kills it before long, in the middle of its start.
    pub(crate) fn start_and_kill(binary: &Path, data: &Path, log: &Path, options: &[String], life: Duration) -> Result {
        let mut child = spawn(binary, data, log, options)?;
        std::thread::sleep(life);
        child.kill()?;
        child.wait()?;
        Ok(())
    }

    /// SIGKILL: no farewell, no flush.
    pub(crate) fn kill(mut self) -> Result {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// SIGTERM: asks for an orderly stop, and does not wait for it.
    pub(crate) fn ask_to_stop(&self) -> Result {
        process::run(Command::new("kill").args(["-TERM", &self.child.id().to_string()]))
    }

    /// An orderly stop, which must end with code 0 in time.
    pub(crate) fn stop(mut self) -> Result {
        self.ask_to_stop()?;
        let started = Instant::now();
        while started.elapsed() < STOP_WAIT {
            if let Some(status) = self.child.try_wait()? {
                return if status.success() { Ok(()) } else { Err(format!("the server stopped with {status}").into()) };
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Err(format!("the server did not stop within {} s", STOP_WAIT.as_secs()).into())
    }

    /// Says whether the process runs and `/healthz` answers 200.
    pub(crate) fn healthy(&mut self) -> Result {
        if let Some(status) = self.child.try_wait()? {
            return Err(format!("the server died: {status}").into());
        }
        let answer = http_client::get(&self.http, "/healthz").map_err(|error| format!("/healthz: {error}"))?;
        if answer.status == 200 { Ok(()) } else { Err(format!("/healthz answered {}: {}", answer.status, answer.text()).into()) }
    }

    /// CPU time used so far by all threads, in user space and in the kernel.
    pub(crate) fn cpu_seconds(&self) -> Result<f64> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        // The second field is the name in parentheses, which may hold spaces: proc(5).
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let ticks = |at: usize| fields.get(at).and_then(|text| text.parse::<f64>().ok()).ok_or("/proc/…/stat is too short");
        Ok((ticks(11)? + ticks(12)?) / TICKS_PER_SECOND)
    }

    /// The same to the nanosecond, of the threads that are there: for spans of time in which none ends.
    pub(crate) fn cpu_seconds_of_threads(&self) -> Result<f64> {
        let mut nanos = 0.0;
        for thread in fs::read_dir(format!("/proc/{}/task", self.child.id()))? {
            // A thread that has just ended has no file any more.
            let text = fs::read_to_string(thread?.path().join("schedstat")).unwrap_or_default();
            nanos += text.split(' ').next().and_then(|text| text.parse::<f64>().ok()).unwrap_or_default();
        }
        Ok(nanos / 1e9)
    }

    /// CPU time of the thread of a name, in seconds; threads that are there keep what they used.
    pub(crate) fn cpu_seconds_of_thread(&self, name: &str) -> Result<f64> {
        let mut nanos = 0.0;
        for thread in fs::read_dir(format!("/proc/{}/task", self.child.id()))? {
            let path = thread?.path();
            if fs::read_to_string(path.join("comm")).unwrap_or_default().trim_end() == name {
                let text = fs::read_to_string(path.join("schedstat")).unwrap_or_default();
                nanos += text.split(' ').next().and_then(|text| text.parse::<f64>().ok()).unwrap_or_default();
            }
        }
        Ok(nanos / 1e9)
    }

    pub(crate) fn memory(&self) -> Result<Memory> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let kib = |key: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(key));
            line.and_then(|rest| rest.split_whitespace().next()).and_then(|text| text.parse::<u64>().ok())
        };
        let (Some(resident), Some(peak)) = (kib("VmRSS:"), kib("VmHWM:")) else {
            return Err("/proc/…/status names no resident memory".into());
        };
        Ok(Memory { resident_bytes: resident * 1024, resident_bytes_peak: peak * 1024 })
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        // Already gone after `kill` and `stop`; a test that failed half-way leaves nothing behind.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(binary: &Path, data: &Path, log: &Path, options: &[String]) -> Result<Child> {
    let log = fs::File::options().create(true).append(true).open(log)?;
    let mut command = Command::new(binary);
    command.args(["serve", "--listen", "127.0.0.1:0", "--grpc", "127.0.0.1:0", "--json"]).args(options).arg("--data").arg(data);
    // What the store does at start is counted.
    command.env("CLEW_LOG", "warn,clew=info,store_embedded=info");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log);
    command.spawn().map_err(|error| format!("`{}` does not start: {error}", binary.display()).into())
}

/// Bytes of all files below a folder.
pub(crate) fn bytes_on_disk(dir: &Path) -> std::io::Result<u64> {
    let mut sum = 0;
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        sum += if metadata.is_dir() { bytes_on_disk(&entry.path())? } else { metadata.len() };
    }
    Ok(sum)
}
