//! Writes the rows of segments as one, without those that go.
//!
//! Every table is read from its beginning to its end, side by side with the same table of the other segments, so that a few batches
//! of each are in memory and the whole never is. A trace that lies in several of the segments is gathered whole, its spans folded.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use model::TraceId;
use store::{StoreError, Understand};

use super::cursor::{Chunk, Cursor, Group, Piece, least};
use super::description::Description;
use super::doomed::{Doomed, Removed, Remover};
use super::fold::{sorted_logs, sorted_spans};
use super::read::Segment;
use super::taken_over::Tables;
use super::trace_places::TraceName;
use super::trace_tables::write_merged_tables;
use super::writer::{SegmentIndexer, SegmentWriter};
use crate::limits;
use crate::tail::SharedBatches;

/// Which segments become one, and what of them.
pub(crate) struct Combine<'a> {
    /// Neighbours, in their order.
    pub(crate) inputs: &'a [Arc<Segment>],
    pub(crate) level: u32,
    /// Traces that have records in an older segment too.
    pub(crate) loose_traces: Vec<TraceId>,
    pub(crate) doomed: &'a Doomed,
    pub(crate) understand: &'a dyn Understand,
}

/// The core columns that one of the segments has.
fn core_columns(segments: &[Arc<Segment>]) -> Result<BTreeSet<String>, StoreError> {
    let with_spans = segments.iter().filter(|segment| segment.description.span_rows > 0);
    let columns: Vec<Vec<String>> = with_spans.map(|segment| segment.core.columns()).collect::<Result<_, _>>()?;
    Ok(columns.into_iter().flatten().collect())
}

/// Writes the segment. Nothing changes until the manifest names it.
pub(crate) fn combine(segments: &Path, id: u64, request: &Combine<'_>) -> Result<(Description, Removed), StoreError> {
    let sequence_last = request.inputs.iter().map(|segment| segment.description.sequence_last).max().unwrap_or_default();
    let mut writer = SegmentWriter::create(segments, id, request.level, sequence_last)?;
    let columns = core_columns(request.inputs)?;
    writer.leave_out_core_columns(|name| columns.contains(name));
    let mut removers: Vec<_> = request.inputs.iter().map(|_| Remover::new(request.doomed)).collect();
    let mut combining = Combining { request, writer, chunk: Chunk::default(), mixed: BTreeSet::new() };
    combining.spans(&mut removers)?;
    combining.logs(&mut removers)?;
    combining.points(&mut removers)?;
    let Combining { writer, mixed, .. } = combining;
    let mut indexer = writer.end_tables(&request.loose_traces)?;
    write_keys(&mut indexer, request.inputs, &mut removers)?;
    let tables = Tables { inputs: request.inputs, doomed: request.doomed, mixed: &mixed };
    let description = indexer.finish(request.understand, |indexer, understand| write_merged_tables(indexer, &tables, understand))?;
    let mut removed = Removed::default();
    removers.iter().for_each(|remover| removed.add(remover.removed));
    Ok((description, removed))
}

struct Combining<'a> {
    request: &'a Combine<'a>,
    writer: SegmentWriter,
    chunk: Chunk,
    /// Traces of which several of the segments have records.
    mixed: BTreeSet<TraceName>,
}

impl Combining<'_> {
    fn spans(&mut self, removers: &mut [Remover<'_>]) -> Result<(), StoreError> {
        let mut cursors = Vec::new();
        for (segment, remover) in self.request.inputs.iter().zip(removers) {
            let batches = segment.whole_spans(self.batch_bytes())?;
            cursors.push(Cursor::new(batches.map(move |batch| remover.spans(batch?)), None)?);
        }
        while let Some(group) = least(&cursors) {
            let holders = holders_of(&cursors, &group);
            let [one] = holders[..] else {
                self.fold_spans(&mut cursors, &holders, group)?;
                continue;
            };
            while let Some(piece) = cursors[one].take_of(&group)? {
                self.add_span(piece)?;
            }
        }
        self.chunk.finish(|batch| self.writer.spans(batch).map(drop))
    }

    fn add_span(&mut self, piece: Piece) -> Result<(), StoreError> {
        self.chunk.add(piece, |batch| self.writer.spans(batch).map(drop))
    }

    /// Brings the spans of one trace from several segments together.
    fn fold_spans(&mut self, cursors: &mut [Cursor<'_>], holders: &[usize], group: Group<String>) -> Result<(), StoreError> {
        let sorted = sorted_spans(&gathered(cursors, holders, &group)?)?;
        let batches: Vec<_> = sorted.batches.into_iter().map(Arc::new).collect();
        for place in sorted.places {
            let (batch, row) = place.position;
            self.add_span(Piece::row(&batches[batch], row, place.bytes))?;
        }
        self.note_mixed(group);
        Ok(())
    }

    fn note_mixed(&mut self, group: Group<String>) {
        if let Some(trace_id) = group.trace_id() {
            self.mixed.insert((group.project, trace_id));
        }
    }

    fn logs(&mut self, removers: &mut [Remover<'_>]) -> Result<(), StoreError> {
        let mut cursors = Vec::new();
        for (segment, remover) in self.request.inputs.iter().zip(removers) {
            let batches = segment.all_logs(self.batch_bytes())?;
            cursors.push(Cursor::new(batches.map(move |batch| remover.logs(batch?)), Some("time_unix_nanos"))?);
        }
        while let Some(group) = least(&cursors) {
            let holders = holders_of(&cursors, &group);
            match holders[..] {
                [one] => {
                    while let Some(piece) = cursors[one].take_of(&group)? {
                        self.add_log(piece)?;
                    }
                }
                _ if group.trace_id().is_none() => self.merge_logs(&mut cursors, &group)?,
                _ => self.sort_logs(&mut cursors, &holders, &group)?,
            }
            // The spans of the trace may stand in one segment and its log records in another.
            let is_elsewhere = |other: &usize| !holders.contains(other) && self.has_rows(*other, &group);
            if holders.len() > 1 || (0..cursors.len()).any(|other| is_elsewhere(&other)) {
                self.note_mixed(group);
            }
        }
        self.chunk.finish(|batch| self.writer.logs(batch))
    }

    fn add_log(&mut self, piece: Piece) -> Result<(), StoreError> {
        self.chunk.add(piece, |batch| self.writer.logs(batch))
    }

    fn sort_logs(&mut self, cursors: &mut [Cursor<'_>], holders: &[usize], group: &Group<String>) -> Result<(), StoreError> {
        let sorted = sorted_logs(&gathered(cursors, holders, group)?)?;
        let batches: Vec<_> = sorted.batches.into_iter().map(Arc::new).collect();
        for place in sorted.places {
            let (batch, row) = place.position;
            self.add_log(Piece::row(&batches[batch], row, place.bytes))?;
        }
        Ok(())
    }

    /// Log records without a trace may be most of all: they are merged one by one.
    fn merge_logs(&mut self, cursors: &mut [Cursor<'_>], group: &Group<String>) -> Result<(), StoreError> {
        loop {
            let of_group = cursors.iter_mut().filter(|cursor| cursor.is_at(group));
            let Some(next) = of_group.min_by_key(|cursor| cursor.time_and_version()) else { return Ok(()) };
            if let Some(piece) = next.take_row()? {
                self.add_log(piece)?;
            }
        }
    }

    fn has_rows(&self, input: usize, group: &Group<String>) -> bool {
        let Some(trace_id) = group.trace_id().and_then(|id| TraceId::from_bytes(&id).ok()) else { return false };
        // One whose index cannot be read may have; the table then understands the trace anew.
        self.request.inputs[input].rows_of_trace(trace_id).map_or(true, |rows| !rows.is_empty())
    }

    fn points(&mut self, removers: &mut [Remover<'_>]) -> Result<(), StoreError> {
        for (segment, remover) in self.request.inputs.iter().zip(removers) {
            for batch in segment.all_points(self.batch_bytes())? {
                let batch = remover.points(batch?)?;
                if batch.num_rows() > 0 {
                    self.writer.points(&batch)?;
                }
            }
        }
        Ok(())
    }

    /// What each segment may have in memory of what is read.
    fn batch_bytes(&self) -> usize {
        limits::MERGE_READ_BYTES / self.request.inputs.len().max(1)
    }
}

fn holders_of(cursors: &[Cursor<'_>], group: &Group<String>) -> Vec<usize> {
    (0..cursors.len()).filter(|cursor| cursors[*cursor].is_at(group)).collect()
}

fn gathered(cursors: &mut [Cursor<'_>], holders: &[usize], group: &Group<String>) -> Result<SharedBatches, StoreError> {
    let mut batches = Vec::new();
    for holder in holders {
        while let Some(piece) = cursors[*holder].take_of(group)? {
            batches.push(Arc::new(piece.copy()));
        }
    }
    Ok(batches)
}

/// Merges what is known of records, without what is known of those that are gone.
fn write_keys(indexer: &mut SegmentIndexer, inputs: &[Arc<Segment>], removers: &mut [Remover<'_>]) -> Result<(), StoreError> {
    for remover in removers.iter_mut() {
        // Rows of other projects keep the claims of a trace of the same id.
        remover.note_gone(|trace_id| Ok(!indexer.places.has_trace(trace_id.as_bytes())))?;
    }
    let mut entries: Vec<_> = inputs.iter().map(|segment| segment.keys.entries()).collect();
    let mut heads = Vec::with_capacity(entries.len());
    for entries in &mut entries {
        heads.push(entries.next()?.map(<[u8]>::to_vec));
    }
    let keys_max = inputs.iter().map(|segment| segment.keys.len()).sum();
    let is_gone = |entry: &[u8]| removers.iter().any(|remover| remover.has_entry(entry));
    indexer.keys(keys_max, |take| {
        let mut last: Option<Vec<u8>> = None;
        while let Some(least) = (0..heads.len()).filter(|input| heads[*input].is_some()).min_by(|a, b| heads[*a].cmp(&heads[*b])) {
            let next = entries[least].next()?.map(<[u8]>::to_vec);
            let Some(entry) = std::mem::replace(&mut heads[least], next) else { continue };
            // A claim is told again by every flush that has a span of it.
            if last.as_ref() != Some(&entry) && !is_gone(&entry) {
                take(&entry)?;
            }
            last = Some(entry);
        }
        Ok(())
    })
}
