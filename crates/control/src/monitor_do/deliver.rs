//! Sends messages to channels.

use std::rc::Rc;

use breakwater_core::base::fields;
use breakwater_core::base::secret_name::SecretName;
use breakwater_core::base::time::Millis;
use breakwater_core::site::binding::EMAIL;
use breakwater_core::site::monitoring::MonitorHost;
use breakwater_core::telemetry::log::{LogAttribute, LogEvent};
use breakwater_core::telemetry::sentry::SentryFault;
use breakwater_core::watch::alert::outbox::{
    ATTEMPT_TIME_MAX, DeliveryAttempt, DeliveryEnd, DeliveryError,
};
use breakwater_core::watch::alert::{
    Alert, AlertChannel, ChannelAddress, DeliveryAnswer, EmailAlert, EmailAnswer, HttpAlert,
    PreparedAlert,
};
use breakwater_platform::bindings::{EmailBinding, is_timeout, property, variable};
use breakwater_platform::object::ObjectResult;
use breakwater_platform::{clock, log, sentry, timer};
use js_sys::JSON;
use wasm_bindgen::{JsCast, JsValue};

use super::Inner;
use crate::faults;
use crate::requests::{Answered, OwnRequest, send as send_request};
use crate::watch_rules::rules;

/// Bytes of a receiver's answer that are read: some name a time to wait there.
const ANSWER_MAX: u32 = 1024;

/// Makes an attempt, and hands its end to the host.
pub(super) async fn send(
    inner: &Rc<Inner>,
    attempt: DeliveryAttempt,
    alert: Alert,
) -> ObjectResult<()> {
    let end = match rules().channel(&attempt.key.channel) {
        Some(channel) => attempt_to(inner, channel, &attempt, &alert).await,
        None => DeliveryEnd::Refused { error: DeliveryError::Unreachable },
    };
    let take =
        |host: &mut MonitorHost, random, now| host.handle_end(rules(), &attempt, &end, random, now);
    if let Some(reason) = inner.event(take).await? {
        sentry::fault(SentryFault::FailedDelivery {
            channel: &attempt.key.channel,
            error: reason.as_str(),
            attempts: attempt.number.into(),
        });
    }
    Ok(())
}

async fn attempt_to(
    inner: &Inner,
    channel: &AlertChannel,
    attempt: &DeliveryAttempt,
    alert: &Alert,
) -> DeliveryEnd {
    let secret = |name: &SecretName| variable(inner.env.as_ref(), name.as_str());
    let prepared = channel.prepare(alert, &attempt.key.message, &secret, clock::now());
    let failed = |error| DeliveryEnd::Failed { error, retry_after: None };
    match prepared {
        Err(error) => {
            // It says which secret is missing, and is sent once that is mended.
            log::error(
                LogEvent::DeliveryFailed,
                &[LogAttribute::Channel.text(&channel.name)],
                format_args!("channel {}: {error}", channel.name),
            );
            failed(DeliveryError::Unreachable)
        }
        Ok(PreparedAlert::Email(email)) => send_email_in_time(inner, &email).await,
        Ok(PreparedAlert::Http(http)) => {
            let url = faults::channel(inner.env.as_ref(), &channel.name, &http.url);
            match send_http(inner, &url, &http, ATTEMPT_TIME_MAX).await {
                Ok(answered) => {
                    let (lines, body) = (answered.fields(), answered.body().to_vec());
                    let retry_after = fields::Fields::new(&lines).get("retry-after");
                    let answer =
                        DeliveryAnswer { status: answered.status(), retry_after, body: &body };
                    channel.judge(&answer, clock::now())
                }
                Err(error) if is_timeout(&error) => failed(DeliveryError::TimedOut),
                Err(_) => failed(DeliveryError::Unreachable),
            }
        }
    }
}

/// Sends a request to this URL.
///
/// # Errors
/// What the platform throws, or a time-out (`is_timeout`).
pub(super) async fn send_http(
    inner: &Inner,
    url: &str,
    http: &HttpAlert,
    limit: Millis,
) -> Result<Answered, JsValue> {
    let mut lines = String::new();
    for (name, value) in &http.fields {
        fields::push(&mut lines, name, value);
    }
    let request = OwnRequest {
        is_own: false,
        url,
        method: http.method,
        fields: &lines,
        body: Some(&http.body),
        follows_redirects: false,
        body_max: ANSWER_MAX,
        size_max: ANSWER_MAX,
    };
    send_request(&inner.ctx, request, limit).await
}

/// Hands an e-mail to the platform, which has to take it in time.
pub(super) async fn send_email_in_time(inner: &Inner, email: &EmailAlert) -> DeliveryEnd {
    let sent = timer::within(Box::pin(send_email(inner, email)), ATTEMPT_TIME_MAX).await;
    let timed_out = DeliveryEnd::Failed { error: DeliveryError::TimedOut, retry_after: None };
    sent.unwrap_or(timed_out)
}

/// Hands an e-mail to the platform.
async fn send_email(inner: &Inner, email: &EmailAlert) -> DeliveryEnd {
    let binding = property(inner.env.as_ref(), EMAIL);
    if binding.is_undefined() {
        log::error(
            LogEvent::DeliveryFailed,
            &[],
            format_args!("the Worker has no binding {EMAIL} that sends e-mail"),
        );
        return DeliveryEnd::Failed { error: DeliveryError::Unreachable, retry_after: None };
    }
    let sent = match JSON::parse(&email.to_json()) {
        Ok(email) => binding.unchecked_ref::<EmailBinding>().send(&email).await,
        Err(error) => Err(error),
    };
    match sent {
        Ok(_) => DeliveryEnd::Delivered,
        Err(error) => {
            let text = |name| property(&error, name).as_string().unwrap_or_default();
            EmailAnswer { code: &text("code"), message: &text("message") }.judge()
        }
    }
}

/// Calls the URL that notices when it is not called.
pub(super) async fn ping(inner: &Rc<Inner>) -> ObjectResult<()> {
    let url = match &rules().dead_mans_switch {
        Some(ChannelAddress::Url(url)) => Some(url.clone()),
        Some(ChannelAddress::Secret(name)) => variable(inner.env.as_ref(), name.as_str()),
        None => None,
    };
    let Some(url) = url else {
        log::error(
            LogEvent::SwitchFailed,
            &[],
            format_args!("the secret of `dead_mans_switch` is not set"),
        );
        return Ok(());
    };
    let request = OwnRequest {
        is_own: false,
        url: &url,
        method: "GET",
        fields: "",
        body: None,
        follows_redirects: true,
        body_max: 0,
        size_max: 0,
    };
    if send_request(&inner.ctx, request, ATTEMPT_TIME_MAX).await.is_err() {
        // Its address may be a secret, so the error is not told.
        log::error(
            LogEvent::SwitchFailed,
            &[],
            format_args!("the dead man's switch cannot be reached"),
        );
    }
    Ok(())
}
