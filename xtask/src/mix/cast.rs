//! Who plays: services, agents, models, users. All follow from the number of a trace.

use crate::random::Random;

pub(super) struct Model {
    pub(super) provider: &'static str,
    pub(super) host: &'static str,
    pub(super) requested: &'static str,
    pub(super) answered: &'static str,
}

const fn model(provider: &'static str, host: &'static str, requested: &'static str, answered: &'static str) -> Model {
    Model { provider, host, requested, answered }
}

/// The last two are in no price table.
const MODELS: [Model; 8] = [
    model("openai", "api.openai.com", "gpt-4o-mini", "gpt-4o-mini-2024-07-18"),
    model("openai", "api.openai.com", "gpt-4.1", "gpt-4.1-2025-04-14"),
    model("anthropic", "api.anthropic.com", "claude-sonnet-4-5", "claude-sonnet-4-5-20250929"),
    model("gcp.gemini", "generativelanguage.googleapis.com", "gemini-2.5-flash", "gemini-2.5-flash"),
    model("openai", "api.openai.com", "gpt-4o", "gpt-4o-2024-08-06"),
    model("mistral_ai", "api.mistral.ai", "mistral-large-latest", "mistral-large-2411"),
    model("ollama", "localhost", "llama3.3:70b", "llama3.3:70b"),
    model("openai", "llm.internal", "shop-tuned-7b", "shop-tuned-7b"),
];

pub(super) struct Agent {
    pub(super) name: &'static str,
    pub(super) service: &'static str,
    /// Where a first step may send a run, and what its tool is called.
    pub(super) routes: [&'static str; 4],
    pub(super) tool: &'static str,
}

pub(super) const AGENTS: [Agent; 6] = [
    Agent { name: "support", service: "support-api", routes: ["refund", "delivery", "account", "human"], tool: "lookup_order" },
    Agent { name: "research", service: "research-api", routes: ["web", "papers", "internal", "none"], tool: "search_web" },
    Agent { name: "sales", service: "sales-api", routes: ["quote", "demo", "upsell", "human"], tool: "find_customer" },
    Agent { name: "travel", service: "travel-api", routes: ["flight", "hotel", "change", "cancel"], tool: "search_trips" },
    Agent { name: "coder", service: "code-assistant", routes: ["edit", "explain", "test", "review"], tool: "read_file" },
    Agent { name: "analyst", service: "reports", routes: ["sql", "chart", "summary", "forecast"], tool: "run_query" },
];

pub(super) const STEPS: [&str; 4] = ["classify", "retrieve", "answer", "review"];

/// Who plays in one trace.
pub(super) struct Cast {
    pub(super) agent: &'static Agent,
    pub(super) model: &'static Model,
    pub(super) small_model: &'static Model,
    pub(super) environment: &'static str,
    pub(super) user: String,
    pub(super) session: String,
    /// Whether the run ends in error.
    pub(super) fails: bool,
}

/// Traces that belong to one session, one after the other.
pub(super) const TRACES_PER_SESSION: u64 = 5;
const USERS: u64 = 3_000;

impl Cast {
    pub(super) fn of(seed: u64, number: u64) -> Self {
        let mut random = Random::seeded(seed ^ (number / TRACES_PER_SESSION).wrapping_mul(0xD6E8_FEB8_6659_FD93));
        let agent = &AGENTS[agent_of(number) as usize];
        // Some users write much more than others.
        let user = random.below(USERS) * random.below(USERS) / USERS;
        let session = format!("{:012x}", random.next() >> 16);
        let environment = if random.below(10) < 8 { "production" } else { "staging" };
        let mut random = Random::seeded(seed.wrapping_add(number).wrapping_mul(0x2545_F491_4F6C_DD1D));
        let model = &MODELS[(random.below(8) * random.below(8) / 7) as usize];
        Self { agent, model, small_model: &MODELS[0], environment, user: format!("user-{user:04}"), session, fails: random.below(100) < 3 }
    }
}

/// Whole requests come from one service, and so from one agent.
pub(super) fn agent_of(number: u64) -> u64 {
    number / super::TRACES_PER_REQUEST % AGENTS.len() as u64
}
