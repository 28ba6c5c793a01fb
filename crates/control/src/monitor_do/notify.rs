//! Sends messages to subscribers.

use std::rc::Rc;

use breakwater_core::base::fields::Fields;
use breakwater_core::base::time::Millis;
use breakwater_core::site::monitoring::NoticeBatch;
use breakwater_core::site::resolve::SiteHost;
use breakwater_core::site::status::notice::{
    CHALLENGE_WITHIN, Challenge, ChallengeAnswer, NoticeContent, NoticeSender, Recipient,
};
use breakwater_core::site::status::subscribe::ConfirmReply;
use breakwater_core::watch::alert::outbox::{ATTEMPT_TIME_MAX, DeliveryEnd, DeliveryError};
use breakwater_core::watch::alert::{DeliveryAnswer, HttpAlert, PreparedAlert};
use breakwater_platform::bindings::is_timeout;
use breakwater_platform::object::ObjectResult;
use breakwater_platform::{clock, site};

use super::Inner;
use super::deliver::{send_email_in_time, send_http};
use crate::join_all::join_all;
use crate::watch_rules::rules;

/// Sends the messages of a batch, and hands their ends to the host.
pub(super) async fn send(inner: &Rc<Inner>, batch: NoticeBatch) -> ObjectResult<()> {
    // The site file offers subscriptions only where there is a status page.
    let Some(addresses) = site().status_addresses() else { return Ok(()) };
    let offered = rules().status.subscriptions.as_ref();
    let sender = NoticeSender {
        place: addresses.place(site(), SiteHost::Status),
        components: &rules().components,
        email_from: offered.and_then(|offered| offered.email_from.as_deref()),
    };
    let tells = batch.recipients.iter().map(|to| tell(inner, &sender, &batch.content, to));
    let ends = join_all(tells).await;
    inner.event(|host, random, now| host.handle_notified(rules(), &batch, &ends, random, now)).await
}

async fn tell(
    inner: &Inner,
    sender: &NoticeSender<'_>,
    content: &NoticeContent,
    to: &Recipient,
) -> DeliveryEnd {
    match content.prepare(sender, to, clock::now()) {
        // There is nothing to tell it, which needs no other attempt.
        None => DeliveryEnd::Delivered,
        Some(PreparedAlert::Email(email)) => send_email_in_time(inner, &email).await,
        Some(PreparedAlert::Http(http)) => tell_webhook(inner, &http).await,
    }
}

async fn tell_webhook(inner: &Inner, http: &HttpAlert) -> DeliveryEnd {
    match answered(inner, http, ATTEMPT_TIME_MAX).await {
        Ok(answered) => {
            let retry_after = Fields::new(&answered.fields).get("retry-after");
            let answer =
                DeliveryAnswer { status: answered.status, retry_after, body: &answered.body };
            answer.judge_webhook(clock::now())
        }
        Err(error) => DeliveryEnd::Failed { error, retry_after: None },
    }
}

/// Sends a challenge, and hands the answer to the host.
pub(super) async fn challenge(
    inner: &Rc<Inner>,
    challenge: Challenge,
) -> ObjectResult<ConfirmReply> {
    let answered = answered(inner, &challenge.request, CHALLENGE_WITHIN).await.ok();
    let answer = answered.as_ref().map(|it| ChallengeAnswer { status: it.status, body: &it.body });
    let known = inner.store()?.subscriber(&challenge.id)?;
    let of = (&challenge.id, challenge.attempt);
    inner
        .event(|host, random, now| {
            host.handle_challenged(rules(), of, answer, known.as_deref(), random, now)
        })
        .await
}

/// What a receiver answered.
struct ReceiverAnswer {
    status: u16,
    fields: String,
    body: Vec<u8>,
}

async fn answered(
    inner: &Inner,
    http: &HttpAlert,
    limit: Millis,
) -> Result<ReceiverAnswer, DeliveryError> {
    match send_http(inner, &http.url, http, limit).await {
        Ok(answered) => Ok(ReceiverAnswer {
            status: answered.status(),
            fields: answered.fields(),
            body: answered.body().to_vec(),
        }),
        Err(error) if is_timeout(&error) => Err(DeliveryError::TimedOut),
        Err(_) => Err(DeliveryError::Unreachable),
    }
}
