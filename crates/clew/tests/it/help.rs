//! The help texts, read as documentation, and the exit codes.

use crate::running::command;

#[test]
fn every_command_explains_itself() {
    let mut pages = String::new();
    let names = [
        "",
        "serve",
        "demo",
        "traces",
        "trace",
        "explain",
        "spans",
        "sessions",
        "logs",
        "views",
        "views save",
        "views remove",
        "tail",
        "why",
        "steps",
        "metrics",
        "query",
        "cost",
        "cost explain",
        "prices",
        "prices list",
        "prices set",
        "prices remove",
        "prices import",
        "reprice",
        "renormalize",
        "send",
        "export",
        "backup",
        "restore",
        "verify",
        "status",
        "doctor",
        "completions",
        "version",
    ];
    for name in names {
        let words: Vec<&str> = name.split_whitespace().chain(["--help"]).collect();
        let output = command(&words).output().unwrap();
        assert!(output.status.success(), "{name}");
        pages.push_str(&format!("$ clew {}\n{}\n", words.join(" "), String::from_utf8(output.stdout).unwrap()));
    }
    insta::assert_snapshot!(pages);
}

#[test]
fn what_cannot_be_understood_is_a_usage_error() {
    for words in [&["traces", "--limit", "many"][..], &["no-such-command"], &["traces", "--server", "ftp://here"]] {
        assert_eq!(command(words).output().unwrap().status.code(), Some(2), "{words:?}");
    }
}

#[test]
fn a_server_that_is_not_there_is_exit_code_four_and_the_next_step() {
    // Port 1 is reserved and nobody listens there.
    for words in [&["traces"][..], &["trace", "last"], &["tail"], &["demo", "--traces", "1"]] {
        let output = command(words).args(["--server", "http://127.0.0.1:1"]).output().unwrap();
        assert_eq!(output.status.code(), Some(4), "{words:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("clew serve"), "{words:?}");
    }
    let doctor = command(&["doctor", "--server", "http://127.0.0.1:1"]).output().unwrap();
    assert_eq!(doctor.status.code(), Some(4));
    assert!(String::from_utf8_lossy(&doctor.stdout).contains("clew serve"));
}
