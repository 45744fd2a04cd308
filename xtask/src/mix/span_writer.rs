//! Writes spans as protobuf into one buffer, so that making a request costs little more than copying its bytes.
//!
//! Field numbers are those of `opentelemetry/proto/trace/v1/trace.proto` and `common.proto`.

const LENGTH_DELIMITED: u32 = 2;

/// The spans of one request, and the span that is being written.
#[derive(Debug, Default)]
pub(super) struct SpanWriter {
    /// `ScopeSpans.spans`, one behind the other.
    spans: Vec<u8>,
    span: Vec<u8>,
    pub(super) span_count: u64,
}

impl SpanWriter {
    /// Begins a span; what is set afterwards belongs to it, until `end`.
    pub(super) fn begin(&mut self, trace_id: &[u8; 16], span_id: &[u8; 8], parent: Option<[u8; 8]>, name: &str, kind: u64) {
        self.span.clear();
        push_bytes(&mut self.span, 1, trace_id);
        push_bytes(&mut self.span, 2, span_id);
        if let Some(parent) = parent {
            push_bytes(&mut self.span, 4, &parent);
        }
        push_bytes(&mut self.span, 5, name.as_bytes());
        push_tag(&mut self.span, 6, 0);
        push_varint(&mut self.span, kind);
    }

    pub(super) fn times(&mut self, start_unix_nanos: u64, end_unix_nanos: u64) {
        for (field, nanos) in [(7, start_unix_nanos), (8, end_unix_nanos)] {
            push_tag(&mut self.span, field, 1);
            self.span.extend_from_slice(&nanos.to_le_bytes());
        }
    }

    pub(super) fn text(&mut self, key: &str, text: &[u8]) {
        self.attribute(key, |value| push_bytes(value, 1, text), length_of_field(text.len()));
    }

    pub(super) fn number(&mut self, key: &str, number: u64) {
        let write = |value: &mut Vec<u8>| {
            push_tag(value, 3, 0);
            push_varint(value, number);
        };
        self.attribute(key, write, 1 + length_of_varint(number));
    }

    pub(super) fn double(&mut self, key: &str, number: f64) {
        let write = |value: &mut Vec<u8>| {
            push_tag(value, 4, 1);
            value.extend_from_slice(&number.to_le_bytes());
        };
        self.attribute(key, write, 9);
    }

    /// A list of one text.
    pub(super) fn one_text(&mut self, key: &str, text: &str) {
        let value_length = length_of_field(text.len());
        let list_length = length_of_field(value_length);
        let write = |value: &mut Vec<u8>| {
            push_head(value, 5, list_length);
            push_head(value, 1, value_length);
            push_bytes(value, 1, text.as_bytes());
        };
        self.attribute(key, write, length_of_field(list_length));
    }

    /// An error: the status, `error.type` and the event of an exception.
    pub(super) fn error(&mut self, kind: &str, message: &str, at_unix_nanos: u64) {
        self.text("error.type", kind.as_bytes());
        let mut event = Vec::new();
        push_tag(&mut event, 1, 1);
        event.extend_from_slice(&at_unix_nanos.to_le_bytes());
        push_bytes(&mut event, 2, b"exception");
        for (key, text) in [("exception.type", kind), ("exception.message", message)] {
            let value_length = length_of_field(text.len());
            push_head(&mut event, 3, length_of_field(key.len()) + length_of_field(value_length));
            push_bytes(&mut event, 1, key.as_bytes());
            push_head(&mut event, 2, value_length);
            push_bytes(&mut event, 1, text.as_bytes());
        }
        push_bytes(&mut self.span, 11, &event);
        let mut status = Vec::new();
        push_bytes(&mut status, 2, message.as_bytes());
        push_tag(&mut status, 3, 0);
        push_varint(&mut status, 2);
        push_bytes(&mut self.span, 15, &status);
    }

    pub(super) fn end(&mut self) {
        push_bytes(&mut self.spans, 2, &self.span);
        self.span_count += 1;
    }

    /// Wraps the spans into a request of one resource and one scope, and begins anew.
    pub(super) fn request(&mut self, resource: &[(&str, &str)], scope: (&str, &str)) -> Vec<u8> {
        let mut resource_bytes = Vec::new();
        for (key, text) in resource {
            let value_length = length_of_field(text.len());
            push_head(&mut resource_bytes, 1, length_of_field(key.len()) + length_of_field(value_length));
            push_bytes(&mut resource_bytes, 1, key.as_bytes());
            push_head(&mut resource_bytes, 2, value_length);
            push_bytes(&mut resource_bytes, 1, text.as_bytes());
        }
        let mut scope_bytes = Vec::new();
        push_bytes(&mut scope_bytes, 1, scope.0.as_bytes());
        push_bytes(&mut scope_bytes, 2, scope.1.as_bytes());

        let scope_spans_length = length_of_field(scope_bytes.len()) + self.spans.len();
        let resource_spans_length = length_of_field(resource_bytes.len()) + length_of_field(scope_spans_length);
        let mut request = Vec::with_capacity(resource_spans_length + 8);
        push_head(&mut request, 1, resource_spans_length);
        push_bytes(&mut request, 1, &resource_bytes);
        push_head(&mut request, 2, scope_spans_length);
        push_bytes(&mut request, 1, &scope_bytes);
        request.extend_from_slice(&self.spans);
        self.spans.clear();
        self.span_count = 0;
        request
    }

    fn attribute(&mut self, key: &str, write: impl FnOnce(&mut Vec<u8>), value_length: usize) {
        push_head(&mut self.span, 9, length_of_field(key.len()) + length_of_field(value_length));
        push_bytes(&mut self.span, 1, key.as_bytes());
        push_head(&mut self.span, 2, value_length);
        write(&mut self.span);
    }
}

/// Bytes of a field below 16 whose content has a length of its own.
fn length_of_field(content: usize) -> usize {
    1 + length_of_varint(content as u64) + content
}

fn length_of_varint(value: u64) -> usize {
    (64 - (value | 1).leading_zeros() as usize).div_ceil(7)
}

fn push_head(out: &mut Vec<u8>, field: u32, length: usize) {
    push_tag(out, field, LENGTH_DELIMITED);
    push_varint(out, length as u64);
}

fn push_bytes(out: &mut Vec<u8>, field: u32, bytes: &[u8]) {
    push_head(out, field, bytes.len());
    out.extend_from_slice(bytes);
}

fn push_tag(out: &mut Vec<u8>, field: u32, wire_type: u32) {
    push_varint(out, u64::from(field << 3 | wire_type));
}

fn push_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::otlp_request::{attribute, span_named, text_attribute};
    use crate::protobuf::Message;

    #[test]
    fn the_bytes_are_those_of_the_plain_builder() {
        let mut writer = SpanWriter::default();
        writer.begin(&[7; 16], &[8; 8], None, "chat", 1);
        writer.times(5, 6);
        writer.text("key", "value".repeat(100).as_bytes());
        writer.number("count", 300);
        writer.one_text("reasons", "stop");
        writer.end();
        let ours = writer.request(&[("service.name", "shop")], ("scope", "1"));

        let list = Message::new().message(1, Message::new().text(1, "stop"));
        let span = span_named(&[7; 16], &[8; 8], "chat", 5, 6)
            .message(9, text_attribute("key", &"value".repeat(100)))
            .message(9, attribute("count", Message::new().number(3, 300)))
            .message(9, attribute("reasons", Message::new().message(5, list)));
        let scope_spans = Message::new().message(1, Message::new().text(1, "scope").text(2, "1")).message(2, span);
        let resource = Message::new().message(1, text_attribute("service.name", "shop"));
        let theirs = Message::new().message(1, Message::new().message(1, resource).message(2, scope_spans)).into_bytes();
        assert_eq!(ours, theirs);
    }
}
