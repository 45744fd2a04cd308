//! The one thread that writes the log: it takes what waits, writes it in one go, and answers all of it.

mod group;

use std::sync::Arc;
use std::thread::JoinHandle;

use model::TraceId;
use store::{Receipt, StoreError, with_causes};
use tokio::sync::{mpsc, oneshot};
use tracing::warn;

use crate::damage::set_damaged_aside;
use crate::engine::{Engine, Reservation, Sealed};
use crate::limits;
use crate::prepare::Prepared;
use crate::segment::has_trace;
use crate::tail::Tail;
use crate::wal::{AppendError, WalWriter};

use group::Group;

/// What the writer is asked to do.
pub(crate) enum Command {
    Append {
        prepared: Box<Prepared>,
        reservation: Reservation,
        answer: oneshot::Sender<Result<Receipt, StoreError>>,
    },
    /// Closes the tail and its log files; answers None where there is nothing in it.
    /// What is appended behind it waits for the end of `hold`, and comes into a file that holds nothing else.
    Seal {
        answer: oneshot::Sender<Result<Option<Sealed>, StoreError>>,
        hold: Option<oneshot::Receiver<()>>,
    },
    /// Gives the disk back what the log takes for more than its records.
    Rest,
}

/// Starts the thread; it ends when the last sender is gone.
pub(crate) fn start(
    engine: Arc<Engine>,
    wal: WalWriter,
    sequence_last: u64,
) -> Result<(mpsc::Sender<Command>, JoinHandle<()>), StoreError> {
    let (sender, receiver) = mpsc::channel(limits::QUEUE_APPENDS_MAX);
    let writer = Writer { engine, wal, sequence_last };
    let thread = std::thread::Builder::new().name("store-writer".into()).spawn(move || writer.run(receiver));
    let thread = thread.map_err(|source| StoreError::failed("failed to start the writer thread", source))?;
    Ok((sender, thread))
}

struct Writer {
    engine: Arc<Engine>,
    wal: WalWriter,
    sequence_last: u64,
}

impl Writer {
    fn run(mut self, mut commands: mpsc::Receiver<Command>) {
        let mut next = commands.blocking_recv();
        while let Some(command) = next.take() {
            match command {
                Command::Seal { answer, hold } => {
                    // Whoever asked may be gone; the sealed tail stays where the next flush finds it.
                    let _ = answer.send(self.seal(hold.is_some()));
                    // It ends when the other side is dropped, too.
                    hold.into_iter().for_each(|hold| drop(hold.blocking_recv()));
                }
                Command::Rest => self.rest(),
                Command::Append { prepared, reservation, answer } => {
                    let mut group = Group::new(self.sequence_last);
                    self.admit(&mut group, *prepared, reservation, answer);
                    next = self.fill(&mut group, &mut commands);
                    self.commit(group);
                }
            }
            next = next.or_else(|| commands.blocking_recv());
        }
    }

    /// Takes what waits, up to the size of a group; returns a command that is no append.
    fn fill(&self, group: &mut Group, commands: &mut mpsc::Receiver<Command>) -> Option<Command> {
        while group.bytes() < limits::GROUP_BYTES {
            match commands.try_recv() {
                Ok(Command::Append { prepared, reservation, answer }) => self.admit(group, *prepared, reservation, answer),
                Ok(other) => return Some(other),
                Err(_) => return None,
            }
        }
        None
    }

    fn admit(&self, group: &mut Group, prepared: Prepared, room: Reservation, answer: oneshot::Sender<Result<Receipt, StoreError>>) {
        let admitted = self.engine.check_running().and_then(|()| self.classify(group, prepared));
        match admitted {
            Ok(receipt) => group.await_commit(receipt, room, answer),
            // A sender that does not wait any more needs no answer.
            Err(error) => drop(answer.send(Err(error))),
        }
    }

    /// Sorts an append's records; a segment that cannot be asked what it knows does not hold up those who send.
    fn classify(&self, group: &mut Group, prepared: Prepared) -> Result<Receipt, StoreError> {
        group
            .look_up(&self.engine, &prepared)
            .or_else(|error| if set_damaged_aside(&self.engine, &error) { group.look_up(&self.engine, &prepared) } else { Err(error) })
            .map(|known| group.classify(prepared, known))
    }

    /// Writes a group, makes it visible, answers.
    fn commit(&mut self, group: Group) {
        if group.is_empty() {
            return;
        }
        let (record, waiting) = match group.into_record() {
            Ok(parts) => parts,
            Err((error, waiting)) => return waiting.refuse(&error),
        };
        if let Err(error) = self.wal.encode(&record) {
            return waiting.refuse(&error);
        }
        match self.wal.append() {
            Ok(bytes) => {
                self.engine.add_wal_bytes(bytes);
                self.engine.note_append(None);
            }
            Err(AppendError::NoRoom(error)) => {
                self.engine.note_append(Some(with_causes(&error)));
                return waiting.put_off();
            }
            Err(AppendError::Unknown(error)) => {
                self.engine.stop(&with_causes(&error));
                return waiting.stop(&with_causes(&error));
            }
        }
        self.sequence_last = record.head.sequence_last;
        if let Err(error) = self.publish(&record) {
            self.engine.stop(&with_causes(&error));
            return waiting.stop(&with_causes(&error));
        }
        waiting.answer();
    }

    fn publish(&self, record: &crate::wal::Record) -> Result<(), StoreError> {
        let loose = self.loose_traces(record)?;
        let mut shared = self.engine.write();
        let was_empty = shared.active.is_empty();
        shared.active.publish(record)?;
        loose.into_iter().for_each(|trace_id| shared.active.note_loose(trace_id));
        if was_empty || shared.active.bytes() >= self.engine.flush_bytes {
            self.engine.flush_wanted.notify_one();
        }
        Ok(())
    }

    /// The traces of a record that the tail does not know yet, and that have records elsewhere.
    fn loose_traces(&self, record: &crate::wal::Record) -> Result<Vec<TraceId>, StoreError> {
        let mut trace_ids = record.batches.trace_ids()?;
        // This thread alone adds to the tail, and a flush moves records without taking any away.
        let (sealed, segments) = {
            let shared = self.engine.read();
            trace_ids.retain(|trace_id| !shared.active.has_trace(*trace_id));
            (shared.sealed.clone(), Arc::clone(&shared.segments))
        };
        let mut loose = Vec::new();
        for trace_id in trace_ids {
            if sealed.as_ref().is_some_and(|sealed| sealed.tail.has_trace(trace_id)) || has_trace(&segments, trace_id) {
                loose.push(trace_id);
            }
        }
        Ok(loose)
    }

    fn rest(&mut self) {
        if let Err(error) = self.wal.forget() {
            warn!(error = with_causes(&error), "a file of the write-ahead log stays as long as it was before it was written over");
        }
    }

    fn seal(&mut self, is_held: bool) -> Result<Option<Sealed>, StoreError> {
        self.engine.check_running()?;
        if is_held {
            self.wal.forget()?;
        }
        if let Some(sealed) = &self.engine.read().sealed {
            return Ok(Some(sealed.clone()));
        }
        if self.engine.read().active.is_empty() {
            return Ok(None);
        }
        let wal_file_last = self.wal.rotate()?;
        let mut shared = self.engine.write();
        let tail = std::mem::replace(&mut shared.active, Tail::starting_at(self.sequence_last));
        let sealed = Sealed { tail: Arc::new(tail), wal_file_last, wal_bytes: self.engine.wal_bytes() };
        shared.sealed = Some(sealed.clone());
        Ok(Some(sealed))
    }
}
