//! What strangers and operators ask of subscriptions.
//!
//! The record that a request is about is read right before the host handles it, with nothing
//! awaited in between.

use std::rc::Rc;

use breakwater_core::base::stored::StoredForm as _;
use breakwater_core::site::monitoring::{ConfirmStep, SUBSCRIBERS_SHOWN, SubscriberQuery};
use breakwater_core::site::status::subscribe::{
    SubscribeAsk, SubscriptionAction, SubscriptionOutcome, SubscriptionView,
};
use breakwater_core::telemetry::log::LogEvent;
use breakwater_core::watch::subscription::{ConfirmToken, Contact, Subscriber, SubscriberId};
use breakwater_platform::clock;
use breakwater_platform::log;
use breakwater_platform::object::{Json, ObjectError, ObjectResult};

use super::{Inner, notify, subscriber_view};
use crate::random;
use crate::watch_rules::rules;

/// Does what a stranger asks, and says what came of it.
pub(super) async fn act(
    inner: &Rc<Inner>,
    action: SubscriptionAction,
) -> ObjectResult<SubscriptionOutcome> {
    let shown = |view: Option<SubscriptionView>, as_what: fn(SubscriptionView) -> _| {
        view.map_or(SubscriptionOutcome::Expired, as_what)
    };
    let show = |id: &SubscriberId, token: &str| {
        let known = known(inner, id)?;
        inner.with_host(|host| host.show_subscription(id, token, known.as_deref()))
    };
    Ok(match action {
        SubscriptionAction::Subscribe(ask) => subscribe(inner, ask).await?,
        SubscriptionAction::ShowConfirm { token } => {
            let (known, now) = (confirmed_by(inner, &token)?, clock::now());
            match inner.with_host(|host| host.show_confirm(&token, known.as_deref(), now))? {
                Some(view) => SubscriptionOutcome::Confirm(view, token),
                None => SubscriptionOutcome::Expired,
            }
        }
        SubscriptionAction::Confirm { token } => confirm(inner, &token).await?,
        SubscriptionAction::Show { id, token } => {
            shown(show(&id, &token)?, SubscriptionOutcome::Manage)
        }
        SubscriptionAction::ShowUnsubscribe { id, token } => {
            shown(show(&id, &token)?, SubscriptionOutcome::Unsubscribe)
        }
        SubscriptionAction::Choose { id, token, components } => {
            let (known, link) = (known(inner, &id)?, (&id, &*token));
            let chosen = inner.event(|host, random, now| {
                host.handle_choice(rules(), link, components, known.as_deref(), random, now)
            });
            shown(chosen.await?, SubscriptionOutcome::Saved)
        }
        SubscriptionAction::Unsubscribe { id, token } => {
            let (known, link) = (known(inner, &id)?, (&id, &*token));
            let ended = inner.event(|host, random, now| {
                host.handle_unsubscribe(rules(), link, known.as_deref(), random, now)
            });
            match ended.await? {
                true => SubscriptionOutcome::Unsubscribed,
                false => SubscriptionOutcome::Expired,
            }
        }
    })
}

async fn subscribe(inner: &Rc<Inner>, ask: SubscribeAsk) -> ObjectResult<SubscriptionOutcome> {
    let known = at(inner, &ask.contact)?;
    let entropy = random::entropy()
        .map_err(|_| ObjectError::Storage("the platform has no randomness".into()))?;
    let reply = inner.event(|host, random, now| {
        host.handle_subscribe(rules(), ask, known.as_deref(), (entropy, random), now)
    });
    Ok(reply.await?.into())
}

async fn confirm(inner: &Rc<Inner>, token: &str) -> ObjectResult<SubscriptionOutcome> {
    let known = confirmed_by(inner, token)?;
    let step = inner.event(|host, random, now| {
        host.handle_confirm(rules(), token, known.as_deref(), random, now)
    });
    let reply = match step.await? {
        ConfirmStep::Done(reply) => reply,
        ConfirmStep::Challenge(challenge) => notify::challenge(inner, *challenge).await?,
    };
    Ok(reply.into())
}

/// How many subscribers there are and what they are told, and some of them.
pub(super) fn show(inner: &Inner) -> ObjectResult<Json> {
    let (after, before) = (String::new(), "~".into());
    let query = SubscriberQuery::Page { after, before, limit: SUBSCRIBERS_SHOWN };
    let (rows, now) = (inner.store()?.subscribers(&query)?, clock::now());
    inner.with_host(|host| subscriber_view::subscribers(rules(), host, &rows, now))
}

/// The subscriber of an address, if there is one.
pub(super) fn find(inner: &Inner, contact: &Contact) -> ObjectResult<Option<Json>> {
    let known = at(inner, contact)?.and_then(|known| Subscriber::from_stored(&known).ok());
    Ok(known.as_ref().map(subscriber_view::subscriber))
}

/// Deletes what is stored of a subscriber. Returns whether there was anything.
pub(super) async fn forget(inner: &Rc<Inner>, id: &SubscriberId) -> ObjectResult<bool> {
    let known = known(inner, id)?;
    inner
        .event(|host, random, now| host.handle_forget(rules(), id, known.as_deref(), random, now))
        .await
}

/// Hands what the host asks for to it.
pub(super) fn read(inner: &Inner, query: &SubscriberQuery) -> ObjectResult<()> {
    let rows = inner.store()?.subscribers(query)?;
    for id in inner.with_host(|host| host.handle_subscribers(rules(), &rows))? {
        log::error(
            LogEvent::SubscriptionFailed,
            &[],
            format_args!("monitor: the subscriber {id} is not read"),
        );
    }
    Ok(())
}

/// What is stored of a subscriber.
fn known(inner: &Inner, id: &SubscriberId) -> ObjectResult<Option<String>> {
    Ok(inner.store()?.subscriber(id)?)
}

/// What is stored of the subscriber of an address.
fn at(inner: &Inner, contact: &Contact) -> ObjectResult<Option<String>> {
    match inner.with_host(|host| host.subscriber_at(contact))? {
        Some(id) => known(inner, &id),
        None => Ok(None),
    }
}

/// What is stored of the subscriber whom a token names.
fn confirmed_by(inner: &Inner, token: &str) -> ObjectResult<Option<String>> {
    match ConfirmToken::read(token) {
        Some(token) => known(inner, &token.id),
        None => Ok(None),
    }
}
