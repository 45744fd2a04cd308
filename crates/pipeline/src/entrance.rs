//! Where receivers hand in what they decoded, and get a receipt.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{SystemTime, UNIX_EPOCH};

use dialect::AgentSessions;
use model::{ObservationType, ProjectSlug, TraceId};
use store::{BatchParts, BrokeOff, Catalog, CleanBatch, Receipt, SpanStore, StoreError, compute};
use tokio::sync::broadcast;
use wire::Incoming;

use crate::admit::Admission;
use crate::limits::{CHANGES_BUFFERED_MAX, KNOWN_PROJECTS_MAX};
use crate::normalise::Normalised;
use crate::price::{PriceShelf, PriceTables};
use crate::{normalise, price, redact};

/// Told to open pages once a batch is on disk and visible.
#[derive(Debug, Clone)]
pub struct Change {
    pub sequence: u64,
    pub project: ProjectSlug,
    pub trace_ids: Arc<[TraceId]>,
    pub spans: usize,
}

/// What became of one request.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    pub receipt: Receipt,
    /// Spans recognised as model calls.
    pub llm_calls: usize,
    /// Whether at least one of them carried messages.
    pub content_seen: bool,
}

/// Why a request could not be stored.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    #[error("batch not stored")]
    Store(#[from] StoreError),
    #[error("translation broke off")]
    Broken(#[from] BrokeOff),
}

/// The way into the pipeline; cheap to clone.
#[derive(Clone)]
pub struct Entrance {
    store: Arc<dyn SpanStore>,
    catalog: Arc<dyn Catalog>,
    /// Those that the catalog is known to have; none ever goes.
    projects: Arc<RwLock<HashSet<ProjectSlug>>>,
    prices: PriceShelf,
    admission: Admission,
    changes: broadcast::Sender<Change>,
    /// What log records told of coding agents, for later requests.
    agents: Arc<Mutex<AgentSessions>>,
}

/// Opens the pipeline before a store.
pub fn start(store: Arc<dyn SpanStore>, catalog: Arc<dyn Catalog>, prices: PriceShelf) -> Entrance {
    let (changes, _) = broadcast::channel(CHANGES_BUFFERED_MAX);
    Entrance { store, catalog, projects: Arc::default(), prices, admission: Admission::default(), changes, agents: Arc::default() }
}

impl Entrance {
    /// The door every receiver asks before it reads a body.
    pub fn admission(&self) -> &Admission {
        &self.admission
    }

    /// The price tables that spans are priced by.
    pub fn prices(&self) -> &PriceShelf {
        &self.prices
    }

    /// Follows what is stored from now on.
    pub fn changes(&self) -> broadcast::Receiver<Change> {
        self.changes.subscribe()
    }

    /// Takes a decoded request through all stages; returns once its records are on disk and visible.
    ///
    /// `request_bytes` is the size of the request the records are of, unpacked.
    pub async fn submit(&self, project: ProjectSlug, incoming: Incoming, request_bytes: usize) -> Result<Outcome, SubmitError> {
        self.ensure_project(&project).await?;
        let tables = self.prices.tables(&project).await?;
        let prepared = compute(request_bytes, {
            let (project, agents) = (project.clone(), Arc::clone(&self.agents));
            move || prepare(project, incoming, request_bytes, &tables, &agents)
        })
        .await?;
        let receipt = self.store.append(prepared.batch).await?;
        self.announce(project, &receipt, prepared.spans);
        Ok(Outcome { receipt, llm_calls: prepared.llm_calls, content_seen: prepared.content_seen })
    }

    /// Asks the catalog only for the first request of a project: a transaction for each would cost more than a small request itself.
    async fn ensure_project(&self, project: &ProjectSlug) -> Result<(), StoreError> {
        if self.projects.read().unwrap_or_else(PoisonError::into_inner).contains(project) {
            return Ok(());
        }
        self.catalog.ensure_project(project).await?;
        let mut known = self.projects.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() < KNOWN_PROJECTS_MAX {
            known.insert(project.clone());
        }
        Ok(())
    }

    fn announce(&self, project: ProjectSlug, receipt: &Receipt, spans: usize) {
        if receipt.trace_ids.is_empty() {
            return;
        }
        let change = Change { sequence: receipt.sequence, project, trace_ids: receipt.trace_ids.clone().into(), spans };
        // Fails only where nobody listens, and then nobody misses it.
        let _ = self.changes.send(change);
    }
}

struct Prepared {
    batch: CleanBatch,
    spans: usize,
    llm_calls: usize,
    content_seen: bool,
}

fn prepare(
    project: ProjectSlug,
    mut incoming: Incoming,
    request_bytes: usize,
    tables: &PriceTables,
    agents: &Mutex<AgentSessions>,
) -> Prepared {
    let mut rejected = BTreeMap::new();
    for rejection in &incoming.rejected {
        *rejected.entry(rejection.reason.as_str().to_owned()).or_default() += 1;
    }
    let Normalised { mut spans, content_seen } = normalise::normalise(incoming.spans, &mut incoming.logs, agents);
    price::price(&mut spans, tables);
    let llm_calls = spans.iter().filter(|span| span.observation_type == ObservationType::Llm).count();
    let span_count = spans.len();
    let Incoming { logs, points, .. } = incoming;
    let parts = BatchParts { project, received_unix_nanos: now_unix_nanos(), request_bytes, spans, logs, points, rejected };
    Prepared { batch: redact::redact(parts), spans: span_count, llm_calls, content_seen }
}

fn now_unix_nanos() -> u64 {
    // A clock before 1970 is a broken machine; zero is as good as any other lie.
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as u64)
}
