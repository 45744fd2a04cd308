//! The trait every engine implements.

use std::path::Path;

use async_trait::async_trait;
use model::{LogRecord, ProjectSlug, RawSpan, SpanId, TraceId};

use crate::aggregate::{AggregateAnswer, AggregateQuery};
use crate::backup::{BackupReceipt, BackupRest};
use crate::batch::{CleanBatch, Receipt};
use crate::deletion::{Deletion, DeletionReceipt};
use crate::error::StoreError;
use crate::group_query::{GroupPage, GroupQuery};
use crate::ledger::Ledger;
use crate::query::{Detail, LogPage, LogQuery, SpanPage, SpanQuery, TimeRange, TracePage, TraceQuery, TraceRecords, TracesQuery};
use crate::record_query::{PointPage, PointQuery, RawPage, RawQuery};
use crate::rederive::{Rederive, RederiveReceipt};
use crate::sql::{SqlAnswer, SqlError, SqlQuestion};
use crate::status::StoreStatus;
use crate::step_query::{SpanOutput, StepPage, StepQuery};

/// Keeps spans, log records and metric points, durably, and answers questions about them.
#[async_trait]
pub trait SpanStore: Send + Sync + 'static {
    /// Stores a batch; returns once it is on disk and visible to the next question.
    ///
    /// A span known by trace id and span id with the same content is a duplicate and changes nothing; with other content it is
    /// an update: a new version is kept beside the old one and every answer shows both merged (`model::merge`).
    /// Log records and metric points are duplicates when equal in all fields.
    ///
    /// The same model call is billed in one trace. A span that is a billing leaf with a response id and usage claims the call
    /// (project, observation type, response id) for its trace, for good, unless another trace has claimed it before with a start
    /// in the same or a neighbouring window of `limits::SAME_CALL_NANOS`: then the span is stored with `billed_in` that trace. Spans of one trace share its claim; which of them pays is for the tree to say.
    /// Each version of a span is looked at by itself, and what the batch says in `billed_in` does not count.
    async fn append(&self, batch: CleanBatch) -> Result<Receipt, StoreError>;

    async fn list_traces(&self, project: &ProjectSlug, query: &TraceQuery) -> Result<TracePage, StoreError>;

    async fn list_spans(&self, project: &ProjectSlug, query: &SpanQuery) -> Result<SpanPage, StoreError>;

    async fn list_logs(&self, project: &ProjectSlug, query: &LogQuery) -> Result<LogPage, StoreError>;

    async fn list_groups(&self, project: &ProjectSlug, query: &GroupQuery) -> Result<GroupPage, StoreError>;

    async fn list_points(&self, project: &ProjectSlug, query: &PointQuery) -> Result<PointPage, StoreError>;

    /// Returns spans as they were sent, each once: merged, where it has several versions.
    async fn raw_spans(&self, project: &ProjectSlug, query: &RawQuery) -> Result<RawPage<RawSpan>, StoreError>;

    /// Returns log records, in the order of `list_logs`, with or without a span.
    async fn raw_logs(&self, project: &ProjectSlug, query: &RawQuery) -> Result<RawPage<LogRecord>, StoreError>;

    /// Answers by figures; a question that is dropped is given up soon.
    async fn aggregate(&self, project: &ProjectSlug, query: &AggregateQuery) -> Result<AggregateAnswer, StoreError>;

    /// Returns the last runs of a step, newest first, with what each gave back.
    async fn runs_of_step(&self, project: &ProjectSlug, query: &StepQuery) -> Result<StepPage, StoreError>;

    /// Returns what some spans gave back, in the order asked for; those that are not there are left out.
    async fn outputs(&self, project: &ProjectSlug, spans: &[(TraceId, SpanId)]) -> Result<Vec<SpanOutput>, StoreError>;

    /// Answers a question in SQL over `sql::TABLES`, of which it sees the rows of the project; nothing else, and nothing is changed.
    ///
    /// `SELECT count(*)` of a table is the total of the list of the same rows. A question that is dropped is given up soon.
    async fn sql(&self, _project: &ProjectSlug, _question: &SqlQuestion) -> Result<SqlAnswer, SqlError> {
        Err(StoreError::Invalid("this store does not answer SQL".into()).into())
    }

    /// Returns every record of a trace; None where the project has no span of it.
    async fn trace(&self, project: &ProjectSlug, trace_id: TraceId, detail: Detail) -> Result<Option<TraceRecords>, StoreError>;

    /// Returns the spans of several traces, each trace as `trace` does but without log records, in the order asked for; traces of which
    /// the project has no such span are left out.
    async fn traces(&self, project: &ProjectSlug, query: &TracesQuery) -> Result<Vec<TraceRecords>, StoreError>;

    /// Returns the projects that have spans of a trace.
    async fn projects_of_trace(&self, trace_id: TraceId) -> Result<Vec<ProjectSlug>, StoreError>;

    /// Sums the ledger over the minutes of receipt that lie in the range, over all projects.
    async fn ledger(&self, range: TimeRange) -> Result<Ledger, StoreError>;

    /// Makes the columns of spans anew and keeps them in place of the old ones, for the spans there are when the call begins.
    ///
    /// `derive` gets each span merged from its versions, and its answer stands for all of them: what it leaves out is gone. Ids,
    /// raw spans, `billed_in`, the ledger and what is known as a duplicate stay as they are. No claim is made or given up.
    /// `derive` must not make a column from one that it changes: it may get a span more than once.
    ///
    /// Appends and questions go on; a question sees of each stored row the old columns or the new ones, and a version appended
    /// meanwhile keeps those it came with. After an error or a crash some spans have new columns, and the call can be made again.
    async fn rederive(&self, request: Rederive) -> Result<RederiveReceipt, StoreError>;

    /// Removes records for good, with everything by which they were known: what is sent again afterwards is new.
    ///
    /// A question sees all of them or none. Records that arrive before it is done go too, those that arrive later stay: an append
    /// is the one or the other. Once the call has begun to remove, it comes to its end, if need be at the next start. The ledger
    /// counts what was received, and goes on to do so. Other traces keep what they say of a removed one: links, and `billed_in`.
    async fn delete(&self, request: Deletion) -> Result<DeletionReceipt, StoreError>;

    fn status(&self) -> StoreStatus;

    /// Copies everything acknowledged before the call into a new or empty folder, on the machine of the store, while appends and
    /// questions go on; `rest` is run before the copy is sealed. An engine that keeps no files refuses.
    async fn backup(&self, _target: &Path, _rest: BackupRest) -> Result<BackupReceipt, StoreError> {
        Err(StoreError::Invalid("this store keeps no files that could be backed up".into()))
    }

    /// Moves everything in memory into segments; the store stays open.
    async fn flush(&self) -> Result<(), StoreError>;

    /// Flushes and stops; later calls answer `Stopped`.
    async fn close(&self) -> Result<(), StoreError>;
}
