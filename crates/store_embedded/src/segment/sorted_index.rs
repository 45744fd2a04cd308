//! A file of sorted entries of one width, found by their first 16 bytes with one read of a block.
//!
//! Blocks of 128 entries, then a Bloom filter, then the first key and the checksum of each block, then a footer. The last three are
//! kept in memory: about 1.4 bytes per entry.

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use model::TraceId;
use store::StoreError;
use xxhash_rust::xxh3::xxh3_128;

use crate::keys::RecordKey;

pub(crate) const KEY_BYTES: usize = 16;
const BLOCK_ENTRIES: usize = 128;
const FENCE_BYTES: usize = KEY_BYTES + 4;
const FOOTER_MAGIC: &[u8; 8] = b"clew-idx";
const FORMAT_VERSION: u32 = 1;
/// Magic, version, width, entries, bytes of the filter, checksum of filter, fences and the footer so far.
const FOOTER_BYTES: usize = 8 + 4 + 4 + 8 + 8 + 4;

/// Lays sorted entries out as a file, as they come.
pub(super) struct IndexWriter<W> {
    to: W,
    width: usize,
    entries: u64,
    filter: Filter,
    fences: Vec<u8>,
    block: Vec<u8>,
}

impl<W: Write> IndexWriter<W> {
    /// The filter is made for so many entries; fewer may come.
    pub(super) fn new(to: W, width: usize, entries_max: usize) -> Self {
        let block = Vec::with_capacity(BLOCK_ENTRIES * width);
        Self { to, width, entries: 0, filter: Filter::for_entries(entries_max), fences: Vec::new(), block }
    }

    pub(super) fn push(&mut self, entry: &[u8]) -> io::Result<()> {
        debug_assert!(self.block.len() < self.width || self.block[self.block.len() - self.width..] <= *entry, "entries come in order");
        self.filter.insert(xxh3_128(&entry[..KEY_BYTES]));
        self.block.extend(entry);
        self.entries += 1;
        if self.block.len() < BLOCK_ENTRIES * self.width {
            return Ok(());
        }
        self.end_block()
    }

    fn end_block(&mut self) -> io::Result<()> {
        self.fences.extend(&self.block[..KEY_BYTES]);
        self.fences.extend(crc32c::crc32c(&self.block).to_le_bytes());
        self.to.write_all(&self.block)?;
        self.block.clear();
        Ok(())
    }

    pub(super) fn finish(mut self) -> io::Result<W> {
        if !self.block.is_empty() {
            self.end_block()?;
        }
        let filter_bytes = self.filter.0.len() as u64;
        let mut tail = self.filter.0;
        tail.extend(self.fences);
        tail.extend(FOOTER_MAGIC);
        tail.extend(FORMAT_VERSION.to_le_bytes());
        tail.extend((self.width as u32).to_le_bytes());
        tail.extend(self.entries.to_le_bytes());
        tail.extend(filter_bytes.to_le_bytes());
        tail.extend(crc32c::crc32c(&tail).to_le_bytes());
        self.to.write_all(&tail)?;
        Ok(self.to)
    }
}

/// A key on its way through many indexes, hashed once for all of their filters.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sought {
    key: [u8; KEY_BYTES],
    hash: u128,
}

impl Sought {
    fn new(key: [u8; KEY_BYTES]) -> Self {
        // Trace ids are whatever a sender likes.
        Self { key, hash: xxh3_128(&key) }
    }
}

impl From<RecordKey> for Sought {
    fn from(key: RecordKey) -> Self {
        Self::new(key.0.to_be_bytes())
    }
}

impl From<TraceId> for Sought {
    fn from(trace_id: TraceId) -> Self {
        Self::new(*trace_id.as_bytes())
    }
}

/// An index file that is open for questions.
#[derive(Debug)]
pub(crate) struct SortedIndex {
    // Opened for each read: a store has hundreds of segments, and a process may hold a thousand files.
    path: PathBuf,
    width: usize,
    entries: usize,
    filter: Filter,
    fences: Vec<Fence>,
}

#[derive(Debug, Clone, Copy)]
struct Fence {
    key_first: [u8; KEY_BYTES],
    crc32c: u32,
}

impl SortedIndex {
    pub(super) fn open(path: &Path, width: usize) -> Result<Self, StoreError> {
        let failed = |source: io::Error| StoreError::failed(format!("failed to read {}", path.display()), source);
        let damaged = |what: &str| StoreError::Damaged(format!("{}: {what}", path.display()));
        let file = File::open(path).map_err(failed)?;
        let length = file.metadata().map_err(failed)?.len();
        let footer_at = length.checked_sub(FOOTER_BYTES as u64).ok_or_else(|| damaged("it is too short"))?;
        let mut footer = [0; FOOTER_BYTES];
        file.read_exact_at(&mut footer, footer_at).map_err(failed)?;
        let number = |at: usize| u64::from_le_bytes(footer[at..at + 8].try_into().expect("the slice has eight bytes"));
        let (entries, filter_bytes) = (number(16) as usize, number(24) as usize);
        let head_is_right =
            footer[..8] == *FOOTER_MAGIC && footer[8..12] == FORMAT_VERSION.to_le_bytes() && footer[12..16] == (width as u32).to_le_bytes();
        let fences_bytes = entries.div_ceil(BLOCK_ENTRIES).saturating_mul(FENCE_BYTES);
        let lengths = [entries.saturating_mul(width), filter_bytes, fences_bytes, FOOTER_BYTES];
        if !head_is_right || lengths.into_iter().fold(0, usize::saturating_add) as u64 != length {
            return Err(damaged("its footer is not right"));
        }
        let mut tail = vec![0; filter_bytes + fences_bytes + FOOTER_BYTES];
        file.read_exact_at(&mut tail, (entries * width) as u64).map_err(failed)?;
        let (covered, checksum) = tail.split_at(tail.len() - 4);
        if crc32c::crc32c(covered).to_le_bytes() != checksum {
            return Err(damaged("the checksum of its end does not match"));
        }
        let fences = tail[filter_bytes..filter_bytes + fences_bytes].chunks_exact(FENCE_BYTES).map(Fence::from_bytes).collect();
        tail.truncate(filter_bytes);
        Ok(Self { path: path.to_owned(), width, entries, filter: Filter(tail), fences })
    }

    /// Hands over every entry with a key, in order.
    pub(super) fn each_entry(&self, sought: Sought, mut take: impl FnMut(&[u8])) -> Result<(), StoreError> {
        if !self.filter.may_contain(sought.hash) {
            return Ok(());
        }
        let key = &sought.key;
        // Entries with one key may begin in the block before the first that begins with it.
        let first = self.fences.partition_point(|fence| fence.key_first < *key).saturating_sub(1);
        for (block, fence) in self.fences.iter().enumerate().skip(first) {
            if fence.key_first > *key {
                break;
            }
            let bytes = self.block(block, fence)?;
            let from = partition_entries(&bytes, self.width, |entry| entry[..KEY_BYTES] < key[..]);
            bytes.chunks_exact(self.width).skip(from).take_while(|entry| entry[..KEY_BYTES] == key[..]).for_each(&mut take);
        }
        Ok(())
    }

    /// How many entries there are.
    pub(super) fn len(&self) -> usize {
        self.entries
    }

    /// Hands out every entry in order, one block of them in memory.
    pub(super) fn entries(&self) -> Entries<'_> {
        Entries { index: self, block_next: 0, bytes: Vec::new(), at: 0 }
    }

    fn block(&self, block: usize, fence: &Fence) -> Result<Vec<u8>, StoreError> {
        let first = block * BLOCK_ENTRIES;
        let entries = BLOCK_ENTRIES.min(self.entries - first);
        let mut bytes = vec![0; entries * self.width];
        let read = File::open(&self.path).and_then(|file| file.read_exact_at(&mut bytes, (first * self.width) as u64));
        read.map_err(|source| StoreError::failed(format!("failed to read {}", self.path.display()), source))?;
        if crc32c::crc32c(&bytes) != fence.crc32c {
            return Err(StoreError::Damaged(format!("{}: the checksum of block {block} does not match", self.path.display())));
        }
        Ok(bytes)
    }
}

/// All entries of an index, as they are read.
pub(super) struct Entries<'a> {
    index: &'a SortedIndex,
    block_next: usize,
    bytes: Vec<u8>,
    at: usize,
}

impl Entries<'_> {
    /// Returns the next entry; None behind the last.
    pub(super) fn next(&mut self) -> Result<Option<&[u8]>, StoreError> {
        if self.at >= self.bytes.len() {
            let Some(fence) = self.index.fences.get(self.block_next) else { return Ok(None) };
            self.bytes = self.index.block(self.block_next, fence)?;
            (self.block_next, self.at) = (self.block_next + 1, 0);
        }
        let entry = self.at..self.at + self.index.width;
        self.at = entry.end;
        Ok(self.bytes.get(entry))
    }
}

impl Fence {
    fn from_bytes(bytes: &[u8]) -> Self {
        let (key, checksum) = bytes.split_at(KEY_BYTES);
        Self {
            key_first: key.try_into().expect("the chunk has the width of a fence"),
            crc32c: u32::from_le_bytes(checksum.try_into().expect("the chunk has the width of a fence")),
        }
    }
}

fn partition_entries(bytes: &[u8], width: usize, is_before: impl Fn(&[u8]) -> bool) -> usize {
    let (mut low, mut high) = (0, bytes.len() / width);
    while low < high {
        let middle = low.midpoint(high);
        if is_before(&bytes[middle * width..(middle + 1) * width]) { low = middle + 1 } else { high = middle }
    }
    low
}

/// A Bloom filter: ten bits and seven probes per key leave one false answer in a hundred.
#[derive(Debug)]
struct Filter(Vec<u8>);

const FILTER_BITS_PER_ENTRY: usize = 10;
const FILTER_PROBES: u64 = 7;

impl Filter {
    fn for_entries(entries: usize) -> Self {
        Self(vec![0; (entries * FILTER_BITS_PER_ENTRY).div_ceil(8).max(8)])
    }

    fn insert(&mut self, hash: u128) {
        for bit in self.bits(hash) {
            self.0[bit / 8] |= 1 << (bit % 8);
        }
    }

    fn may_contain(&self, hash: u128) -> bool {
        !self.0.is_empty() && self.bits(hash).all(|bit| self.0[bit / 8] & 1 << (bit % 8) != 0)
    }

    /// Double hashing.
    fn bits(&self, hash: u128) -> impl Iterator<Item = usize> + use<> {
        let bits = self.0.len() as u64 * 8;
        let (first, step) = (hash as u64, (hash >> 64) as u64 | 1);
        (0..FILTER_PROBES).map(move |probe| (first.wrapping_add(probe.wrapping_mul(step)) % bits) as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index_of(keys: impl Iterator<Item = u128>) -> (tempfile::TempDir, SortedIndex) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("index");
        let mut entries: Vec<[u8; 20]> =
            keys.enumerate().map(|(n, key)| [&key.to_be_bytes()[..], &(n as u32).to_be_bytes()].concat().try_into().unwrap()).collect();
        entries.sort_unstable();
        let mut writer = IndexWriter::new(Vec::new(), 20, entries.len());
        entries.iter().for_each(|entry| writer.push(entry).unwrap());
        std::fs::write(&path, writer.finish().unwrap()).unwrap();
        let index = SortedIndex::open(&path, 20).unwrap();
        (directory, index)
    }

    fn count(index: &SortedIndex, key: u128) -> usize {
        let mut count = 0;
        index.each_entry(Sought::new(key.to_be_bytes()), |_| count += 1).unwrap();
        count
    }

    #[test]
    fn every_key_is_found_and_no_other() {
        let (_directory, index) = index_of((0..1_000).map(|n| n * 2));
        assert!((0..1_000).all(|n| count(&index, n * 2) == 1));
        assert!((0..1_000).all(|n| count(&index, n * 2 + 1) == 0));
    }

    #[test]
    fn a_key_that_fills_several_blocks_is_found_whole() {
        let (_directory, index) = index_of((0..100).chain(std::iter::repeat_n(100, 500)).chain(101..200));
        assert_eq!(count(&index, 100), 500);
        assert_eq!((count(&index, 99), count(&index, 101)), (1, 1));
    }

    #[test]
    fn entries_come_back_in_order() {
        let (_directory, index) = index_of((0..300).rev());
        let (mut entries, mut keys) = (index.entries(), Vec::new());
        while let Some(entry) = entries.next().unwrap() {
            keys.push(u128::from_be_bytes(entry[..16].try_into().unwrap()));
        }
        assert_eq!(keys, (0..300).collect::<Vec<_>>());
    }

    #[test]
    fn an_index_of_nothing_answers() {
        let (_directory, index) = index_of(std::iter::empty());
        assert_eq!(count(&index, 1), 0);
    }

    #[test]
    fn a_flipped_bit_is_named() {
        let (directory, index) = index_of(0..1_000);
        let path = directory.path().join("index");
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[300 * 20 + 18] ^= 1;
        std::fs::write(&path, &bytes).unwrap();
        let error = SortedIndex::open(&path, 20).unwrap().each_entry(Sought::new(300_u128.to_be_bytes()), |_| {}).unwrap_err();
        assert!(error.to_string().contains("block 2"), "{error}");
        drop(index);
        let last = bytes.len() - FOOTER_BYTES - 3;
        bytes[last] ^= 1;
        std::fs::write(&path, &bytes).unwrap();
        assert!(SortedIndex::open(&path, 20).is_err());
    }
}
