//! Where content comes from that is searched: engines keep raw spans, and how they are understood is not for them to say.

use std::fmt;
use std::sync::Arc;

use model::{RawSpan, Span};

/// Derives a span with its content from what was sent.
#[derive(Clone)]
pub struct DeriveContent {
    version: u32,
    derive: Arc<dyn Fn(Arc<RawSpan>) -> Span + Send + Sync>,
}

impl DeriveContent {
    /// `derive` must say the same of the same span as long as `version` is the same: what was indexed by another version is indexed
    /// again.
    pub fn new(version: u32, derive: impl Fn(Arc<RawSpan>) -> Span + Send + Sync + 'static) -> Self {
        Self { version, derive: Arc::new(derive) }
    }

    pub fn version(&self) -> u32 {
        self.version
    }

    pub fn derive(&self, raw: Arc<RawSpan>) -> Span {
        (self.derive)(raw)
    }
}

/// What every span says by itself: name, status and raw attributes.
impl Default for DeriveContent {
    fn default() -> Self {
        Self::new(0, Span::from_raw)
    }
}

impl fmt::Debug for DeriveContent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("DeriveContent").field("version", &self.version).finish_non_exhaustive()
    }
}
