//! Answers questions in SQL, read-only, about one project.
//!
//! What may be named is given by construction: a session that knows the tables of the project, functions that compute, and nothing
//! else; no files, no addresses, no settings. A question runs on threads of its own, bounded in memory and time, and ends when whoever
//! asked has gone.

mod bounded;
mod contents;
mod mistakes;
mod pushed_down;

mod columns;
mod functions;
mod pauses;
mod structure;
mod written;

mod provider;
mod wildcards;

mod session;

use std::sync::Arc;
use std::time::{Duration, Instant};

use datafusion::arrow::datatypes::SchemaRef;
use datafusion::dataframe::DataFrame;
use futures::StreamExt;
use model::ProjectSlug;
use store::Asking;
use store::aggregate::QueryCost;
use store::limits::{SQL_ANSWER_BYTES_MAX, SQL_BYTES_MAX, SQL_ROWS_MAX};
use store::sql::{AnswerColumn, SqlAnswer, SqlError, SqlQuestion};
use tokio::sync::OwnedSemaphorePermit;

use self::mistakes::refused;
use self::written::Writer;
use crate::engine::Engine;

/// Answers a question within some time; it is given up when the future is dropped.
pub(crate) async fn answer(
    engine: &Arc<Engine>,
    project: &ProjectSlug,
    question: &SqlQuestion,
    time_max: Duration,
) -> Result<SqlAnswer, SqlError> {
    check(question)?;
    let threads = engine.planner.sql()?;
    let turn = threads.turn().await?;
    let work = worked_on(Arc::clone(engine), project.clone(), question.clone(), Asking::current(), turn);
    threads.run(work, time_max).await
}

fn check(question: &SqlQuestion) -> Result<(), SqlError> {
    let bytes = question.sql.len();
    if bytes > SQL_BYTES_MAX {
        return Err(refused(format!("the question has {bytes} bytes: at most {SQL_BYTES_MAX}")));
    }
    let rows_max = question.rows_max;
    if !(1..=SQL_ROWS_MAX).contains(&rows_max) {
        return Err(refused(format!("an answer of {rows_max} rows is asked for: 1 to {SQL_ROWS_MAX}")));
    }
    Ok(())
}

/// Holds its turn until the work is over, be it that nobody waits for the answer any more.
async fn worked_on(
    engine: Arc<Engine>,
    project: ProjectSlug,
    question: SqlQuestion,
    asking: Arc<Asking>,
    _turn: OwnedSemaphorePermit,
) -> Result<SqlAnswer, SqlError> {
    let began = Instant::now();
    let session = session::of_question(&engine, &project, question.range, &asking).map_err(|error| mistakes::of(error, &question.sql))?;
    let planned = session::plan(session, &question.sql).await?;
    let mut answer = rows(planned, &question).await?;
    let read = asking.progress();
    answer.cost = QueryCost { rows: read.rows, bytes: read.bytes, nanos: began.elapsed().as_nanos() as u64 };
    Ok(answer)
}

async fn rows(planned: DataFrame, question: &SqlQuestion) -> Result<SqlAnswer, SqlError> {
    let mistake = |error| mistakes::of(error, &question.sql);
    // One more than asked for tells whether there are more.
    let mut batches = planned.limit(0, Some(question.rows_max + 1)).map_err(mistake)?.execute_stream().await.map_err(mistake)?;
    let schema = batches.schema();
    check_names(&schema)?;
    let mut writer = Writer::new(question.format, &schema)?;
    let (mut rows, mut is_cut) = (0, false);
    while let Some(batch) = batches.next().await {
        let batch = batch.map_err(mistake)?;
        let taken = batch.num_rows().min(question.rows_max - rows);
        is_cut |= taken < batch.num_rows();
        rows += taken;
        writer.write(&batch.slice(0, taken))?;
        if writer.bytes() > SQL_ANSWER_BYTES_MAX {
            return Err(too_long());
        }
    }
    let body = writer.finish()?;
    if body.len() > SQL_ANSWER_BYTES_MAX {
        return Err(too_long());
    }
    let columns = schema.fields().iter().map(|field| AnswerColumn { name: field.name().clone(), kind: written::kind(field.data_type()) });
    let cost = QueryCost { rows: 0, bytes: 0, nanos: 0 };
    Ok(SqlAnswer { columns: columns.collect(), body, rows: rows as u64, is_cut, cost })
}

fn too_long() -> SqlError {
    let what = format!("the answer is longer than {} MiB", SQL_ANSWER_BYTES_MAX >> 20);
    SqlError::TooMuch { what, hint: "Ask for fewer columns or rows: texts such as `input` and `attributes` are most of it." }
}

/// An answer names its columns once: an object of JSON cannot hold two values under one key.
fn check_names(schema: &SchemaRef) -> Result<(), SqlError> {
    let mut names: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
    names.sort_unstable();
    match names.windows(2).find(|pair| pair[0] == pair[1]) {
        None => Ok(()),
        Some(pair) => Err(SqlError::Refused {
            what: format!("two columns of the answer are called `{}`", pair[0]),
            hint: Some("Give one of them another name with AS.".into()),
            at: None,
        }),
    }
}
