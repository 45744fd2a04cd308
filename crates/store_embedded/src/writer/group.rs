//! Appends that are written together.

use std::collections::BTreeMap;

use model::{Origin, TraceId};
use store::{Ledger, Receipt, StoreError, with_causes};
use tokio::sync::oneshot;

use crate::claims::trace_of_entry;
use crate::contents::{Contents, Map};
use crate::engine::{Engine, Reservation};
use crate::keys::{ContentHash, RecordKey};
use crate::limits;
use crate::prepare::{Prepared, RecordIdentity};
use crate::rows::{LogRow, PointRow, SpanRow, TableBatches};
use crate::segment::Sought;
use crate::wal::{LedgerDelta, Record, RecordHead};

/// Rows of several appends, each known to be new or an update.
pub(super) struct Group {
    sequence_first: u64,
    sequence_last: u64,
    spans: Vec<SpanRow>,
    logs: Vec<LogRow>,
    points: Vec<PointRow>,
    ledger: BTreeMap<u64, Ledger>,
    /// Contents of this group, which the tail does not know yet.
    contents: Contents,
    /// And claims of this group.
    claims: Map<RecordKey, TraceId>,
    bytes: usize,
    waiting: Waiting,
}

/// What a record is, against all that were seen before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Novelty {
    New,
    Duplicate,
    Update,
}

/// What tails and segments know of an append's records, and of the calls its spans claim.
pub(super) struct Stored {
    known: Vec<Known>,
    claims: Vec<ClaimedBy>,
}

/// Whether a key was seen at all, and whether with this content.
#[derive(Debug, Clone, Copy)]
struct Known {
    key: bool,
    content: bool,
}

impl Group {
    pub(super) fn new(sequence_last: u64) -> Self {
        Self {
            sequence_first: sequence_last + 1,
            sequence_last,
            spans: Vec::new(),
            logs: Vec::new(),
            points: Vec::new(),
            ledger: BTreeMap::new(),
            contents: Contents::default(),
            claims: Map::default(),
            bytes: 0,
            waiting: Waiting::default(),
        }
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.0.is_empty()
    }

    /// Looks up what is stored of an append's records. Everything that can fail comes here, before the group changes.
    pub(super) fn look_up(&self, engine: &Engine, prepared: &Prepared) -> Result<Stored, StoreError> {
        let known = known_contents(engine, prepared)?;
        let claims = known_claims(engine, prepared, &known)?;
        Ok(Stored { known, claims })
    }

    /// Sorts the records of an append into new, updated and duplicate ones, and keeps the rows that have to be written.
    pub(super) fn classify(&mut self, mut prepared: Prepared, stored: Stored) -> Receipt {
        let Stored { known, claims } = stored;
        let identities: Vec<_> = prepared.identities().collect();
        // A span made from a log record was not received; the record is counted.
        let mut received: Vec<bool> = prepared.spans.iter().map(|row| row.span.origin == Origin::Span).collect();
        received.resize(identities.len(), true);
        let novelties: Vec<_> = identities.iter().zip(known).map(|(identity, known)| self.novelty(*identity, known)).collect();
        let (mut novelty, mut claims) = (novelties.iter().copied(), claims.into_iter());
        prepared.spans.retain_mut(|row| {
            let (is_kept, claimed_by) = (keep(novelty.next(), |is_update| row.is_update = is_update), claims.next().unwrap_or_default());
            if is_kept {
                self.bill(row, claimed_by);
            }
            is_kept
        });
        prepared.logs.retain(|_| keep(novelty.next(), |_| {}));
        prepared.points.retain(|_| keep(novelty.next(), |_| {}));
        let count = |wanted| novelties.iter().zip(&received).filter(|(novelty, received)| **novelty == wanted && **received).count() as u64;
        let receipt = Receipt {
            sequence: self.number_rows(&mut prepared),
            stored: count(Novelty::New),
            duplicate: count(Novelty::Duplicate),
            updated: count(Novelty::Update),
            trace_ids: prepared.trace_ids(),
        };
        self.count(&prepared, &receipt);
        self.bytes += prepared.bytes;
        self.spans.append(&mut prepared.spans);
        self.logs.append(&mut prepared.logs);
        self.points.append(&mut prepared.points);
        receipt
    }

    fn novelty(&mut self, identity: RecordIdentity, known: Known) -> Novelty {
        let RecordIdentity { key, content_hash } = identity;
        if known.content || self.contents.has(key, content_hash) {
            return Novelty::Duplicate;
        }
        let is_known = known.key || self.contents.first(key).is_some();
        self.contents.insert(key, content_hash);
        if is_known { Novelty::Update } else { Novelty::New }
    }

    /// Decides in which trace the call of a span is billed: the first that showed it.
    fn bill(&mut self, row: &mut SpanRow, claimed_by: ClaimedBy) {
        row.span.billed_in = None;
        let Some(claim) = row.claim else { return };
        let mut known = claim.keys().into_iter().zip(claimed_by).map(|(key, stored)| stored.or_else(|| self.claims.get(&key).copied()));
        let first = known.find_map(|trace_id| trace_id);
        let first = first.unwrap_or_else(|| *self.claims.entry(claim.own).or_insert(row.span.trace_id));
        row.span.billed_in = Some(first).filter(|first| *first != row.span.trace_id);
    }

    /// Gives every row its version; returns the last, which is the sequence of the append.
    fn number_rows(&mut self, prepared: &mut Prepared) -> u64 {
        let first = self.sequence_last + 1;
        let mut versions = first..;
        let mut next = || versions.next().expect("a store does not see 2^64 rows");
        prepared.spans.iter_mut().for_each(|row| row.version = next());
        prepared.logs.iter_mut().for_each(|row| row.version = next());
        prepared.points.iter_mut().for_each(|row| row.version = next());
        let rows = prepared.spans.len() + prepared.logs.len() + prepared.points.len();
        self.sequence_last += (rows as u64).max(1);
        self.sequence_last
    }

    fn count(&mut self, prepared: &Prepared, receipt: &Receipt) {
        const MINUTE_NANOS: u64 = 60_000_000_000;
        let Receipt { stored, duplicate, updated, .. } = *receipt;
        let counts = Ledger { stored, duplicate, updated, sampled_out: 0, rejected: prepared.rejected.clone() };
        self.ledger.entry(prepared.received_unix_nanos / MINUTE_NANOS).or_default().add(&counts);
    }

    pub(super) fn await_commit(&mut self, receipt: Receipt, room: Reservation, answer: oneshot::Sender<Result<Receipt, StoreError>>) {
        self.waiting.0.push(WaitingAppend { receipt, answer, _room: room });
    }

    /// Makes the record; with the error come those who wait for it.
    pub(super) fn into_record(self) -> Result<(Record, Waiting), (StoreError, Waiting)> {
        let ledger = self.ledger.into_iter().map(|(minute, ledger)| LedgerDelta::new(minute, ledger)).collect();
        let head = RecordHead { sequence_first: self.sequence_first, sequence_last: self.sequence_last, ledger };
        match TableBatches::from_rows(&self.spans, &self.logs, &self.points) {
            Ok(batches) => Ok((Record { head, batches }, self.waiting)),
            Err(error) => Err((error, self.waiting)),
        }
    }
}

fn keep(novelty: Option<Novelty>, mut set_update: impl FnMut(bool)) -> bool {
    set_update(novelty == Some(Novelty::Update));
    novelty != Some(Novelty::Duplicate)
}

/// Looks every record up in the tails and the segments.
fn known_contents(engine: &Engine, prepared: &Prepared) -> Result<Vec<Known>, StoreError> {
    let shared = engine.read();
    let segments = std::sync::Arc::clone(&shared.segments);
    let in_tails = |identity: RecordIdentity| {
        let mut known = Known { key: false, content: false };
        for tail in shared.tails() {
            known.key |= tail.contents().first(identity.key).is_some();
            known.content |= tail.contents().has(identity.key, identity.content_hash);
        }
        known
    };
    let mut known: Vec<_> = prepared.identities().map(in_tails).collect();
    drop(shared);
    for (identity, known) in prepared.identities().zip(&mut known) {
        let key = Sought::from(identity.key);
        for segment in segments.iter() {
            if known.content {
                break;
            }
            let contents = segment.contents(key)?;
            known.key |= !contents.is_empty();
            known.content |= contents.contains(&identity.content_hash);
        }
    }
    Ok(known)
}

/// For each span the traces that stand under the keys of its claim; duplicates are not asked for.
fn known_claims(engine: &Engine, prepared: &Prepared, known: &[Known]) -> Result<Vec<ClaimedBy>, StoreError> {
    let shared = engine.read();
    let segments = std::sync::Arc::clone(&shared.segments);
    let in_tails = |key| shared.tails().find_map(|tail| tail.contents().first(key));
    let asked: Vec<_> = prepared.spans.iter().zip(known).map(|(row, known)| row.claim.filter(|_| !known.content)).collect();
    let mut entries: Vec<_> = asked.iter().map(|claim| claim.map(|claim| claim.keys().map(in_tails))).collect();
    drop(shared);
    for (claim, entries) in asked.into_iter().zip(&mut entries) {
        let (Some(claim), Some(entries)) = (claim, entries) else { continue };
        for (key, entry) in claim.keys().map(Sought::from).into_iter().zip(entries) {
            for segment in segments.iter() {
                if entry.is_some() {
                    break;
                }
                *entry = segment.contents(key)?.first().copied();
            }
        }
    }
    let trace_of = |entry: Option<ContentHash>| entry.map(trace_of_entry).transpose();
    let traces = entries.into_iter().map(|entries| {
        let [own, before, after] = entries.unwrap_or_default();
        Ok([trace_of(own)?, trace_of(before)?, trace_of(after)?])
    });
    traces.collect()
}

/// The traces that stand under the keys of a claim, in their order.
type ClaimedBy = [Option<TraceId>; 3];

/// Those who wait for a group to be on disk.
#[derive(Default)]
pub(super) struct Waiting(Vec<WaitingAppend>);

struct WaitingAppend {
    receipt: Receipt,
    answer: oneshot::Sender<Result<Receipt, StoreError>>,
    _room: Reservation,
}

impl Waiting {
    // In all four, a sender that does not wait any more needs no answer.

    pub(super) fn answer(self) {
        self.0.into_iter().for_each(|append| drop(append.answer.send(Ok(append.receipt))));
    }

    /// Nothing was written; the same may work again.
    pub(super) fn refuse(self, error: &StoreError) {
        let context = with_causes(error);
        self.0.into_iter().for_each(|append| drop(append.answer.send(Err(StoreError::failed(context.clone(), "nothing was written")))));
    }

    /// Nothing was written, for there was no room.
    pub(super) fn put_off(self) {
        let busy = || StoreError::Busy { what: "the disk has no room", retry_after: limits::NO_ROOM_RETRY_AFTER };
        self.0.into_iter().for_each(|append| drop(append.answer.send(Err(busy()))));
    }

    pub(super) fn stop(self, reason: &str) {
        let stopped = || StoreError::Stopped { reason: reason.to_owned() };
        self.0.into_iter().for_each(|append| drop(append.answer.send(Err(stopped()))));
    }
}
