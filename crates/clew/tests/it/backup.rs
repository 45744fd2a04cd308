//! A copy of a running server, read, restored and served; and a folder with a damaged file.

use std::path::Path;

use tempfile::tempdir;

use crate::durability::{listed, sent_and_listed};
use crate::running::{Server, command};

fn verify(data: &Path) -> (Option<i32>, String) {
    let output = command(&["verify", "--data"]).arg(data).output().unwrap();
    (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr))
}

#[test]
fn a_backup_of_a_running_server_becomes_a_server() {
    let places = tempdir().unwrap();
    let (data, copy, restored) = (places.path().join("data"), places.path().join("copy"), places.path().join("restored"));
    let server = Server::start(&data);
    let before = sent_and_listed(&server);
    let text = server.text(&["backup", copy.to_str().unwrap()]);
    assert!(text.contains("records in") && text.contains(copy.to_str().unwrap()), "{text}");
    let again = server.ask(&["backup", copy.to_str().unwrap()]);
    assert_eq!(again.status.code(), Some(1), "an older backup is not written over");

    let (code, text) = verify(&copy);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("all is well"), "{text}");
    let (code, text) = verify(&data);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("in use") && text.contains("clew backup"), "{text}");

    let output = command(&["restore", copy.to_str().unwrap(), "--data", restored.to_str().unwrap()]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let other = Server::start(&restored);
    assert_eq!(listed(&other), before);
    assert_eq!(server.terminate(), Some(0));
    assert_eq!(verify(&data).0, Some(0));
}

/// A file of a segment is cut while the server is away.
/// `clew verify` and the server name it, the server answers the rest and takes records.
#[test]
fn a_damaged_file_is_named_and_the_server_goes_on() {
    let data = tempdir().unwrap();
    let server = Server::start(data.path());
    sent_and_listed(&server);
    assert_eq!(server.terminate(), Some(0));
    let file = data.path().join("segments/0000000001/core.parquet");
    let bytes = std::fs::read(&file).unwrap();
    std::fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();

    let (code, text) = verify(data.path());
    assert_eq!(code, Some(1));
    assert!(text.contains("damaged: segments/0000000001: core.parquet: "), "{text}");
    let server = Server::start(data.path());
    assert_eq!(listed(&server), Vec::<String>::new());
    let health = server.get("/healthz");
    assert!(health.contains("200 OK") && health.contains("damaged: segments/0000000001: "), "{health}");
    let metrics = server.get("/metrics");
    assert!(metrics.contains("clew_store_damaged_files 1"), "{metrics}");
    assert!(server.get("/api/v1/system").contains("segments/0000000001"));
    let traces = sent_and_listed(&server).len();
    assert!(traces > 0, "what is sent again is stored again");

    assert_eq!(server.terminate(), Some(0));
    std::fs::write(&file, &bytes).unwrap();
}

#[test]
fn a_lost_manifest_is_made_anew() {
    let data = tempdir().unwrap();
    let server = Server::start(data.path());
    let before = sent_and_listed(&server);
    assert_eq!(server.terminate(), Some(0));
    std::fs::remove_file(data.path().join("manifest.sqlite")).unwrap();
    let refused = command(&["serve", "--listen", "127.0.0.1:0", "--grpc", "127.0.0.1:0", "--data"]).arg(data.path()).output().unwrap();
    let text = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(1));
    assert!(text.contains("clew verify --rebuild"), "{text}");
    let rebuilt = command(&["verify", "--rebuild", "--data"]).arg(data.path()).output().unwrap();
    assert!(rebuilt.status.success(), "{}", String::from_utf8_lossy(&rebuilt.stderr));
    let server = Server::start(data.path());
    assert_eq!(listed(&server), before);
}
