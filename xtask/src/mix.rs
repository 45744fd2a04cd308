//! The load that everything is measured with: runs of agents as OpenTelemetry's GenAI conventions describe them.
//!
//! Users, sessions, services and models of several sizes, some models without a price, three runs of a hundred in error, steps that
//! decide in JSON, calls that send their history again, HTTP and database spans. All of it follows from the seed and the number of
//! a trace, so whoever measures knows what must be found.

mod cast;
mod prose;
mod span_writer;

mod run;

use std::ops::Range;

use cast::{AGENTS, Cast, TRACES_PER_SESSION, agent_of};
use prose::Prose;
use run::{HISTORY_MESSAGES_MAX, Run};
use span_writer::SpanWriter;

use crate::random::Random;

/// Traces joined into one request: SDKs send up to 512 spans at a time.
pub(crate) const TRACES_PER_REQUEST: u64 = 20;

/// Spans of a trace on average.
pub(crate) const SPANS_PER_TRACE: u64 = 12;

pub(crate) const SPANS_PER_REQUEST: u64 = SPANS_PER_TRACE * TRACES_PER_REQUEST;

/// What a mix is asked to be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct MixOptions {
    pub(crate) seed: u64,
    /// Bytes of a span on the wire, on average.
    pub(crate) span_bytes: usize,
    /// Traces between `end_unix_nanos - days` and `end_unix_nanos`; later ones start later.
    pub(crate) traces: u64,
    pub(crate) days: f64,
    pub(crate) end_unix_nanos: u64,
}

/// Makes requests.
#[derive(Debug)]
pub(crate) struct Mix {
    prose: Prose,
    pub(crate) options: MixOptions,
    text_scale: f64,
}

impl Mix {
    /// Finds out how long texts have to be for spans of the asked size.
    pub(crate) fn new(options: MixOptions) -> Self {
        let mut mix = Self { prose: Prose::new(), options, text_scale: 0.1 };
        let mut size_at = |scale| {
            mix.text_scale = scale;
            let bytes: usize = (0..20).map(|request| mix.request(request).len()).sum();
            bytes as f64 / (20 * SPANS_PER_REQUEST) as f64
        };
        // Sizes grow in a straight line, but for the shortest texts; the second look is near enough.
        let (mut scale, mut low) = (1.0, (0.1, size_at(0.1)));
        for _ in 0..3 {
            let size = size_at(scale);
            let slope = (size - low.1) / (scale - low.0);
            let next = (scale + (options.span_bytes as f64 - size) / slope).max(0.02);
            low = (scale, size);
            if (next - scale).abs() < 1e-4 {
                break;
            }
            scale = next;
        }
        mix.text_scale = scale;
        mix
    }

    /// Spans of the trace of a number: between 6 and 18.
    pub(crate) fn spans_of(&self, number: u64) -> u64 {
        // Fixed within a request, so that every request has as many spans.
        const COUNTS: [u64; TRACES_PER_REQUEST as usize] = [6, 8, 14, 12, 18, 10, 12, 14, 7, 13, 12, 9, 17, 12, 14, 10, 16, 12, 14, 10];
        COUNTS[(number % TRACES_PER_REQUEST) as usize]
    }

    pub(crate) fn trace_id(&self, number: u64) -> [u8; 16] {
        let mut random = Random::seeded(self.options.seed.wrapping_mul(0x9E37_79B9).wrapping_add(number << 1));
        let mut id = [0; 16];
        id[..8].copy_from_slice(&random.next().to_be_bytes());
        id[8..].copy_from_slice(&(random.next() | 1).to_be_bytes());
        id
    }

    /// Requests there are.
    pub(crate) fn requests(&self) -> u64 {
        self.options.traces.div_ceil(TRACES_PER_REQUEST)
    }

    /// The bytes of a request by its number.
    pub(crate) fn request(&self, request: u64) -> Vec<u8> {
        let first = request * TRACES_PER_REQUEST;
        self.request_of(first..first + TRACES_PER_REQUEST)
    }

    fn request_of(&self, numbers: Range<u64>) -> Vec<u8> {
        let first = numbers.start;
        let mut writer = SpanWriter::default();
        for number in numbers {
            self.write_trace(number, self.spans_of(number), &mut writer);
        }
        self.wrap(first, &mut writer)
    }

    /// A request of one trace.
    pub(crate) fn one_trace(&self, number: u64) -> Vec<u8> {
        self.request_of(number..number + 1)
    }

    /// One turn of a conversation that sends everything said before it again; in one trace, or each turn in a trace of its own.
    pub(crate) fn turn(&self, conversation: u64, turn: u64, trace_per_turn: bool) -> Vec<u8> {
        let cast = Cast::of(self.options.seed, conversation * TRACES_PER_SESSION);
        let number = if trace_per_turn { conversation * 1_000 + turn } else { conversation };
        let mut writer = SpanWriter::default();
        let mut run = self.run(number, 1, &cast);
        run.random = Random::seeded(conversation);
        run.write_turn(turn, &mut writer);
        self.wrap(conversation * TRACES_PER_SESSION, &mut writer)
    }

    /// A request of one span: the root of a trace of its own.
    pub(crate) fn small_request(&self, number: u64) -> Vec<u8> {
        let mut writer = SpanWriter::default();
        self.write_trace(number, 1, &mut writer);
        self.wrap(number, &mut writer)
    }

    /// A trace of any length as requests of some hundred spans.
    pub(crate) fn long_trace(&self, number: u64, spans: u64) -> Vec<Vec<u8>> {
        let mut requests = Vec::new();
        let mut writer = SpanWriter::default();
        let cast = Cast::of(self.options.seed, number);
        let mut run = self.run(number, spans, &cast);
        run.write(&mut writer, &mut |writer| {
            if writer.span_count >= 500 {
                requests.push(self.wrap(number, writer));
            }
        });
        requests.push(self.wrap(number, &mut writer));
        requests
    }

    fn write_trace(&self, number: u64, spans: u64, writer: &mut SpanWriter) {
        let cast = Cast::of(self.options.seed, number);
        self.run(number, spans, &cast).write(writer, &mut |_| {});
    }

    fn run<'a>(&'a self, number: u64, span_count: u64, cast: &'a Cast) -> Run<'a> {
        Run {
            prose: &self.prose,
            cast,
            trace_id: self.trace_id(number),
            start_unix_nanos: self.start_of(number),
            span_count,
            text_scale: self.text_scale,
            random: Random::seeded(self.options.seed ^ number.wrapping_mul(0xA24B_AED4_963E_E407)),
            history: Vec::new(),
            history_max: HISTORY_MESSAGES_MAX,
            scratch: Vec::new(),
        }
    }

    fn start_of(&self, number: u64) -> u64 {
        const DAY_NANOS: f64 = 86_400e9;
        // Traces beside the numbered ones lie among them.
        let number = number % self.options.traces.max(1);
        let left = (self.options.traces - number) as f64 / self.options.traces.max(1) as f64;
        self.options.end_unix_nanos - (left * self.options.days * DAY_NANOS) as u64
    }

    fn wrap(&self, number: u64, writer: &mut SpanWriter) -> Vec<u8> {
        let agent = &AGENTS[agent_of(number) as usize];
        let environment = Cast::of(self.options.seed, number).environment;
        let resource = [
            ("service.name", agent.service),
            ("service.version", "3.14.2"),
            ("deployment.environment.name", environment),
            ("telemetry.sdk.language", "python"),
            ("telemetry.sdk.name", "opentelemetry"),
            ("telemetry.sdk.version", "1.38.0"),
        ];
        writer.request(&resource, ("opentelemetry.instrumentation.agents", "0.5.1"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mix(span_bytes: usize) -> Mix {
        Mix::new(MixOptions { seed: 5, span_bytes, traces: 1_000, days: 2.0, end_unix_nanos: 1_800_000_000_000_000_000 })
    }

    #[test]
    fn spans_have_the_asked_size() {
        for wanted in [1_300, 5_000] {
            let mix = mix(wanted);
            let bytes: usize = (0..50).map(|request| mix.request(request).len()).sum();
            let size = bytes / (50 * SPANS_PER_REQUEST as usize);
            assert!(size.abs_diff(wanted) < wanted / 20, "{size} in place of {wanted}");
        }
    }

    #[test]
    fn the_same_number_gives_the_same_bytes() {
        assert_eq!(mix(1_300).request(7), mix(1_300).request(7));
        assert_ne!(mix(1_300).request(7), mix(1_300).request(8));
    }

    #[test]
    fn a_request_has_as_many_spans_as_the_mean_says() {
        let mix = mix(1_300);
        let spans: u64 = (0..TRACES_PER_REQUEST).map(|number| mix.spans_of(number)).sum();
        assert_eq!(spans, SPANS_PER_REQUEST);
    }

    #[test]
    fn a_long_trace_is_cut_into_requests() {
        let requests = mix(1_300).long_trace(3, 2_000);
        assert_eq!(requests.len(), 4);
    }
}
