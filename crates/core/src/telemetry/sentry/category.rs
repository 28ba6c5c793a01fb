//! The categories of data, by which Sentry limits rates and counts what was discarded.

/// A category (develop.sentry.dev/sdk/foundations/transport/rate-limiting, "Definitions"), of those
/// that we send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DataCategory {
    /// Events of errors.
    Error,
    /// Transactions.
    Transaction,
    /// Spans. A transaction that is dropped counts as one more than its spans.
    Span,
    /// Check-ins.
    Monitor,
    /// Log lines.
    LogItem,
    /// The bytes of log lines.
    LogByte,
}

impl DataCategory {
    /// All categories.
    pub const ALL: [Self; 6] =
        [Self::Error, Self::Transaction, Self::Span, Self::Monitor, Self::LogItem, Self::LogByte];

    /// Returns the category's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Transaction => "transaction",
            Self::Span => "span",
            Self::Monitor => "monitor",
            Self::LogItem => "log_item",
            Self::LogByte => "log_byte",
        }
    }

    /// Returns the category of this name. Sentry adds categories as it adds products, so that an
    /// unknown one is no error.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|category| category.as_str() == name)
    }

    /// Returns the category's place in [`ALL`](Self::ALL).
    pub(super) const fn index(self) -> usize {
        self as usize
    }
}
