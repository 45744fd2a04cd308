//! How far translation follows a sender.

/// Nesting of attribute values that is read; deeper ones keep their outer levels and stay whole in the raw span.
/// `serde_json` stops at 128 as well.
pub(crate) const VALUE_DEPTH_MAX: usize = 64;

/// How often a JSON text inside a JSON text is opened; three were seen (Langfuse, MLflow).
pub(crate) const JSON_LAYERS_MAX: usize = 4;

/// Wrappers around a list of messages that are opened (`{"input": {"messages": [[..]]}}`).
pub(crate) const MESSAGE_WRAPPERS_MAX: usize = 8;

/// Characters of a preview: one line of a list.
pub(crate) const PREVIEW_CHARS_MAX: usize = 200;

/// Bytes of text looked at for a preview, so that a huge input costs no more than a small one.
pub(crate) const PREVIEW_BYTES_READ_MAX: usize = 4_096;

/// Characters of an identity: longer ones are payload under a wrong key.
pub(crate) const IDENTITY_CHARS_MAX: usize = 1_000;

/// Levels between two views of one call; instrumentations stack a few high, a hostile trace as high as it likes.
pub(crate) const NESTED_VIEWS_MAX: usize = 32;

/// Sessions of coding agents known to send spans. One is some hundred bytes; far more sessions than work at one time.
pub(crate) const AGENT_SESSIONS_MAX: usize = 4_096;

/// Calls of one agent's session that wait to be answered; agents ask a few models side by side.
pub(crate) const AGENT_CALLS_OPEN_MAX: usize = 64;

/// Exponential buckets of one sign that are kept apart; beyond it, neighbours are joined. SDKs keep 160, and a sum of many has more.
pub(crate) const EXPONENTIAL_BUCKETS_MAX: usize = 640;
