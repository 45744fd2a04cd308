//! What was paid for besides the model: the tier of service, and whether the answer was waited for.

use model::{Label, Span};

/// How a call was to be served.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Tier {
    /// `flex`, `priority`, ...; None for the ordinary one and where nothing is told.
    pub(crate) service: Option<String>,
    /// `batch`.
    pub(crate) processing: Option<String>,
}

/// Names of the ordinary tier: OpenAI's two, Anthropic's, Gemini's.
const ORDINARY: [&str; 4] = ["default", "auto", "standard", "on_demand"];

impl Tier {
    pub(crate) fn of(span: &Span) -> Self {
        let text = |label| span.labels.get(label).map(|text| text.trim().to_ascii_lowercase()).filter(|text| !text.is_empty());
        let mut service = text(Label::ServiceTier).filter(|tier| !ORDINARY.contains(&tier.as_str()));
        let mut processing = text(Label::Processing);
        // Anthropic's answers name the batch a tier (`usage.service_tier` of the Messages API); prices are told by the way of processing.
        if service.as_deref() == Some("batch") {
            processing = service.take();
        }
        Self { service, processing }
    }

    /// Whether a price for a tier of this name is meant.
    pub(crate) fn is(&self, name: &str) -> bool {
        let is_ordinary = ORDINARY.iter().any(|ordinary| ordinary.eq_ignore_ascii_case(name));
        let told = [&self.service, &self.processing];
        (is_ordinary && told == [&None, &None]) || told.into_iter().flatten().any(|tier| tier.eq_ignore_ascii_case(name))
    }

    /// What the listed prices are asked with.
    pub(crate) fn context(&self) -> impl Iterator<Item = (&'static str, &str)> {
        [("service_tier", &self.service), ("processing", &self.processing)]
            .into_iter()
            .filter_map(|(key, text)| Some((key, text.as_deref()?)))
    }
}
