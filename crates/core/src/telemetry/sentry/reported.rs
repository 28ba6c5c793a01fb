//! The texts that are handed over, each of which becomes an item.

use alloc::boxed::Box;

use super::fact::ReportFact;
use super::fault::SentryFault;
use super::item::SentryItem;
use super::log_fact::log_item;
use super::recording::{TransactionFact, transaction};
use super::sampling::Unrecorded;
use super::settings::ReportClass;

/// A text that was handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportedText {
    /// What is sent.
    pub item: SentryItem,
    /// What became of no transaction before it.
    pub before: Unrecorded,
}

impl ReportedText {
    /// Reads a text, which begins with its class; nothing if it makes no sense. `host` is the
    /// site's, and `random` becomes the ids that are not known. `admit` is asked about each fault:
    /// it has a number that all faults of one issue have in common, and returns how many of them
    /// were left out, or nothing if this one is.
    pub fn read(
        text: &str,
        host: &str,
        random: u128,
        admit: impl FnOnce(u64) -> Option<u32>,
    ) -> Option<Self> {
        let (class, rest) = text.split_once('\n')?;
        let class = ReportClass::ALL.into_iter().find(|known| known.as_str() == class)?;
        let mut before = Unrecorded::default();
        let item = match class {
            ReportClass::Log => SentryItem::Log(log_item(rest, random)?),
            ReportClass::Transaction => {
                before = TransactionFact::parse(text).before();
                SentryItem::Transaction(Box::new(transaction(text, random)?))
            }
            ReportClass::Panic
            | ReportClass::CpuLimitKill
            | ReportClass::CircuitTransition
            | ReportClass::FailedDelivery
            | ReportClass::FailedObjectCall
            | ReportClass::UpstreamError
            | ReportClass::CheckIn => {
                let mut fact = ReportFact::parse(text);
                if let Some(fault) = SentryFault::of(&fact) {
                    // The module that it came from has asked itself, unless it broke since.
                    fact.left_out = u64::from(admit(fault.issue())?).max(fact.left_out);
                }
                fact.item(host, random)?
            }
        };
        Some(Self { item, before })
    }
}
