//! The oracle: the simplest store that answers right.
