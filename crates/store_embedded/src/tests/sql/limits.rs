//! Bounds of questions, each at its edge, and questions that would never end.

use std::sync::Arc;
use std::time::{Duration, Instant};

use store::limits::{SQL_BYTES_MAX, SQL_ROWS_MAX};
use store::sql::{SqlError, SqlQuestion};
use store::{SpanStore, StoreError};

use super::{answer, project, question, rows, store_with_rows};
use crate::limits::{SQL_CHAIN_MAX, SQL_DEPTH_MAX, SQL_EXPRESSIONS_MAX, SQL_QUESTIONS_MAX, SQL_TABLES_MAX, SQL_WAIT_MAX};

/// Some ten thousand million rows, one by one.
const ENDLESS: &str = "SELECT count(*) FROM (SELECT a.name || b.name || c.name || d.name || e.name || f.name || g.name || h.name || i.name AS n \
                       FROM spans a, spans b, spans c, spans d, spans e, spans f, spans g, spans h, spans i, spans j, spans k, spans l) WHERE n <> ''";

fn with_bytes(bytes: usize) -> String {
    let question = "SELECT 1 -- ";
    format!("{question}{}", "x".repeat(bytes - question.len()))
}

#[tokio::test]
async fn a_question_has_a_length() {
    let (store, _directory) = store_with_rows().await;
    assert!(answer(&store, &with_bytes(SQL_BYTES_MAX)).await.is_ok());
    assert!(matches!(answer(&store, &with_bytes(SQL_BYTES_MAX + 1)).await, Err(SqlError::Refused { what, .. }) if what.contains("32768")));
}

#[tokio::test]
async fn rows_beyond_those_asked_for_are_left_out_and_told() {
    let (store, _directory) = store_with_rows().await;
    for (rows_max, rows, is_cut) in [(7, 7, true), (8, 8, false), (SQL_ROWS_MAX, 8, false)] {
        let answer = store.sql(&project(), &SqlQuestion { rows_max, ..question("SELECT * FROM spans") }).await.unwrap();
        assert_eq!((answer.rows, answer.is_cut), (rows, is_cut), "{rows_max}");
    }
    for rows_max in [0, SQL_ROWS_MAX + 1] {
        let refused = store.sql(&project(), &SqlQuestion { rows_max, ..question("SELECT 1") }).await;
        assert!(matches!(refused, Err(SqlError::Refused { .. })), "{rows_max}");
    }
}

/// Eight rows make 4096 of four times their number of copies; each has some kilobytes of text.
#[tokio::test]
async fn an_answer_has_a_length() {
    let (store, _directory) = store_with_rows().await;
    let letters = "x".repeat(20_000);
    let sql = |tables: &str| format!("SELECT '{letters}' || a.name AS text FROM {tables}");
    assert!(answer(&store, &sql("spans a, spans b, spans c")).await.is_ok());
    let too_long =
        store.sql(&project(), &SqlQuestion { rows_max: 1_000_000, ..question(&sql("spans a, spans b, spans c, spans d")) }).await;
    assert!(matches!(&too_long, Err(SqlError::TooMuch { what, .. }) if what.contains("64 MiB")), "{too_long:?}");
}

#[tokio::test]
async fn memory_is_bounded() {
    let (store, _directory) = store_with_rows().await;
    let letters = "x".repeat(20_000);
    let sql = format!(
        "SELECT max(n) FROM (SELECT '{letters}' || a.start_time || b.start_time || c.start_time || d.start_time || e.start_time AS n \
                       FROM spans a, spans b, spans c, spans d, spans e) GROUP BY n"
    );
    let error = answer(&store, &sql).await.unwrap_err();
    assert!(matches!(&error, SqlError::TooMuch { what, .. } if what.contains("256 MiB")), "{error:?}");
}

#[tokio::test]
async fn a_question_without_end_ends_in_time() {
    let (store, _directory) = store_with_rows().await;
    let endless = [
        ENDLESS.to_owned(),
        "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n".to_owned(),
        "WITH RECURSIVE n AS (SELECT 'x' AS t UNION ALL SELECT t || t FROM n) SELECT max(length(t)) FROM n".to_owned(),
    ];
    for sql in endless {
        let began = Instant::now();
        let error = store.sql_within_for_tests(&question(&sql), Duration::from_secs(2)).await.unwrap_err();
        assert!(began.elapsed() < Duration::from_secs(8), "{sql}: {:?}", began.elapsed());
        assert!(matches!(error, SqlError::TooMuch { .. } | SqlError::Refused { .. }), "{sql}: {error:?}");
    }
    assert_eq!(rows(&store, "SELECT count(*) AS n FROM spans").await[0]["n"], 8);
}

/// Askers that go away leave their places to others at once; whoever stays keeps them busy.
#[tokio::test]
async fn a_question_ends_with_whoever_asked_it() {
    let (store, _directory) = store_with_rows().await;
    let ask = |store: &Arc<crate::EmbeddedStore>| {
        let store = Arc::clone(store);
        tokio::spawn(async move { answer(&store, ENDLESS).await })
    };
    let askers: Vec<_> = (0..SQL_QUESTIONS_MAX).map(|_| ask(&store)).collect();
    let began = Instant::now();
    let waited = loop {
        // A place may still be free for a moment; then this question is answered.
        match answer(&store, "SELECT 1").await {
            Err(error) => break error,
            Ok(_) => assert!(began.elapsed() < Duration::from_secs(10)),
        }
    };
    assert!(matches!(waited, SqlError::Store(StoreError::Busy { .. })), "{waited:?}");
    assert!(began.elapsed() >= SQL_WAIT_MAX);
    askers.iter().for_each(tokio::task::JoinHandle::abort);
    assert_eq!(answer(&store, "SELECT 1").await.unwrap().rows, 1);
}

/// Joins inside each other read next to nothing, and make rows for hours: they end between those.
#[tokio::test]
async fn a_question_that_reads_little_and_makes_much_leaves_its_place() {
    let (store, _directory) = store_with_rows().await;
    let little = "WITH few AS (SELECT a.name || b.name || c.span_id AS n FROM spans a, spans b, spans c)";
    let endless = [
        "SELECT count(*) FROM few a JOIN (SELECT b.n FROM few b JOIN (SELECT c.n FROM few c JOIN (SELECT d.n FROM few d JOIN few e ON d.n <> e.n) d \
         ON c.n <= d.n) c ON b.n <= c.n) b ON a.n <= b.n",
        "SELECT count(*) FROM few a JOIN (SELECT b.n FROM few b JOIN (SELECT c.n FROM few c JOIN (SELECT d.n FROM few d JOIN few e ON d.n <> e.n) d \
         ON c.n <= d.n) c ON b.n <= c.n) b ON a.n = b.n || 'x'",
    ];
    for question_without_end in endless {
        let sql = format!("{little} {question_without_end}");
        for _ in 0..=SQL_QUESTIONS_MAX {
            let error = store.sql_within_for_tests(&question(&sql), Duration::from_secs(1)).await.unwrap_err();
            assert!(matches!(&error, SqlError::TooMuch { what, .. } if what.contains("took longer")), "{sql}: {error:?}");
        }
    }
    assert_eq!(answer(&store, "SELECT 1").await.unwrap().rows, 1);
}

/// The threads have the stack for the deepest question, and a planner that nobody can end gets nothing larger.
#[tokio::test]
async fn the_deepest_question_is_planned_and_a_deeper_one_is_not() {
    let (store, _directory) = store_with_rows().await;
    let sum = |count: usize| format!("SELECT {} AS n", vec!["1"; count].join("+"));
    assert_eq!(rows(&store, &sum(SQL_CHAIN_MAX)).await[0]["n"], SQL_CHAIN_MAX);
    let tables = |count: usize| vec!["SELECT count(*) FROM spans"; count].join(" UNION ALL ");
    assert_eq!(answer(&store, &tables(SQL_TABLES_MAX)).await.unwrap().rows as usize, SQL_TABLES_MAX);
    let unions = |count: usize| vec!["SELECT 1"; count].join(" UNION ALL ");
    let nested = |depth: usize| format!("SELECT {}1{}", "(".repeat(depth), ")".repeat(depth));
    assert!(answer(&store, &unions(SQL_TABLES_MAX)).await.is_ok());
    assert!(answer(&store, &nested(SQL_DEPTH_MAX / 3)).await.is_ok());
    let values = vec!["1"; SQL_EXPRESSIONS_MAX + 1].join(",");
    for sql in
        [sum(SQL_CHAIN_MAX + 1), unions(SQL_TABLES_MAX + 1), tables(SQL_TABLES_MAX + 1), nested(1_000), format!("SELECT 1 IN ({values})")]
    {
        let shown: String = sql.chars().take(60).collect();
        assert!(matches!(answer(&store, &sql).await, Err(SqlError::Refused { .. })), "{shown}");
    }
}

/// Each name is twice as long as the one before.
#[tokio::test]
async fn little_text_cannot_become_gigabytes() {
    let (store, _directory) = store_with_rows().await;
    let doubled = |expression: &str| {
        let names: Vec<String> = (0..40).map(|at| format!("n{} AS (SELECT {} AS t FROM n{at})", at + 1, expression)).collect();
        format!("WITH n0 AS (SELECT name AS t FROM spans), {} SELECT max(length(CAST(t AS TEXT))) FROM n40", names.join(", "))
    };
    for expression in
        ["t || t", "concat(t, t)", "replace(t, 's', 'ssss')", "regexp_replace(t, 's', 'ssss', 'g')", "overlay(t PLACING t FROM 1 FOR 0)"]
    {
        let error = answer(&store, &doubled(expression)).await.unwrap_err();
        assert!(matches!(&error, SqlError::TooMuch { what, .. } if what.contains("128 MiB")), "{expression}: {error:?}");
    }
    for expression in ["make_array(t, t)", "[t, t]"] {
        let error = answer(&store, &doubled(expression).replace("length(CAST(t AS TEXT))", "array_ndims(t)")).await.unwrap_err();
        assert!(matches!(&error, SqlError::TooMuch { .. } | SqlError::Refused { .. }), "{expression}: {error:?}");
    }
    let usual = rows(&store, "SELECT 'a' || 1 || NULL AS n, 'a' || 1.5 AS t, concat('a', NULL, 2) AS c, ['a'] || ['b'] AS l").await;
    assert_eq!(usual[0], serde_json::json!({"n": null, "t": "a1.5", "c": "a2", "l": ["a", "b"]}));
}
