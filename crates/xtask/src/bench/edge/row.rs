//! The kinds of answers that are measured.

use clap::ValueEnum;

use crate::bench::load::Expected;

/// A kind of answer, with the route of the bench site that gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum EdgeRow {
    /// The upstream's, of a route without copies
    Forwarded,
    /// The upstream's, of a route that keeps copies: read whole, and kept when due
    Copies,
    /// A fresh copy, of a route that is a cache
    Cache,
    /// A copy in the place of an upstream that is down
    Stale,
    /// A problem in the place of an upstream that is down
    Open,
}

impl EdgeRow {
    /// What the table calls it.
    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::Forwarded => "forwarded",
            Self::Copies => "route with copies",
            Self::Cache => "from the cache",
            Self::Stale => "stale",
            Self::Open => "circuit open",
        }
    }

    /// What is asked for.
    pub(super) const fn path(self) -> &'static str {
        match self {
            Self::Forwarded => "/api/products/1",
            Self::Copies => "/products/1",
            Self::Cache => "/assets/style.css",
            Self::Stale => "/products/2",
            Self::Open => "/webhooks/payments",
        }
    }

    /// The answer. Where it is not what its row says, it measures something else.
    pub(super) const fn expected(self) -> Expected {
        let (status, source) = match self {
            Self::Forwarded | Self::Copies => (200, "origin"),
            Self::Cache => (200, "cache"),
            Self::Stale => (200, "stale"),
            // The first call meets a refused connection, which opens the circuit.
            Self::Open => (503, "fallback"),
        };
        Expected { status, source: Some(source) }
    }
}
