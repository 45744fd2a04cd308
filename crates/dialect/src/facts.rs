//! What one span says, field by field: every rule of the tables that finds its place, in order of rank.
//!
//! The attributes are walked once; conditions and decoding wait until a field is asked for.

use std::borrow::Cow;
use std::cell::RefCell;
use std::cmp::Reverse;

use model::{AnyValue, Attributes, Event, LogRecord, ObservationType, RawSpan};
use serde_json::{Map, Value};

use crate::json;
use crate::pyrepr;
use crate::table::{EventPart, Field, Order, Reading, Rule, Vocabulary, pattern_matches};

/// A span event or a log record of the span.
#[derive(Clone, Copy)]
pub(crate) struct Occurrence<'a> {
    pub(crate) name: &'a str,
    pub(crate) time_unix_nanos: u64,
    pub(crate) attributes: &'a Attributes,
    pub(crate) body: Option<&'a AnyValue>,
}

impl<'a> Occurrence<'a> {
    fn get(&self, key: &str) -> Option<&'a AnyValue> {
        self.attributes.get(key).or_else(|| match self.body {
            Some(AnyValue::Map(body)) => body.get(key),
            _ => None,
        })
    }

    /// Body and attributes as one object; the body wins.
    pub(crate) fn whole(&self) -> Map<String, Value> {
        let mut whole = json::from_attributes(self.attributes);
        match self.body {
            Some(AnyValue::Map(body)) => whole.extend(json::from_attributes(body)),
            Some(AnyValue::String(text)) => match json::decode_text(text) {
                Some(Value::Object(body)) => whole.extend(body),
                _ => drop(whole.insert("content".to_owned(), Value::String(text.to_string()))),
            },
            _ => {}
        }
        // `gen_ai.user.message`: the role is in the name unless it is said.
        if let Some(role) = self.name.strip_suffix(".message").and_then(|name| name.rsplit('.').next()) {
            whole.entry("role").or_insert_with(|| Value::String(role.to_owned()));
        }
        whole
    }
}

enum Found<'a> {
    /// An attribute and its key.
    One(&'a str, &'a AnyValue),
    /// An attribute of an event, with the event's name and the key.
    OfEvent(&'a str, &'a str, &'a AnyValue),
    OfResource(&'a str, &'a AnyValue),
    Group(Vec<(&'a str, &'a AnyValue)>),
    Text(&'a str),
    Time(u64),
    Occurrences(Vec<Occurrence<'a>>),
    Composed,
}

/// A place where a field was found.
pub(crate) struct Candidate<'a> {
    pub(crate) rule: &'static Rule,
    /// That of the rule, at hand where candidates are put in order.
    order: Order,
    found: Found<'a>,
}

impl<'a> Candidate<'a> {
    /// The text of an attribute whose rule takes it as it is, or as the JSON it holds.
    pub(crate) fn text_as_sent(&self) -> Option<&'a str> {
        match &self.found {
            Found::One(_, value) | Found::OfEvent(_, _, value) | Found::OfResource(_, value) if self.is_taken_whole() => value.as_str(),
            _ => None,
        }
    }

    /// The text of a place whose rule takes it as it is.
    fn plain_text(&self) -> Option<&'a str> {
        let text = match self.found {
            Found::Text(text) if self.is_taken_whole() => Some(text),
            _ => self.text_as_sent(),
        };
        text.filter(|_| self.rule.row.reading == Reading::Plain)
    }

    fn is_taken_whole(&self) -> bool {
        let row = &self.rule.row;
        matches!(row.reading, Reading::Plain | Reading::Json) && row.path.is_none() && row.skip.is_empty()
    }

    /// Names the place for people: `attribute gen_ai.system`, `event LLMChatEndEvent, response.raw.id`.
    pub(crate) fn place(&self) -> String {
        let row = &self.rule.row;
        match &self.found {
            Found::One(key, _) => format!("attribute {key}"),
            Found::OfEvent(event, key, _) => format!("event {event}, {key}"),
            Found::OfResource(key, _) => format!("resource attribute {key}"),
            Found::Group(_) => match &row.event {
                Some(event) => format!("event {event}, {}*", row.prefix.as_deref().unwrap_or_default()),
                None => format!("attributes {}*", row.prefix.as_deref().unwrap_or_default()),
            },
            Found::Text(_) if row.span_name => "name of the span".to_owned(),
            Found::Text(name) => format!("event {name}"),
            Found::Time(_) => format!("time of event {}", row.event.as_deref().unwrap_or_default()),
            Found::Occurrences(list) => {
                let mut names: Vec<&str> = list.iter().map(|occurrence| occurrence.name).collect();
                names.dedup();
                format!("events {}", names.join(", "))
            }
            Found::Composed => format!("attributes {}", row.compose.values().map(String::as_str).collect::<Vec<_>>().join(", ")),
        }
    }
}

/// The places of candidates by field, those of a field by rank: a span has some dozens, and is asked for each field there is.
struct InOrder {
    /// Where each field ends, and the next begins.
    ends: [u32; Field::COUNT],
    places: Vec<u32>,
}

impl Default for InOrder {
    fn default() -> Self {
        Self { ends: [0; Field::COUNT], places: Vec::new() }
    }
}

impl InOrder {
    fn of(candidates: &[Candidate<'_>]) -> Self {
        let mut ends = [0; Field::COUNT];
        candidates.iter().for_each(|candidate| ends[candidate.order.field as usize] += 1);
        let mut before = 0;
        for count in &mut ends {
            (before, *count) = (before + *count, before);
        }
        let mut places = vec![0; candidates.len()];
        for (at, candidate) in (0..).zip(candidates) {
            let end = &mut ends[candidate.order.field as usize];
            places[*end as usize] = at;
            *end += 1;
        }
        let mut in_order = Self { ends, places };
        for field in 0..Field::COUNT {
            let range = in_order.range(field);
            // Stable: what came later among equals stays later; a key that stands twice is read from its last place.
            in_order.places[range].sort_by_key(|at| candidates[*at as usize].order.rank);
        }
        in_order
    }

    fn of_field(&self, field: Field) -> &[u32] {
        &self.places[self.range(field as usize)]
    }

    fn range(&self, field: usize) -> std::ops::Range<usize> {
        let start = field.checked_sub(1).map_or(0, |before| self.ends[before]);
        start as usize..self.ends[field] as usize
    }
}

/// Everything the tables find in one span.
pub(crate) struct Facts<'a> {
    pub(crate) raw: &'a RawSpan,
    pub(crate) occurrences: Vec<Occurrence<'a>>,
    pub(crate) dialects: Vec<&'static str>,
    candidates: Vec<Candidate<'a>>,
    in_order: InOrder,
    observation_type: Option<ObservationType>,
    /// Attributes that no rule knows.
    unknown: Vec<&'a str>,
    /// Places whose value was taken, in the order of asking; kept only where somebody wants an explanation.
    taken: Option<RefCell<Vec<usize>>>,
}

impl<'a> Facts<'a> {
    pub(crate) fn collect(vocabulary: &'static Vocabulary, raw: &'a RawSpan, logs: &'a [LogRecord]) -> Self {
        let mut facts = Self {
            raw,
            occurrences: occurrences(&raw.events, logs),
            dialects: Vec::new(),
            candidates: Vec::with_capacity(raw.attributes.len() + vocabulary.by_span_name.len()),
            in_order: InOrder::default(),
            observation_type: None,
            unknown: Vec::new(),
            taken: None,
        };
        for (scope, dialect) in &vocabulary.scopes {
            if scope_matches(&raw.scope.name, scope) {
                facts.add_dialect(dialect);
            }
        }
        for (key, value) in raw.attributes.iter() {
            facts.add_attribute(vocabulary, key, value);
        }
        facts.add_occurrences(vocabulary);
        for index in &vocabulary.by_resource {
            let rule = &vocabulary.rules[*index];
            if let Some((key, value)) = rule.row.resource.as_ref().and_then(|key| Some((key, raw.resource.attributes.get(key)?))) {
                facts.add(rule, Found::OfResource(key, value));
            }
        }
        for rule in vocabulary.by_span_name.iter().map(|index| &vocabulary.rules[*index]) {
            // Every span has a name; most of these rules are of one scope.
            if rule.row.scope.is_empty() || rule.row.scope.iter().any(|scope| scope_matches(&raw.scope.name, scope)) {
                facts.add(rule, Found::Text(&raw.name));
            }
        }
        facts.in_order = InOrder::of(&facts.candidates);
        facts
    }

    fn add(&mut self, rule: &'static Rule, found: Found<'a>) {
        self.candidates.push(Candidate { rule, order: rule.order(), found });
    }

    fn add_dialect(&mut self, dialect: &'static str) {
        if !self.dialects.contains(&dialect) {
            self.dialects.push(dialect);
        }
    }

    fn add_attribute(&mut self, vocabulary: &'static Vocabulary, key: &'a str, value: &'a AnyValue) {
        let mut is_known = false;
        if let Some(known) = vocabulary.keys.get(key) {
            is_known = !known.rules.is_empty();
            known.dialect.iter().for_each(|dialect| self.add_dialect(dialect));
            for index in &known.rules {
                let rule = &vocabulary.rules[*index];
                if rule.row.compose.is_empty() {
                    self.add(rule, Found::One(key, value));
                } else if !self.candidates.iter().any(|candidate| std::ptr::eq(candidate.rule, rule)) {
                    self.add(rule, Found::Composed);
                }
            }
        }
        let ends = key.bytes().enumerate().filter(|(_, byte)| matches!(byte, b'.' | b':')).map(|(at, _)| at + 1);
        for end in ends {
            let Some(known) = vocabulary.prefixes.get(&key[..end]) else { continue };
            is_known |= !known.rules.is_empty();
            known.dialect.iter().for_each(|dialect| self.add_dialect(dialect));
            for index in &known.rules {
                self.add_to_group(&vocabulary.rules[*index], &key[end..], value);
            }
        }
        if !is_known {
            self.unknown.push(key);
        }
    }

    fn add_to_group(&mut self, rule: &'static Rule, suffix: &'a str, value: &'a AnyValue) {
        let group = self.candidates.iter_mut().find_map(|candidate| match &mut candidate.found {
            Found::Group(group) if std::ptr::eq(candidate.rule, rule) => Some(group),
            _ => None,
        });
        match group {
            Some(group) => group.push((suffix, value)),
            None => self.add(rule, Found::Group(vec![(suffix, value)])),
        }
    }

    fn add_occurrences(&mut self, vocabulary: &'static Vocabulary) {
        for at in 0..self.occurrences.len() {
            let occurrence = self.occurrences[at];
            for index in vocabulary.by_event.get(occurrence.name).into_iter().flatten() {
                self.add_occurrence(&vocabulary.rules[*index], occurrence);
            }
        }
    }

    fn add_occurrence(&mut self, rule: &'static Rule, occurrence: Occurrence<'a>) {
        match rule.row.part {
            Some(EventPart::Time) => self.add(rule, Found::Time(occurrence.time_unix_nanos)),
            Some(EventPart::Name) => self.add(rule, Found::Text(occurrence.name)),
            Some(EventPart::Whole) => self.add(rule, Found::Occurrences(vec![occurrence])),
            Some(EventPart::Each) => {
                let earlier = self.candidates.iter_mut().find_map(|candidate| match &mut candidate.found {
                    Found::Occurrences(list) if std::ptr::eq(candidate.rule, rule) => Some(list),
                    _ => None,
                });
                match earlier {
                    Some(list) => list.push(occurrence),
                    None => self.add(rule, Found::Occurrences(vec![occurrence])),
                }
            }
            None => match &rule.row.prefix {
                Some(prefix) => {
                    let under = occurrence.attributes.iter().filter_map(|(key, value)| Some((key.strip_prefix(prefix.as_str())?, value)));
                    let group: Vec<_> = under.collect();
                    if !group.is_empty() {
                        self.add(rule, Found::Group(group));
                    }
                }
                None => {
                    if let Some((key, value)) = rule.event_keys.iter().find_map(|key| Some((key, occurrence.get(key)?))) {
                        self.add(rule, Found::OfEvent(occurrence.name, key, value));
                    }
                }
            },
        }
    }

    /// From here on, rules that hold for some types only are decided.
    pub(crate) fn set_type(&mut self, observation_type: ObservationType) {
        self.observation_type = Some(observation_type);
    }

    /// Returns the candidates of a field whose conditions hold, best first.
    pub(crate) fn of(&self, field: Field) -> impl Iterator<Item = &Candidate<'a>> {
        self.in_order.of_field(field).iter().map(|at| &self.candidates[*at as usize]).filter(|candidate| self.holds(candidate.rule))
    }

    fn holds(&self, rule: &Rule) -> bool {
        let row = &rule.row;
        let attributes = &self.raw.attributes;
        (row.types.is_empty() || self.observation_type.is_some_and(|kind| row.types.iter().any(|text| text == kind.as_str())))
            && (row.scope.is_empty() || row.scope.iter().any(|scope| scope_matches(&self.raw.scope.name, scope)))
            && !row.except_scope.iter().any(|scope| scope_matches(&self.raw.scope.name, scope))
            && row.has.as_ref().is_none_or(|key| attributes.get(key).is_some())
            && row.lacks.as_ref().is_none_or(|key| attributes.get(key).is_none())
            && row.equals.as_ref().is_none_or(|(key, text)| attributes.text(key) == Some(text))
    }

    /// Returns what the first candidate that can be read says.
    pub(crate) fn first<T>(&self, field: Field, read: impl Fn(Value, &Rule) -> Option<T>) -> Option<T> {
        self.of(field).find_map(|candidate| {
            let value = read(self.value(candidate)?, candidate.rule)?;
            self.take(candidate);
            Some(value)
        })
    }

    /// Returns what the first candidate of one detail says (`usage.input_tokens`: the detail is `input_tokens`).
    pub(crate) fn first_of<T>(&self, field: Field, detail: &str, read: impl Fn(Value, &Rule) -> Option<T>) -> Option<T> {
        self.first(field, |value, rule| if rule.detail == detail { read(value, rule) } else { None })
    }

    /// Remembers that a place gave a value, for who wants to know later.
    pub(crate) fn take(&self, candidate: &Candidate<'a>) {
        if let Some(taken) = &self.taken {
            let at = self.candidates.iter().position(|known| std::ptr::eq(known, candidate));
            let mut taken = taken.borrow_mut();
            if let Some(at) = at.filter(|at| !taken.contains(at)) {
                taken.push(at);
            }
        }
    }

    /// From here on, the places that give values are remembered.
    pub(crate) fn remember(&mut self) {
        self.taken = Some(RefCell::default());
    }

    /// The places that gave values, as remembered.
    pub(crate) fn taken(&self) -> Vec<&Candidate<'a>> {
        let taken = self.taken.as_ref().map(|taken| taken.borrow().clone()).unwrap_or_default();
        taken.into_iter().map(|at| &self.candidates[at]).collect()
    }

    /// Keys of attributes that no rule knows.
    pub(crate) fn unknown(&self) -> &[&'a str] {
        &self.unknown
    }

    /// Reads a field as one text.
    pub(crate) fn text(&self, field: Field) -> Option<String> {
        self.of(field).find_map(|candidate| {
            let text = match candidate.plain_text() {
                // Most are this, and need no value on the way.
                Some(text) => Some(text).filter(|text| json::says_something(text)).map(str::to_owned),
                None => json::text_of(&self.value(candidate)?),
            };
            text.inspect(|_| self.take(candidate))
        })
    }

    /// Reads a place as one text, taken out of the JSON text it may be.
    pub(crate) fn word(&self, candidate: &Candidate<'a>) -> Option<Cow<'a, str>> {
        match candidate.plain_text() {
            Some(text) if !json::looks_like_json(text) => json::says_something(text).then_some(Cow::Borrowed(text)),
            _ => json::text_of(&json::decoded(self.value(candidate)?)).map(Cow::Owned),
        }
    }

    /// Returns the value at a place, decoded as its rule says; None when it says nothing.
    pub(crate) fn value(&self, candidate: &Candidate<'a>) -> Option<Value> {
        let row = &candidate.rule.row;
        let value = match &candidate.found {
            Found::One(_, value) | Found::OfEvent(_, _, value) | Found::OfResource(_, value) => json::from_any(value),
            Found::Text(text) => Value::String((*text).to_owned()),
            Found::Time(nanos) => Value::from(*nanos),
            Found::Group(pairs) if row.reading == Reading::Map => {
                let kept = pairs.iter().filter(|(key, _)| !row.skip.iter().any(|skip| pattern_matches(skip, key)));
                kept.map(|(key, value)| ((*key).to_owned(), json::from_any(value))).collect::<Map<_, _>>().into()
            }
            Found::Group(pairs) => json::unflatten(pairs.iter().map(|(key, value)| (*key, json::from_any(value)))),
            Found::Occurrences(list) => list.iter().map(|occurrence| Value::Object(occurrence.whole())).collect(),
            Found::Composed => self.composed(candidate.rule)?,
        };
        let value = match row.reading {
            Reading::Json => json::decoded(value),
            Reading::Python => value.as_str().and_then(|text| json::decode_text(text).or_else(|| pyrepr::parse(text))).unwrap_or(value),
            Reading::LastWord => value.as_str().and_then(|text| text.split_whitespace().next_back()).map_or(Value::Null, Value::from),
            _ => value,
        };
        let value = match &row.path {
            Some(path) => json::at_path(&value, path)?,
            None => value,
        };
        // A list of texts is skipped item by item, by who splits it.
        let skipped =
            row.reading != Reading::Csv && value.as_str().is_some_and(|text| row.skip.iter().any(|skip| pattern_matches(skip, text)));
        (!json::is_blank(&value) && !skipped).then_some(value)
    }

    fn composed(&self, rule: &Rule) -> Option<Value> {
        let object: Map<String, Value> = rule
            .row
            .compose
            .iter()
            .filter_map(|(property, keys)| {
                let value = keys.split('|').find_map(|key| self.raw.attributes.get(key))?;
                Some((property.clone(), json::from_any(value)))
            })
            .filter(|(_, value)| !json::is_blank(value))
            .collect();
        (!object.is_empty()).then_some(Value::Object(object))
    }
}

/// Whether a scope is the one named, or one below it.
pub(crate) fn scope_matches(scope: &str, wanted: &str) -> bool {
    // Each span is asked for some hundred scopes, of which many begin alike: most are told by one letter, the last of the wanted one.
    let may_begin_so = scope.as_bytes().get(wanted.len().wrapping_sub(1)) == wanted.as_bytes().last();
    let rest = if may_begin_so { scope.strip_prefix(wanted) } else { None };
    rest.is_some_and(|rest| rest.is_empty() || wanted.ends_with(['.', '/', '-']) || rest.starts_with(['.', '/', '-', '_', ':', ' ']))
}

/// Span events and log records, oldest first.
fn occurrences<'a>(events: &'a [Event], logs: &'a [LogRecord]) -> Vec<Occurrence<'a>> {
    let events = events.iter().map(|event| Occurrence {
        name: &event.name,
        time_unix_nanos: event.time_unix_nanos,
        attributes: &event.attributes,
        body: None,
    });
    let logs = logs.iter().map(|log| Occurrence {
        name: log.event_name(),
        time_unix_nanos: if log.time_unix_nanos == 0 { log.observed_time_unix_nanos } else { log.time_unix_nanos },
        attributes: &log.attributes,
        body: log.body.as_ref(),
    });
    let mut all: Vec<Occurrence<'a>> = events.chain(logs).collect();
    // Requests arrive in any order; names break ties so that the prompt stands before the answer.
    all.sort_by_key(|occurrence| (occurrence.time_unix_nanos, Reverse(occurrence.name)));
    all
}
