//! How the units of usage hang together, told from the words of their names.
//!
//! `cache_write_5m_tokens` has all words of `cache_write_tokens`, which has all of `input_tokens`, for what is cached is input:
//! the one is a part of the other. The names are those of `genai-prices`.

use model::Usage;

/// Returns how many of a unit a price is for: a million tokens, characters or pixels, one of everything else.
pub fn units_per_price(unit: &str) -> u64 {
    let is_small = ["tokens", "characters", "pixels"].iter().any(|word| unit.ends_with(word));
    if is_small { 1_000_000 } else { 1 }
}

/// Whether the counts of one unit are inside those of the other.
pub(crate) fn is_part_of(part: &str, whole: &str) -> bool {
    words(part).count() > words(whole).count() && words(whole).all(|word| words(part).any(|other| other == word))
}

/// Returns the total that a unit is counted in; None for what is no token of a call's input or output.
///
/// A price for a part means little without one for the rest of its total.
pub fn total_of(unit: &str) -> Option<&'static str> {
    [Usage::INPUT, Usage::OUTPUT].into_iter().find(|total| is_part_of(unit, total))
}

/// Returns how special a unit is: a part always has a higher number than its wholes.
pub(crate) fn depth(unit: &str) -> usize {
    words(unit).count()
}

fn words(unit: &str) -> impl Iterator<Item = &str> {
    let is_cache = unit.split('_').next() == Some("cache");
    unit.split('_').chain(is_cache.then_some("input"))
}

/// Returns the units with a count, wholes before their parts; `total_tokens` says nothing that a price could be put to.
pub(crate) fn counted(usage: &Usage) -> Vec<(&str, u64)> {
    let mut counted: Vec<_> = usage.iter().filter(|(unit, count)| *count > 0 && *unit != "total_tokens").collect();
    counted.sort_by_key(|(unit, _)| depth(unit));
    counted
}

/// Says what is wrong with counts that cannot be true together; None where nothing is.
pub(crate) fn contradiction(usage: &Usage) -> Option<String> {
    for (part, count) in counted(usage) {
        for (whole, total) in usage.iter() {
            if is_part_of(part, whole) && count > total {
                return Some(format!("usage is invalid: {count} {part} of {total} {whole}"));
            }
        }
        if let Some(total) = total_of(part).filter(|total| usage.get(total).is_none()) {
            return Some(format!("usage is invalid: {count} {part}, but no {total} are told"));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_told_by_their_words() {
        assert!(is_part_of("cache_read_tokens", "input_tokens"));
        assert!(is_part_of("cache_write_5m_tokens", "cache_write_tokens"));
        assert!(is_part_of("output_reasoning_tokens", "output_tokens"));
        assert!(is_part_of("input_audio_seconds", "audio_seconds"));
        assert!(!is_part_of("output_tokens", "input_tokens"));
        assert!(!is_part_of("cache_read_tokens", "cache_write_tokens"));
        assert!(!is_part_of("web_searches", "input_tokens"));
        assert!(!is_part_of("input_tokens", "input_tokens"));
    }

    #[test]
    fn counts_that_cannot_be_true_are_named() {
        let check = |counts: &[(&str, u64)], expected: Option<&str>| {
            assert_eq!(contradiction(&counts.iter().copied().collect()).as_deref(), expected);
        };
        check(&[("input_tokens", 10), ("cache_read_tokens", 20)], Some("usage is invalid: 20 cache_read_tokens of 10 input_tokens"));
        check(
            &[("output_tokens", 1), ("cache_read_tokens", 2)],
            Some("usage is invalid: 2 cache_read_tokens, but no input_tokens are told"),
        );
        check(&[("input_tokens", 20), ("cache_read_tokens", 20), ("web_searches", 90)], None);
    }
}
