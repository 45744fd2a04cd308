//! Footers of Parquet files, read once, with which texts are read as dictionaries.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use datafusion::parquet::file::metadata::PageIndexPolicy;
use store::StoreError;

#[derive(Debug, Default)]
pub(crate) struct Footers(Mutex<HashMap<PathBuf, ArrowReaderMetadata>>);

impl Footers {
    /// Returns the footer of a file.
    pub(crate) fn get(&self, path: &Path) -> Result<ArrowReaderMetadata, StoreError> {
        if let Some(known) = self.known().get(path) {
            return Ok(known.clone());
        }
        let footer = read(path).map_err(|source| StoreError::failed(format!("failed to read {}", path.display()), source))?;
        self.known().insert(path.to_owned(), footer.clone());
        Ok(footer)
    }

    /// Forgets files that are not there any more.
    pub(crate) fn keep(&self, paths: &[&Path]) {
        let mut known = self.known();
        if known.len() > paths.len() {
            let paths: HashSet<&Path> = paths.iter().copied().collect();
            known.retain(|path, _| paths.contains(path.as_path()));
        }
    }

    fn known(&self) -> std::sync::MutexGuard<'_, HashMap<PathBuf, ArrowReaderMetadata>> {
        self.0.lock().expect("nothing panics while the lock is held")
    }
}

fn read(path: &Path) -> Result<ArrowReaderMetadata, Box<dyn std::error::Error + Send + Sync>> {
    let options = || ArrowReaderOptions::new().with_page_index_policy(PageIndexPolicy::Skip);
    let plain = ArrowReaderMetadata::load(&File::open(path)?, options())?;
    let fields: Vec<Field> = plain.schema().fields().iter().map(|field| with_dictionary(field)).collect();
    Ok(ArrowReaderMetadata::try_new(Arc::clone(plain.metadata()), options().with_schema(Arc::new(Schema::new(fields))))?)
}

fn with_dictionary(field: &Field) -> Field {
    match field.data_type() {
        DataType::Utf8 => {
            let dictionary = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
            field.clone().with_data_type(dictionary)
        }
        _ => field.clone(),
    }
}
