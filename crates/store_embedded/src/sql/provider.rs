//! A table of SQL: reads what a question names of it, part by part, on threads that may block.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::datatypes::{SchemaRef, UInt64Type};
use datafusion::catalog::{Session, TableProvider};
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{BinaryExpr, Expr, Operator, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::stream::{RecordBatchReceiverStreamBuilder, RecordBatchStreamAdapter};
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
use futures::{FutureExt, StreamExt};
use store::sql::{Column, SqlType, Table};
use store::{Asking, StoreError, TimeRange};

use super::columns::{columns_of_rows, origin, schema_of, stored_table};
use super::pushed_down::{is_understood, narrowed, time_columns};
use crate::read::{Part, StoredRows, StoredTable, TableReader, WantedRows};

pub(super) struct SqlTable {
    pub(super) reader: Arc<TableReader>,
    pub(super) table: &'static Table,
    /// Rows outside of it are not there.
    pub(super) range: TimeRange,
    pub(super) asking: Arc<Asking>,
}

impl fmt::Debug for SqlTable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SqlTable").field("table", &self.table.name).finish_non_exhaustive()
    }
}

#[async_trait]
impl TableProvider for SqlTable {
    fn schema(&self) -> SchemaRef {
        schema_of(self.table)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        let told = |filter: &&Expr| match is_understood(self.table, filter) || equal_text(self.table, filter).is_some() {
            true => TableProviderFilterPushDown::Inexact,
            false => TableProviderFilterPushDown::Unsupported,
        };
        Ok(filters.iter().map(told).collect())
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let schema = match projection {
            Some(places) => Arc::new(self.schema().project(places)?),
            None => self.schema(),
        };
        let columns: Vec<&'static Column> = match projection {
            Some(places) => places.iter().map(|place| &self.table.columns[*place]).collect(),
            None => self.table.columns.iter().collect(),
        };
        let scan = Arc::new(self.scan_of(columns, Arc::clone(&schema), filters));
        let parts = self.reader.parts(&scan.wanted);
        self.asking.add_parts(parts.len() as u64);
        let threads = state.config().target_partitions().clamp(1, parts.len().max(1));
        let of_thread = |thread: usize| parts.iter().skip(thread).step_by(threads).copied().collect();
        let partitions = (0..threads).map(|thread| Arc::new(Partition { scan: Arc::clone(&scan), parts: of_thread(thread) }) as _);
        Ok(Arc::new(StreamingTableExec::try_new(schema, partitions.collect(), None, [], false, limit)?))
    }
}

impl SqlTable {
    fn scan_of(&self, columns: Vec<&'static Column>, schema: SchemaRef, filters: &[Expr]) -> Scan {
        let mut stored: BTreeSet<&'static str> = BTreeSet::new();
        let mut with_contents = false;
        for column in &columns {
            let origin = origin(self.table, column);
            stored.extend(origin.stored);
            with_contents |= origin.needs_contents;
        }
        // Which spans have scores, content tells.
        with_contents |= stored_table(self.table) == StoredTable::Scores;
        // Content is made of rows that meet the condition alone.
        let equal: Vec<_> = filters.iter().filter(|_| with_contents).filter_map(|filter| equal_text(self.table, filter)).collect();
        stored.extend(equal.iter().map(|(column, _)| *column));
        let only_steps = self.table.name == "steps";
        stored.extend(only_steps.then_some("step_name"));
        let [_, time_column] = time_columns(self.table);
        stored.extend((self.range != TimeRange::default()).then_some(time_column));
        let (range, traces) = narrowed(self.table, filters, self.range);
        let wanted = WantedRows { table: stored_table(self.table), columns: stored.into_iter().collect(), with_contents, range, traces };
        let (reader, asking) = (Arc::clone(&self.reader), Arc::clone(&self.asking));
        Scan { reader, asking, table: self.table, columns, schema, wanted, only_steps, equal, range: self.range, time_column }
    }
}

/// The stored column and the text of a condition such as `step_name = 'triage'`; rows of other columns are looked at by the planner.
fn equal_text(table: &'static Table, filter: &Expr) -> Option<(&'static str, String)> {
    let Expr::BinaryExpr(BinaryExpr { left, op: Operator::Eq, right }) = filter else { return None };
    let (Expr::Column(column), Some(value)) = (left.as_ref(), right.as_literal()) else { return None };
    let (_, column) = table.column(&column.name).filter(|(_, column)| column.kind == SqlType::Text)?;
    let origin = origin(table, column);
    let [stored] = origin.stored.as_slice() else { return None };
    Some((*stored, value.try_as_str()??.to_owned()))
}

/// What is read of a table.
struct Scan {
    reader: Arc<TableReader>,
    asking: Arc<Asking>,
    table: &'static Table,
    columns: Vec<&'static Column>,
    schema: SchemaRef,
    wanted: WantedRows,
    only_steps: bool,
    /// Stored columns that must have a text.
    equal: Vec<(&'static str, String)>,
    range: TimeRange,
    time_column: &'static str,
}

impl Scan {
    fn made(&self, rows: StoredRows) -> std::result::Result<RecordBatch, StoreError> {
        self.asking.add_read(rows.columns.num_rows() as u64, rows.bytes);
        columns_of_rows(&self.reader.engine, self.table, &self.columns, &self.schema, &self.wanted_of(rows)?)
    }

    /// Leaves out rows that are not in the table, before anything is made of them.
    fn wanted_of(&self, rows: StoredRows) -> std::result::Result<StoredRows, StoreError> {
        if !self.only_steps && self.equal.is_empty() && self.range == TimeRange::default() {
            return Ok(rows);
        }
        let column =
            |name: &str| rows.columns.column_by_name(name).ok_or_else(|| StoreError::Damaged(format!("column `{name}` was not read")));
        let mut is_wanted = vec![true; rows.columns.num_rows()];
        if self.only_steps {
            let names = column("step_name")?;
            is_wanted.iter_mut().enumerate().for_each(|(row, is_wanted)| *is_wanted &= names.is_valid(row));
        }
        for (name, wanted) in &self.equal {
            if let Some(texts) = column(name)?.as_string_opt::<i32>() {
                is_wanted.iter_mut().zip(texts).for_each(|(is_wanted, text)| *is_wanted &= text == Some(wanted.as_str()));
            }
        }
        if self.range != TimeRange::default() {
            let times = column(self.time_column)?.as_primitive::<UInt64Type>();
            is_wanted.iter_mut().zip(times.values()).for_each(|(is_wanted, time)| *is_wanted &= self.range.contains(*time));
        }
        rows.only(&is_wanted)
    }
}

/// The parts that one thread reads, one after the other.
struct Partition {
    scan: Arc<Scan>,
    parts: Vec<Part>,
}

impl fmt::Debug for Partition {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Partition").field("table", &self.scan.table.name).field("parts", &self.parts).finish()
    }
}

impl PartitionStream for Partition {
    fn schema(&self) -> &SchemaRef {
        &self.scan.schema
    }

    /// Begins to read when the first rows are asked for: a question may name a table a hundred times.
    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let (scan, parts) = (Arc::clone(&self.scan), self.parts.clone());
        let batches = async move { read_ahead(&scan, parts) }.into_stream().flatten();
        Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.scan.schema), batches))
    }
}

/// Reads one batch ahead of whoever takes them, and stops when nobody does.
fn read_ahead(scan: &Arc<Scan>, parts: Vec<Part>) -> SendableRecordBatchStream {
    let mut builder = RecordBatchReceiverStreamBuilder::new(Arc::clone(&scan.schema), 1);
    let (scan, batches) = (Arc::clone(scan), builder.tx());
    builder.spawn_blocking(move || {
        for part in parts {
            if batches.is_closed() {
                break;
            }
            let read = scan.reader.read(&scan.wanted, part, &mut |rows| Ok(batches.blocking_send(Ok(scan.made(rows)?)).is_ok()));
            read.map_err(|error| DataFusionError::External(Box::new(error)))?;
            scan.asking.end_part(0, 0);
        }
        Ok(())
    });
    builder.build()
}
