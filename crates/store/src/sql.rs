//! Questions in SQL: read-only, of one project, over the tables that are written down here.
//!
//! The tables are data: engines fill them, the API lists them, and the page of the documentation is made of them.

mod tables;

mod examples;
mod reference;

use crate::aggregate::QueryCost;
use crate::error::StoreError;
use crate::query::TimeRange;

pub use examples::{EXAMPLES, Example};
pub use reference::reference;
pub use tables::{Column, SqlType, TABLES, Table};

/// One question.
#[derive(Debug, Clone)]
pub struct SqlQuestion {
    /// One `SELECT`, at most `limits::SQL_BYTES_MAX` long.
    pub sql: String,
    /// Only rows that start in the range (log records and metric points: that are of it).
    pub range: TimeRange,
    /// Rows of the answer: 1 to `limits::SQL_ROWS_MAX`; what is beyond is left out, and the answer says so.
    pub rows_max: usize,
    pub format: SqlFormat,
}

/// How the rows of an answer are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SqlFormat {
    /// A list of objects by column.
    Json,
    /// RFC 4180 with a line of names; what is unknown is empty, an empty text is `""`.
    Csv,
    /// The streaming format of Arrow IPC.
    Arrow,
    Parquet,
}

/// The answer to a question.
#[derive(Debug, Clone)]
pub struct SqlAnswer {
    pub columns: Vec<AnswerColumn>,
    /// The rows in the format asked for, at most `limits::SQL_ANSWER_BYTES_MAX`.
    pub body: Vec<u8>,
    /// In the body.
    pub rows: u64,
    /// Whether there were more rows than asked for.
    pub is_cut: bool,
    /// Rows and bytes (of columns, decoded) that were read, and how long it took.
    pub cost: QueryCost,
}

/// A column of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerColumn {
    pub name: String,
    /// In the words of `SqlType` where it has one for it, else in the engine's.
    pub kind: String,
}

/// Why a question was not answered.
#[derive(Debug, thiserror::Error)]
pub enum SqlError {
    /// The caller writes it otherwise.
    #[error("{what}")]
    Refused {
        what: String,
        hint: Option<String>,
        /// The byte of the text at which the mistake stands.
        at: Option<usize>,
    },
    /// The caller asks for less: time, memory or bytes of the answer ran out.
    #[error("{what}")]
    TooMuch { what: String, hint: &'static str },
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Finds a table by its name.
pub fn table(name: &str) -> Option<&'static Table> {
    TABLES.iter().find(|table| table.name == name)
}
