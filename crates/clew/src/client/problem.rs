//! Refusals of the server, RFC 9457, as failures of the command.

use reqwest::{Response, StatusCode};
use serde::Deserialize;

use crate::failure::{Exit, Failure};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Problem {
    title: Option<String>,
    detail: Option<String>,
    hint: Option<String>,
    at: Option<usize>,
}

/// Turns an answer that is no success into a failure with the server's own words.
pub(super) async fn failure_from(answer: Response) -> Failure {
    let status = answer.status();
    let problem: Problem = match answer.text().await {
        Ok(body) => serde_json::from_str(&body).unwrap_or_default(),
        Err(_) => Problem::default(),
    };
    let text = problem.detail.or(problem.title).unwrap_or_else(|| format!("the server answered {status}"));
    let mut failure = Failure::new(exit_for(status), text);
    failure.at = problem.at;
    match problem.hint {
        Some(hint) => failure.with_hint(hint),
        None => failure,
    }
}

fn exit_for(status: StatusCode) -> Exit {
    match status {
        StatusCode::NOT_FOUND => Exit::NotFound,
        _ => Exit::Failed,
    }
}
