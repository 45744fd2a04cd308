//! Metric points: as they were sent, in pages, by name.

use model::{MetricKind, MetricPoint, ProjectSlug};
use serde_json::json;

use super::pages::walk;
use super::records::{PointSeed, points_in};
use super::subject::{Bench, assert_same, empty_parts};
use crate::{BatchParts, Order, PointQuery, SpanStore, TimeRange};

pub(super) async fn all_points(store: &dyn SpanStore, project: &ProjectSlug, query: &PointQuery) -> Vec<MetricPoint> {
    let page = async |after| {
        let page = store.list_points(project, &PointQuery { after, ..query.clone() }).await.unwrap();
        (page.points, page.next, page.total)
    };
    walk(page, query.limit).await
}

fn seed(metric: u8, time: u64, flavour: u8) -> MetricPoint {
    PointSeed { metric, time, flavour }.build()
}

async fn append(bench: &mut Bench, points: Vec<MetricPoint>) {
    bench.parts(BatchParts { points, ..empty_parts(&bench.project) }).await;
}

pub(super) async fn points_of_every_kind_come_back_as_they_were_sent(bench: &mut Bench) {
    let time = |nanos: u64| json!(nanos.to_string());
    let exemplar = json!({ "timeUnixNano": "3", "asDouble": "NaN", "traceId": "0af7651916cd43dd8448eb211c80319c", "spanId": "b7ad6b7169203331",
        "filteredAttributes": [{ "key": "k", "value": { "bytesValue": "AP8=" } }] });
    let nested = json!([{ "key": "deep", "value": { "kvlistValue": { "values": [{ "key": "", "value": { "arrayValue": { "values": [{}] } } }] } } }]);
    let request = json!({ "resourceMetrics": [{
        "resource": { "attributes": [{ "key": "service.name", "value": { "stringValue": "suite" } }], "droppedAttributesCount": 4 },
        "schemaUrl": "https://r",
        "scopeMetrics": [{ "scope": { "name": "lib", "version": "2" }, "schemaUrl": "https://s", "metrics": [
            { "name": "a", "unit": "s", "gauge": { "dataPoints": [{ "timeUnixNano": time(1), "asDouble": -0.0, "flags": 1, "attributes": nested }] } },
            { "name": "b", "description": "b", "metadata": nested, "sum": { "aggregationTemporality": 1, "dataPoints": [
                { "timeUnixNano": time(2), "startTimeUnixNano": time(1), "asInt": "-9223372036854775808", "exemplars": [exemplar] }] } },
            { "name": "c", "histogram": { "aggregationTemporality": 2, "dataPoints": [
                { "timeUnixNano": time(3), "count": "3", "sum": "Infinity", "min": 0, "max": 9, "explicitBounds": [1, 2], "bucketCounts": ["1", "0", "2"] }] } },
            { "name": "d", "exponentialHistogram": { "aggregationTemporality": 2, "dataPoints": [
                { "timeUnixNano": time(4), "count": "1", "scale": -3, "zeroCount": "1", "positive": { "offset": -2, "bucketCounts": ["1"] } }] } },
            { "name": "e", "summary": { "dataPoints": [{ "timeUnixNano": time(u64::MAX), "count": "1", "quantileValues": [{ "quantile": 0.5, "value": 1 }] }] } },
        ] }],
    }] });
    let sent = points_in(&request);
    let kinds: Vec<MetricKind> = sent.iter().map(|point| point.kind).collect();
    use MetricKind::{ExponentialHistogram, Gauge, Histogram, Sum, Summary};
    assert_eq!(kinds, [Gauge, Sum, Histogram, ExponentialHistogram, Summary]);
    append(bench, sent.clone()).await;
    let query = PointQuery { order: Order::Ascending, limit: 10, ..PointQuery::default() };
    assert_same(&all_points(bench.store().as_ref(), &bench.project, &query).await, &sent);
}

pub(super) async fn pages_of_points_neither_lose_nor_repeat(bench: &mut Bench) {
    // Four points of one time, so that pages end inside a run of equal times.
    append(bench, vec![seed(1, 5, 1), seed(1, 5, 2), seed(2, 9, 1)]).await;
    append(bench, vec![seed(1, 5, 3), seed(1, 2, 1), seed(2, 5, 1), seed(1, 5, 1)]).await;
    let mut times: Vec<u64> = vec![2, 5, 5, 5, 5, 9];
    for order in [Order::Ascending, Order::Descending] {
        let query = |limit| PointQuery { order, limit, ..PointQuery::default() };
        let whole = all_points(bench.store().as_ref(), &bench.project, &query(100)).await;
        assert_eq!(whole.iter().map(|point| point.time_unix_nanos).collect::<Vec<_>>(), times);
        for limit in 1..=6 {
            assert_same(&all_points(bench.store().as_ref(), &bench.project, &query(limit)).await, &whole);
        }
        times.reverse();
    }
}

pub(super) async fn points_are_found_by_name_range_and_project(bench: &mut Bench) {
    append(bench, vec![seed(1, 1, 0), seed(2, 2, 0), seed(1, 3, 0), seed(1, 4, 0)]).await;
    let other: ProjectSlug = "other".parse().unwrap();
    bench.parts(BatchParts { points: vec![seed(1, 2, 0)], ..empty_parts(&other) }).await;
    let range = TimeRange { from_unix_nanos: Some(1), to_unix_nanos: Some(4) };
    let query = PointQuery { range, name: Some("metric 1".into()), order: Order::Ascending, limit: 1, ..PointQuery::default() };
    assert_same(&all_points(bench.store().as_ref(), &bench.project, &query).await, &vec![seed(1, 1, 0), seed(1, 3, 0)]);
    assert_same(&all_points(bench.store().as_ref(), &other, &query).await, &vec![seed(1, 2, 0)]);
    let unknown = PointQuery { name: Some("metric".into()), ..query };
    assert!(all_points(bench.store().as_ref(), &bench.project, &unknown).await.is_empty());
}
