//! What was seen under each key, in memory.

use std::collections::HashMap;

use crate::keys::{ContentHash, RecordKey};

/// Every content seen under a key. Nearly every key has one; a list for each would be the larger part of it.
#[derive(Debug, Default)]
pub(crate) struct Contents {
    first: Map<RecordKey, ContentHash>,
    further: Map<RecordKey, Vec<ContentHash>>,
}

/// Ids and hashes are spread already; what is left to a hasher is that nobody can choose where they fall.
pub(crate) type Map<Key, Value> = HashMap<Key, Value, foldhash::fast::RandomState>;

impl Contents {
    pub(crate) fn insert(&mut self, key: RecordKey, content: ContentHash) {
        let first = *self.first.entry(key).or_insert(content);
        if first != content {
            let further = self.further.entry(key).or_default();
            if !further.contains(&content) {
                further.push(content);
            }
        }
    }

    pub(crate) fn first(&self, key: RecordKey) -> Option<ContentHash> {
        self.first.get(&key).copied()
    }

    pub(crate) fn has(&self, key: RecordKey, content: ContentHash) -> bool {
        self.first(key).is_some_and(|first| first == content || self.further.get(&key).is_some_and(|further| further.contains(&content)))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (RecordKey, ContentHash)> {
        let further = self.further.iter().flat_map(|(key, contents)| contents.iter().map(|content| (*key, *content)));
        self.first.iter().map(|(key, content)| (*key, *content)).chain(further)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_all_its_contents_each_once() {
        let mut contents = Contents::default();
        for (key, content) in [(1, 10), (2, 20), (1, 11), (1, 10), (1, 12), (1, 11)] {
            contents.insert(RecordKey(key), ContentHash(content));
        }
        assert_eq!(contents.first(RecordKey(1)), Some(ContentHash(10)));
        assert!([10, 11, 12].iter().all(|content| contents.has(RecordKey(1), ContentHash(*content))));
        assert!(!contents.has(RecordKey(1), ContentHash(20)) && !contents.has(RecordKey(3), ContentHash(10)));
        let mut all: Vec<_> = contents.iter().map(|(key, content)| (key.0, content.0)).collect();
        all.sort_unstable();
        assert_eq!(all, [(1, 10), (1, 11), (1, 12), (2, 20)]);
    }
}
