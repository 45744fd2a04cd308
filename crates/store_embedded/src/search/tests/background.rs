//! Indexes come after their segments, and are made anew where they are not what they should be.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::json;
use store::{DeriveContent, Rederive, SpanStore};

use super::super::indexer::path_of_index;
use super::{append_all, derive, indexing, options, rows_in_segment, rows_to_look_at, span, wait_for_index, words};
use crate::options::Options;
use crate::{EmbeddedStore, open};

/// A store with one segment, which has its index.
async fn indexed(directory: &Path) -> Arc<EmbeddedStore> {
    let store = open(directory, indexing()).await.unwrap();
    append_all(&store, vec![span(0, &[("input", json!("tea"))]), span(1, &[("input", json!("coffee"))])]).await;
    store.flush().await.unwrap();
    wait_for_index(&store).await;
    store
}

fn path(store: &EmbeddedStore) -> PathBuf {
    path_of_index(&store.engine_for_tests().segments()[0])
}

fn inode(path: &Path) -> u64 {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(path).unwrap().ino()
}

#[tokio::test]
async fn what_is_not_indexed_yet_is_told_and_found() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path(), options()).await.unwrap();
    append_all(&store, vec![span(0, &[("input", json!("tea"))])]).await;
    assert_eq!(store.status().search_rows_waiting, 0, "rows in memory wait for nothing");
    store.flush().await.unwrap();
    let waiting = store.status();
    assert_eq!((waiting.search_rows_waiting, waiting.search_bytes), (1, 0));
    assert!(waiting.search_waiting_for < store.status().search_waiting_for);
    assert_eq!(rows_in_segment(&store, &words("tea")), [0]);
    drop(store);
    let store = open(directory.path(), indexing()).await.unwrap();
    wait_for_index(&store).await;
    let done = store.status();
    assert_eq!((done.search_rows_waiting, done.search_waiting_for), (0, std::time::Duration::ZERO));
    assert_eq!(done.search_bytes, std::fs::metadata(path(&store)).unwrap().len());
}

#[tokio::test]
async fn an_index_outlives_the_process() {
    let directory = tempfile::tempdir().unwrap();
    let store = indexed(directory.path()).await;
    let before = inode(&path(&store));
    drop(store);
    let store = open(directory.path(), indexing()).await.unwrap();
    wait_for_index(&store).await;
    assert_eq!(inode(&path(&store)), before);
    assert_eq!(rows_in_segment(&store, &words("coffee")), [1]);
}

/// The process died while an index was written.
/// What it left goes, and the index is made.
#[tokio::test]
async fn an_unfinished_index_goes() {
    let directory = tempfile::tempdir().unwrap();
    let store = indexed(directory.path()).await;
    let index = path(&store);
    drop(store);
    let unfinished = index.with_extension("index.new");
    std::fs::rename(&index, &unfinished).unwrap();
    let store = open(directory.path(), options()).await.unwrap();
    assert!(!unfinished.exists() && !index.exists());
    assert_eq!(rows_in_segment(&store, &words("coffee")), [1]);
    drop(store);
    wait_for_index(&open(directory.path(), indexing()).await.unwrap()).await;
    assert!(index.exists());
}

#[tokio::test]
async fn a_damaged_index_is_made_anew() {
    let directory = tempfile::tempdir().unwrap();
    let store = indexed(directory.path()).await;
    let index = path(&store);
    drop(store);
    let whole = std::fs::read(&index).unwrap();
    for damage in [&whole[..whole.len() / 2], &whole[..whole.len() - 1], &[whole.as_slice(), b"x"].concat(), b""] {
        std::fs::write(&index, damage).unwrap();
        let store = open(directory.path(), indexing()).await.unwrap();
        wait_for_index(&store).await;
        assert_ne!(std::fs::read(&index).unwrap(), damage);
        assert_eq!(store.status().search_rows_waiting, 0);
        assert_eq!(rows_in_segment(&store, &words("coffee")), [1]);
    }
}

/// What lies in front of the end is looked at only when somebody asks: the answer is right, and the index made anew.
#[tokio::test]
async fn an_index_damaged_inside_is_made_anew_when_it_is_asked() {
    let directory = tempfile::tempdir().unwrap();
    let store = indexed(directory.path()).await;
    let index = path(&store);
    drop(store);
    let whole = std::fs::read(&index).unwrap();
    let json = whole.windows(9).position(|bytes| bytes == b"{\"made\":{").unwrap_or(whole.len() * 3 / 4);
    let damaged = [vec![0; json], whole[json..].to_vec()].concat();
    std::fs::write(&index, &damaged).unwrap();
    let store = open(directory.path(), indexing()).await.unwrap();
    wait_for_index(&store).await;
    assert_eq!(rows_in_segment(&store, &words("coffee")), [1]);
    wait_for_index(&store).await;
    assert_ne!(std::fs::read(&index).unwrap(), damaged);
    assert_eq!(rows_in_segment(&store, &words("coffee")), [1]);
}

/// Of a wrong byte where the lengths of its parts stand, tantivy says an error or panics.
/// Either way it is told, and whoever asks next is answered.
#[tokio::test]
async fn an_index_whose_parts_have_wrong_lengths_is_told_damaged() {
    use super::super::file::IndexFile;
    const LENGTHS_BYTES: usize = 160;
    let directory = tempfile::tempdir().unwrap();
    let store = indexed(directory.path()).await;
    let whole = std::fs::read(path(&store)).unwrap();
    let json = whole.windows(9).rposition(|bytes| bytes == b"{\"made\":{").unwrap();
    let contents: serde_json::Value = serde_json::from_slice(&whole[json..whole.len() - 8]).unwrap();
    let files = contents["parts"][0].as_object().unwrap();
    let damaged = directory.path().join("damaged.index");
    let mut told = 0;
    for file in files.values() {
        let [start, end] = ["start", "end"].map(|place| file[place].as_u64().unwrap() as usize);
        for at in start.max(end - LENGTHS_BYTES.min(end))..end {
            let mut bytes = whole.clone();
            bytes[at] ^= 0x80;
            std::fs::write(&damaged, bytes).unwrap();
            let file = IndexFile::map(&damaged).unwrap();
            told += u32::from(file.index().is_err());
            file.rest(std::time::Duration::ZERO);
            assert_eq!(file.bytes, whole.len() as u64);
        }
    }
    assert!(told > 100, "{told} were told");
}

/// A segment that was written again answers from the index of the old one, whose file has no name any more.
#[tokio::test]
async fn an_index_answers_when_its_file_is_gone() {
    let directory = tempfile::tempdir().unwrap();
    let store = indexed(directory.path()).await;
    let old = path(&store);
    drop(store);
    let store = open(directory.path(), options()).await.unwrap();
    wait_for_index(&store).await;
    store.rederive(Rederive::all(|span| model::Span { name: "new".into(), ..span })).await.unwrap();
    assert!(!old.exists() && !path(&store).exists());
    for _ in 0..2 {
        assert_eq!(rows_in_segment(&store, &words("coffee")), [1]);
        assert_eq!(rows_to_look_at(&store, &words("coffee")), 0, "it is answered by an index");
        store.engine_for_tests().indexes.rest(std::time::Duration::ZERO);
    }
}

/// Bytes of a file that are mapped into this process and resident.
#[cfg(target_os = "linux")]
fn resident(path: &Path) -> u64 {
    let maps = std::fs::read_to_string("/proc/self/smaps").unwrap();
    let of_file = maps.lines().skip_while(|line| !line.ends_with(path.to_str().unwrap()));
    let kilobytes = of_file.filter_map(|line| line.strip_prefix("Rss:")).next().expect("the file is mapped");
    kilobytes.trim().trim_end_matches(" kB").parse().unwrap()
}

/// Most indexes of a large store are asked seldom.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn an_index_that_nobody_asks_takes_no_memory() {
    let directory = tempfile::tempdir().unwrap();
    let store = indexed(directory.path()).await;
    let index = path(&store);
    assert_eq!(resident(&index), 0);
    for _ in 0..2 {
        assert_eq!(rows_in_segment(&store, &words("coffee")), [1]);
        assert_ne!(resident(&index), 0);
        store.engine_for_tests().indexes.rest(std::time::Duration::from_secs(60));
        assert_ne!(resident(&index), 0, "it was asked just now");
        store.engine_for_tests().indexes.rest(std::time::Duration::ZERO);
        assert_eq!(resident(&index), 0);
    }
}

/// A newer version understands more of what was sent.
/// Its words are found without anybody asking for an index.
#[tokio::test]
async fn a_newer_derivation_indexes_again() {
    let directory = tempfile::tempdir().unwrap();
    let store = indexed(directory.path()).await;
    assert_eq!(rows_in_segment(&store, &words("mate")), [0_u32; 0]);
    drop(store);
    let newer = |raw| {
        let mut span = derive(raw);
        span.content.output = Some(json!("mate"));
        span
    };
    let options = Options { derive_content: DeriveContent::new(2, newer), ..indexing() };
    let store = open(directory.path(), options).await.unwrap();
    wait_for_index(&store).await;
    assert_eq!(rows_in_segment(&store, &words("mate")), [0, 1]);
    assert_eq!(rows_in_segment(&store, &words("coffee")), [1]);
}

/// New columns leave raw spans as they are: the index is taken over, not built again.
#[tokio::test]
async fn a_rewritten_segment_takes_its_index_along() {
    let directory = tempfile::tempdir().unwrap();
    let store = indexed(directory.path()).await;
    let before = std::fs::read(path(&store)).unwrap();
    store.rederive(Rederive::all(|span| model::Span { name: "new".into(), ..span })).await.unwrap();
    assert_eq!(store.engine_for_tests().segments()[0].description.id, 2);
    wait_for_index(&store).await;
    assert_eq!(std::fs::read(path(&store)).unwrap(), before);
    assert_eq!(rows_in_segment(&store, &words("coffee")), [1]);
}

#[tokio::test]
async fn merged_segments_are_indexed_as_one() {
    let directory = tempfile::tempdir().unwrap();
    let store = indexed(directory.path()).await;
    append_all(&store, vec![span(2, &[("input", json!("coffee again"))])]).await;
    store.flush().await.unwrap();
    wait_for_index(&store).await;
    store.compact_for_tests().await.unwrap();
    wait_for_index(&store).await;
    assert_eq!(rows_in_segment(&store, &words("coffee")), [1, 2]);
    assert_eq!(store.status().search_bytes, std::fs::metadata(path(&store)).unwrap().len());
}

/// A part ends when the memory for it is used up; rows of all parts are found.
#[test]
fn an_index_of_several_parts_answers_from_all() {
    use super::super::build::{FORMAT_VERSION, Fields, IndexBuilder};
    use super::super::file::IndexFile;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("search.index");
    let mut builder = IndexBuilder::with_part_bytes(Fields::new(), std::fs::File::create(&path).unwrap(), 5_000_000);
    let rows = 30_u32;
    for number in 0..rows {
        let input = (0..5_000).map(|word| format!("w{number}x{word}")).collect::<Vec<_>>().join(" ");
        builder.add(&derive(span(number as u8, &[("input", json!(input + " common"))]).raw.unwrap())).unwrap();
    }
    let made = super::super::pack::Made { format: FORMAT_VERSION, derivation: 1, content: (1, 2), rows: u64::from(rows) };
    builder.finish(&made).unwrap();
    let file = IndexFile::map(&path).unwrap();
    let index = file.index().unwrap();
    assert!(file.made == made && index.parts() > 1, "{} parts", index.parts());
    let found = |text: &str| index.find(&words(text)).unwrap().sure.into_iter().collect::<Vec<_>>();
    assert_eq!(found("common"), (0..rows).collect::<Vec<_>>());
    assert!((0..rows).all(|row| found(&format!("w{row}x77 common")) == [row]));
}
