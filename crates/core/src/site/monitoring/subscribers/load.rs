//! Subscriptions as they were stored.
//!
//! Without its key, the links in e-mails that were sent open nothing any more, so the key stands in
//! a row of its own, which is written once.

use alloc::collections::VecDeque;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::{Subscribers, TrackedCampaign};
use crate::base::stored::StoredForm;
use crate::site::monitoring::effect::MonitorWrite;
use crate::site::monitoring::load::StoredMonitoring;
use crate::watch::subscription::{Campaign, Entropy, SubscriberBook, SubscriptionKey};

/// The names under which the book and the key are kept that cannot be read.
const BOOK_UNREAD: &str = "subscriptions-unread";
const KEY_UNREAD: &str = "subscription-key-unread";
/// The name under which a campaign is kept that cannot be read.
const CAMPAIGN_UNREAD: &str = "campaign-unread";

impl Subscribers {
    /// Reads what is stored. What cannot be read is put aside and told; a book that is begun again
    /// announces nothing that was published before, and counts all subscribers.
    pub(in crate::site::monitoring) fn load(
        stored: &StoredMonitoring,
        writes: &mut VecDeque<MonitorWrite>,
        unread: &mut Vec<String>,
    ) -> Self {
        let mut read = Reader { writes, unread };
        let key = read.read(stored.subscription_key.as_deref(), KEY_UNREAD);
        let book: Option<SubscriberBook> = read.read(stored.subscriptions.as_deref(), BOOK_UNREAD);
        let is_lost = book.is_none() && stored.subscriptions.is_some();
        let mut campaigns = Vec::new();
        for (id, text) in &stored.campaigns {
            match read.read::<Campaign>(Some(text), CAMPAIGN_UNREAD) {
                Some(campaign) => campaigns.push(TrackedCampaign { campaign, has_changed: false }),
                None => read.writes.push_back(MonitorWrite::ForgetCampaign { id: id.clone() }),
            }
        }
        campaigns.sort_by_key(|tracked| tracked.campaign.begun_at());
        let is_begun = book.is_some();
        let mut subscribers =
            Self { key, book: book.unwrap_or_default(), is_begun, campaigns, ..Self::default() };
        if is_lost {
            // A look at all of them counts them again.
            subscribers.sweep = Some(Default::default());
        }
        subscribers
    }

    /// The key, which is made of this randomness if there is none yet.
    pub(super) fn key_or_new(
        &mut self,
        entropy: Entropy,
        writes: &mut VecDeque<MonitorWrite>,
    ) -> SubscriptionKey {
        self.key
            .get_or_insert_with(|| {
                let key = SubscriptionKey::new(entropy);
                writes.push_back(MonitorWrite::SaveSubscriptionKey(key.to_stored()));
                key
            })
            .clone()
    }
}

struct Reader<'a> {
    writes: &'a mut VecDeque<MonitorWrite>,
    unread: &'a mut Vec<String>,
}

impl Reader<'_> {
    /// What is wrong with it may quote what is secret, so it is not told.
    fn read<T: StoredForm>(&mut self, stored: Option<&str>, name: &str) -> Option<T> {
        let text = stored?;
        match T::from_stored(text) {
            Ok(read) => Some(read),
            Err(_) => {
                self.unread.push(format!("{}: it is put aside as `{name}`", T::NOUN));
                let (name, text) = (name.into(), text.into());
                self.writes.push_back(MonitorWrite::PutAside { name, text });
                None
            }
        }
    }
}
