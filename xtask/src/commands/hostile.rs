//! `cargo xtask hostile`: sends the real server what no sender should, through real sockets.
//!
//! After each case the server must live, answer as OTLP says, and hold what was good; at the end its memory must have stayed small.

use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use super::generate::unix_nanos_now;
use crate::Result;
use crate::arguments::Arguments;
use crate::bomb::{gzip_bomb, zstd_bomb};
use crate::http_client::{Connection, Response, get, post};
use crate::json_text::{number_of, values_of};
use crate::otlp_request::{PROTOBUF, TraceSketch, attribute, hex, request_of, span_named, text_attribute};
use crate::protobuf::Message;
use crate::random::{Random, fresh_seed};
use crate::server_process::ServerProcess;
use crate::workspace::{clew_binary, empty_work_dir};

/// Most memory the server may have held while requests came one at a time: none may unpack to more than 64 MiB.
const RESIDENT_BYTES_MAX: u64 = 768 << 20;

/// The same when many came at once: a full house stays near one gigabyte (`pipeline/limits.rs`).
const RESIDENT_FLOODED_BYTES_MAX: u64 = 1_536 << 20;

/// Senders of one flood; each body unpacks to almost the most a body may have.
const FLOOD_SENDERS: usize = 64;

const GIB: u64 = 1 << 30;

type Case = fn(&ServerProcess, &mut Random) -> Result;

const CASES: &[(&str, Case)] = &[
    ("random bytes are refused", random_bytes),
    ("a truncated request is refused", truncated),
    ("a length beyond the end is refused", lying_length),
    ("a body of 100 MB is refused", hundred_megabytes),
    ("a gzip bomb is refused", gzip_bomb_is_refused),
    ("a zstd bomb is refused", zstd_bomb_is_refused),
    ("broken gzip is refused", broken_gzip),
    ("a value nested 100,000 deep does not end the server", deep_value),
    ("JSON nested 100,000 deep does not end the server", deep_json),
    ("wrong ids are rejected one by one, good spans beside them stay", wrong_ids),
    ("a good span beside a hostile one stays", good_beside_deep),
    ("strange values are stored, not refused", strange_values),
    ("a wrong content type is refused", wrong_content_type),
    ("an unknown content encoding is refused", unknown_encoding),
    ("a slow body does not block others", slow_body),
    ("half a head does not block others", half_head),
    ("a chunk length that is not a number is refused", broken_chunk),
    ("gRPC on the HTTP port gets an answer", grpc_on_http),
    ("HTTP on the gRPC port gets an answer or an end", http_on_grpc),
    ("random bytes on the gRPC port get an answer or an end", random_on_grpc),
    ("a wrong method and a wrong path are refused", wrong_method_and_path),
    ("a huge header is refused", huge_header),
];

pub(super) fn run(words: &[String]) -> Result {
    let arguments = Arguments::parse(words, &["seed", "binary"])?;
    let seed = arguments.number("seed", fresh_seed())?;
    let binary = arguments.text("binary").map_or_else(|| clew_binary("debug"), PathBuf::from);
    let dir = empty_work_dir("hostile")?;
    println!("hostile senders against {} with --seed {seed}", binary.display());

    let mut random = Random::seeded(seed);
    let mut server = ServerProcess::start(&binary, &dir.join("data"), &dir.join("server.log"))?;
    let mut failed = 0;
    for (name, case) in CASES {
        let outcome = case(&server, &mut random).and_then(|()| server.healthy()).and_then(|()| good_trace_is_stored(&server, &mut random));
        failed += u64::from(!told(name, outcome));
    }
    failed += u64::from(!told("memory stayed small", bounded(&server, RESIDENT_BYTES_MAX)));
    let flooded = flood(&server).and_then(|()| server.healthy()).and_then(|()| good_trace_is_stored(&server, &mut random));
    failed += u64::from(!told("a flood of bombs is outlived", flooded));
    failed += u64::from(!told("memory stayed bounded in the flood", bounded(&server, RESIDENT_FLOODED_BYTES_MAX)));
    failed += u64::from(!told("the server stops in order", server.stop()));
    println!("{} passed, {failed} failed", CASES.len() as u64 + 4 - failed);
    if failed == 0 { Ok(()) } else { Err(format!("see {}", dir.join("server.log").display()).into()) }
}

fn told(name: &str, outcome: Result) -> bool {
    match &outcome {
        Ok(()) => println!("ok   {name}"),
        Err(error) => println!("FAIL {name}: {error}"),
    }
    outcome.is_ok()
}

fn bounded(server: &ServerProcess, bytes_max: u64) -> Result {
    let bytes = server.memory()?.resident_bytes_peak;
    println!("     most memory held so far: {} MiB", bytes >> 20);
    if bytes <= bytes_max { Ok(()) } else { Err(format!("{} MiB is over {} MiB", bytes >> 20, bytes_max >> 20).into()) }
}

/// Bombs below the limit of one body, from many senders at once; each may be refused for its content or for the crowd.
fn flood(server: &ServerProcess) -> Result {
    let bomb = zstd_bomb(60 << 20);
    thread::scope(|scope| {
        let senders: Vec<_> = (0..FLOOD_SENDERS).map(|_| scope.spawn(|| compressed(server, "zstd", &bomb))).collect();
        for sender in senders {
            one_of(&sender.join().expect("a sender does not panic")?, &[400, 413, 429, 503])?;
        }
        Ok(())
    })
}

// What is sent.

fn random_bytes(server: &ServerProcess, random: &mut Random) -> Result {
    for content_type in [PROTOBUF, "application/json"] {
        for path in ["/v1/traces", "/v1/logs", "/v1/metrics"] {
            // The first byte has wire type 7, which does not exist; behind it anything may come.
            let mut bytes = vec![0xFF];
            bytes.extend(random.bytes(4_096));
            expect(&post(&server.http, path, content_type, &bytes)?, 400)?;
        }
    }
    Ok(())
}

fn truncated(server: &ServerProcess, random: &mut Random) -> Result {
    let request = sketch(random).request();
    for _ in 0..20 {
        let end = 1 + random.below(request.len() as u64 - 1) as usize;
        expect(&post(&server.http, "/v1/traces", PROTOBUF, &request[..end])?, 400)?;
    }
    Ok(())
}

fn lying_length(server: &ServerProcess, _: &mut Random) -> Result {
    // Field 1, length 2^63 - 1.
    let bytes = [0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F, 0x00];
    expect(&post(&server.http, "/v1/traces", PROTOBUF, &bytes)?, 400)
}

fn hundred_megabytes(server: &ServerProcess, _: &mut Random) -> Result {
    expect(&post(&server.http, "/v1/traces", PROTOBUF, &vec![0; 100_000_000])?, 413)
}

fn gzip_bomb_is_refused(server: &ServerProcess, _: &mut Random) -> Result {
    expect(&compressed(server, "gzip", &gzip_bomb(GIB))?, 413)
}

fn zstd_bomb_is_refused(server: &ServerProcess, _: &mut Random) -> Result {
    expect(&compressed(server, "zstd", &zstd_bomb(64 * GIB))?, 413)
}

fn broken_gzip(server: &ServerProcess, random: &mut Random) -> Result {
    expect(&compressed(server, "gzip", &random.bytes(1_000))?, 400)
}

fn deep_value(server: &ServerProcess, random: &mut Random) -> Result {
    let answer = post(&server.http, "/v1/traces", PROTOBUF, &request_of([deep_span(random)]))?;
    one_of(&answer, &[200, 400])
}

fn deep_json(server: &ServerProcess, _: &mut Random) -> Result {
    let depth = 100_000;
    let value = format!("{}{}", r#"{"arrayValue":{"values":["#.repeat(depth), "]}}".repeat(depth));
    let body = format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{"attributes":[{{"key":"a","value":{value}}}]}}]}}]}}]}}"#);
    one_of(&post(&server.http, "/v1/traces", "application/json", body.as_bytes())?, &[200, 400])?;
    let brackets = "[".repeat(depth);
    expect(&post(&server.http, "/v1/traces", "application/json", brackets.as_bytes())?, 400)
}

fn wrong_ids(server: &ServerProcess, random: &mut Random) -> Result {
    let (trace_id, span_id) = fresh_ids(random);
    let now = unix_nanos_now();
    let span = |trace_id: &[u8], span_id: &[u8]| span_named(trace_id, span_id, "x", now, now + 1);
    let spans = [
        span(&trace_id[..15], &span_id),
        span(&[0; 16], &span_id),
        span(&[], &span_id),
        span(&trace_id, &[1; 9]),
        span(&trace_id, &[0; 8]),
        span(&trace_id, &span_id),
    ];
    let body = request_of(spans);
    let answer = post(&server.http, "/v1/traces", PROTOBUF, &body)?;
    expect(&answer, 200)?;
    // `partial_success` is field 1, `rejected_spans` its field 1: opentelemetry/proto/collector/trace/v1.
    let length_bytes = answer.body.iter().skip(1).take_while(|byte| **byte >= 0x80).count() + 1;
    if answer.body.first() != Some(&0x0A) || answer.body.get(1 + length_bytes..3 + length_bytes) != Some(&[0x08, 5]) {
        return Err(format!("the answer does not say that 5 spans were rejected: {}", answer.text()).into());
    }
    holds(server, &trace_id, &[&span_id])
}

fn good_beside_deep(server: &ServerProcess, random: &mut Random) -> Result {
    let (trace_id, span_id) = fresh_ids(random);
    let now = unix_nanos_now();
    let body = request_of([deep_span(random), span_named(&trace_id, &span_id, "good", now, now + 1)]);
    expect(&post(&server.http, "/v1/traces", PROTOBUF, &body)?, 200)?;
    holds(server, &trace_id, &[&span_id])
}

fn strange_values(server: &ServerProcess, random: &mut Random) -> Result {
    let (trace_id, span_id) = fresh_ids(random);
    let span = span_named(&trace_id, &span_id, "\u{202E}\u{0}<script>", u64::MAX, 0)
        .number(6, 77)
        .message(9, attribute("", Message::new()))
        .message(9, attribute("nan", Message::new().fixed64(4, f64::NAN.to_bits())))
        .message(9, attribute("gen_ai.usage.input_tokens", Message::new().number(3, u64::MAX)))
        .message(9, text_attribute("gen_ai.input.messages", "[{\"role\": [[[{\"role\"}"))
        .message(9, text_attribute("gen_ai.output.messages", &"[".repeat(100_000)))
        .message(9, text_attribute("llm.input_messages.4000000000.message.role", "user"))
        .message(9, text_attribute("gen_ai.operation.name", "chat"));
    expect(&post(&server.http, "/v1/traces", PROTOBUF, &request_of([span]))?, 200)?;
    holds(server, &trace_id, &[&span_id])?;
    expect(&get(&server.http, "/api/v1/projects/default/traces?limit=10")?, 200)
}

fn wrong_content_type(server: &ServerProcess, random: &mut Random) -> Result {
    for content_type in ["text/plain", "application/xml", ""] {
        expect(&post(&server.http, "/v1/traces", content_type, &sketch(random).request())?, 415)?;
    }
    Ok(())
}

fn unknown_encoding(server: &ServerProcess, random: &mut Random) -> Result {
    one_of(&compressed(server, "br", &sketch(random).request())?, &[400, 415])
}

fn slow_body(server: &ServerProcess, random: &mut Random) -> Result {
    let mut slow = Vec::new();
    for _ in 0..64 {
        let mut connection = Connection::open(&server.http)?;
        let head = format!("POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-type: {PROTOBUF}\r\ncontent-length: 60000000\r\n\r\n");
        connection.send(head.as_bytes())?;
        connection.send(&[0x0A])?;
        slow.push(connection);
    }
    // All of them are open while a good sender comes.
    good_trace_is_stored(server, random)
}

fn half_head(server: &ServerProcess, random: &mut Random) -> Result {
    let mut slow = Vec::new();
    for _ in 0..64 {
        let mut connection = Connection::open(&server.http)?;
        connection.send(b"POST /v1/traces HTT")?;
        slow.push(connection);
    }
    good_trace_is_stored(server, random)
}

fn broken_chunk(server: &ServerProcess, _: &mut Random) -> Result {
    let mut connection = Connection::open(&server.http)?;
    connection.send(
        format!("POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-type: {PROTOBUF}\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n").as_bytes(),
    )?;
    match connection.answer() {
        Ok(answer) => expect(&answer, 400),
        // Closing without an answer is a refusal too: the framing is gone.
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn grpc_on_http(server: &ServerProcess, random: &mut Random) -> Result {
    let mut framed = vec![0];
    let request = sketch(random).request();
    framed.extend(u32::try_from(request.len())?.to_be_bytes());
    framed.extend(&request);
    let path = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
    // Over HTTP/1.1 a gRPC client cannot read its status; any whole answer will do.
    post(&server.http, path, "application/grpc", &framed)?;
    // An HTTP/2 client that knows it is right: connection preface and empty settings.
    let mut connection = Connection::open(&server.http)?;
    connection.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0")?;
    let (bytes, closed) = connection.drain(Duration::from_secs(3));
    if bytes.is_empty() && !closed { Err("an HTTP/2 client on the HTTP port hears nothing".into()) } else { Ok(()) }
}

fn http_on_grpc(server: &ServerProcess, random: &mut Random) -> Result {
    let body = sketch(random).request();
    let mut connection = Connection::open(&server.grpc)?;
    connection.send(
        format!("POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-type: {PROTOBUF}\r\ncontent-length: {}\r\n\r\n", body.len()).as_bytes(),
    )?;
    // The server may have closed at the first line.
    let _ = connection.send(&body);
    answered_or_closed(&mut connection)
}

fn random_on_grpc(server: &ServerProcess, random: &mut Random) -> Result {
    let mut connection = Connection::open(&server.grpc)?;
    let _ = connection.send(&random.bytes(10_000));
    answered_or_closed(&mut connection)
}

fn wrong_method_and_path(server: &ServerProcess, _: &mut Random) -> Result {
    expect(&get(&server.http, "/v1/traces")?, 405)?;
    expect(&post(&server.http, "/v1/trace", PROTOBUF, &[])?, 404)?;
    expect(&get(&server.http, "/api/v1/projects/default/traces/../../../../etc/passwd")?, 404)?;
    expect(&get(&server.http, "/api/v1/projects/default/traces/zz")?, 400)
}

fn huge_header(server: &ServerProcess, _: &mut Random) -> Result {
    let value = "x".repeat(1 << 20);
    match Connection::open(&server.http)?.request("GET", "/healthz", &[("x-huge", &value)], &[]) {
        Ok(answer) => one_of(&answer, &[400, 431]),
        // The rest of the header was never read.
        Err(error)
            if matches!(
                error.kind(),
                std::io::ErrorKind::UnexpectedEof | std::io::ErrorKind::ConnectionReset | std::io::ErrorKind::BrokenPipe
            ) =>
        {
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}

// What is looked at.

fn good_trace_is_stored(server: &ServerProcess, random: &mut Random) -> Result {
    let sketch = sketch(random);
    let answer = post(&server.http, "/v1/traces", PROTOBUF, &sketch.request()).map_err(|error| format!("a good request: {error}"))?;
    expect(&answer, 200).map_err(|error| format!("a good request: {error}"))?;
    let ids: Vec<[u8; 8]> = (0..sketch.span_count).map(|index| sketch.span_id(index)).collect();
    holds(server, &sketch.trace_id(), &ids.iter().map(<[u8; 8]>::as_slice).collect::<Vec<_>>())
}

/// The server shows exactly these spans of a trace.
fn holds(server: &ServerProcess, trace_id: &[u8], span_ids: &[&[u8]]) -> Result {
    let answer = get(&server.http, &format!("/api/v1/projects/default/traces/{}", hex(trace_id)))?;
    expect(&answer, 200)?;
    let text = answer.text();
    let mut found = values_of(&text, "span_id");
    found.sort_unstable();
    let mut wanted: Vec<String> = span_ids.iter().map(|id| hex(id)).collect();
    wanted.sort_unstable();
    let count = number_of(&text, "span_count");
    if found == wanted && count == Some(wanted.len() as u64) {
        return Ok(());
    }
    Err(format!("trace {} has spans {found:?}, count {count:?}; sent were {wanted:?}", hex(trace_id)).into())
}

fn expect(answer: &Response, status: u16) -> Result {
    one_of(answer, &[status])
}

fn one_of(answer: &Response, statuses: &[u16]) -> Result {
    if statuses.contains(&answer.status) {
        return Ok(());
    }
    let text: String = answer.text().chars().take(300).collect();
    Err(format!("answered {} ({}), expected {statuses:?}: {text}", answer.status, answer.content_type).into())
}

fn answered_or_closed(connection: &mut Connection) -> Result {
    let (bytes, closed) = connection.drain(Duration::from_secs(15));
    if bytes.is_empty() && !closed { Err("the sender hears nothing for 15 s".into()) } else { Ok(()) }
}

fn compressed(server: &ServerProcess, encoding: &str, body: &[u8]) -> Result<Response> {
    let headers = [("content-type", PROTOBUF), ("content-encoding", encoding)];
    Ok(Connection::open(&server.http)?.request("POST", "/v1/traces", &headers, body)?)
}

fn sketch(random: &mut Random) -> TraceSketch {
    TraceSketch { seed: random.next(), span_count: 4, content_bytes: 400, start_unix_nanos: unix_nanos_now() }
}

fn fresh_ids(random: &mut Random) -> (Vec<u8>, Vec<u8>) {
    let sketch = sketch(random);
    (sketch.trace_id().to_vec(), sketch.span_id(0).to_vec())
}

/// A span with lists inside lists, 100,000 deep.
fn deep_span(random: &mut Random) -> Message {
    // Written from the inside out into one buffer: a `Message` inside a `Message` would copy the whole each time.
    let mut value = Vec::new();
    for _ in 0..100_000 {
        // AnyValue.array_value is field 5, ArrayValue.values field 1; built in reverse, turned round at the end.
        let length = value.len();
        push_reversed(&mut value, 0x0A, length);
        let length = value.len();
        push_reversed(&mut value, 0x2A, length);
    }
    value.reverse();
    let (trace_id, span_id) = fresh_ids(random);
    let now = unix_nanos_now();
    let key_value = Message::new().text(1, "deep").bytes(2, &value);
    span_named(&trace_id, &span_id, "deep", now, now + 1).message(9, key_value)
}

/// Puts a tag and a length in front of what is written so far, back to front.
fn push_reversed(bytes: &mut Vec<u8>, tag: u8, length: usize) {
    let mut varint = Vec::new();
    let mut rest = length;
    while rest >= 0x80 {
        varint.push((rest & 0x7F) as u8 | 0x80);
        rest >>= 7;
    }
    varint.push(rest as u8);
    bytes.extend(varint.iter().rev());
    bytes.push(tag);
}
