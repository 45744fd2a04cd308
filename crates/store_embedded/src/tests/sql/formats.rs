//! Every format says the same rows, and is read by those who made the format.

use std::io::Cursor;

use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::datatypes::{DataType, Decimal128Type, Int64Type};
use datafusion::arrow::ipc::reader::StreamReader;
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::{Value, json};
use store::SpanStore;
use store::sql::{SqlAnswer, SqlFormat, SqlQuestion};

use super::{project, question, store_with_rows};

const SQL: &str = "SELECT span_id, start_time, start_unix_nanos, duration_nanos, cost_usd, CAST(0.031 AS DECIMAL(19,9)) AS price, \
                   billed, finish_reasons, make_array('a,b', 'c') AS letters, 'say \"no\", ' || status AS said, '' AS nothing \
                   FROM spans WHERE trace_id = (SELECT trace_id FROM traces ORDER BY start_time DESC LIMIT 1) ORDER BY start_time";

async fn answer(format: SqlFormat) -> SqlAnswer {
    let (store, _directory) = store_with_rows().await;
    store.sql(&project(), &SqlQuestion { format, ..question(SQL) }).await.unwrap()
}

fn check(batches: &[RecordBatch]) {
    let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
    assert_eq!(rows, 3);
    let column = |name: &str| batches[0].column_by_name(name).unwrap();
    assert!(matches!(column("start_time").data_type(), DataType::Timestamp(_, Some(zone)) if zone.as_ref() == "UTC"));
    assert_eq!(column("start_unix_nanos").as_primitive::<Int64Type>().values(), &[70, 71, 73]);
    assert!(column("duration_nanos").is_null(2) && column("cost_usd").is_null(0));
    assert_eq!(column("price").as_primitive::<Decimal128Type>().value(0), 31_000_000);
    assert_eq!(column("letters").as_list::<i32>().value(0).as_string::<i32>().value(0), "a,b");
}

#[tokio::test]
async fn json_has_objects_with_exact_numbers() {
    let answer = answer(SqlFormat::Json).await;
    let rows: Value = serde_json::from_slice(&answer.body).unwrap();
    let wanted = json!({
        "span_id": "0909090909030909", "start_time": "1970-01-01T00:00:00.000000073Z", "start_unix_nanos": 73, "duration_nanos": null,
        "cost_usd": null, "price": "0.031", "billed": true, "finish_reasons": null, "letters": ["a,b", "c"],
        "said": "say \"no\", running", "nothing": "",
    });
    assert_eq!((rows.as_array().unwrap().len(), &rows[2]), (3, &wanted));
    let kinds: Vec<_> = answer.columns.iter().map(|column| (column.name.as_str(), column.kind.as_str())).collect();
    assert_eq!(
        kinds[..6],
        [
            ("span_id", "TEXT"),
            ("start_time", "TIMESTAMP"),
            ("start_unix_nanos", "BIGINT"),
            ("duration_nanos", "BIGINT"),
            ("cost_usd", "DECIMAL(19,9)"),
            ("price", "DECIMAL(19,9)")
        ]
    );
    assert_eq!((kinds[6].1, kinds[7].1, answer.rows, answer.is_cut), ("BOOLEAN", "TEXT[]", 3, false));
}

#[tokio::test]
async fn csv_tells_the_empty_from_the_unknown() {
    let text = String::from_utf8(answer(SqlFormat::Csv).await.body).unwrap();
    let lines: Vec<&str> = text.split("\r\n").collect();
    assert_eq!(lines[0], "span_id,start_time,start_unix_nanos,duration_nanos,cost_usd,price,billed,finish_reasons,letters,said,nothing");
    let wanted = r#"0909090909030909,1970-01-01T00:00:00.000000073Z,73,,,0.031,true,,"[""a,b"",""c""]","say ""no"", running","""#;
    assert_eq!((lines[3], lines.len(), lines[4]), (wanted, 5, ""));
}

#[tokio::test]
async fn arrow_is_read_again() {
    let reader = StreamReader::try_new(Cursor::new(answer(SqlFormat::Arrow).await.body), None).unwrap();
    check(&reader.collect::<Result<Vec<_>, _>>().unwrap());
}

#[tokio::test]
async fn parquet_is_read_again() {
    let mut file = tempfile::tempfile().unwrap();
    std::io::Write::write_all(&mut file, &answer(SqlFormat::Parquet).await.body).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap();
    check(&reader.collect::<Result<Vec<_>, _>>().unwrap());
}

#[tokio::test]
async fn an_answer_without_rows_is_whole_in_every_format() {
    let (store, _directory) = store_with_rows().await;
    for format in [SqlFormat::Json, SqlFormat::Csv, SqlFormat::Arrow, SqlFormat::Parquet] {
        let none = SqlQuestion { format, ..question("SELECT * FROM spans WHERE false") };
        let answer = store.sql(&project(), &none).await.unwrap();
        assert_eq!((answer.rows, answer.body.is_empty()), (0, false), "{format:?}");
        if format == SqlFormat::Arrow {
            assert_eq!(StreamReader::try_new(Cursor::new(answer.body), None).unwrap().count(), 0);
        }
    }
}
