//! Seeds of cases that failed once.

/// One seed per line, followed by a `#` and a description of what failed.
pub const REGRESSIONS: &str = include_str!("../../regressions.txt");
