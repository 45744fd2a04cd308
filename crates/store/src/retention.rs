//! How long records are kept.

use std::collections::BTreeMap;
use std::time::Duration;

use model::ProjectSlug;

/// How long each project keeps its records; for good, where nothing is said.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Retention {
    /// Of projects that are not named.
    pub default: Option<Duration>,
    pub projects: BTreeMap<ProjectSlug, Duration>,
}

impl Retention {
    pub fn of(&self, project: &ProjectSlug) -> Option<Duration> {
        self.projects.get(project).copied().or(self.default)
    }

    pub fn is_set(&self) -> bool {
        self.default.is_some() || !self.projects.is_empty()
    }
}

/// The limits in force, and what they have removed since the start.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RetentionStatus {
    pub limits: Retention,
    pub applied_unix_nanos: Option<u64>,
    pub traces: u64,
    pub spans: u64,
    pub logs: u64,
    pub points: u64,
}
