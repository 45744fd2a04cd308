//! The suite every engine is held to.
