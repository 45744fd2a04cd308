//! Names and values that the data of a project has had: attributes, metadata, and places in inputs and outputs.
//!
//! Gathered from the newest spans, and kept for a moment: a query is completed at every stroke of a key.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use model::{AnyValue, ProjectSlug, Span, TraceId};
use query::{Root, Seen, SeenKind, Subject};
use serde_json::Value;
use store::aggregate::{AggregateQuery, Dimension, Grouping};
use store::{Detail, SpanQuery, StepOutput, StepQuery, StoreError, TimeRange, TracesQuery};

use crate::auth::ProjectScope;
use crate::leaves::{each_leaf, inside};
use crate::limits::{
    SEEN_KEPT, SEEN_LEAVES_MAX, SEEN_NAMES_MAX, SEEN_RANGES_MAX, SEEN_RUNS_OF_STEP, SEEN_SPANS_MAX, SEEN_STEPS_MAX, SEEN_VALUE_CHARS_MAX,
    SEEN_VALUES_COUNTED_MAX, SEEN_VALUES_MAX,
};

/// What was seen in a time of a project.
#[derive(Debug, Clone, Default)]
pub(crate) struct SeenData {
    /// Those of most spans first, those of one place together.
    pub(crate) names: Vec<SeenName>,
    /// Spans that were looked at, runs of steps among them.
    pub(crate) spans: usize,
}

/// One name.
#[derive(Debug, Clone)]
pub(crate) struct SeenName {
    /// As the query language writes it, of a step's output without the step.
    pub(crate) name: String,
    pub(crate) place: Place,
    pub(crate) kind: SeenKind,
    /// Spans that have it, among those that were looked at.
    pub(crate) spans: u64,
    /// The most frequent ones first.
    pub(crate) values: Vec<(Value, u64)>,
}

/// Where a name stands in spans.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Place {
    Metadata,
    Attribute,
    /// In the output of a step, by its name.
    StepOutput(String),
    Output,
    Input,
}

impl Place {
    pub(crate) fn as_str(&self) -> &'static str {
        match self {
            Self::Metadata => "metadata",
            Self::Attribute => "attribute",
            Self::StepOutput(_) => "step_output",
            Self::Output => "output",
            Self::Input => "input",
        }
    }
}

impl SeenData {
    /// The same for the query language.
    pub(crate) fn for_queries(&self) -> Seen {
        let mut known = HashSet::new();
        let names = self.names.iter().filter(|seen| known.insert(seen.name.as_str()));
        let names = names.map(|seen| query::SeenName { name: seen.name.clone(), kind: seen.kind }).collect();
        Seen { names, complete: false }
    }

    /// The values of a name, those of most spans first; of several steps those of all.
    pub(crate) fn values_of(&self, name: &str) -> Vec<(Value, u64)> {
        let mut counts: Vec<(Value, u64)> = Vec::new();
        for (value, count) in self.names.iter().filter(|seen| seen.name == name).flat_map(|seen| &seen.values) {
            match counts.iter_mut().find(|(known, _)| known == value) {
                // The newest runs of a step may be among the newest spans too.
                Some((_, known)) => *known = (*known).max(*count),
                None => counts.push((value.clone(), *count)),
            }
        }
        counts.sort_by(|(_, one), (_, other)| other.cmp(one));
        counts
    }
}

/// What was seen lately, by project and range as it was asked for; cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct SeenShelf(Arc<Mutex<HashMap<(ProjectSlug, String), (Instant, Arc<SeenData>)>>>);

impl SeenShelf {
    /// Returns what was seen in a range; what is known for less than a few seconds is not looked up again.
    pub(crate) async fn of(&self, scope: &ProjectScope, asked: &str, range: TimeRange) -> Result<Arc<SeenData>, StoreError> {
        let key = (scope.project().clone(), asked.to_owned());
        if let Some(known) = self.known(&key) {
            return Ok(known);
        }
        let seen = Arc::new(gather(scope, range).await?);
        let mut shelf = self.0.lock().expect("nothing panics while the lock is held");
        shelf.retain(|_, (since, _)| since.elapsed() < SEEN_KEPT);
        if shelf.len() < SEEN_RANGES_MAX {
            shelf.insert(key, (Instant::now(), Arc::clone(&seen)));
        }
        Ok(seen)
    }

    fn known(&self, key: &(ProjectSlug, String)) -> Option<Arc<SeenData>> {
        let shelf = self.0.lock().expect("nothing panics while the lock is held");
        shelf.get(key).filter(|(since, _)| since.elapsed() < SEEN_KEPT).map(|(_, seen)| Arc::clone(seen))
    }
}

async fn gather(scope: &ProjectScope, range: TimeRange) -> Result<SeenData, StoreError> {
    let page = scope.list_spans(&SpanQuery { range, limit: SEEN_SPANS_MAX, ..SpanQuery::default() }).await?;
    let trace_ids: HashSet<TraceId> = page.spans.iter().map(|span| span.trace_id).collect();
    let spans = Some(page.spans.iter().map(|span| (span.trace_id, span.span_id)).collect());
    let wanted = TracesQuery { trace_ids: trace_ids.into_iter().collect(), spans, detail: Detail::Whole };
    let whole: Vec<Span> = scope.traces(&wanted).await?.into_iter().flat_map(|trace| trace.spans).collect();
    let mut runs = Vec::new();
    for step_name in steps(scope, range).await? {
        let query = StepQuery { step_name: step_name.clone(), range, limit: SEEN_RUNS_OF_STEP, ..StepQuery::default() };
        runs.extend(scope.runs_of_step(&query).await?.runs.into_iter().map(|run| (step_name.clone(), run.output)));
    }
    let done = tokio::task::spawn_blocking(move || told(&whole, runs)).await;
    done.map_err(|source| StoreError::failed("failed to look at the newest spans", source))
}

/// The steps that ran most.
async fn steps(scope: &ProjectScope, range: TimeRange) -> Result<Vec<String>, StoreError> {
    let by = query::field("step_name").into_iter().map(Dimension::Field).collect();
    let groupings = vec![Grouping { by, limit: SEEN_STEPS_MAX, ..Grouping::default() }];
    let answer = scope.aggregate(&AggregateQuery { range, groupings, ..AggregateQuery::default() }).await?;
    let groups = answer.groupings.into_iter().flat_map(|groups| groups.groups);
    Ok(groups.filter_map(|group| group.values.into_iter().next().flatten()).collect())
}

fn told(spans: &[Span], runs: Vec<(String, StepOutput)>) -> SeenData {
    let mut names = Names::default();
    for span in spans {
        names.add_span(span);
    }
    let run_count = runs.len();
    for (step, output) in runs {
        names.begin();
        if let Some(output) = output.derived(|raw| dialect::translate(raw, &[])) {
            names.add_leaves(&output, "output", &Place::StepOutput(step));
        }
    }
    SeenData { names: names.sorted(), spans: spans.len() + run_count }
}

/// Names while they are gathered.
#[derive(Default)]
struct Names {
    /// By place, and by the name in the data.
    found: HashMap<(Place, String), Found>,
    /// Counts spans, so that a name that a span says twice counts once.
    at: u64,
}

#[derive(Default)]
struct Found {
    last_at: u64,
    spans: u64,
    kind: Option<SeenKind>,
    values: BTreeMap<String, (Value, u64)>,
}

impl Names {
    fn begin(&mut self) {
        self.at += 1;
    }

    fn add_span(&mut self, span: &Span) {
        self.begin();
        for (key, value) in &span.metadata {
            let value = Value::Object([(key.clone(), value.clone())].into_iter().collect());
            self.add_leaves(&value, "metadata", &Place::Metadata);
        }
        let Some(raw) = &span.raw else { return };
        for attributes in [&raw.attributes, &raw.resource.attributes, &raw.scope.attributes] {
            attributes.iter().for_each(|(key, value)| self.add(Place::Attribute, key, &plain(value)));
        }
        let content = dialect::translate(Arc::clone(raw), &[]).content.into_inner();
        for (root, place, value) in [("input", Place::Input, content.input), ("output", Place::Output, content.output)] {
            // A text is searched by its words; what has places inside has names.
            if let Some(value) = value.filter(|value| value.is_object() || value.is_array()) {
                self.add_leaves(&value, root, &place);
            }
        }
    }

    fn add_leaves(&mut self, value: &Value, root: &str, place: &Place) {
        each_leaf(value, SEEN_LEAVES_MAX, |path, leaf| {
            self.add(place.clone(), &inside(root, path), leaf);
        });
    }

    fn add(&mut self, place: Place, name: &str, value: &Value) {
        let key = (place, name.to_owned());
        if self.found.len() >= SEEN_NAMES_MAX && !self.found.contains_key(&key) {
            return;
        }
        let found = self.found.entry(key).or_default();
        found.spans += u64::from(found.last_at != self.at);
        found.last_at = self.at;
        let kind = match value {
            Value::Null => return,
            Value::String(_) => SeenKind::Text,
            Value::Number(_) => SeenKind::Number,
            Value::Bool(_) => SeenKind::Truth,
            Value::Array(_) | Value::Object(_) => SeenKind::Mixed,
        };
        found.kind = Some(found.kind.filter(|known| *known != kind).map_or(kind, |_| SeenKind::Mixed));
        found.count(value);
    }

    fn sorted(self) -> Vec<SeenName> {
        let name = |((place, name), found): ((Place, String), Found)| {
            let subject = match place {
                Place::Attribute => Subject::Attribute(name),
                // What the language cannot name cannot be asked for.
                _ => query::subjects(&name).ok()?.into_iter().next()?,
            };
            let is_place = matches!(&subject, Subject::Path { root, .. } if root_of(&place) == Some(*root));
            let is_nameable = is_place || matches!(subject, Subject::Attribute(_));
            is_nameable.then(|| found.seen(query::name_of(&subject), place))
        };
        let mut names: Vec<SeenName> = self.found.into_iter().filter_map(name).collect();
        names.sort_by(|one, other| one.place.cmp(&other.place).then(other.spans.cmp(&one.spans)).then_with(|| one.name.cmp(&other.name)));
        names
    }
}

fn root_of(place: &Place) -> Option<Root> {
    match place {
        Place::Metadata => Some(Root::Metadata),
        Place::Attribute => None,
        Place::StepOutput(_) | Place::Output => Some(Root::Output),
        Place::Input => Some(Root::Input),
    }
}

impl Found {
    fn count(&mut self, value: &Value) {
        let is_short = match value {
            Value::String(text) => text.chars().nth(SEEN_VALUE_CHARS_MAX).is_none(),
            Value::Array(_) | Value::Object(_) => false,
            _ => true,
        };
        let text = value.to_string();
        if is_short && (self.values.len() < SEEN_VALUES_COUNTED_MAX || self.values.contains_key(&text)) {
            self.values.entry(text).or_insert_with(|| (value.clone(), 0)).1 += 1;
        }
    }

    fn seen(self, name: String, place: Place) -> SeenName {
        let mut values: Vec<(Value, u64)> = self.values.into_values().collect();
        values.sort_by(|(_, one), (_, other)| other.cmp(one));
        values.truncate(SEEN_VALUES_MAX);
        SeenName { name, place, kind: self.kind.unwrap_or(SeenKind::Mixed), spans: self.spans, values }
    }
}

/// A scalar attribute as JSON; of anything else only that it is there.
fn plain(value: &AnyValue) -> Value {
    match value {
        AnyValue::String(text) => Value::String(text.to_string()),
        AnyValue::Int(number) => (*number).into(),
        AnyValue::Double(number) => (*number).into(),
        AnyValue::Bool(truth) => (*truth).into(),
        AnyValue::Empty => Value::Null,
        AnyValue::Array(_) | AnyValue::Map(_) | AnyValue::Bytes(_) => Value::Array(Vec::new()),
    }
}
