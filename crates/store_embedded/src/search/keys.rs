//! The keys under which the index has the values of a row by their places.
//!
//! A key is the hash of the place (root and keys, lists left out), what kind of value it is, and the value: of a text its hash, of a
//! number its bytes in the order of numbers. Texts that spell a number or a truth stand under that too, as filters read them; a row with
//! several of these at one place says so, for its keys do not tell how often each stands there, nor which of them are texts.
//!
//! A long text that no row before had at its place has a few bits of its hash: most are never seen again, whole hashes of them would be
//! a third of all keys, and the few rows under the same bits are looked at.

use std::collections::HashSet;

use model::{AnyValue, Span};
use query::{Operand, PathStep, Root, Subject, root_value};
use serde_json::Value;
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

use super::number::Number;
use crate::limits::{SEARCH_DEPTH_MAX, SEARCH_KEY_TEXT_BYTES_MAX, SEARCH_KEYS_MAX};

/// A place, lists left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Place(u64);

const ATTRIBUTES: Place = Place(1);
const SCORES: Place = Place(2);

pub(super) const ROOTS: [Root; 6] = [Root::Input, Root::Output, Root::Metadata, Root::StateBefore, Root::StateAfter, Root::ToolArguments];

impl Place {
    pub(super) fn of_attribute(key: &str) -> Self {
        ATTRIBUTES.under(key)
    }

    pub(super) fn of_score(name: &str) -> Self {
        SCORES.under(name)
    }

    /// Where every span with a score stands, whatever its name.
    pub(super) fn of_scores() -> Self {
        SCORES
    }

    /// The place a subject is about, and whether the place tells all the subject does; None for a subject that is about no place.
    pub(super) fn of_subject(subject: &Subject) -> Option<(Self, bool)> {
        match subject {
            Subject::Attribute(key) => Some((Self::of_attribute(key), true)),
            Subject::Score(name) => Some((Self::of_score(name), true)),
            Subject::Path { root, path } => Some(Self::of_path(*root, path)),
            Subject::Field(_) | Subject::Tokens | Subject::Occurrence | Subject::RollUp(_) => None,
        }
    }

    /// The place a path leads to, and whether the path tells no more than the place does.
    pub(super) fn of_path(root: Root, path: &[PathStep]) -> (Self, bool) {
        let mut place = Self::of_root(root);
        let mut is_exact = true;
        for step in path {
            match step {
                PathStep::Key(key) => place = place.under(key),
                PathStep::Each | PathStep::At(_) => is_exact = false,
            }
        }
        (place, is_exact)
    }

    fn of_root(root: Root) -> Self {
        let number = ROOTS.iter().position(|known| *known == root).unwrap_or(ROOTS.len());
        Self(SCORES.0 + 1 + number as u64)
    }

    fn under(self, key: &str) -> Self {
        Self(xxh3_64_with_seed(key.as_bytes(), self.0))
    }

    pub(super) fn exists(self) -> Vec<u8> {
        self.key(EXISTS, &[])
    }

    pub(super) fn text(self, text: &str) -> Vec<u8> {
        self.key(TEXT, &xxh3_64(text.as_bytes()).to_be_bytes())
    }

    /// The key of a long text that was not seen before.
    pub(super) fn first_long_text(self, text: &str) -> Vec<u8> {
        self.key(LONG_TEXT, &((xxh3_64(text.as_bytes()) >> (64 - LONG_TEXT_BITS)) as u16).to_be_bytes())
    }

    /// How all keys of long texts begin that were not seen before.
    pub(super) fn long_texts(self) -> Vec<u8> {
        self.key(LONG_TEXT, &[])
    }

    pub(super) fn truth(self, truth: bool) -> Vec<u8> {
        self.key(TRUTH, &[u8::from(truth)])
    }

    /// Where rows stand that have several numbers or truths there, those that texts spell included.
    pub(super) fn several(self) -> Vec<u8> {
        self.key(SEVERAL, &[])
    }

    /// How all other keys of texts begin.
    pub(super) fn texts(self) -> Vec<u8> {
        self.key(TEXT, &[])
    }

    /// The key of a number, or the beginning of it.
    pub(super) fn number(self, number: &[u8]) -> Vec<u8> {
        self.key(NUMBER, number)
    }

    fn key(self, kind: u8, value: &[u8]) -> Vec<u8> {
        let mut key = Vec::with_capacity(PREFIX_BYTES + value.len());
        key.extend(self.0.to_be_bytes());
        key.push(kind);
        key.extend(value);
        key
    }
}

const EXISTS: u8 = 0;
const TRUTH: u8 = 1;
const NUMBER: u8 = 2;
const TEXT: u8 = 3;
const SEVERAL: u8 = 4;
const LONG_TEXT: u8 = 5;

/// Of the hash of a long text: one in 4,096 stands under the same key.
const LONG_TEXT_BITS: u32 = 12;

/// Place and kind.
pub(super) const PREFIX_BYTES: usize = 9;

/// Under this key are rows with more values than the index holds.
pub(super) const INCOMPLETE: &[u8] = &[0];

/// The long texts that rows had before, each at its place.
#[derive(Debug, Default)]
pub(super) struct LongTexts(HashSet<(Place, u64)>);

impl LongTexts {
    /// The key of a text that a row has at a place.
    fn key_of(&mut self, place: Place, text: &str) -> Vec<u8> {
        match is_long(text) && self.0.insert((place, xxh3_64(text.as_bytes()))) {
            true => place.first_long_text(text),
            false => place.text(text),
        }
    }
}

fn is_long(text: &str) -> bool {
    text.len() > SEARCH_KEY_TEXT_BYTES_MAX
}

/// Under which keys stands what equals an operand that is no number.
pub(super) struct OperandKeys {
    pub(super) sure: Vec<u8>,
    /// Where other texts may stand too.
    pub(super) maybe: Option<Vec<u8>>,
}

pub(super) fn keys_of_operand(place: Place, operand: &Operand) -> Option<OperandKeys> {
    match operand {
        Operand::Text(text) => Some(OperandKeys { sure: place.text(text), maybe: is_long(text).then(|| place.first_long_text(text)) }),
        Operand::Truth(truth) => Some(OperandKeys { sure: place.truth(*truth), maybe: None }),
        Operand::Integer(_) | Operand::Decimal(_) => None,
    }
}

/// The truth that a text spells, as filters read it.
pub(super) fn truth_of_text(text: &str) -> Option<bool> {
    [true, false].into_iter().find(|truth| text.eq_ignore_ascii_case(if *truth { "true" } else { "false" }))
}

/// Returns all keys of a span, each once.
pub(super) fn keys_of(span: &Span, long_texts: &mut LongTexts) -> HashSet<Vec<u8>> {
    let mut keys = Keys { all: HashSet::new(), spelled: HashSet::new(), long_texts };
    // First: whatever else is too much, this is told.
    if !span.content.scores.is_empty() {
        keys.add(Place::of_scores().exists());
    }
    for root in ROOTS {
        if let Some(value) = root_value(root, span) {
            keys.add_json(Place::of_root(root), &value, 0);
        }
    }
    for score in &span.content.scores {
        if let Some(place) = score["name"].as_str().map(Place::of_score) {
            keys.add(place.exists());
            keys.add_json(place, &score["score"], 0);
            keys.add_json(place, &score["label"], 0);
        }
    }
    each_attribute(span, &mut |key, value| {
        let place = Place::of_attribute(key);
        keys.add(place.exists());
        keys.add_any(place, value);
    });
    keys.all
}

struct Keys<'a> {
    all: HashSet<Vec<u8>>,
    /// Where a number or a truth was found.
    spelled: HashSet<Place>,
    long_texts: &'a mut LongTexts,
}

impl Keys<'_> {
    fn add(&mut self, key: Vec<u8>) {
        if self.all.len() < SEARCH_KEYS_MAX {
            self.all.insert(key);
        } else if !self.all.contains(&key) {
            self.add_incomplete();
        }
    }

    fn add_incomplete(&mut self) {
        self.all.insert(INCOMPLETE.to_vec());
    }

    fn add_json(&mut self, place: Place, value: &Value, depth: usize) {
        if value.is_null() {
            return;
        }
        self.add(place.exists());
        match value {
            Value::Null => {}
            Value::Bool(truth) => self.add_truth(place, *truth),
            Value::Number(number) => Number::of_json(number).into_iter().for_each(|number| self.add_number(place, number)),
            Value::String(text) => self.add_text(place, text),
            Value::Array(items) => items.iter().for_each(|item| self.add_json(place, item, depth)),
            Value::Object(_) if depth == SEARCH_DEPTH_MAX => self.add_incomplete(),
            Value::Object(fields) => fields.iter().for_each(|(key, value)| self.add_json(place.under(key), value, depth + 1)),
        }
    }

    fn add_any(&mut self, place: Place, value: &AnyValue) {
        match value {
            AnyValue::Bool(truth) => self.add_truth(place, *truth),
            AnyValue::Int(number) => self.add_number(place, Number::Integer((*number).into())),
            AnyValue::Double(number) => self.add_number(place, Number::Decimal(*number)),
            AnyValue::String(text) => self.add_text(place, text),
            AnyValue::Array(items) => items.iter().for_each(|item| self.add_any(place, item)),
            AnyValue::Empty | AnyValue::Bytes(_) | AnyValue::Map(_) => {}
        }
    }

    fn add_text(&mut self, place: Place, text: &str) {
        let key = self.long_texts.key_of(place, text);
        self.add(key);
        Number::of_text(text).into_iter().for_each(|number| self.add_number(place, number));
        truth_of_text(text).into_iter().for_each(|truth| self.add_truth(place, truth));
    }

    fn add_truth(&mut self, place: Place, truth: bool) {
        self.add(place.truth(truth));
        self.add_spelled(place);
    }

    fn add_number(&mut self, place: Place, number: Number) {
        if let Some(number) = number.key() {
            self.add(place.number(&number));
            self.add_spelled(place);
        }
    }

    fn add_spelled(&mut self, place: Place) {
        if !self.spelled.insert(place) {
            self.add(place.several());
        }
    }
}

/// Hands over the raw attributes that filters see: of a key that stands more than once the last, and that of the span before that of
/// its resource and that of its scope.
fn each_attribute<'a>(span: &'a Span, take: &mut dyn FnMut(&'a str, &'a AnyValue)) {
    let Some(raw) = &span.raw else { return };
    let mut taken = HashSet::new();
    for attributes in [&raw.attributes, &raw.resource.attributes, &raw.scope.attributes] {
        let mut seen = HashSet::new();
        for (key, value) in attributes.iter().rev() {
            // An empty value gives way to that of the next holder, not to an earlier one of the same.
            if seen.insert(key) && *value != AnyValue::Empty && taken.insert(key) {
                take(key, value);
            }
        }
    }
}
