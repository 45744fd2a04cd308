//! Spans as a table that SQL can be asked of: tails and segments together, versions merged.
//!
//! DataFusion reads only the columns a question names, skips what its statistics rule out, and groups on all cores.

use std::collections::HashSet;
use std::sync::{Arc, OnceLock};

use datafusion::arrow::array::{FixedSizeBinaryArray, RecordBatch};
use datafusion::arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion::catalog::{CatalogProvider, CatalogProviderList, MemoryCatalogProvider, MemoryCatalogProviderList, MemorySchemaProvider};
use datafusion::datasource::MemTable;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::{SessionState, SessionStateBuilder};
use datafusion::prelude::{DataFrame, ParquetReadOptions, SessionConfig, SessionContext};
use futures::StreamExt;
use model::ProjectSlug;
use store::StoreError;
use tokio::sync::Semaphore;

use crate::footers::Footers;
use crate::keys::SpanKey;
use crate::limits;
use crate::rows::spans;
use crate::sql_threads::SqlThreads;

/// The columns questions may name.
const COLUMNS: [&str; 8] = ["project", "trace_id", "span_id", "version", "parent_span_id", "start_unix_nanos", "end_unix_nanos", "origin"];

/// What plans and runs questions; one for the store, for its caches of file metadata live here.
pub(crate) struct Planner {
    /// Made for the first question: a server may never be asked one.
    state: OnceLock<SessionState>,
    /// Of the files that figures are made of.
    pub(crate) footers: Footers,
    /// Admits questions for figures.
    pub(crate) figures: Semaphore,
    /// Started for the first question in SQL.
    sql: OnceLock<SqlThreads>,
}

/// Asks about the spans of one project.
pub(crate) struct Question<'a> {
    /// Rows of the tails.
    pub(crate) batches: &'a [Arc<RecordBatch>],
    /// Files of core columns.
    pub(crate) files: Vec<String>,
    /// Spans with more than one version.
    pub(crate) updated_spans: &'a HashSet<SpanKey>,
    pub(crate) project: &'a ProjectSlug,
    /// A query over the table `spans`: `trace_id`, `span_id`, `parent_span_id`, `start_unix_nanos`, `end_unix_nanos` and `origin`.
    pub(crate) sql: String,
}

impl Planner {
    pub(crate) fn new() -> Self {
        Self {
            state: OnceLock::new(),
            footers: Footers::default(),
            figures: Semaphore::new(limits::FIGURE_QUESTIONS_MAX),
            sql: OnceLock::new(),
        }
    }

    /// Where questions in SQL are worked on.
    pub(crate) fn sql(&self) -> Result<&SqlThreads, StoreError> {
        if let Some(runtime) = self.sql.get() {
            return Ok(runtime);
        }
        let threads = SqlThreads::start()?;
        Ok(self.sql.get_or_init(|| threads))
    }

    fn state(&self) -> datafusion::error::Result<&SessionState> {
        if let Some(state) = self.state.get() {
            return Ok(state);
        }
        let runtime = RuntimeEnvBuilder::new().with_memory_limit(limits::QUESTION_BYTES_MAX, 1.0).build_arc()?;
        let mut config = SessionConfig::new();
        // Views of texts would only be copied out again.
        config.options_mut().execution.parquet.schema_force_view_types = false;
        config.options_mut().execution.parquet.pushdown_filters = true;
        Ok(self.state.get_or_init(|| SessionContext::new_with_config_rt(config, runtime).state()))
    }

    /// Runs a question and hands over its answer batch by batch. Blocks; call it where that is allowed.
    pub(crate) fn ask(
        &self,
        question: &Question<'_>,
        mut take: impl FnMut(&RecordBatch) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let failed = |source| StoreError::failed("failed to run a list query", source);
        tokio::runtime::Handle::current().block_on(async {
            let mut answer = self.plan(question).await.map_err(failed)?.execute_stream().await.map_err(failed)?;
            while let Some(batch) = answer.next().await {
                take(&batch.map_err(failed)?)?;
            }
            Ok(())
        })
    }

    async fn plan(&self, question: &Question<'_>) -> datafusion::error::Result<DataFrame> {
        let context = SessionContext::new_with_state(self.state_of_one_question()?);
        context.register_table("versions", self.versions(&context, question).await?.into_view())?;
        let updated = updated_batch(question.updated_spans);
        let spans = if updated.num_rows() == 0 { ALL_ONCE } else { MERGED };
        context.register_table("updated", Arc::new(MemTable::try_new(updated.schema(), vec![vec![updated]])?))?;
        context.register_table("spans", context.sql(spans).await?.into_view())?;
        context.sql(&question.sql).await
    }

    /// Functions, settings and caches are shared; the names of tables are this question's alone.
    fn state_of_one_question(&self) -> datafusion::error::Result<SessionState> {
        let state = self.state()?;
        let settings = &state.config_options().catalog;
        let catalog = MemoryCatalogProvider::new();
        catalog.register_schema(&settings.default_schema, Arc::new(MemorySchemaProvider::new()))?;
        let catalogs = MemoryCatalogProviderList::new();
        catalogs.register_catalog(settings.default_catalog.clone(), Arc::new(catalog));
        Ok(SessionStateBuilder::new_from_existing(state.clone()).with_catalog_list(Arc::new(catalogs)).build())
    }

    /// Every version of every span of the project.
    async fn versions(&self, context: &SessionContext, question: &Question<'_>) -> datafusion::error::Result<DataFrame> {
        use datafusion::prelude::{col, lit};
        let columns: Vec<_> = COLUMNS.iter().map(|name| col(*name)).collect();
        let batches = question.batches.iter().map(|batch| batch.as_ref().clone()).collect();
        let tail = context.read_table(Arc::new(MemTable::try_new(spans::schema(), vec![batches])?))?;
        let mut versions = tail.select(columns.clone())?;
        if !question.files.is_empty() {
            let schema = core_schema();
            let options = ParquetReadOptions::default().schema(&schema);
            versions = versions.union(context.read_parquet(question.files.clone(), options).await?.select(columns)?)?;
        }
        versions.filter(col("project").eq(lit(question.project.as_str())))
    }
}

/// No span has a second version: nothing to merge.
const ALL_ONCE: &str = "SELECT trace_id, span_id, parent_span_id, start_unix_nanos, end_unix_nanos, origin FROM versions";

/// The same rule as `model::merge`: the newest value that is present.
const MERGED: &str = "
    SELECT trace_id, span_id, parent_span_id, start_unix_nanos, end_unix_nanos, origin
    FROM versions LEFT ANTI JOIN updated ON trace_id = updated_trace_id AND span_id = updated_span_id
    UNION ALL
    SELECT trace_id, span_id,
        last_value(parent_span_id ORDER BY version) FILTER (WHERE parent_span_id IS NOT NULL) AS parent_span_id,
        coalesce(last_value(start_unix_nanos ORDER BY version) FILTER (WHERE start_unix_nanos <> 0), arrow_cast(0, 'UInt64')) AS start_unix_nanos,
        coalesce(last_value(end_unix_nanos ORDER BY version) FILTER (WHERE end_unix_nanos <> 0), arrow_cast(0, 'UInt64')) AS end_unix_nanos,
        last_value(origin ORDER BY version) FILTER (WHERE origin IS NOT NULL) AS origin
    FROM versions LEFT SEMI JOIN updated ON trace_id = updated_trace_id AND span_id = updated_span_id
    GROUP BY trace_id, span_id";

/// The spans that have more than one version.
fn updated_batch(updated_spans: &HashSet<SpanKey>) -> RecordBatch {
    let trace_ids = FixedSizeBinaryArray::try_from_iter(updated_spans.iter().map(|key| *key.trace_id.as_bytes()));
    let span_ids = FixedSizeBinaryArray::try_from_iter(updated_spans.iter().map(|key| *key.span_id.as_bytes()));
    // Fails only where there are none, and then the schema alone matters.
    match (trace_ids, span_ids) {
        (Ok(trace_ids), Ok(span_ids)) => {
            let columns = [("updated_trace_id", Arc::new(trace_ids) as _), ("updated_span_id", Arc::new(span_ids) as _)];
            RecordBatch::try_from_iter(columns).expect("both columns have one value a span")
        }
        _ => RecordBatch::new_empty(updated_schema()),
    }
}

fn updated_schema() -> SchemaRef {
    use datafusion::arrow::datatypes::DataType::FixedSizeBinary;
    let field = |name, width| Field::new(name, FixedSizeBinary(width), false);
    Arc::new(Schema::new(vec![field("updated_trace_id", 16), field("updated_span_id", 8)]))
}

/// What the files of segments hold: the rows without what was sent.
fn core_schema() -> Schema {
    let schema = spans::schema();
    let is_core = |field: &&Arc<Field>| !spans::CONTENT_COLUMNS.contains(&field.name().as_str());
    Schema::new(schema.fields().iter().filter(is_core).cloned().collect::<Vec<_>>())
}
