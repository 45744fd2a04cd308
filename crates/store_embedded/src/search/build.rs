//! Builds the index of rows, in their order and in bounded memory.
//!
//! A document of the index is a longer text of a row; the first of a row has its short texts and the keys of its values too, and its
//! output, where that is short. Which row a document is of stands in a column, and so does what tells its arguments from others. Whenever the memory is used up, a part ends.

use std::io::Write;

use model::Span;
use query::arguments_of;
use serde_json::Value;
use tantivy::directory::RamDirectory;
use tantivy::schema::{BytesOptions, FAST, Field, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::tokenizer::{TextAnalyzer, TokenizerManager};
use tantivy::{Directory, Index, IndexSettings, SingleSegmentIndexWriter, TantivyDocument};

use super::keys::{LongTexts, keys_of};
use super::pack::{Made, PackWriter};
use super::texts::texts_of;
use super::value_hash::hash_of_value;
use super::words::WordTokenizer;
use crate::limits;

/// Of what is in an index; raised with any change of texts, words or keys.
pub(super) const FORMAT_VERSION: u32 = 6;

pub(super) const ROW_FIELD: &str = "row";
pub(super) const OUTPUT_FIELD: &str = "output";
pub(super) const ARGUMENTS_FIELD: &str = "arguments";
const WORDS: &str = "words";

/// The fields of a document.
pub(super) struct Fields {
    pub(super) schema: Schema,
    pub(super) row: Field,
    /// Words that stand in one text.
    pub(super) words: Field,
    /// Words of all short texts of a row.
    pub(super) short_words: Field,
    pub(super) keys: Field,
    /// Short outputs as JSON, empty for a row without one; absent for a longer one.
    pub(super) output: Field,
    /// The hash of what a call was given; absent where that is unknown.
    pub(super) arguments: Field,
}

impl Fields {
    pub(super) fn new() -> Self {
        Self::recording(IndexRecordOption::Basic)
    }

    pub(super) fn recording(recorded: IndexRecordOption) -> Self {
        let mut schema = Schema::builder();
        let words = TextFieldIndexing::default().set_tokenizer(WORDS).set_index_option(recorded).set_fieldnorms(false);
        let words = TextOptions::default().set_indexing_options(words);
        Self {
            words: schema.add_text_field(WORDS, words.clone()),
            short_words: schema.add_text_field("short_words", words),
            keys: schema.add_bytes_field("keys", BytesOptions::default().set_indexed()),
            row: schema.add_u64_field(ROW_FIELD, FAST),
            output: schema.add_bytes_field(OUTPUT_FIELD, BytesOptions::default().set_fast()),
            arguments: schema.add_u64_field(ARGUMENTS_FIELD, FAST),
            schema: schema.build(),
        }
    }
}

/// An index on its way to its file.
pub(super) struct IndexBuilder<W> {
    fields: Fields,
    pack: PackWriter<W>,
    part: Option<Part>,
    part_bytes: usize,
    rows: u64,
}

struct Part {
    directory: RamDirectory,
    writer: SingleSegmentIndexWriter,
    long_texts: LongTexts,
}

impl<W: Write> IndexBuilder<W> {
    pub(super) fn new(fields: Fields, to: W) -> Self {
        Self::with_part_bytes(fields, to, limits::SEARCH_PART_BYTES)
    }

    pub(super) fn with_part_bytes(fields: Fields, to: W, part_bytes: usize) -> Self {
        Self { fields, pack: PackWriter::new(to), part: None, part_bytes, rows: 0 }
    }

    /// Takes the next row.
    pub(super) fn add(&mut self, span: &Span) -> tantivy::Result<()> {
        let mut part = match self.part.take() {
            Some(part) => part,
            None => Part::new(&self.fields, self.part_bytes)?,
        };
        let mut texts = texts_of(span);
        let mut document = self.document();
        keys_of(span, &mut part.long_texts).iter().for_each(|key| document.add_bytes(self.fields.keys, key));
        arguments_of(span).iter().for_each(|arguments| document.add_u64(self.fields.arguments, hash_of_value(arguments)));
        short_output(span).iter().for_each(|output| document.add_bytes(self.fields.output, output));
        document.add_text(self.fields.short_words, &texts.short);
        texts.long.pop().iter().for_each(|text| document.add_text(self.fields.words, text));
        part.writer.add_document(document)?;
        for text in texts.long {
            let mut document = self.document();
            document.add_text(self.fields.words, text);
            part.writer.add_document(document)?;
        }
        self.rows += 1;
        if part.writer.mem_usage() < self.part_bytes {
            self.part = Some(part);
            return Ok(());
        }
        self.end(part)
    }

    fn document(&self) -> TantivyDocument {
        let mut document = TantivyDocument::new();
        document.add_u64(self.fields.row, self.rows);
        document
    }

    fn end(&mut self, part: Part) -> tantivy::Result<()> {
        let index = part.writer.finalize()?;
        let files = index.directory().list_managed_files();
        self.pack.add(&part.directory, files.into_iter().filter(|path| part.directory.exists(path).unwrap_or(false)))?;
        Ok(())
    }

    /// Writes what is left, and what the index was made of.
    pub(super) fn finish(mut self, made: &Made) -> tantivy::Result<W> {
        if let Some(part) = self.part.take() {
            self.end(part)?;
        }
        Ok(self.pack.finish(made)?)
    }
}

/// The output of a span as it stands in the index; None for one that is too long, or that messages tell.
fn short_output(span: &Span) -> Option<Vec<u8>> {
    let output = match &span.content.output {
        // Told by messages: whoever asks reads them.
        None if !span.content.output_messages.is_empty() => return None,
        None => Vec::new(),
        Some(Value::String(text)) if text.len() > limits::SEARCH_OUTPUT_TEXT_BYTES_MAX => return None,
        Some(output) => output.to_string().into_bytes(),
    };
    (output.len() <= limits::SEARCH_OUTPUT_BYTES_MAX).then_some(output)
}

impl Part {
    fn new(fields: &Fields, bytes: usize) -> tantivy::Result<Self> {
        let tokenizers = TokenizerManager::default();
        tokenizers.register(WORDS, TextAnalyzer::from(WordTokenizer::default()));
        let settings = IndexSettings { docstore_compress_dedicated_thread: false, ..IndexSettings::default() };
        let index = Index::builder().schema(fields.schema.clone()).tokenizers(tokenizers).settings(settings);
        let directory = RamDirectory::create();
        let writer = index.single_segment_index_writer(directory.clone(), bytes)?;
        Ok(Self { directory, writer, long_texts: LongTexts::default() })
    }
}
