//! Seeds that found something once.

/// A seed per line, and what it found behind a `#`.
pub const CASES: &str = include_str!("../../cases.txt");
