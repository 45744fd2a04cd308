//! Runs every page under `cases/`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use query::{Diagnostic, Matcher, Seen, SeenKind, SeenName, TraceRow, format, parse, parse_with};

use crate::page::{Case, Page, page};
use crate::trace::{Trace, traces};

pub(crate) fn cases_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("cases")
}

#[test]
fn every_page_holds() {
    let mut failures = Vec::new();
    let mut count = 0;
    for entry in std::fs::read_dir(cases_folder()).unwrap() {
        let path = entry.unwrap().path();
        let page = page(&std::fs::read_to_string(&path).unwrap());
        let traces = traces(&page.traces);
        for case in &page.cases {
            count += 1;
            assert!(!case.expected.is_empty(), "{}:{} expects nothing", path.display(), case.line);
            for (what, expected) in &case.expected {
                let actual = actual(what, case, &page, &traces);
                if actual.trim() != expected.trim() {
                    let place = format!("{}:{} `{}`", path.file_name().unwrap().display(), case.line, case.heading);
                    failures.push(format!("{place}\n  {}\n  {what} are {actual}\n  expected {expected}", case.query));
                }
            }
        }
    }
    assert!(count > 80, "only {count} cases found");
    assert!(failures.is_empty(), "{} of {count} cases fail:\n{}", failures.len(), failures.join("\n"));
}

/// `name` of texts, or `name number`.
fn seen_name(line: &str) -> SeenName {
    let (name, kind) = line.split_once(' ').unwrap_or((line, "text"));
    SeenName { name: name.to_owned(), kind: if kind == "number" { SeenKind::Number } else { SeenKind::Text } }
}

fn actual(what: &str, case: &Case, page: &Page, traces: &BTreeMap<String, Trace>) -> String {
    let told = |wrong: &Diagnostic| format!("{} | {} | {}", &case.query[wrong.from..wrong.to], wrong.reason, wrong.fix);
    let lines = |wrong: &[Diagnostic]| wrong.iter().map(told).collect::<Vec<_>>().join("\n");
    if what == "mistakes" {
        return lines(&parse(&case.query).map_or_else(|wrong| wrong, |_| Vec::new()));
    }
    let seen = Seen { names: page.seen.iter().map(|line| seen_name(line)).collect(), complete: !page.seen.is_empty() };
    let parsed = match parse_with(&case.query, &seen) {
        Ok(parsed) => parsed,
        Err(wrong) => return lines(&wrong),
    };
    assert_eq!(parse(&parsed.canonical).unwrap().filter, parsed.filter, "{}: the canonical text means something else", case.query);
    let matcher = Matcher::new(&parsed.filter);
    let rows = traces.iter().map(|(name, trace)| (name, trace, TraceRow::new(&trace.spans, &trace.logs)));
    match what {
        "canonical" => format(&parsed.filter),
        "warnings" => lines(&parsed.warnings),
        "traces" => rows.filter(|(_, _, row)| matcher.trace(row)).map(|(name, ..)| name.clone()).collect::<Vec<_>>().join(" "),
        "sessions" => {
            let all: Vec<TraceRow<'_>> = rows.map(|(_, _, row)| row).collect();
            query::matches_session(&matcher, &all).to_string()
        }
        "spans" => {
            let met = rows.flat_map(|(name, trace, row)| {
                let met = matcher.spans(&row).into_iter().zip(&trace.labels).filter(|(met, _)| *met);
                met.map(|(_, label)| format!("{name}/{label}")).collect::<Vec<_>>()
            });
            met.collect::<Vec<_>>().join(" ")
        }
        other => panic!("line {}: no such block: {other}", case.line),
    }
}
