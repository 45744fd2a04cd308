//! A server on free ports over the store in memory, and requests made by the reference encoder of OpenTelemetry.

use std::path::PathBuf;
use std::sync::Arc;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue, any_value};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use prost::Message;
use reqwest::Response;
use serde_json::Value;
use server::{Server, ServerConfig};
use store::memory::MemoryStore;

pub(crate) struct Harness {
    pub http: String,
    pub grpc: String,
    pub client: reqwest::Client,
    _server: Server,
}

impl Harness {
    pub(crate) async fn start() -> Self {
        let store = Arc::new(MemoryStore::default());
        let prices = pipeline::PriceShelf::open(store.clone()).await.unwrap();
        let entrance = pipeline::start(store.clone(), store.clone(), prices);
        let any_port = "127.0.0.1:0".parse().unwrap();
        let config = ServerConfig { http: any_port, grpc: any_port, data_dir: PathBuf::from("memory") };
        let server = server::start(store.clone(), store, entrance, config).await.unwrap();
        let addresses = server.addresses();
        Self {
            http: format!("http://{}", addresses.http),
            grpc: format!("http://{}", addresses.grpc),
            client: reqwest::Client::new(),
            _server: server,
        }
    }

    pub(crate) async fn post(&self, path: &str, headers: &[(&str, &str)], body: impl Into<reqwest::Body>) -> Response {
        let mut request = self.client.post(format!("{}{path}", self.http)).body(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.unwrap()
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        self.client.get(format!("{}{path}", self.http)).send().await.unwrap()
    }

    pub(crate) async fn json(&self, path: &str) -> Value {
        let response = self.get(path).await;
        assert_eq!(response.status(), 200, "{path}");
        response.json().await.unwrap()
    }
}

pub(crate) const PROTOBUF: (&str, &str) = ("content-type", "application/x-protobuf");

/// An export request with one span a number; span n of a trace is the child of span 1.
pub(crate) fn export(trace: u8, spans: &[u8]) -> ExportTraceServiceRequest {
    let spans = spans.iter().map(|&number| span(trace, number)).collect();
    ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans {
            resource: Some(Resource { attributes: vec![text("service.name", "shop")], ..Resource::default() }),
            scope_spans: vec![ScopeSpans {
                scope: Some(InstrumentationScope { name: "test".into(), ..InstrumentationScope::default() }),
                spans,
                schema_url: String::new(),
            }],
            schema_url: String::new(),
        }],
    }
}

pub(crate) fn span(trace: u8, number: u8) -> Span {
    Span {
        trace_id: vec![trace; 16],
        span_id: vec![number; 8],
        parent_span_id: if number == 1 { Vec::new() } else { vec![1; 8] },
        name: format!("step {number}"),
        start_time_unix_nano: 1_790_000_000_000_000_000 + u64::from(trace) * 1_000_000_000 + u64::from(number),
        end_time_unix_nano: 1_790_000_000_500_000_000 + u64::from(trace) * 1_000_000_000,
        attributes: vec![text("input.value", "hello")],
        ..Span::default()
    }
}

pub(crate) fn text(key: &str, value: &str) -> KeyValue {
    KeyValue { key: key.into(), value: Some(AnyValue { value: Some(any_value::Value::StringValue(value.into())) }), ..KeyValue::default() }
}

pub(crate) fn trace_id(trace: u8) -> String {
    format!("{trace:02x}").repeat(16)
}

pub(crate) fn bytes(request: &ExportTraceServiceRequest) -> Vec<u8> {
    request.encode_to_vec()
}
