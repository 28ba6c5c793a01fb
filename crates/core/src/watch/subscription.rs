//! Subscriptions to the public status: who wants to be told of it, by which way, and of what.
//!
//! An address is told nothing until its owner has confirmed that it wants to be (double opt-in): a
//! person by a button behind a link in an e-mail, a program by its answer to a challenge. One
//! who asks does not learn whether an address is subscribed. Links carry tokens that follow from
//! one random key, so that no token is stored, and a token of one purpose or address serves no
//! other.
//!
//! What a stranger can cause is bounded on each side: by client, by address, and in all. An update
//! reaches its subscribers by a [`Campaign`], whose progress is stored, so that a Worker that is
//! killed neither leaves anyone out nor repeats more than what was on its way.

mod address;
mod allowance;
mod book;
mod campaign;
mod id;
mod key;
mod rules;
mod subscriber;
mod webhook_url;

pub use address::{ADDRESS_MAX, AddressError, LOCAL_PART_MAX, SubscriberAddress};
pub use allowance::{ASKS_AN_HOUR, AskLimit, EmailCount, STRANGERS_AN_HOUR, StrangerLimit};
pub use book::{
    CampaignResult, OWED_ATTEMPTS, OwedMail, PENDING_MAX, RESULTS_MAX, SUBSCRIBERS_MAX,
    SubscriberBook, SubscriberCounts, WEBHOOKS_MAX,
};
pub use campaign::{
    ATTEMPTS_MAX, BATCH_MAX, CAMPAIGN_LASTS, Campaign, CampaignStep, CampaignSubject, NoticeFate,
    RETRIES_MAX,
};
pub use id::{Medium, SubscriberId};
pub use key::{
    ConfirmToken, Entropy, KEY_BYTES, SubscriptionKey, SubscriptionToken, WebhookSecret,
};
pub use rules::{EMAILS_A_MONTH_DEFAULT, EMAILS_A_MONTH_MAX, SubscriptionRules};
pub use subscriber::{
    CHALLENGES_MAX, CONFIRM_WITHIN, Contact, DEAD_MAX, EndReason, FAILS_FOR, MAILS_A_DAY,
    SUBSCRIBED_COMPONENTS_MAX, Subscriber, SubscriberPhase,
};
pub use webhook_url::{WEBHOOK_URL_MAX, WebhookUrl};
