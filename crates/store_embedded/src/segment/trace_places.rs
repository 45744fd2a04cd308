//! Which rows each trace has, noted while they are written: what becomes `traces.index` and the rows of each project.

use std::ops::Range;

use super::TRACE_ENTRY_BYTES;
use super::description::ProjectRows;

/// A trace in one project: its name, and the id.
pub(super) type TraceName = (String, [u8; 16]);

/// Rows of one trace in one project.
#[derive(Debug, Clone, PartialEq, Eq)]
struct TracePlace {
    trace_id: [u8; 16],
    /// Its place in the list of projects, which is in the order of their coming until all are there.
    project: u32,
    spans: Range<u32>,
    logs: Range<u32>,
}

/// Places of all traces so far: some forty bytes for each.
#[derive(Debug, Default)]
pub(super) struct TracePlaces {
    projects: Vec<ProjectRows>,
    places: Vec<TracePlace>,
    span_rows: u32,
    log_rows: u32,
}

impl TracePlaces {
    /// Notes the next span row.
    pub(super) fn add_span(&mut self, project: &str, trace_id: &[u8; 16]) {
        let (row, number) = (self.span_rows, self.project(project));
        self.span_rows += 1;
        extend(&mut self.projects[number as usize].spans, u64::from(row));
        match self.places.last_mut() {
            Some(last) if last.project == number && last.trace_id == *trace_id => last.spans.end = row + 1,
            _ => self.places.push(TracePlace { trace_id: *trace_id, project: number, spans: row..row + 1, logs: 0..0 }),
        }
    }

    /// Notes the next log row; logs come behind all spans.
    pub(super) fn add_log(&mut self, project: &str, trace_id: Option<&[u8; 16]>) {
        let (row, number) = (self.log_rows, self.project(project));
        self.log_rows += 1;
        extend(&mut self.projects[number as usize].logs, u64::from(row));
        let Some(trace_id) = trace_id else { return };
        match self.places.last_mut() {
            Some(last) if last.project == number && last.trace_id == *trace_id && !last.logs.is_empty() => last.logs.end = row + 1,
            _ => self.places.push(TracePlace { trace_id: *trace_id, project: number, spans: 0..0, logs: row..row + 1 }),
        }
    }

    /// Notes that a project has rows of neither kind here.
    pub(super) fn add_project(&mut self, project: &str) {
        self.project(project);
    }

    /// Puts the projects and the traces into their order; nothing is noted behind it.
    pub(super) fn finish(mut self) -> FinishedPlaces {
        let mut order: Vec<u32> = (0..self.projects.len() as u32).collect();
        order.sort_by(|a, b| self.projects[*a as usize].project.cmp(&self.projects[*b as usize].project));
        let mut numbers = vec![0; order.len()];
        order.iter().zip(0..).for_each(|(before, number)| numbers[*before as usize] = number);
        self.places.iter_mut().for_each(|place| place.project = numbers[place.project as usize]);
        self.projects.sort_by(|a, b| a.project.cmp(&b.project));
        self.places
            .sort_unstable_by(|a, b| (&a.trace_id, a.project, a.spans.is_empty()).cmp(&(&b.trace_id, b.project, b.spans.is_empty())));
        self.places.dedup_by(|behind, place| {
            let is_same = (behind.trace_id, behind.project) == (place.trace_id, place.project);
            if is_same {
                place.logs = behind.logs.clone();
            }
            is_same
        });
        FinishedPlaces { projects: self.projects, places: self.places }
    }

    fn project(&mut self, project: &str) -> u32 {
        // The newest first: rows of one project stand together.
        if let Some(number) = self.projects.iter().rposition(|rows| rows.project == project) {
            return number as u32;
        }
        self.projects.push(ProjectRows { project: project.to_owned(), spans: 0..0, logs: 0..0, traces: 0..0 });
        self.projects.len() as u32 - 1
    }
}

fn extend(rows: &mut Range<u64>, row: u64) {
    *rows = if rows.is_empty() { row..row + 1 } else { rows.start..row + 1 };
}

/// Places by trace id, projects by name.
#[derive(Debug)]
pub(super) struct FinishedPlaces {
    pub(super) projects: Vec<ProjectRows>,
    places: Vec<TracePlace>,
}

impl FinishedPlaces {
    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    /// The entries of the index, in order.
    pub(super) fn entries(&self) -> impl Iterator<Item = [u8; TRACE_ENTRY_BYTES]> {
        self.places.iter().map(|place| {
            let mut entry = [0; TRACE_ENTRY_BYTES];
            entry[..16].copy_from_slice(&place.trace_id);
            let count = |rows: &Range<u32>| rows.end - rows.start;
            let numbers = [place.project, place.spans.start, count(&place.spans), place.logs.start, count(&place.logs)];
            numbers.iter().zip(entry[16..].chunks_exact_mut(4)).for_each(|(number, bytes)| bytes.copy_from_slice(&number.to_be_bytes()));
            entry
        })
    }

    /// Whether a trace has rows, in whatever project.
    pub(super) fn has_trace(&self, trace_id: &[u8; 16]) -> bool {
        self.places.binary_search_by(|place| place.trace_id.cmp(trace_id)).is_ok()
    }

    /// The span rows of a trace.
    pub(super) fn spans_of(&self, project: &str, trace_id: &[u8]) -> Option<Range<u32>> {
        let number = self.projects.binary_search_by(|rows| rows.project.as_str().cmp(project)).ok()? as u32;
        let found = self.places.binary_search_by(|place| (place.trace_id.as_slice(), place.project).cmp(&(trace_id, number))).ok()?;
        Some(self.places[found].spans.clone())
    }
}
