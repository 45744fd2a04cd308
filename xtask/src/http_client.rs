//! A small HTTP/1.1 client for tests: it can misbehave where a library would not let us.

use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// Longer than any answer of a healthy server takes; a silent one fails the test instead of hanging it.
const ANSWER_WAIT: Duration = Duration::from_secs(60);

#[derive(Debug, Clone)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    /// What the server says it took: `server-timing: total;dur=MILLISECONDS`.
    pub(crate) server_time: Option<Duration>,
    pub(crate) body: Vec<u8>,
}

impl Response {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// One connection, used for one request after the other.
pub(crate) struct Connection {
    reader: BufReader<TcpStream>,
    address: String,
}

impl Connection {
    /// Opens a connection to `host:port`.
    pub(crate) fn open(address: &str) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(ANSWER_WAIT))?;
        stream.set_write_timeout(Some(ANSWER_WAIT))?;
        stream.set_nodelay(true)?;
        Ok(Self { reader: BufReader::new(stream), address: address.to_owned() })
    }

    pub(crate) fn get(&mut self, path: &str) -> io::Result<Response> {
        self.request("GET", path, &[], &[])
    }

    pub(crate) fn post(&mut self, path: &str, content_type: &str, body: &[u8]) -> io::Result<Response> {
        self.request("POST", path, &[("content-type", content_type)], body)
    }

    /// Sends a request and reads its answer.
    pub(crate) fn request(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> io::Result<Response> {
        let mut head = format!("{method} {path} HTTP/1.1\r\nhost: {}\r\ncontent-length: {}\r\n", self.address, body.len());
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        let sent = self.send(head.as_bytes()).and_then(|()| self.send(body));
        match self.answer() {
            Ok(response) => Ok(response),
            // A server may refuse a body before it has read all of it: the answer counts more than the broken pipe.
            Err(error) => sent.and(Err(error)),
        }
    }

    /// Sends bytes as they are.
    pub(crate) fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.reader.get_mut().write_all(bytes)
    }

    /// Reads one answer: status line, headers, body.
    pub(crate) fn answer(&mut self) -> io::Result<Response> {
        let status_line = self.line()?;
        let status = status_line.split(' ').nth(1).and_then(|text| text.parse().ok());
        let status = status.ok_or_else(|| io::Error::new(ErrorKind::InvalidData, format!("not an HTTP answer: `{status_line}`")))?;
        let (mut length, mut chunked, mut content_type, mut server_time) = (None, false, String::new(), None);
        loop {
            let line = self.line()?;
            let Some((name, value)) = line.split_once(':') else { break };
            let value = value.trim();
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.parse::<u64>().ok(),
                "transfer-encoding" => chunked = value.eq_ignore_ascii_case("chunked"),
                "content-type" => content_type = value.to_owned(),
                "server-timing" => server_time = total_of_timing(value),
                _ => {}
            }
        }
        let body = if chunked { self.chunks()? } else { self.bytes(length.unwrap_or(0))? };
        Ok(Response { status, content_type, server_time, body })
    }

    /// Reads until the other side closes or sends nothing for `wait`; says whether it closed.
    pub(crate) fn drain(&mut self, wait: Duration) -> (Vec<u8>, bool) {
        let mut bytes = Vec::new();
        // A refused timeout leaves the longer one of `open` in place.
        let _ = self.reader.get_mut().set_read_timeout(Some(wait));
        let closed = match self.reader.read_to_end(&mut bytes) {
            Ok(_) => true,
            Err(error) => !matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut),
        };
        (bytes, closed)
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        if self.reader.read_line(&mut line)? == 0 {
            return Err(io::Error::new(ErrorKind::UnexpectedEof, "the server closed without an answer"));
        }
        Ok(line.trim_end().to_owned())
    }

    fn bytes(&mut self, count: u64) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.reader.by_ref().take(count).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn chunks(&mut self) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let line = self.line()?;
            let size = u64::from_str_radix(line.trim(), 16).map_err(|error| io::Error::new(ErrorKind::InvalidData, error))?;
            body.extend(self.bytes(size)?);
            self.line()?;
            if size == 0 {
                return Ok(body);
            }
        }
    }
}

/// Reads the metric `total` of a `server-timing` header (W3C Server Timing, section 3).
fn total_of_timing(value: &str) -> Option<Duration> {
    let total = value.split(',').find_map(|metric| metric.trim().strip_prefix("total;"))?;
    let milliseconds: f64 = total.trim().strip_prefix("dur=")?.parse().ok()?;
    Some(Duration::from_secs_f64(milliseconds / 1_000.0))
}

/// Opens a connection for one question.
pub(crate) fn get(address: &str, path: &str) -> io::Result<Response> {
    Connection::open(address)?.get(path)
}

/// Opens a connection for one body.
pub(crate) fn post(address: &str, path: &str, content_type: &str, body: &[u8]) -> io::Result<Response> {
    Connection::open(address)?.post(path, content_type, body)
}
