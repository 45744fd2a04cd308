//! What is not answered, and what its sender is told.

use store::sql::SqlError;

use super::{answer, store_with_rows};

/// Everything that writes, reaches out, or asks about the engine.
const REFUSED: &[&str] = &[
    "INSERT INTO spans VALUES (1)",
    "DELETE FROM spans",
    "UPDATE spans SET name = 'x'",
    "TRUNCATE TABLE spans",
    "MERGE INTO spans USING traces ON true WHEN MATCHED THEN DELETE",
    "CREATE TABLE mine AS SELECT * FROM spans",
    "CREATE VIEW mine AS SELECT 1",
    "CREATE SCHEMA mine",
    "CREATE DATABASE mine",
    "CREATE FUNCTION mine() RETURNS INT RETURN 1",
    "CREATE EXTERNAL TABLE passwd STORED AS CSV LOCATION '/etc/passwd'",
    "CREATE EXTERNAL TABLE far STORED AS PARQUET LOCATION 'http://127.0.0.1/x.parquet'",
    "DROP TABLE spans",
    "ALTER TABLE spans RENAME TO mine",
    "COPY spans TO '/tmp/spans.parquet'",
    "COPY (SELECT 1) TO 'out.csv' STORED AS CSV",
    "SELECT * INTO mine FROM spans",
    "SET datafusion.execution.batch_size = 1",
    "RESET datafusion.execution.batch_size",
    "SHOW TABLES",
    "SHOW ALL",
    "DESCRIBE spans",
    "EXPLAIN SELECT 1",
    "EXPLAIN ANALYZE SELECT * FROM spans",
    "EXPLAIN VERBOSE SELECT 1",
    "PREPARE mine AS SELECT 1",
    "EXECUTE mine",
    "DEALLOCATE mine",
    "BEGIN",
    "COMMIT",
    "USE chat",
    "ANALYZE TABLE spans",
    "GRANT SELECT ON spans TO somebody",
    "LOAD DATA INPATH '/etc/passwd' INTO TABLE spans",
    "WITH gone AS (DELETE FROM spans RETURNING *) SELECT * FROM gone",
    "SELECT 1; SELECT 2",
    "SELECT 1; DROP TABLE spans",
    "SELECT * FROM '/etc/passwd'",
    "SELECT * FROM '/etc/passwd.csv'",
    "SELECT * FROM \"file:///etc/passwd\"",
    "SELECT * FROM 'segments/0000000001/core.parquet'",
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM read_parquet('x.parquet')",
    "SELECT * FROM parquet_metadata('x.parquet')",
    "SELECT * FROM generate_series(1, 1000000000000)",
    "SELECT * FROM range(1, 1000000000000)",
    "SELECT generate_series(1, 1000000000000)",
    "SELECT repeat('x', 1000000000)",
    "SELECT lpad('x', 1000000000)",
    "SELECT array_repeat(1, 1000000000)",
    "SELECT * FROM information_schema.tables",
    "SELECT * FROM information_schema.df_settings",
    "SELECT * FROM datafusion.information_schema.columns",
    "SELECT * FROM datasets",
    "SELECT @@version",
    "SELECT $1",
    "SELECT name, name FROM spans",
    "",
    ";",
    "-- nothing",
];

#[tokio::test]
async fn only_questions_about_the_tables_are_answered() {
    let (store, directory) = store_with_rows().await;
    let files = || std::fs::read_dir(directory.path()).unwrap().count();
    let before = files();
    for sql in REFUSED {
        match answer(&store, sql).await {
            Err(SqlError::Refused { what, .. }) => assert!(!what.is_empty(), "{sql}"),
            other => panic!("{sql}: {other:?}"),
        }
    }
    assert_eq!(files(), before);
    assert_eq!(answer(&store, "SELECT * FROM spans").await.unwrap().rows, 8, "all is as it was");
}

async fn told(sql: &str) -> (String, Option<String>, Option<usize>) {
    let (store, _directory) = store_with_rows().await;
    match answer(&store, sql).await {
        Err(SqlError::Refused { what, hint, at }) => (what, hint, at),
        other => panic!("{sql}: {other:?}"),
    }
}

#[tokio::test]
async fn mistakes_are_told_with_their_place_and_what_was_meant() {
    let (what, hint, at) = told("SELECT trace_id,\n  modle FROM spans").await;
    assert_eq!((what.as_str(), hint.as_deref(), at), ("there is no column `modle`", Some("Did you mean `model`?"), Some(19)));
    let (what, hint, at) = told("SELECT 1 FROM span").await;
    assert_eq!((what.as_str(), hint.as_deref(), at), ("there is no table `span`", Some("Did you mean `spans`?"), Some(14)));
    let (what, hint, _) = told("SELECT 1 FROM datasets").await;
    assert!(what.contains("`datasets`") && hint.unwrap().contains("`metrics`"), "{what}");
    let (what, _, at) = told("SELECT name FROM spans WHERE").await;
    assert!(what.contains("Expected") && at.is_some(), "{what} at {at:?}");
    let (what, hint, at) = told("  delete FROM spans").await;
    assert_eq!((what.as_str(), at), ("`DELETE` is not answered", Some(0)));
    assert!(hint.unwrap().contains("`spans`, `traces`, `steps`, `logs`, `scores`, `metrics`"));
    let (what, ..) = told("SELECT nothing_of_that_name(1)").await;
    assert!(what.contains("nothing_of_that_name"), "{what}");
    let (what, ..) = told("SELECT name FROM spans GROUP BY trace_id").await;
    assert!(what.contains("name"), "{what}");
    let (what, ..) = told("SELECT json_get(attributes, 'a[') FROM spans").await;
    assert!(what.contains("no place in a JSON value"), "{what}");
}
