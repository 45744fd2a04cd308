//! Traces deleted from the command line.

use tempfile::tempdir;

use crate::durability::{listed, sent_and_listed};
use crate::running::{Server, command};

/// A dry run counts, nobody to ask is a refusal, and `--yes` deletes what the list shows, checked.
#[test]
fn deleted_traces_are_gone_and_the_store_is_well() {
    let data = tempdir().unwrap();
    let server = Server::start(data.path());
    let before = sent_and_listed(&server);
    let trace: serde_json::Value = serde_json::from_str(&before[0]).unwrap();
    let gone = trace["trace_id"].as_str().unwrap().to_owned();
    let would_go = server.text(&["delete", "--trace", &gone, "--dry-run"]);
    assert!(would_go.starts_with("1 trace, ") && would_go.contains("would go"), "{would_go}");
    let refused = server.ask(&["delete", "--trace", &gone]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("--yes"));
    assert_eq!(listed(&server), before);

    let receipt: serde_json::Value = serde_json::from_str(&server.text(&["delete", "--trace", &gone, "--yes", "--json"])).unwrap();
    assert_eq!((&receipt["traces"], &receipt["check"]["clean"]), (&1.into(), &true.into()), "{receipt}");
    assert_eq!(listed(&server), before[1..]);
    assert_eq!(server.ask(&["trace", &gone]).status.code(), Some(3));
    let text = server.text(&["delete", "not session:nobody", "--yes"]);
    assert!(text.contains("checked: nothing of them is left"), "{text}");
    assert_eq!(listed(&server), Vec::<String>::new());
    let nothing_said = server.ask(&["delete", "", "--yes"]);
    assert_eq!(nothing_said.status.code(), Some(1));

    assert_eq!(server.terminate(), Some(0));
    let verified = command(&["verify", "--data"]).arg(data.path()).output().unwrap();
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
}
