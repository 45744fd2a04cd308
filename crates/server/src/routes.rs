//! Which address leads where.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use axum::extract::{Extension, Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use axum::{Json, Router};
use http::{HeaderName, HeaderValue, Method, StatusCode, header};
use store::Asking;
use tower_http::catch_panic::CatchPanicLayer;
use wire::Signal;

use crate::app::App;
use crate::problem::Problem;
use crate::questions::Questions;
use crate::receive::{grpc_export, http_export, wrong_path};
use crate::{api, ui};

/// Path prefixes under which SDKs of other products send OTLP (API.md, "Receivers").
const RECEIVER_PREFIXES: [&str; 4] = ["", "/api/public/otel", "/otel", "/traceloop.com"];

const SIGNALS: [(Signal, &str, &str); 3] = [
    (Signal::Traces, "/v1/traces", "/opentelemetry.proto.collector.trace.v1.TraceService/Export"),
    (Signal::Logs, "/v1/logs", "/opentelemetry.proto.collector.logs.v1.LogsService/Export"),
    (Signal::Metrics, "/v1/metrics", "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export"),
];

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

/// The port for everything: OTLP over HTTP (and over gRPC, for senders that mixed up the ports), the API, the UI.
pub(crate) fn http_router(app: App) -> Router {
    let (api, document) = api::router().split_for_parts();
    let document = Json(document);
    let api = api.route("/api/v1/openapi.json", get(move || async move { document.clone() }));
    let api = api.layer(middleware::from_fn_with_state(app.questions.clone(), followed));
    // An exporter whose endpoint lacks the signal's path posts to the root.
    let root = get(ui::serve).post(wrong_path);
    let router = receivers().merge(api).route("/", root).fallback(page_or_problem);
    with_layers(router.with_state(app))
}

/// The port for OTLP over gRPC, which takes OTLP over HTTP too: whoever mixed up the ports is served all the same.
pub(crate) fn grpc_router(app: App) -> Router {
    with_layers(receivers().fallback(wrong_path).with_state(app))
}

fn receivers() -> Router<App> {
    let mut router = Router::new();
    for (signal, http_path, grpc_path) in SIGNALS {
        for prefix in RECEIVER_PREFIXES {
            router = router.route(&format!("{prefix}{http_path}"), post(http_export).layer(Extension(signal)));
        }
        router = router.route(grpc_path, post(grpc_export).layer(Extension(signal)));
    }
    // Exporters that were given a wrong path are told so, and the journal shows it.
    router.route("/v1/{*rest}", any(wrong_path)).route("/opentelemetry.proto.collector.{*rest}", any(wrong_path))
}

/// Answers a request so that others can ask how far it is, where it has an id of its own.
async fn followed(State(questions): State<Questions>, request: Request, next: Next) -> Response {
    let asking = Arc::new(Asking::default());
    let project = request.uri().path().strip_prefix("/api/v1/projects/").and_then(|path| path.split('/').next());
    let id = request.headers().get(REQUEST_ID).and_then(|id| id.to_str().ok());
    let _followed = project.zip(id).and_then(|(project, id)| questions.follow(project, id, &asking));
    asking.follow(next.run(request)).await
}

async fn page_or_problem(request: Request) -> Response {
    if request.uri().path().starts_with("/api/") {
        let detail = format!("there is no `{}`", request.uri().path());
        return Problem::not_found(detail).with_hint("GET /api/v1/openapi.json lists all addresses.").into_response();
    }
    ui::serve(request).await
}

fn with_layers(router: Router) -> Router {
    router.layer(CatchPanicLayer::custom(panicked)).layer(middleware::from_fn(answer_headers))
}

fn panicked(panic: Box<dyn std::any::Any + Send>) -> Response {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    tracing::error!(panic = text.unwrap_or("unknown"), "a request broke off");
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "the server failed to answer").into_response()
}

/// Gives each request an id, says how long an API answer took, and keeps it out of caches.
async fn answer_headers(request: Request, next: Next) -> Response {
    static REQUESTS: AtomicU64 = AtomicU64::new(1);
    let is_api = request.uri().path().starts_with("/api/");
    let method = request.method().clone();
    let id = request.headers().get(REQUEST_ID).cloned();
    let id = id.unwrap_or_else(|| HeaderValue::from(REQUESTS.fetch_add(1, Ordering::Relaxed)));
    let started = Instant::now();
    let mut response = next.run(request).await;
    response.headers_mut().insert(REQUEST_ID, id);
    if is_api {
        let total = format!("total;dur={:.3}", started.elapsed().as_secs_f64() * 1_000.0);
        response.headers_mut().extend(HeaderValue::from_str(&total).ok().map(|total| (SERVER_TIMING, total)));
    }
    if is_api && method == Method::GET {
        response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    }
    response
}
