//! Changes as they happen, resumable: what a page missed while it was away is sent first.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use futures::Stream;
use futures::stream;
use model::{ProjectSlug, TraceId};
use pipeline::{Change, Entrance};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use crate::limits::CHANGES_KEPT_MAX;
use crate::stop::Stop;

/// What a follower is told.
#[derive(Debug, Clone)]
pub(crate) enum Told {
    /// Where the follower stands before anything has changed: a connection that breaks before the first change resumes from here.
    Position {
        sequence: u64,
    },
    Change(Change),
    /// Changes were missed that are not kept any more: read everything again.
    Reset {
        sequence: u64,
    },
}

/// Which changes a follower wants.
#[derive(Debug, Clone)]
pub(crate) struct Interest {
    pub project: ProjectSlug,
    pub trace_id: Option<TraceId>,
}

/// The last changes and those to come; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Live {
    kept: Arc<Mutex<Kept>>,
    sender: broadcast::Sender<Change>,
}

#[derive(Debug)]
struct Kept {
    changes: VecDeque<Change>,
    /// Changes up to this sequence are not kept.
    forgotten: u64,
}

impl Kept {
    fn newest(&self) -> u64 {
        self.changes.back().map_or(self.forgotten, |change| change.sequence.max(self.forgotten))
    }
}

impl Live {
    /// Follows the pipeline; `sequence` is the store's newest at this moment.
    pub(crate) fn start(entrance: &Entrance, sequence: u64, mut stop: Stop) -> Self {
        let (sender, _) = broadcast::channel(CHANGES_KEPT_MAX);
        let live = Self { kept: Arc::new(Mutex::new(Kept { changes: VecDeque::new(), forgotten: sequence })), sender };
        let mut changes = entrance.changes();
        let keeper = live.clone();
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    change = changes.recv() => match change {
                        Ok(change) => keeper.keep(change),
                        Err(RecvError::Lagged(_)) => keeper.forget_all(),
                        Err(RecvError::Closed) => return,
                    },
                    () = stop.wait() => return,
                }
            }
        });
        live
    }

    fn keep(&self, change: Change) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.changes.push_back(change.clone());
        if kept.changes.len() > CHANGES_KEPT_MAX
            && let Some(oldest) = kept.changes.pop_front()
        {
            kept.forgotten = kept.forgotten.max(oldest.sequence);
        }
        // Sent under the lock, so that a follower sees each change either kept or coming, never twice or not at all.
        let _ = self.sender.send(change);
    }

    fn forget_all(&self) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.forgotten = kept.newest();
        kept.changes.clear();
    }

    /// Streams what changed after `last_sequence`, or from now on where it is absent, until the server stops.
    pub(crate) fn follow(&self, interest: Interest, last_sequence: Option<u64>, stop: Stop) -> impl Stream<Item = Told> + Send + use<> {
        let (missed, receiver) = self.catch_up(&interest, last_sequence);
        stream::unfold((missed, receiver, interest, stop), |(mut missed, mut receiver, interest, mut stop)| async move {
            if let Some(told) = missed.pop_front() {
                return Some((told, (missed, receiver, interest, stop)));
            }
            let told = tokio::select! {
                told = next(&mut receiver, &interest) => told?,
                () = stop.wait() => return None,
            };
            Some((told, (missed, receiver, interest, stop)))
        })
    }

    fn catch_up(&self, interest: &Interest, last_sequence: Option<u64>) -> (VecDeque<Told>, broadcast::Receiver<Change>) {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let receiver = self.sender.subscribe();
        let sequence = kept.newest();
        let missed = match last_sequence {
            None => VecDeque::from([Told::Position { sequence }]),
            // A position of the future is one of another store, put back from a backup perhaps.
            Some(last) if last < kept.forgotten || last > sequence => VecDeque::from([Told::Reset { sequence }]),
            Some(last) => {
                let missed = kept.changes.iter().filter(|change| change.sequence > last && interest.includes(change));
                missed.cloned().map(Told::Change).collect()
            }
        };
        (missed, receiver)
    }
}

async fn next(receiver: &mut broadcast::Receiver<Change>, interest: &Interest) -> Option<Told> {
    loop {
        match receiver.recv().await {
            Ok(change) if interest.includes(&change) => return Some(Told::Change(change)),
            Ok(_) => {}
            Err(RecvError::Lagged(_)) => return Some(Told::Reset { sequence: 0 }),
            Err(RecvError::Closed) => return None,
        }
    }
}

impl Interest {
    fn includes(&self, change: &Change) -> bool {
        self.project == change.project && self.trace_id.is_none_or(|wanted| change.trace_ids.contains(&wanted))
    }
}
