//! The form of a page: a heading names a case, a `query` block is followed by what is expected of it.
//!
//! `canonical` is its canonical text; `mistakes` has a line for each: the place, the reason, the fix, with ` | ` between;
//! `traces` and `spans` name the rows that meet it, of the traces in the page's `json trace <name>` blocks (spans as `trace/span`);
//! `warnings` are told as mistakes are, where the names in the page's `seen` block are all there are.

use std::collections::BTreeMap;

use serde_json::Value;

#[derive(Default)]
pub(crate) struct Page {
    pub(crate) traces: BTreeMap<String, Value>,
    pub(crate) seen: Vec<String>,
    pub(crate) cases: Vec<Case>,
}

pub(crate) struct Case {
    pub(crate) heading: String,
    pub(crate) line: usize,
    pub(crate) query: String,
    /// What is expected, by the name of the block.
    pub(crate) expected: Vec<(String, String)>,
}

/// Cuts a page into its traces and cases.
pub(crate) fn page(text: &str) -> Page {
    let mut page = Page::default();
    let mut heading = String::new();
    let mut lines = text.lines().enumerate();
    while let Some((at, line)) = lines.next() {
        if line.starts_with('#') {
            heading = line.trim_start_matches('#').trim().to_owned();
        }
        let Some(what) = line.strip_prefix("```") else { continue };
        let block: Vec<&str> = lines.by_ref().map(|(_, line)| line).take_while(|line| *line != "```").collect();
        let block = block.join("\n");
        match what.split_once(' ') {
            Some(("json", name)) => {
                let name = name.strip_prefix("trace ").unwrap_or_else(|| panic!("line {}: no such block", at + 1));
                let value = serde_json::from_str(&block).unwrap_or_else(|error| panic!("`{name}`, line {}: {error}", at + 1));
                page.traces.insert(name.to_owned(), value);
            }
            _ if what == "seen" => page.seen = block.lines().map(str::to_owned).collect(),
            _ if what == "query" => {
                page.cases.push(Case { heading: heading.clone(), line: at + 1, query: block, expected: Vec::new() });
            }
            _ => {
                let case = page.cases.last_mut().unwrap_or_else(|| panic!("line {}: nothing is asked yet", at + 1));
                case.expected.push((what.to_owned(), block));
            }
        }
    }
    page
}
