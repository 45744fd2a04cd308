//! `cargo xtask bench`: every figure of the engine's goals beside its goal, in one table.

use std::path::{Path, PathBuf};

use super::generate::unix_nanos_now;
use crate::Result;
use crate::arguments::Arguments;
use crate::bench::figure::{Figure, Goal, json_lines, table};
use crate::bench::loading::load;
use crate::bench::resting::{EMPTY, LOADED};
use crate::bench::{conversation, ingest, machine, reading, resting};
use crate::process::run as run_program;
use crate::workspace::{cargo, clew_binary, empty_work_dir};

const PARTS: [&str; 5] = ["idle", "ingest", "small", "conversation", "read"];

pub(super) fn run(words: &[String]) -> Result {
    let known = ["spans", "ingest-spans", "binary", "data", "only"];
    let arguments = Arguments::parse_with_flags(words, &known, &["keep", "json"])?;
    let read_spans = arguments.number("spans", 1_000_000)?;
    let ingest_spans = arguments.number("ingest-spans", 60_000)?;
    let only: Vec<&str> = arguments.text("only").map_or(PARTS.to_vec(), |text| text.split(',').collect());
    if let Some(unknown) = only.iter().find(|part| !PARTS.contains(part)) {
        return Err(format!("`{unknown}` is no part of the measurement; there are {}", PARTS.join(", ")).into());
    }
    let binary = match arguments.text("binary") {
        Some(path) => PathBuf::from(path),
        None => {
            run_program(&mut cargo(&["build", "--release", "--package", "clew"]))?;
            clew_binary("release")
        }
    };
    let machine = machine::describe();
    let dir = empty_work_dir("bench")?;
    let kept = arguments.text("data").map_or_else(|| dir.clone(), PathBuf::from);
    let keep = arguments.flag("keep");

    let mut figures = Vec::new();
    for part in only {
        match part {
            "idle" => figures.extend(resting::measure(&binary, &dir.join("empty"), &dir.join("server.log"), "empty store", EMPTY)?),
            "ingest" => {
                for size in ingest::SIZES {
                    // The same time for each: small spans are quick.
                    let spans = if size.span_bytes < 2_000 { ingest_spans * 3 } else { ingest_spans };
                    figures.extend(ingest::measure(&binary, &dir, size, spans)?);
                }
            }
            "small" => figures.extend(ingest::small_requests(&binary, &dir)?),
            "conversation" => figures.extend(conversation::measure(&binary, &dir)?),
            _ => figures.extend(read(&binary, &kept, read_spans, keep)?),
        }
    }
    print!("{}", if arguments.flag("json") { json_lines(&machine, &figures) } else { table(&machine, &figures) });
    Ok(())
}

/// Two stores: many small spans, and a tenth as many large ones.
fn read(binary: &Path, dir: &Path, spans: u64, keep: bool) -> Result<Vec<Figure>> {
    let sizes = [
        (1_300, spans, "reading 1.3 KB spans", "the same with cold files"),
        (5_500, spans / 10, "reading 5.5 KB spans", "large spans with cold files"),
    ];
    let mut figures = Vec::new();
    for (span_bytes, spans, section, cold_section) in sizes {
        let loaded = load(binary, dir, span_bytes, spans, unix_nanos_now())?;
        figures.push(Figure::new(section, "spans in the store", loaded.spans as f64, "", Goal::None));
        if let Some(rate) = loaded.spans_per_second {
            figures.push(Figure::new(section, "loaded at, spans a second", rate, "", Goal::None));
        }
        figures.extend(loaded.growth_figures(section));
        figures.extend(reading::measure(binary, &loaded, section, cold_section)?);
        let log = loaded.data.with_file_name("server.log");
        figures.extend(resting::measure(binary, &loaded.data, &log, &format!("{spans} spans of {span_bytes} bytes"), LOADED)?);
        if !keep {
            std::fs::remove_dir_all(loaded.data.parent().unwrap_or(&loaded.data))?;
        }
    }
    Ok(figures)
}
