//! How much an operator may do.

use core::fmt;

use serde::{Deserialize, Serialize};

/// How much an operator may do. Each rank may do what those before it may, and more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rank {
    /// Sees everything but what concerns other people, and changes nothing.
    Viewer,
    /// Does what an outage asks for: incidents, checks, alerts, and orders to circuits and to the
    /// site.
    Responder,
    /// Does what concerns other people too, such as ending their sessions.
    Admin,
}

impl Rank {
    /// All of them, the lowest first.
    pub const ALL: [Self; 3] = [Self::Viewer, Self::Responder, Self::Admin];

    /// What it is called.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Responder => "responder",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for Rank {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_ordered_and_stored_by_their_names() {
        assert!(Rank::ALL.is_sorted());
        for rank in Rank::ALL {
            let stored = serde_json::to_string(&rank).unwrap();
            assert_eq!(stored.trim_matches('"'), rank.as_str());
            assert_eq!(serde_json::from_str::<Rank>(&stored).unwrap(), rank);
        }
    }
}
