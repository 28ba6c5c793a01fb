//! Failures of cases.

use std::fmt;

use super::{Invariant, Violation};

/// A failure of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// An invariant was violated.
    Violation(Violation),
    /// Core or the simulator panicked, with this message.
    Panic(String),
}

/// The kind of a failure. A case that is simplified must keep it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// A violation of this invariant.
    Violation(Invariant),
    /// A panic.
    Panic,
}

impl Failure {
    /// The kind of the failure.
    pub const fn kind(&self) -> FailureKind {
        match self {
            Self::Violation(violation) => FailureKind::Violation(violation.invariant),
            Self::Panic(_) => FailureKind::Panic,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Violation(violation) => violation.fmt(f),
            Self::Panic(message) => write!(f, "a panic: {message}"),
        }
    }
}

/// A seed whose case failed.
#[derive(Clone, Debug)]
pub struct FailedSeed {
    /// The seed.
    pub seed: u64,
    /// The failure.
    pub failure: Failure,
}

impl fmt::Display for FailedSeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "seed {}: {}", self.seed, self.failure)?;
        write!(f, "  cargo run --release -p breakwater-sim -- --swarm 1 --seed {}", self.seed)
    }
}
