//! What was not sent, and why. Operators see it in Sentry instead of wondering about gaps.

use alloc::vec::Vec;

use serde_json::{Value, json};

use super::category::DataCategory;
use crate::base::rfc3339::Rfc3339;
use crate::base::time::Timestamp;

/// Why something was not sent (develop.sentry.dev/sdk/telemetry/client-reports, "Discard
/// Reasons").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiscardReason {
    /// The queue was full.
    QueueOverflow,
    /// Sentry limits the rate of this category.
    RatelimitBackoff,
    /// Sentry did not answer.
    NetworkError,
    /// Sentry refused it.
    SendError,
    /// It was not among those of which a share is sent.
    SampleRate,
    /// A rule of the site file ignores it.
    EventProcessor,
}

impl DiscardReason {
    /// All reasons.
    pub const ALL: [Self; 6] = [
        Self::QueueOverflow,
        Self::RatelimitBackoff,
        Self::NetworkError,
        Self::SendError,
        Self::SampleRate,
        Self::EventProcessor,
    ];

    /// Returns the reason's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::QueueOverflow => "queue_overflow",
            Self::RatelimitBackoff => "ratelimit_backoff",
            Self::NetworkError => "network_error",
            Self::SendError => "send_error",
            Self::SampleRate => "sample_rate",
            Self::EventProcessor => "event_processor",
        }
    }
}

/// Counts what was not sent. Counting allocates nothing, since most requests are not sampled.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Discards([[u32; DataCategory::ALL.len()]; DiscardReason::ALL.len()]);

impl Discards {
    /// Counts `quantity` of a category.
    pub const fn record(&mut self, reason: DiscardReason, category: DataCategory, quantity: u32) {
        let count = &mut self.0[reason as usize][category.index()];
        *count = count.saturating_add(quantity);
    }

    /// Returns how many of a category were not sent for this reason.
    pub const fn count(&self, reason: DiscardReason, category: DataCategory) -> u32 {
        self.0[reason as usize][category.index()]
    }

    /// Counts what others counted.
    pub(super) fn add(&mut self, others: &Self) {
        for reason in DiscardReason::ALL {
            for category in DataCategory::ALL {
                self.record(reason, category, others.count(reason, category));
            }
        }
    }

    /// Returns whether something was lost. What was not sampled is not: it was never wanted.
    pub(super) fn has_losses(&self) -> bool {
        let reasons = DiscardReason::ALL.into_iter();
        let mut lost = reasons.filter(|reason| *reason != DiscardReason::SampleRate);
        lost.any(|reason| self.0[reason as usize].iter().any(|count| *count > 0))
    }

    /// Returns whether everything was sent.
    pub fn is_empty(&self) -> bool {
        self.0.iter().flatten().all(|count| *count == 0)
    }

    /// Returns the payload of a client report.
    pub(super) fn payload(&self, now: Timestamp) -> Value {
        let discarded: Vec<Value> = DiscardReason::ALL
            .into_iter()
            .flat_map(|reason| DataCategory::ALL.map(|category| (reason, category)))
            .filter(|(reason, category)| self.count(*reason, *category) > 0)
            .map(|(reason, category)| {
                json!({
                    "reason": reason.as_str(),
                    "category": category.as_str(),
                    "quantity": self.count(reason, category),
                })
            })
            .collect();
        json!({ "timestamp": Rfc3339(now), "discarded_events": discarded })
    }
}
