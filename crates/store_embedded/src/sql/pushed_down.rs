//! What a condition of SQL says about which parts of a table need not be read: the time of rows, and their traces.

use std::collections::BTreeSet;

use datafusion::common::{Column, ScalarValue};
use datafusion::logical_expr::expr::InList;
use datafusion::logical_expr::{BinaryExpr, Expr, Operator};
use model::TraceId;
use store::TimeRange;
use store::sql::Table;

/// The columns by which rows are told apart in time; the second is the stored one.
pub(super) fn time_columns(table: &Table) -> [&'static str; 2] {
    match table.name {
        "logs" | "metrics" => ["time", "time_unix_nanos"],
        _ => ["start_time", "start_unix_nanos"],
    }
}

/// Whether a condition leaves out parts of a table.
pub(super) fn is_understood(table: &Table, filter: &Expr) -> bool {
    said(table, filter).is_some()
}

/// The range and the traces that are left when conditions are met.
pub(super) fn narrowed(table: &Table, filters: &[Expr], range: TimeRange) -> (TimeRange, Option<BTreeSet<TraceId>>) {
    let (mut range, mut traces) = (range, None);
    for said in filters.iter().filter_map(|filter| said(table, filter)) {
        match said {
            Said::From(nanos) => range.from_unix_nanos = range.from_unix_nanos.max(Some(nanos)),
            Said::To(nanos) => range.to_unix_nanos = Some(range.to_unix_nanos.map_or(nanos, |to| to.min(nanos))),
            Said::At(nanos) => {
                range.from_unix_nanos = range.from_unix_nanos.max(Some(nanos));
                range.to_unix_nanos = Some(range.to_unix_nanos.map_or(nanos + 1, |to| to.min(nanos + 1)));
            }
            Said::OneOf(ids) => {
                traces = Some(match traces {
                    None => ids,
                    Some(known) => ids.intersection(&known).copied().collect(),
                });
            }
        }
    }
    (range, traces)
}

enum Said {
    /// Inclusive.
    From(u64),
    /// Exclusive.
    To(u64),
    At(u64),
    OneOf(BTreeSet<TraceId>),
}

fn said(table: &Table, filter: &Expr) -> Option<Said> {
    match filter {
        // A short list of values is planned as a chain.
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Or, right }) => match (said(table, left)?, said(table, right)?) {
            (Said::OneOf(mut ids), Said::OneOf(others)) => {
                ids.extend(others);
                Some(Said::OneOf(ids))
            }
            _ => None,
        },
        Expr::BinaryExpr(BinaryExpr { left, op, right }) => match (left.as_ref(), right.as_ref()) {
            (Expr::Column(column), Expr::Literal(value, _)) => compared(table, column, *op, value),
            (Expr::Literal(value, _), Expr::Column(column)) => compared(table, column, op.swap()?, value),
            _ => None,
        },
        Expr::InList(InList { expr, list, negated: false }) => {
            let is_trace_id = matches!(expr.as_ref(), Expr::Column(column) if column.name == "trace_id");
            let values: Option<Vec<&ScalarValue>> = list.iter().map(Expr::as_literal).collect();
            // A text that is no id is the id of no trace, but the others may be met.
            values.filter(|_| is_trace_id).map(|values| Said::OneOf(values.into_iter().filter_map(trace_id).collect()))
        }
        _ => None,
    }
}

fn compared(table: &Table, column: &Column, operator: Operator, value: &ScalarValue) -> Option<Said> {
    if column.name == "trace_id" {
        return (operator == Operator::Eq).then(|| Said::OneOf(trace_id(value).into_iter().collect()));
    }
    if !time_columns(table).contains(&column.name.as_str()) {
        return None;
    }
    let nanos = match value {
        ScalarValue::Int64(Some(nanos)) | ScalarValue::TimestampNanosecond(Some(nanos), _) => u64::try_from(*nanos).ok()?,
        _ => return None,
    };
    Some(match operator {
        Operator::Eq => Said::At(nanos),
        Operator::GtEq => Said::From(nanos),
        Operator::Gt => Said::From(nanos.saturating_add(1)),
        Operator::Lt => Said::To(nanos),
        Operator::LtEq => Said::To(nanos.saturating_add(1)),
        _ => return None,
    })
}

/// Ids are lower-case hex in every table; a text of other letters is none.
fn trace_id(value: &ScalarValue) -> Option<TraceId> {
    let text = value.try_as_str()??;
    text.parse().ok().filter(|id: &TraceId| id.to_string() == text)
}
