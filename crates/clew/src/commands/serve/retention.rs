//! How long records are kept, as it is written on the command line.

use std::str::FromStr;
use std::time::Duration;

use model::{ProjectSlug, parse_length};
use store::Retention;

/// `30d`, or `chat=7d`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RetentionArg {
    project: Option<ProjectSlug>,
    keep: Duration,
}

impl FromStr for RetentionArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (project, length) = match text.split_once('=') {
            Some((project, length)) => (Some(project.parse().map_err(|error: model::IdError| error.to_string())?), length),
            None => (None, text),
        };
        let keep = parse_length(length).filter(|keep| !keep.is_zero());
        let keep = keep.ok_or_else(|| format!("`{length}` is no length of time: write it like `24h` or `30d`"))?;
        Ok(Self { project, keep })
    }
}

/// The last word on a project holds.
pub(super) fn limits_of(args: Vec<RetentionArg>) -> Retention {
    let mut limits = Retention::default();
    for RetentionArg { project, keep } in args {
        match project {
            Some(project) => drop(limits.projects.insert(project, keep)),
            None => limits.default = Some(keep),
        }
    }
    limits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read_for_all_and_for_one_project() {
        let read = |texts: &[&str]| limits_of(texts.iter().map(|text| text.parse().unwrap()).collect());
        let limits = read(&["90d", "chat=7d"]);
        let days = |project: &str| limits.of(&project.parse().unwrap()).unwrap().as_secs() / 86_400;
        assert_eq!((days("chat"), days("other")), (7, 90));
        assert_eq!(read(&["chat=7d"]).of(&"other".parse().unwrap()), None);
        for wrong in ["", "7", "d", "0d", "-1d", "chat=", "no project=7d"] {
            assert!(wrong.parse::<RetentionArg>().is_err(), "{wrong}");
        }
    }
}
