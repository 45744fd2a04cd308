//! Invented traffic of a shop: the same seed and the same now give the same spans.
