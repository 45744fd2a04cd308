//! `clew doctor` where something is wrong: another program on the port, senders without messages.

use std::io::{Read, Write};
use std::net::TcpListener;

use serde_json::Value;
use tempfile::tempdir;

use crate::running::{Server, command, fixture};

/// The check of a name in the report of a doctor that ends with this code.
fn check(server: &str, code: i32, name: &str) -> Value {
    let output = command(&["doctor", "--json", "--server", server]).output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(code), "{report}");
    report["checks"].as_array().unwrap().iter().find(|check| check["name"] == name).cloned().unwrap_or_default()
}

/// Gives the same answer to everybody; returns the address.
fn stranger(answer: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            // Whoever connects may leave at any time; the listener stays.
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(answer);
        }
    });
    address
}

#[test]
fn another_program_on_the_port_is_not_taken_for_clew() {
    let answers: [&[u8]; 3] = [
        b"220 mail ESMTP\r\n",
        b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\nconnection: close\r\n\r\nok\n",
    ];
    for answer in answers {
        let server = check(&stranger(answer), 4, "server");
        assert_eq!(server["ok"], false);
        assert!(server["detail"].as_str().unwrap().contains("something else listens"), "{server}");
    }
}

#[test]
fn nothing_on_the_port_is_told_with_the_command_that_helps() {
    let server = check("http://127.0.0.1:1", 4, "server");
    assert_eq!(server["ok"], false);
    assert!(server["fix"].as_str().unwrap().contains("clew serve"), "{server}");
}

#[test]
fn a_port_in_use_stops_a_second_server_with_the_next_step() {
    let (data, other) = (tempdir().unwrap(), tempdir().unwrap());
    let server = Server::start(data.path());
    let address = server.http.trim_start_matches("http://");
    let second = command(&["serve", "--listen", address, "--grpc", "127.0.0.1:0", "--data"]).arg(other.path()).output().unwrap();
    let error = String::from_utf8_lossy(&second.stderr).into_owned();
    assert_eq!(second.status.code(), Some(1), "{error}");
    assert!(error.contains(address) && error.contains("clew doctor"), "{error}");
}

#[test]
fn calls_without_messages_are_noted_with_the_setting_that_brings_them() {
    let data = tempdir().unwrap();
    let server = Server::start(data.path());
    server.text(&["send", &fixture("otel-openai-v2-span/tool_retry/001.traces.pb")]);
    assert_eq!(check(&server.http, 0, "content")["ok"], true);
    server.text(&["send", &fixture("otel-openai-v2-nocontent-grpc/rag/001.traces.pb")]);
    let content = check(&server.http, 0, "content");
    assert_eq!(content["ok"], Value::Null);
    assert!(content["fix"].as_str().unwrap().contains("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"), "{content}");
}

#[test]
fn a_refused_request_is_told_with_its_reason() {
    let data = tempdir().unwrap();
    let server = Server::start(data.path());
    let bytes = b"POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-type: text/plain\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}";
    let mut stream = std::net::TcpStream::connect(server.http.trim_start_matches("http://")).unwrap();
    stream.write_all(bytes).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 415"), "{answer}");
    let refused = check(&server.http, 1, "refused");
    assert!(refused["detail"].as_str().unwrap().contains("/v1/traces") && refused["fix"].is_string(), "{refused}");
}
