//! Records removed for good.

use std::time::Instant;

use axum::Json;
use axum::extract::rejection::JsonRejection;
use model::TraceId;
use query::{Comparison, Filter, Operand, Subject, Test};
use serde::{Deserialize, Serialize};
use store::{Chosen, DeletionReceipt, SaidByLog, TimeRange};
use utoipa::ToSchema;

use super::page::parse_query;
use super::time_range;
use super::traces::parse_trace_id;
use crate::auth::ProjectScope;
use crate::limits::DELETION_TRACE_IDS_MAX;
use crate::problem::Problem;

/// What goes: exactly one of `trace_ids`, `session`, `user` and `q`.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeleteRequest {
    /// 32 hex digits each.
    #[serde(default)]
    trace_ids: Option<Vec<String>>,
    #[serde(default)]
    session: Option<String>,
    #[serde(default)]
    user: Option<String>,
    /// Filter in the query language: the traces that a list with it shows.
    #[serde(default)]
    q: Option<String>,
    /// Of the starts of traces, as for lists; with `session`, `user` or `q`.
    #[serde(default)]
    t: Option<String>,
    /// Counts what would go, and changes nothing.
    #[serde(default)]
    dry_run: bool,
}

/// What went, or would go.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeleteAnswer {
    dry_run: bool,
    traces: u64,
    spans: u64,
    logs: u64,
    /// Metric points belong to no trace: only retention removes them.
    points: u64,
    segments_rewritten: u64,
    /// Of all segments.
    bytes_before: u64,
    bytes_after: u64,
    /// Decimal string.
    duration_nanos: String,
    /// Absent after a dry run.
    #[serde(skip_serializing_if = "Option::is_none")]
    check: Option<CheckAnswer>,
}

/// What a look at everything that is stored has found afterwards.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CheckAnswer {
    /// Whether nothing of the traces was found.
    clean: bool,
    /// Traces of which something was found.
    found: Vec<String>,
    /// What could not be looked at, or is on disk for a while yet.
    left: Vec<String>,
}

/// Removes traces with every span and log record, for good: everywhere or, where it fails, nowhere.
///
/// A deletion by session or user takes log records with it that belong to no trace and name the session or user themselves. What is
/// sent again afterwards is new. Backups keep what they have.
#[utoipa::path(post, operation_id = "delete", path = "/api/v1/projects/{project}/delete", tag = "traces", request_body = DeleteRequest,
    params(("project" = String, Path, description = "Slug")),
    responses((status = 200, body = DeleteAnswer), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn delete(
    scope: ProjectScope,
    request: Result<Json<DeleteRequest>, JsonRejection>,
) -> Result<Json<DeleteAnswer>, Problem> {
    let Json(request) = request.map_err(|error| Problem::bad_request("invalid-body", error.body_text()))?;
    let (dry_run, chosen) = (request.dry_run, chosen_by(request)?);
    let began = Instant::now();
    // On a task of its own: a client that goes away does not stop it.
    let work = tokio::spawn(async move { scope.delete(chosen, dry_run).await });
    let receipt = work.await.map_err(|error| {
        tracing::error!(%error, "a deletion broke off");
        Problem::new(http::StatusCode::INTERNAL_SERVER_ERROR, "internal", "the server failed to delete")
            .with_hint("What was begun is finished at the next start; ask again to be sure.")
    })??;
    Ok(Json(answer(receipt, dry_run, began)))
}

fn answer(receipt: DeletionReceipt, dry_run: bool, began: Instant) -> DeleteAnswer {
    let DeletionReceipt { traces, spans, logs, points, segments_rewritten, bytes_before, bytes_after, checked } = receipt;
    let check = CheckAnswer {
        clean: checked.is_done && checked.found.is_empty(),
        found: checked.found.iter().map(TraceId::to_string).collect(),
        left: checked.left,
    };
    let duration_nanos = began.elapsed().as_nanos().to_string();
    let check = (!dry_run).then_some(check);
    DeleteAnswer { dry_run, traces, spans, logs, points, segments_rewritten, bytes_before, bytes_after, duration_nanos, check }
}

fn chosen_by(request: DeleteRequest) -> Result<Chosen, Problem> {
    let range = time_range::parse(request.t.as_deref())?;
    match (request.trace_ids, request.session, request.user, request.q) {
        (Some(ids), None, None, None) if range == TimeRange::default() => chosen_by_ids(&ids),
        (None, Some(session), None, None) => Ok(chosen_by_name("session_id", &SESSION_KEYS, session, range)),
        (None, None, Some(user), None) => Ok(chosen_by_name("user_id", &USER_KEYS, user, range)),
        (None, None, None, Some(text)) => {
            let filter = parse_query(Some(&text))?;
            if filter.is_everything() && range == TimeRange::default() {
                return Err(Problem::bad_request("nothing-chosen", "the query chooses every trace there is")
                    .with_hint("Give a time with it, e.g. `t`: `~2100-01-01T00:00:00Z` where all are meant."));
            }
            Ok(Chosen::Found { filter, range, said_by_logs: None })
        }
        _ => Err(Problem::bad_request("nothing-chosen", "what to delete is not said by one thing")
            .with_hint("Give exactly one of `trace_ids`, `session`, `user` and `q`; `t` goes with the last three.")),
    }
}

fn chosen_by_ids(ids: &[String]) -> Result<Chosen, Problem> {
    if ids.len() > DELETION_TRACE_IDS_MAX {
        let text = format!("{} trace ids are over the limit of {DELETION_TRACE_IDS_MAX}", ids.len());
        return Err(Problem::bad_request("too-many-traces", text).with_hint("Ask several times, or by a query."));
    }
    ids.iter().map(|id| parse_trace_id(id)).collect::<Result<_, _>>().map(Chosen::Traces)
}

/// What log records of applications and coding agents name their session and user by.
const SESSION_KEYS: [&str; 3] = ["session.id", "gen_ai.conversation.id", "conversation.id"];
const USER_KEYS: [&str; 3] = ["user.id", "enduser.id", "user.account_uuid"];

fn chosen_by_name(field: &str, keys: &[&str], value: String, range: TimeRange) -> Chosen {
    let field = query::field(field).expect("the query language knows sessions and users");
    let comparison = Comparison::Is(vec![Operand::Text(value.clone())]);
    let filter = Filter::Test(Test { subject: Subject::Field(field), comparison });
    // A log record without a trace has no start of a trace: a time leaves it alone.
    let said = SaidByLog { keys: keys.iter().map(|key| (*key).to_owned()).collect(), value };
    Chosen::Found { filter, range, said_by_logs: (range == TimeRange::default()).then_some(said) }
}
