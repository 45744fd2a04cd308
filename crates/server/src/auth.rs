//! Who may do what: the only way from a handler to the data.
//!
//! The store, the catalog and the pipeline are private here. A handler gets a `ProjectScope` (or an `AnyProject`) as an argument, made
//! from the request by this module, and reaches data through it alone: a route without authorization does not compile.
//! Keys do not exist yet: every caller may do everything, and the server listens on the loopback address by default.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts, RawPathParams};
use http::HeaderMap;
use http::request::Parts;
use model::{LogRecord, ProjectSlug, RawSpan, Resource, SpanId, TraceId};
use pipeline::{Admission, Entrance, Outcome, PriceTables, SubmitError};
use store::aggregate::{AggregateAnswer, AggregateQuery};
use store::sql::{SqlAnswer, SqlError, SqlQuestion};
use store::{
    BackupReceipt, Catalog, Chosen, Deletion, DeletionReceipt, DeriveSpan, Detail, GroupPage, GroupQuery, Ledger, LogPage, LogQuery,
    OwnPrice, OwnPrices, PointPage, PointQuery, PriceTerms, Project, RawPage, RawQuery, Rederive, RederiveReceipt, SavedView, SpanOutput,
    SpanPage, SpanQuery, SpanStore, StepPage, StepQuery, StoreError, StoreStatus, TimeRange, TracePage, TraceQuery, TraceRecords,
    TracesQuery, ViewSaved, ViewTerms,
};
use wire::Incoming;

use crate::problem::Problem;

/// Names the project of a request that carries no key.
pub(crate) const PROJECT_HEADER: &str = "x-clew-project";

/// Resource attributes that name the project, in order of trust.
const PROJECT_ATTRIBUTES: [&str; 2] = ["clew.project", "openinference.project.name"];

/// Keeps the data from handlers without a scope; cheap to clone.
#[derive(Clone)]
pub(crate) struct Gate {
    store: Arc<dyn SpanStore>,
    catalog: Arc<dyn Catalog>,
    entrance: Entrance,
}

/// The right to read and write one project.
#[derive(Clone)]
pub(crate) struct ProjectScope {
    gate: Gate,
    project: ProjectSlug,
}

/// The right to ask across all projects the caller may read.
#[derive(Clone)]
pub(crate) struct AnyProject {
    gate: Gate,
}

impl Gate {
    pub(crate) fn new(store: Arc<dyn SpanStore>, catalog: Arc<dyn Catalog>, entrance: Entrance) -> Self {
        Self { store, catalog, entrance }
    }

    pub(crate) fn admission(&self) -> &Admission {
        self.entrance.admission()
    }

    /// Splits a request by the project each record goes to: the header's, else the resource's, else `default`.
    pub(crate) fn scopes_for(&self, headers: &HeaderMap, incoming: Incoming) -> Result<Vec<(ProjectScope, Incoming)>, Problem> {
        let named = match headers.get(PROJECT_HEADER) {
            Some(value) => Some(project_from_header(value)?),
            None => None,
        };
        let parts = match named {
            Some(project) => vec![(project, incoming)],
            None => split_by_resource(incoming),
        };
        Ok(parts.into_iter().map(|(project, incoming)| (ProjectScope { gate: self.clone(), project }, incoming)).collect())
    }
}

fn project_from_header(value: &http::HeaderValue) -> Result<ProjectSlug, Problem> {
    let text = value.to_str().unwrap_or_default();
    text.parse().map_err(|error: model::IdError| Problem::bad_request("invalid-project", format!("header `{PROJECT_HEADER}`: {error}")))
}

fn split_by_resource(incoming: Incoming) -> Vec<(ProjectSlug, Incoming)> {
    let mut parts: HashMap<ProjectSlug, Incoming> = HashMap::new();
    for span in incoming.spans {
        parts.entry(project_of(&span.resource)).or_default().spans.push(span);
    }
    for log in incoming.logs {
        parts.entry(project_of(&log.resource)).or_default().logs.push(log);
    }
    for point in incoming.points {
        parts.entry(project_of(&point.resource)).or_default().points.push(point);
    }
    if !incoming.rejected.is_empty() {
        // The records are gone and so are their resources; the ledger counts over all projects in any case.
        parts.entry(ProjectSlug::default_project()).or_default().rejected = incoming.rejected;
    }
    parts.into_iter().collect()
}

fn project_of(resource: &Resource) -> ProjectSlug {
    let named = PROJECT_ATTRIBUTES.iter().find_map(|key| resource.attributes.text(key));
    named.and_then(ProjectSlug::from_name).unwrap_or_else(ProjectSlug::default_project)
}

impl ProjectScope {
    pub(crate) fn project(&self) -> &ProjectSlug {
        &self.project
    }

    pub(crate) async fn submit(&self, incoming: Incoming, request_bytes: usize) -> Result<Outcome, SubmitError> {
        self.gate.entrance.submit(self.project.clone(), incoming, request_bytes).await
    }

    pub(crate) async fn list_traces(&self, query: &TraceQuery) -> Result<TracePage, StoreError> {
        self.gate.store.list_traces(&self.project, query).await
    }

    pub(crate) async fn list_spans(&self, query: &SpanQuery) -> Result<SpanPage, StoreError> {
        self.gate.store.list_spans(&self.project, query).await
    }

    pub(crate) async fn list_logs(&self, query: &LogQuery) -> Result<LogPage, StoreError> {
        self.gate.store.list_logs(&self.project, query).await
    }

    pub(crate) async fn list_groups(&self, query: &GroupQuery) -> Result<GroupPage, StoreError> {
        self.gate.store.list_groups(&self.project, query).await
    }

    pub(crate) async fn list_points(&self, query: &PointQuery) -> Result<PointPage, StoreError> {
        self.gate.store.list_points(&self.project, query).await
    }

    pub(crate) async fn raw_spans(&self, query: &RawQuery) -> Result<RawPage<RawSpan>, StoreError> {
        self.gate.store.raw_spans(&self.project, query).await
    }

    pub(crate) async fn raw_logs(&self, query: &RawQuery) -> Result<RawPage<LogRecord>, StoreError> {
        self.gate.store.raw_logs(&self.project, query).await
    }

    pub(crate) async fn aggregate(&self, query: &AggregateQuery) -> Result<AggregateAnswer, StoreError> {
        self.gate.store.aggregate(&self.project, query).await
    }

    pub(crate) async fn runs_of_step(&self, query: &StepQuery) -> Result<StepPage, StoreError> {
        self.gate.store.runs_of_step(&self.project, query).await
    }

    pub(crate) async fn outputs(&self, spans: &[(TraceId, SpanId)]) -> Result<Vec<SpanOutput>, StoreError> {
        self.gate.store.outputs(&self.project, spans).await
    }

    pub(crate) async fn sql(&self, question: &SqlQuestion) -> Result<SqlAnswer, SqlError> {
        self.gate.store.sql(&self.project, question).await
    }

    pub(crate) async fn trace(&self, trace_id: TraceId, detail: Detail) -> Result<Option<TraceRecords>, StoreError> {
        self.gate.store.trace(&self.project, trace_id, detail).await
    }

    pub(crate) async fn traces(&self, query: &TracesQuery) -> Result<Vec<TraceRecords>, StoreError> {
        self.gate.store.traces(&self.project, query).await
    }

    /// The price tables as they hold for the project.
    pub(crate) async fn price_tables(&self) -> Result<PriceTables, StoreError> {
        self.gate.entrance.prices().tables(&self.project).await
    }

    /// The own price table, with the rows the project may see: its own and those of all.
    pub(crate) async fn own_prices(&self) -> Result<OwnPrices, StoreError> {
        let table = self.gate.entrance.prices().own().await?;
        Ok(self.seen(&table))
    }

    pub(crate) async fn put_own_prices(&self, rows: Vec<PriceTerms>) -> Result<OwnPrices, StoreError> {
        let table = self.gate.entrance.prices().put(rows).await?;
        Ok(self.seen(&table))
    }

    /// Removes a row the project may see; None where there is no such row.
    pub(crate) async fn remove_own_price(&self, id: u64) -> Result<Option<OwnPrices>, StoreError> {
        if !self.own_prices().await?.rows.iter().any(|row| row.id == id) {
            return Ok(None);
        }
        Ok(self.gate.entrance.prices().remove(id).await?.map(|table| self.seen(&table)))
    }

    /// The saved views of the project.
    pub(crate) async fn views(&self) -> Result<Vec<SavedView>, StoreError> {
        self.gate.catalog.views(&self.project).await
    }

    /// Adds a view, or changes the one of an id.
    pub(crate) async fn save_view(&self, id: Option<u64>, terms: &ViewTerms) -> Result<ViewSaved, StoreError> {
        self.gate.catalog.save_view(&self.project, id, terms).await
    }

    pub(crate) async fn remove_view(&self, id: u64) -> Result<bool, StoreError> {
        self.gate.catalog.remove_view(&self.project, id).await
    }

    /// Removes records of the project; see `SpanStore::delete`.
    pub(crate) async fn delete(&self, chosen: Chosen, dry_run: bool) -> Result<DeletionReceipt, StoreError> {
        self.gate.store.delete(Deletion { project: self.project.clone(), chosen, dry_run }).await
    }

    /// Makes the columns of the project's spans anew; see `SpanStore::rederive`.
    pub(crate) async fn rederive(&self, range: TimeRange, derive: DeriveSpan) -> Result<RederiveReceipt, StoreError> {
        self.gate.store.rederive(self.rederivation(range, derive, false)).await
    }

    /// The same, where the log records of each span matter.
    pub(crate) async fn rederive_with_logs(&self, range: TimeRange, derive: DeriveSpan) -> Result<RederiveReceipt, StoreError> {
        self.gate.store.rederive(self.rederivation(range, derive, true)).await
    }

    fn rederivation(&self, range: TimeRange, derive: DeriveSpan, with_logs: bool) -> Rederive {
        Rederive { project: Some(self.project.clone()), range, derive, with_logs, progress: Arc::new(|_| {}) }
    }

    fn seen(&self, table: &OwnPrices) -> OwnPrices {
        let is_seen = |row: &&OwnPrice| row.terms.project.as_ref().is_none_or(|project| *project == self.project);
        OwnPrices { version: table.version, rows: table.rows.iter().filter(is_seen).cloned().collect() }
    }
}

impl AnyProject {
    pub(crate) async fn projects(&self) -> Result<Vec<Project>, StoreError> {
        self.gate.catalog.projects().await
    }

    /// Finds the project of a trace; the first by name where several have it.
    pub(crate) async fn scope_of_trace(&self, trace_id: TraceId) -> Result<Option<ProjectScope>, StoreError> {
        let mut projects = self.gate.store.projects_of_trace(trace_id).await?;
        projects.sort();
        Ok(projects.into_iter().next().map(|project| ProjectScope { gate: self.gate.clone(), project }))
    }

    pub(crate) async fn ledger(&self, range: TimeRange) -> Result<Ledger, StoreError> {
        self.gate.store.ledger(range).await
    }

    pub(crate) fn status(&self) -> StoreStatus {
        self.gate.store.status()
    }

    /// Copies store and catalog into a folder of this machine; see `SpanStore::backup`.
    pub(crate) async fn backup(&self, target: PathBuf) -> Result<BackupReceipt, StoreError> {
        let (catalog, folder) = (Arc::clone(&self.gate.catalog), target.clone());
        // The catalog last: it then knows the project of every span.
        let rest = Box::pin(async move { catalog.backup(&folder).await });
        self.gate.store.backup(&target, rest).await
    }
}

impl<S> FromRequestParts<S> for ProjectScope
where
    Gate: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Problem;

    /// Takes the project from the path; answers 404 for one that does not exist.
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let gate = Gate::from_ref(state);
        let params = RawPathParams::from_request_parts(parts, state)
            .await
            .map_err(|error| Problem::bad_request("invalid-path", error.to_string()))?;
        let name = params.iter().find(|(name, _)| *name == "project").map(|(_, value)| value.to_owned()).unwrap_or_default();
        let project: ProjectSlug =
            name.parse().map_err(|error: model::IdError| Problem::bad_request("invalid-project", error.to_string()))?;
        let known = gate.catalog.projects().await?.iter().any(|known| known.slug == project);
        if !known {
            return Err(Problem::not_found(format!("there is no project `{project}`")).with_hint(format!(
                "A project is created by the first record sent to it, e.g. with the header `{PROJECT_HEADER}: {project}`."
            )));
        }
        Ok(Self { gate, project })
    }
}

impl<S> FromRequestParts<S> for AnyProject
where
    Gate: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request_parts(_parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        Ok(Self { gate: Gate::from_ref(state) })
    }
}
