//! Columns that stand in no stored column: they are made of what was sent.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Float64Array, Int64Array, StringArray};
use model::{AnyValue, Attributes, LogRecord, MetricPoint, MetricValue, RawSpan};
use query::{Root, root_value};
use serde_json::Value;
use store::{attributes_json, value_json};

use crate::engine::Engine;
use crate::read::Contents;

/// Makes a column.
pub(super) fn from_contents(engine: &Engine, column: &str, contents: &Contents) -> ArrayRef {
    match contents {
        Contents::Unread => texts(std::iter::empty()),
        Contents::Spans(spans) => texts(spans.iter().map(|raw| raw.as_ref().and_then(|raw| of_span(engine, column, raw)))),
        Contents::Scores(scores) => of_scores(column, scores),
        Contents::Logs(logs) => texts(logs.iter().map(|log| of_log(column, log))),
        Contents::Points(points) => of_points(column, points),
    }
}

fn texts(texts: impl Iterator<Item = Option<String>>) -> ArrayRef {
    Arc::new(texts.collect::<StringArray>())
}

fn object(attributes: &Attributes) -> Option<String> {
    Some(Value::Object(attributes_json(attributes)).to_string())
}

fn of_span(engine: &Engine, column: &str, raw: &Arc<RawSpan>) -> Option<String> {
    match column {
        "attributes" => object(&raw.attributes),
        "resource_attributes" => object(&raw.resource.attributes),
        _ => {
            let root = if column == "input" { Root::Input } else { Root::Output };
            let span = engine.indexes.content.derive(Arc::clone(raw));
            root_value(root, &span).map(|value| value.to_string())
        }
    }
}

fn of_scores(column: &str, scores: &[Value]) -> ArrayRef {
    match column {
        "value" => Arc::new(scores.iter().map(|score| number_of_score(&score["score"])).collect::<Float64Array>()),
        "label" => texts(scores.iter().map(label_of_score)),
        _ => texts(scores.iter().map(|score| word(&score[column]))),
    }
}

fn number_of_score(score: &Value) -> Option<f64> {
    match score {
        Value::Bool(truth) => Some(f64::from(u8::from(*truth))),
        // What is no number is one text or another: `NaN` would make sums of others unknown.
        Value::String(text) => text.trim().parse().ok().filter(|number: &f64| number.is_finite()),
        score => score.as_f64(),
    }
}

/// A score that is a word is its own label.
fn label_of_score(score: &Value) -> Option<String> {
    let own = || word(&score["score"]).filter(|_| number_of_score(&score["score"]).is_none());
    word(&score["label"]).or_else(own)
}

fn word(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn of_log(column: &str, log: &LogRecord) -> Option<String> {
    match column {
        "attributes" => object(&log.attributes),
        "resource_attributes" => object(&log.resource.attributes),
        "event_name" => Some(log.event_name()).filter(|name| !name.is_empty()).map(str::to_owned),
        "scope_name" => Some(&log.scope.name).filter(|name| !name.is_empty()).cloned(),
        _ => match log.body.as_ref()? {
            AnyValue::Empty => None,
            AnyValue::String(text) => Some(text.to_string()),
            body => Some(value_json(body).to_string()),
        },
    }
}

fn of_points(column: &str, points: &[MetricPoint]) -> ArrayRef {
    match column {
        "attributes" => texts(points.iter().map(|point| object(&point.attributes))),
        "resource_attributes" => texts(points.iter().map(|point| object(&point.resource.attributes))),
        "scope_name" => texts(points.iter().map(|point| Some(&point.scope.name).filter(|name| !name.is_empty()).cloned())),
        "count" => Arc::new(points.iter().map(|point| i64::try_from(said(point)?.count?).ok()).collect::<Int64Array>()),
        _ => {
            let number = |point: &MetricPoint| {
                let said = said(point)?;
                match column {
                    "value" => said.value,
                    "sum" => said.sum,
                    "min" => said.min,
                    _ => said.max,
                }
            };
            Arc::new(points.iter().map(number).collect::<Float64Array>())
        }
    }
}

/// What a point says in single numbers.
#[derive(Default)]
struct Said {
    value: Option<f64>,
    count: Option<u64>,
    sum: Option<f64>,
    min: Option<f64>,
    max: Option<f64>,
}

fn said(point: &MetricPoint) -> Option<Said> {
    Some(match wire::raw::decode_value(&point.raw).ok()? {
        MetricValue::Absent => Said::default(),
        MetricValue::Int(value) => Said { value: Some(value as f64), ..Said::default() },
        MetricValue::Double(value) => Said { value: Some(value), ..Said::default() },
        MetricValue::Histogram(of) => Said { value: None, count: Some(of.count), sum: of.sum, min: of.min, max: of.max },
        MetricValue::ExponentialHistogram(of) => Said { value: None, count: Some(of.count), sum: of.sum, min: of.min, max: of.max },
        MetricValue::Summary(of) => Said { count: Some(of.count), sum: Some(of.sum), ..Said::default() },
    })
}
