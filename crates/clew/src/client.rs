//! The server as its clients see it: the public HTTP API, nothing else.

mod answers;
mod problem;
mod sse;

use std::time::Duration;

use model::ProjectSlug;
use reqwest::{Method, RequestBuilder, Response};
use serde_json::Value;

use crate::failure::{Exit, Failure};
use crate::options::ServerArgs;
use crate::waiting::{request_id, waited};

pub(crate) use answers::{Document, Link, Message, Placeholder, Span, TraceDetail, TraceSummary};
pub(crate) use sse::Events;

/// A server that does not answer the handshake within this time is not there.
const CONNECT_SECONDS_MAX: u64 = 5;
/// The slowest answer of the API is a page of a thousand traces; a minute means that something is wrong.
const ANSWER_SECONDS_MAX: u64 = 60;

/// A connection to one server and one of its projects.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    base: String,
    project: ProjectSlug,
    project_given: bool,
}

impl Client {
    pub(crate) fn new(args: &ServerArgs) -> Result<Self, Failure> {
        let project = match &args.project {
            Some(slug) => {
                slug.parse().map_err(|error| Failure::new(Exit::Usage, "cannot use this project").with_source(IdFailure(error)))?
            }
            None => ProjectSlug::default_project(),
        };
        let http = reqwest::Client::builder()
            .user_agent(concat!("clew/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(Duration::from_secs(CONNECT_SECONDS_MAX))
            // A self-hosted server is asked directly: a proxy of the shell would break `127.0.0.1`.
            .no_proxy()
            .build()
            .map_err(|error| Failure::new(Exit::Failed, "cannot prepare requests").with_source(error))?;
        Ok(Self { http, base: base_address(&args.server)?, project, project_given: args.project.is_some() })
    }

    /// Address of the server, without a slash at the end.
    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    /// Returns where the server listens, as a socket wants it.
    pub(crate) fn host_and_port(&self) -> String {
        let host = self.base.trim_start_matches("http://").split('/').next().unwrap_or_default();
        let has_port = host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
        if has_port { host.to_owned() } else { format!("{host}:80") }
    }

    pub(crate) fn project(&self) -> &str {
        self.project.as_str()
    }

    /// The project where one was named; records say their own otherwise.
    pub(crate) fn project_given(&self) -> Option<&str> {
        self.project_given.then(|| self.project())
    }

    pub(crate) fn with_project(mut self, project: ProjectSlug) -> Self {
        self.project = project;
        self.project_given = true;
        self
    }

    /// Returns the path of something inside the project.
    pub(crate) fn in_project(&self, rest: &str) -> String {
        format!("/api/v1/projects/{}/{rest}", self.project)
    }

    /// Returns the address of a trace on the screen.
    pub(crate) fn trace_link(&self, trace_id: &str, span_id: Option<&str>) -> String {
        match span_id {
            Some(span_id) => format!("{}/t/{trace_id}?span={span_id}", self.base),
            None => format!("{}/t/{trace_id}", self.base),
        }
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.base))
    }

    /// Sends a request; an answer of any status is an answer.
    pub(crate) async fn send(&self, request: RequestBuilder) -> Result<Response, Failure> {
        request.send().await.map_err(|error| self.unreachable(error))
    }

    /// Sends a request; a refusal becomes a failure with the server's own words.
    pub(crate) async fn answered(&self, request: RequestBuilder) -> Result<Response, Failure> {
        let id = request_id();
        let progress = format!("{}{}", self.base, self.in_project(&format!("requests/{id}")));
        let progress = || async { self.http.get(&progress).send().await.ok()?.error_for_status().ok()?.json().await.ok() };
        let answer = waited(self.send(request.header("x-request-id", &id)), progress).await?;
        if !answer.status().is_success() {
            return Err(problem::failure_from(answer).await);
        }
        Ok(answer)
    }

    /// Asks a question; a refusal becomes a failure with the server's own words.
    pub(crate) async fn ask(&self, path: &str, query: &[(&str, String)]) -> Result<Response, Failure> {
        self.answered(self.request(Method::GET, path).query(query).timeout(Duration::from_secs(ANSWER_SECONDS_MAX))).await
    }

    /// Asks for JSON.
    pub(crate) async fn get(&self, path: &str, query: &[(&str, String)]) -> Result<Value, Failure> {
        self.ask(path, query).await?.json().await.map_err(|error| {
            Failure::new(Exit::Failed, format!("cannot read the answer to `{path}`"))
                .with_source(error)
                .with_hint("Check with `clew doctor` that this is a clew server of the same version.")
        })
    }

    /// Changes something with JSON; a refusal becomes a failure with the server's own words.
    pub(crate) async fn change(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value, Failure> {
        let mut request = self.request(method, path).timeout(Duration::from_secs(ANSWER_SECONDS_MAX));
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = self.send(request).await?;
        if !answer.status().is_success() {
            return Err(problem::failure_from(answer).await);
        }
        answer.json().await.map_err(|error| Failure::new(Exit::Failed, format!("cannot read the answer to `{path}`")).with_source(error))
    }

    /// Removes something; a refusal becomes a failure with the server's own words.
    pub(crate) async fn remove(&self, path: &str) -> Result<(), Failure> {
        let answer = self.send(self.request(Method::DELETE, path).timeout(Duration::from_secs(ANSWER_SECONDS_MAX))).await?;
        if answer.status().is_success() { Ok(()) } else { Err(problem::failure_from(answer).await) }
    }

    /// Asks the server for a work that takes as long as it takes.
    pub(crate) async fn work(&self, method: Method, path: &str, query: &[(&str, String)]) -> Result<Value, Failure> {
        let answer = self.send(self.request(method, path).query(query)).await?;
        if !answer.status().is_success() {
            return Err(problem::failure_from(answer).await);
        }
        answer.json().await.map_err(|error| Failure::new(Exit::Failed, format!("cannot read the answer to `{path}`")).with_source(error))
    }

    /// The same, with what is to be done as JSON.
    pub(crate) async fn work_with(&self, method: Method, path: &str, body: &Value) -> Result<Value, Failure> {
        let answer = self.send(self.request(method, path).json(body)).await?;
        if !answer.status().is_success() {
            return Err(problem::failure_from(answer).await);
        }
        answer.json().await.map_err(|error| Failure::new(Exit::Failed, format!("cannot read the answer to `{path}`")).with_source(error))
    }

    /// Asks for a trace of the project; where the project was not named, of any project.
    pub(crate) async fn get_trace(&self, trace_id: &str, query: &[(&str, String)]) -> Result<Value, Failure> {
        let path = match self.project_given() {
            Some(_) => self.in_project(&format!("traces/{trace_id}")),
            None => format!("/api/v1/traces/{trace_id}"),
        };
        self.get(&path, query).await
    }

    fn unreachable(&self, error: reqwest::Error) -> Failure {
        let local = self.base.contains("://127.0.0.1") || self.base.contains("://localhost") || self.base.contains("://[::1]");
        let hint = if local {
            "Start the server with `clew serve`, or name another with --server."
        } else {
            "Check the address given with --server."
        };
        Failure::new(Exit::Unreachable, format!("cannot reach the server at `{}`", self.base)).with_source(error).with_hint(hint)
    }
}

/// An id error as the cause of a failure.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
struct IdFailure(model::IdError);

/// Reads the address of a server; `host:port` means plain HTTP.
fn base_address(text: &str) -> Result<String, Failure> {
    let address = text.trim().trim_end_matches('/');
    let refused =
        |reason: &str, hint: &str| Err(Failure::new(Exit::Usage, format!("cannot use `{address}` as a server: {reason}")).with_hint(hint));
    match address.split_once("://") {
        Some(("https", _)) => refused(
            "this client speaks plain HTTP",
            "Give the http:// address of the server, through a tunnel such as `ssh -L 4318:127.0.0.1:4318 host` where it is far away.",
        ),
        Some(("http", host)) if !host.is_empty() => Ok(address.to_owned()),
        None if !address.is_empty() => Ok(format!("http://{address}")),
        _ => refused("it is no http:// address", "Give it like `--server http://127.0.0.1:4318`."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_with_and_without_scheme() {
        assert_eq!(base_address("http://127.0.0.1:4318/").unwrap(), "http://127.0.0.1:4318");
        assert_eq!(base_address("box:4318").unwrap(), "http://box:4318");
    }

    #[test]
    fn https_is_refused_with_a_way_out() {
        let failure = base_address("https://clew.example").unwrap_err();
        assert_eq!(failure.exit, Exit::Usage);
        assert!(failure.to_string().contains("plain HTTP"));
    }
}
