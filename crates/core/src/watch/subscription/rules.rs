//! What the site file says of subscriptions.

use alloc::string::String;

use serde::{Deserialize, Serialize};

use super::id::Medium;

/// The most e-mails to subscribers within 30 days, if the site file does not say: ten times what
/// the platform's paid plan includes.
pub const EMAILS_A_MONTH_DEFAULT: u32 = 30_000;
/// The largest number that the site file may say.
pub const EMAILS_A_MONTH_MAX: u32 = 10_000_000;

/// By which ways strangers may subscribe.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubscriptionRules {
    /// The address that e-mails come from; without it, none are sent.
    pub email_from: Option<String>,
    /// The most e-mails to subscribers within 30 days.
    pub emails_a_month: u32,
    /// Whether webhooks may be subscribed.
    pub webhooks: bool,
}

impl SubscriptionRules {
    /// Whether subscribers are told by this way.
    pub const fn offers(&self, medium: Medium) -> bool {
        match medium {
            Medium::Email => self.email_from.is_some(),
            Medium::Webhook => self.webhooks,
        }
    }
}
