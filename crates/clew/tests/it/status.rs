//! `clew status` against a server of its own.

use serde_json::Value;
use tempfile::tempdir;

use crate::running::{Server, fixture};

#[test]
fn a_server_says_what_it_took_in_and_where_it_lies() {
    let data = tempdir().unwrap();
    let server = Server::start(data.path());
    let fresh: Value = serde_json::from_str(&server.text(&["status", "--json"])).unwrap();
    assert_eq!((&fresh["state"]["name"], &fresh["ledger"]["counts"]["received"]), (&"accepting".into(), &0.into()));

    server.text(&["send", &fixture("otel-sdk-manual/metric_shapes")]);
    let status: Value = serde_json::from_str(&server.text(&["status", "--json"])).unwrap();
    let counts = &status["ledger"]["counts"];
    let parts = ["stored", "updated", "duplicate", "sampled_out"].map(|field| counts[field].as_u64().unwrap());
    let rejected: u64 = counts["rejected"].as_object().unwrap().values().map(|number| number.as_u64().unwrap()).sum();
    assert_eq!(counts["received"], parts.iter().sum::<u64>() + rejected);
    assert!(counts["stored"].as_u64().unwrap() > 0, "{status}");
    assert_eq!(status["storage"]["memory_rows"], counts["stored"]);
    assert!(status["storage"]["wal_bytes"].as_u64().unwrap() > 0, "{status}");
    assert!(status["storage"]["disk_free_bytes"].as_u64().unwrap() > 0, "{status}");
    assert!(status["appends"]["count"].as_u64().unwrap() > 0, "{status}");

    let screen = server.text(&["status", "--plain"]);
    assert!(screen.starts_with("accepting") && screen.is_ascii(), "{screen}");
    let stored = format!("  stored      {}\n", counts["stored"]);
    assert!(screen.contains(&stored), "{screen}");
    // Nothing was received in the first second of 1970.
    let then = server.text(&["status", "-t", "1970-01-01T00:00:00Z~1970-01-01T00:00:01Z"]);
    assert!(then.contains("  stored      0\n"), "{then}");
}
