//! Requests that are being answered, by the ids their senders gave them: how far each is.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use store::{Asking, Progress};

use crate::limits::{FOLLOWED_REQUESTS_MAX, REQUEST_ID_CHARS_MAX};

/// The slug of a project, and the id of a request to it.
type Key = (String, String);

/// Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Questions(Arc<Mutex<HashMap<Key, Arc<Asking>>>>);

/// A request that can be asked about until this is dropped.
#[derive(Debug)]
pub(crate) struct Followed {
    questions: Questions,
    key: Key,
    asking: Arc<Asking>,
}

impl Questions {
    /// Lets others ask how far a request is; of requests with one id the latest is told. None where that would be too much.
    pub(crate) fn follow(&self, project: &str, id: &str, asking: &Arc<Asking>) -> Option<Followed> {
        let mut followed = self.followed();
        if id.is_empty() || id.len() > REQUEST_ID_CHARS_MAX || followed.len() >= FOLLOWED_REQUESTS_MAX {
            return None;
        }
        let key = (project.to_owned(), id.to_owned());
        followed.insert(key.clone(), Arc::clone(asking));
        Some(Followed { questions: self.clone(), key, asking: Arc::clone(asking) })
    }

    /// How far a request is; None where it is answered, or has not come.
    pub(crate) fn progress(&self, project: &str, id: &str) -> Option<Progress> {
        self.followed().get(&(project.to_owned(), id.to_owned())).map(|asking| asking.progress())
    }

    fn followed(&self) -> MutexGuard<'_, HashMap<Key, Arc<Asking>>> {
        self.0.lock().expect("nothing panics while the lock is held")
    }
}

impl Drop for Followed {
    fn drop(&mut self) {
        let mut followed = self.questions.followed();
        if followed.get(&self.key).is_some_and(|asking| Arc::ptr_eq(asking, &self.asking)) {
            followed.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_told_while_it_is_answered() {
        let questions = Questions::default();
        let (first, second) = (Arc::new(Asking::default()), Arc::new(Asking::default()));
        let one = questions.follow("shop", "a", &first).unwrap();
        first.add_parts(3);
        assert_eq!(questions.progress("shop", "a").unwrap().parts, 3);
        assert_eq!(questions.progress("other", "a"), None);
        let other = questions.follow("shop", "a", &second).unwrap();
        drop(one);
        assert_eq!(questions.progress("shop", "a").unwrap().parts, 0, "the latest");
        drop(other);
        assert_eq!(questions.progress("shop", "a"), None);
    }

    #[test]
    fn ids_and_requests_are_bounded() {
        let questions = Questions::default();
        let asking = Arc::new(Asking::default());
        let follow = |id: &str| questions.follow("shop", id, &asking);
        assert!(follow("").is_none() && follow(&"x".repeat(REQUEST_ID_CHARS_MAX + 1)).is_none());
        let followed: Vec<_> =
            (0..FOLLOWED_REQUESTS_MAX).map(|number| follow(&format!("{number:0>width$}", width = REQUEST_ID_CHARS_MAX))).collect();
        assert!(followed.iter().all(Option::is_some) && follow("one more").is_none());
        drop(followed);
        assert!(follow("one more").is_some());
    }
}
