//! What strangers may ask of their subscriptions, and what they are answered.
//!
//! A request is read into a [`SubscriptionAction`], which the monitor is asked for, and what it
//! says becomes a [`SubscriptionOutcome`], of which the answer is made. Everything works without a
//! script. What changes anything is a `POST`, since programs that look at e-mail follow links.

mod action;
mod exchange;
mod form;
mod message;
mod outcome;
mod texts;

pub use action::{
    HONEYPOT, LINKS_A_MINUTE, LinkLimit, SUBSCRIBE_BODY_MAX, SubscriptionAction,
    SubscriptionContext, SubscriptionEndpoint, SubscriptionFacts,
};
pub use exchange::{ConfirmReply, SubscribeAsk, SubscribeReply, SubscriptionView, WebhookAsked};
pub use outcome::{SubscriptionAnswer, SubscriptionOutcome};
pub use texts::{MailTexts, PageTexts, STATES, SubscriptionTexts, TitledText, filled};
