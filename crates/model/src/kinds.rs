//! The closed sets of words a canonical span uses, each with its text form.

/// Declares an enum whose variants have one text form each, used in storage and over the API alike.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub enum $name { $($(#[$variant_meta])* $variant),+ }

        impl $name {
            /// All values, in their order of declaration.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// Reads the text form; None for any other text.
            pub fn from_text(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$variant),)+ _ => None }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

words! {
    /// What a span stands for in an LLM application.
    ObservationType {
        Llm = "llm", Embedding = "embedding", Rerank = "rerank", Retrieval = "retrieval", Memory = "memory", Tool = "tool",
        Agent = "agent", Workflow = "workflow", Step = "step", Chain = "chain", Prompt = "prompt", Guardrail = "guardrail",
        Evaluator = "evaluator", Decision = "decision", Audio = "audio", Event = "event", Protocol = "protocol",
        AgentCall = "agent_call", Http = "http", Db = "db", Rpc = "rpc", Messaging = "messaging", Faas = "faas",
        #[default]
        Span = "span",
    }
}

words! {
    /// Whether the span's tokens and money enter sums: `leaf` only does.
    Billing { Leaf = "leaf", Aggregate = "aggregate", #[default] None = "none" }
}

words! {
    /// Whether the default tree shows the span; everything but `app` is folded.
    Visibility {
        #[default]
        App = "app",
        Infra = "infra", Protocol = "protocol", Internal = "internal", Duplicate = "duplicate", Partial = "partial",
    }
}

impl Visibility {
    /// Whether the span only shows again what another one shows.
    pub fn is_view(self) -> bool {
        matches!(self, Self::Duplicate | Self::Partial)
    }
}

words! {
    /// What a span was made from: a span, or a log record that stands for one (coding agents tell their calls so).
    Origin { #[default] Span = "span", Log = "log" }
}

words! {
    /// OTLP span kind.
    SpanKind {
        #[default]
        Unspecified = "unspecified",
        Internal = "internal", Server = "server", Client = "client", Producer = "producer", Consumer = "consumer",
    }
}

words! {
    /// Outcome of a span; of a trace too, where `running` means its root has not ended.
    SpanStatus { #[default] Unset = "unset", Ok = "ok", Error = "error", Running = "running" }
}

words! {
    /// Severity a vendor gives to a span.
    Level { Debug = "debug", #[default] Default = "default", Warning = "warning", Error = "error" }
}

words! {
    /// How it was decided whether totals include cached and reasoning tokens.
    UsageConfidence { Exact = "exact", Derived = "derived", #[default] Assumed = "assumed" }
}

words! {
    /// How much of a span or trace has a price; `none` where nothing is to be priced.
    CostStatus { Priced = "priced", Partial = "partial", NoPrice = "no_price", #[default] None = "none" }
}
