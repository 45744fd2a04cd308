//! Which traces a day has, and when: the curve of the day, the bad release, one conversation of five turns.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::build::{Sender, TraceBuilder, mixed};
use crate::speak::Vocabulary;
use crate::texts::TOPICS;
use crate::ticket::Case;
use crate::{Batch, Options, incident, long, ticket};

const MINUTE_MILLIS: u64 = 60_000;
const DAY_MILLIS: u64 = 24 * 60 * MINUTE_MILLIS;
/// The release went out so long ago: 10:52 where now is 14:31.
const RELEASE_AGO_MILLIS: u64 = 219 * MINUTE_MILLIS;
/// And was slowed down so long ago: 13:24.
const RELIEF_AGO_MILLIS: u64 = 67 * MINUTE_MILLIS;
/// Nothing ordinary starts later than this, so that nothing ends after now.
const QUIET_AGO_MILLIS: u64 = 20_000;

/// The drawn run is over a little more than a minute ago.
const INCIDENT_AGO_MILLIS: u64 = incident::DURATION_MILLIS + 75_000;
const LONG_AGO_MILLIS: u64 = 5 * 60 * MINUTE_MILLIS;
/// The turns of its conversation around the drawn run, which is the third.
const TURNS_AGO_MILLIS: [u64; 4] = [31 * MINUTE_MILLIS, 17 * MINUTE_MILLIS, 48_000, 24_000];
/// And what they are about.
const TURNS_TOPICS: [usize; 4] = [5, 2, 15, 11];

/// The long trace and the conversation need company.
const TRACES_MIN_FOR_LONG: usize = 100;
const TRACES_MIN_FOR_TURNS: usize = 10;

const DRAWN_USER: &str = "user-1";
const DRAWN_SESSION: &str = "session-4821";

/// A trace that is to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Planned {
    number: u64,
    ago_millis: u64,
    what: What,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Incident,
    Long,
    /// A turn of the conversation, by its place in `TURNS_AGO_MILLIS`.
    Turn(usize),
    Ordinary,
}

/// Lists the traces of the day, oldest first.
pub(crate) fn plan(options: &Options) -> Vec<Planned> {
    let mut random = StdRng::seed_from_u64(mixed(&[options.seed, 1]));
    let mut ages = Vec::new();
    if options.traces > 0 {
        ages.push((INCIDENT_AGO_MILLIS, What::Incident));
    }
    if options.traces >= TRACES_MIN_FOR_LONG {
        ages.push((LONG_AGO_MILLIS, What::Long));
    }
    if options.traces >= TRACES_MIN_FOR_TURNS {
        ages.extend(TURNS_AGO_MILLIS.into_iter().zip(0..).map(|(ago, turn)| (ago, What::Turn(turn))));
    }
    while ages.len() < options.traces {
        ages.push((ordinary_age(&mut random), What::Ordinary));
    }
    // Numbered before they are sorted, so that each keeps its own luck.
    let mut planned: Vec<Planned> =
        ages.into_iter().zip(0..).map(|((ago_millis, what), number)| Planned { number, ago_millis, what }).collect();
    planned.sort_by_key(|planned| (std::cmp::Reverse(planned.ago_millis), planned.number));
    planned
}

/// Draws a start; few start after the drawn run, so that it stands near the top of a list.
fn ordinary_age(random: &mut StdRng) -> u64 {
    loop {
        let ago_millis = random.random_range(QUIET_AGO_MILLIS..DAY_MILLIS);
        let busy = if ago_millis < INCIDENT_AGO_MILLIS { 0.05 } else { busyness(ago_millis) };
        if random.random_bool(busy) {
            return ago_millis;
        }
    }
}

/// How busy the shop is: most in the evening, least after eight in the morning, where now is half past two.
fn busyness(ago_millis: u64) -> f64 {
    let passed = 1.0 - ago_millis as f64 / DAY_MILLIS as f64;
    0.56 + 0.40 * (std::f64::consts::TAU * (passed - 0.20)).cos()
}

pub(crate) fn perform(options: &Options, planned: &Planned) -> Batch {
    let mut random = StdRng::seed_from_u64(mixed(&[options.seed, 2, planned.number]));
    let start = options.now_unix_nanos.saturating_sub(planned.ago_millis * 1_000_000);
    let ids_seed = mixed(&[options.seed, 3, planned.number, options.now_unix_nanos]);
    match planned.what {
        What::Incident => incident::handle(TraceBuilder::new(ids_seed, start, RELEASES[1]), DRAWN_USER, DRAWN_SESSION),
        What::Long => long::handle(TraceBuilder::new(ids_seed, start, RELEASES[0]), random, "warehouse", "night-shift"),
        What::Turn(turn) => {
            let mut case = case(planned.ago_millis, &mut random);
            case.topic = &TOPICS[TURNS_TOPICS[turn]];
            case.user = DRAWN_USER.to_owned();
            case.session = DRAWN_SESSION.to_owned();
            (case.order, case.tenant, case.rate_limited, case.vocabulary) = (4821, "globex", false, Vocabulary::OpenTelemetry);
            ticket::handle(&case, TraceBuilder::new(ids_seed, start, case.sender), random)
        }
        What::Ordinary => {
            let case = case(planned.ago_millis, &mut random);
            let trace = TraceBuilder::new(ids_seed, start, case.sender);
            if random.random_bool(0.012) { ticket::classify_only(&case, trace, random) } else { ticket::handle(&case, trace, random) }
        }
    }
}

const RELEASES: [Sender; 2] =
    [Sender { release: "2026.11.1", environment: "production" }, Sender { release: "2026.11.2", environment: "production" }];

/// Draws the sender, the words and the fate of a ticket.
fn case(ago_millis: u64, random: &mut StdRng) -> Case {
    let is_released = ago_millis < RELEASE_AGO_MILLIS;
    let is_bad_time = is_released && ago_millis > RELIEF_AGO_MILLIS;
    // A sixth of the senders tried the release before.
    let is_new = random.random_bool(if is_released { 0.94 } else { 0.17 });
    let suffers = is_new && is_bad_time;
    let mut sender = RELEASES[usize::from(is_new)];
    if random.random_bool(0.06) {
        sender.environment = "staging";
    }
    let topic = &TOPICS[topic_at(random)];
    let asks_order = matches!(topic.intent, "order_status" | "return_request") || random.random_bool(0.15);
    let repeats = suffers && random.random_bool(0.7);
    let user = random.random_range(2..900_u32);
    Case {
        topic,
        sender,
        vocabulary: match random.random_range(0..100) {
            0..80 => Vocabulary::OpenTelemetry,
            80..92 => Vocabulary::OpenInference,
            _ => Vocabulary::Langfuse,
        },
        prompt_version: if is_new { "v14" } else { "v13" },
        model: if random.random_bool(0.033) { ("openai", "gpt-5") } else { ("anthropic", "claude-sonnet-4-5") },
        user: format!("user-{user}"),
        session: format!("session-{user}-{}", random.random_range(1..4_u32)),
        tenant: ["globex", "initech", "umbrella", "private"][random.random_range(0..4)],
        order: random.random_range(4_000..9_000),
        order_lookups: if repeats { random.random_range(4..7) } else { u32::from(asks_order) },
        heavy_prompt: suffers,
        rate_limited: random.random_bool(if suffers { 0.22 } else { 0.016 }),
        tool_times_out: random.random_bool(0.01),
    }
}

/// Draws a topic: two thirds support, a quarter returns, the rest billing.
fn topic_at(random: &mut StdRng) -> usize {
    let feature = match random.random_range(0..1_000) {
        0..662 => "support",
        662..895 => "returns",
        _ => "billing",
    };
    loop {
        let at = random.random_range(0..TOPICS.len());
        if TOPICS[at].feature == feature {
            return at;
        }
    }
}
