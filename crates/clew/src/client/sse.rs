//! Server-sent events: bytes in, events out (WHATWG HTML, section 9.2).

use futures::{Stream, StreamExt};

/// One event of a stream; where it has an id and nothing else, it only tells the position to resume from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) name: String,
    pub(crate) id: Option<String>,
    pub(crate) data: String,
}

/// The events of one answer, as they arrive.
pub(crate) struct Events<Body> {
    body: Body,
    parser: Parser,
    ready: std::collections::VecDeque<Event>,
}

impl<Body, Chunk, Error> Events<Body>
where
    Body: Stream<Item = Result<Chunk, Error>> + Unpin,
    Chunk: AsRef<[u8]>,
{
    pub(crate) fn new(body: Body) -> Self {
        Self { body, parser: Parser::default(), ready: Default::default() }
    }

    /// Waits for the next event; None when the stream has ended or broke.
    pub(crate) async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(event);
            }
            let chunk = self.body.next().await?.ok()?;
            self.ready.extend(self.parser.feed(chunk.as_ref()));
        }
    }
}

/// Cuts bytes into lines and lines into events.
#[derive(Debug, Default)]
struct Parser {
    line: Vec<u8>,
    event: Event,
}

/// A line longer than this is no event of ours; the rest of it is dropped.
const LINE_BYTES_MAX: usize = 1 << 20;

impl Parser {
    fn feed(&mut self, bytes: &[u8]) -> Vec<Event> {
        let mut events = Vec::new();
        for byte in bytes {
            match byte {
                b'\n' => {
                    let line = std::mem::take(&mut self.line);
                    events.extend(self.take_line(String::from_utf8_lossy(&line).trim_end_matches('\r')));
                }
                _ if self.line.len() < LINE_BYTES_MAX => self.line.push(*byte),
                _ => {}
            }
        }
        events
    }

    /// Takes one line; an empty one ends the event. A line that starts with a colon keeps the connection alive and says nothing.
    fn take_line(&mut self, line: &str) -> Option<Event> {
        if line.is_empty() {
            let event = std::mem::take(&mut self.event);
            return (event != Event::default()).then_some(event);
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => self.event.name = value.to_owned(),
            "id" => self.event.id = Some(value.to_owned()),
            "data" => {
                if !self.event.data.is_empty() {
                    self.event.data.push('\n');
                }
                self.event.data.push_str(value);
            }
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_survive_any_cut_of_the_bytes() {
        let text = b": hello\r\n\r\nid: 6\n\nevent: traces\nid: 7\ndata: {\"spans\":12}\n\nevent: reset\n\n";
        for cut in 0..text.len() {
            let mut parser = Parser::default();
            let mut events = parser.feed(&text[..cut]);
            events.extend(parser.feed(&text[cut..]));
            assert_eq!(events.len(), 3, "cut at {cut}");
            assert_eq!(events[0], Event { id: Some("6".into()), ..Event::default() });
            assert_eq!(events[1], Event { name: "traces".into(), id: Some("7".into()), data: "{\"spans\":12}".into() });
            assert_eq!(events[2].name, "reset");
        }
    }
}
