//! Translation for readers and translation for the store, held against each other on everything the tests translate.

use std::sync::Arc;

use model::{BoxedContent, LogRecord, RawSpan, Span};

/// Translates both ways: the columns that the store keeps are those of the whole span.
pub(crate) fn translate(raw: Arc<RawSpan>, logs: &[LogRecord]) -> Span {
    let whole = dialect::translate(Arc::clone(&raw), logs);
    let columns = dialect::translate_columns(raw, logs);
    let without_content = Span { content: BoxedContent::default(), ..whole.clone() };
    // NaN is not itself.
    assert_eq!(format!("{:?}", columns.span), format!("{without_content:?}"));
    let has_messages = !(whole.content.input_messages.is_empty() && whole.content.output_messages.is_empty());
    assert_eq!(columns.has_messages, has_messages, "{:?}", whole.content);
    whole
}
