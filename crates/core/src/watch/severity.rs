//! How much an incident matters.

use serde::{Deserialize, Serialize};

/// How much an incident matters, from `P0`, where all else waits, to `P3`, which waits for the next
/// working day. The first is the least, so that the worst of several is their minimum.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum Severity {
    /// Nothing works, or money is being lost.
    P0,
    /// What most visitors came for does not work.
    #[default]
    P1,
    /// Something does not work, and there is a way around it.
    P2,
    /// It is hardly noticed.
    P3,
}

impl Severity {
    /// All of them, the worst first.
    pub const ALL: [Self; 4] = [Self::P0, Self::P1, Self::P2, Self::P3];

    /// The name that the site file and the operators' API use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::P0 => "P0",
            Self::P1 => "P1",
            Self::P2 => "P2",
            Self::P3 => "P3",
        }
    }
}
