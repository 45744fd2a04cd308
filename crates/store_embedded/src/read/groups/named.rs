//! The traces of one source by the name they carry, with what they add up to.

use datafusion::arrow::array::{Array, ArrayRef, AsArray, StringArray};
use datafusion::arrow::datatypes::{Int64Type, UInt64Type};
use model::{CostStatus, NanoUsd, SpanStatus, Usage};
use store::aggregate::hash_of_text;
use store::{GroupKey, StoreError, TraceTotals};

use crate::read::masks::Source;
use crate::rows::spans::{USAGE_COLUMNS, add_other_usage};

/// Traces by name, in the order of the names' hashes.
#[derive(Debug, Default)]
pub(super) struct NamedTraces {
    hashes: Vec<u64>,
    pub(super) names: Vec<NamedTrace>,
    /// Rows of the traces, those of one name together and in order of start.
    rows: Vec<u32>,
}

/// What one source knows of a name.
#[derive(Debug)]
pub(super) struct NamedTrace {
    pub(super) name: Box<str>,
    row_first: u32,
    row_end: u32,
    /// The earliest start of a trace.
    pub(super) first_unix_nanos: u64,
    /// The latest start of a span.
    pub(super) last_unix_nanos: u64,
    pub(super) totals: TraceTotals,
}

pub(super) fn column_of(key: GroupKey) -> &'static str {
    match key {
        GroupKey::Session => "session_id",
        GroupKey::User => "user_id",
    }
}

/// A column that every table of traces has.
pub(super) fn trace_column(source: &dyn Source, name: &str) -> Result<ArrayRef, StoreError> {
    source.of_traces(name)?.ok_or_else(|| StoreError::Damaged(format!("traces have no column `{name}`")))
}

impl NamedTraces {
    /// Gathers the traces of a source, save some rows.
    pub(super) fn gather(source: &dyn Source, key: GroupKey, left_out: &[u32]) -> Result<Self, StoreError> {
        let names = trace_column(source, column_of(key))?;
        let names: &StringArray = names.as_string();
        let is_wanted = |row: &usize| names.is_valid(*row) && left_out.binary_search(&(*row as u32)).is_err();
        let mut rows: Vec<(u64, u32)> =
            (0..names.len()).filter(is_wanted).map(|row| (hash_of_text(names.value(row)), row as u32)).collect();
        rows.sort_unstable_by(|a, b| (a.0, names.value(a.1 as usize), a.1).cmp(&(b.0, names.value(b.1 as usize), b.1)));
        let columns = Summed::read(source)?;
        let mut found = Self::default();
        for rows in rows.chunk_by(|a, b| names.value(a.1 as usize) == names.value(b.1 as usize)) {
            let row_first = found.rows.len() as u32;
            found.rows.extend(rows.iter().map(|(_, row)| *row));
            let mut named = NamedTrace {
                name: names.value(rows[0].1 as usize).into(),
                row_first,
                row_end: found.rows.len() as u32,
                first_unix_nanos: u64::MAX,
                last_unix_nanos: 0,
                totals: TraceTotals::default(),
            };
            rows.iter().for_each(|(_, row)| columns.add(*row as usize, &mut named));
            found.hashes.push(rows[0].0);
            found.names.push(named);
        }
        Ok(found)
    }

    /// What is known of a name.
    pub(super) fn find(&self, hash: u64, name: &str) -> Option<&NamedTrace> {
        let first = self.hashes.partition_point(|known| *known < hash);
        let same = self.hashes[first..].iter().take_while(|known| **known == hash).count();
        self.names[first..first + same].iter().find(|named| *named.name == *name)
    }

    /// The rows of the traces of a name, in order of start.
    pub(super) fn rows_of(&self, named: &NamedTrace) -> &[u32] {
        &self.rows[named.row_first as usize..named.row_end as usize]
    }

    /// About the memory it takes.
    pub(super) fn bytes(&self) -> usize {
        let names: usize = self.names.iter().map(|named| size_of::<NamedTrace>() + named.name.len() + 24).sum();
        names + self.hashes.len() * 8 + self.rows.len() * 4
    }
}

/// The columns that are summed.
struct Summed {
    starts: ArrayRef,
    lasts: ArrayRef,
    statuses: ArrayRef,
    costs: ArrayRef,
    cost_statuses: ArrayRef,
    usage: Vec<(&'static str, ArrayRef)>,
    usage_other: ArrayRef,
}

impl Summed {
    fn read(source: &dyn Source) -> Result<Self, StoreError> {
        let column = |name| trace_column(source, name);
        Ok(Self {
            starts: column("start_unix_nanos")?,
            lasts: column("last_start_unix_nanos")?,
            statuses: column("status")?,
            costs: column("cost_nanousd")?,
            cost_statuses: column("cost_status")?,
            usage: USAGE_COLUMNS.iter().map(|unit| Ok((*unit, column(unit)?))).collect::<Result<_, StoreError>>()?,
            usage_other: column("usage_other")?,
        })
    }

    fn add(&self, row: usize, named: &mut NamedTrace) {
        let number = |column: &ArrayRef| column.is_valid(row).then(|| column.as_primitive::<UInt64Type>().value(row));
        let text = |column: &ArrayRef| column.is_valid(row).then(|| column.as_string::<i32>().value(row).to_owned());
        named.first_unix_nanos = named.first_unix_nanos.min(number(&self.starts).unwrap_or(0));
        named.last_unix_nanos = named.last_unix_nanos.max(number(&self.lasts).unwrap_or(0));
        let totals = &mut named.totals;
        totals.trace_count += 1;
        totals.error_count += u32::from(text(&self.statuses).as_deref() == Some(SpanStatus::Error.as_str()));
        let cost = self.costs.is_valid(row).then(|| NanoUsd(self.costs.as_primitive::<Int64Type>().value(row)));
        let status = text(&self.cost_statuses).and_then(|status| CostStatus::from_text(&status));
        totals.add_cost(cost, status.unwrap_or_default());
        for (unit, column) in &self.usage {
            number(column).into_iter().for_each(|count| totals.add_usage(unit, count));
        }
        if let Some(json) = text(&self.usage_other) {
            let mut other = Usage::default();
            add_other_usage(&mut other, &json);
            other.iter().for_each(|(unit, count)| totals.add_usage(unit, count));
        }
    }
}
