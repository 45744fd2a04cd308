//! A server of its own for each test, and commands that ask it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

pub(crate) struct Server {
    child: Child,
    pub http: String,
}

impl Server {
    pub(crate) fn start(data: &Path) -> Self {
        Self::start_at(data, "127.0.0.1:0")
    }

    /// Starts at an address that was in use before.
    pub(crate) fn start_at(data: &Path, listen: &str) -> Self {
        let mut child = command(&["serve", "--json", "--listen", listen, "--grpc", "127.0.0.1:0", "--data"])
            .arg(data)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let ready: serde_json::Value = serde_json::from_str(&line).expect("the first line says that requests are accepted");
        assert_eq!(ready["ready"], true);
        Self { child, http: ready["http"].as_str().unwrap().to_owned() }
    }

    pub(crate) fn ask(&self, words: &[&str]) -> Output {
        command(words).args(["--server", &self.http]).output().unwrap()
    }

    /// The whole answer to a plain request, head and body.
    pub(crate) fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(self.http.trim_start_matches("http://")).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nhost: clew\r\nconnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// What a command that must succeed prints.
    pub(crate) fn text(&self, words: &[&str]) -> String {
        let output = self.ask(words);
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Asks the server to stop, and returns its exit code.
    pub(crate) fn terminate(mut self) -> Option<i32> {
        let killed = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(killed.success());
        self.child.wait().unwrap().code()
    }

    /// Ends it at once, as a crash does.
    pub(crate) fn crash(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The binary under test, without the settings of whoever runs the tests.
pub(crate) fn command(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_clew"));
    for name in ["CLEW_DATA", "CLEW_LISTEN", "CLEW_GRPC", "CLEW_SERVER", "CLEW_PROJECT", "CLEW_LOG", "COLUMNS"] {
        command.env_remove(name);
    }
    command.args(words).env("TZ", "UTC");
    command
}

/// A recorded request of a real SDK.
pub(crate) fn fixture(path: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/otlp").join(path);
    path.to_string_lossy().into_owned()
}
