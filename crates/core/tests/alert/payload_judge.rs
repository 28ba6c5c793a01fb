//! What receivers' answers mean.

use breakwater_core::base::time::Millis;
use breakwater_core::watch::alert::outbox::{DeliveryEnd, DeliveryError, EmailError};
use breakwater_core::watch::alert::{DeliveryAnswer, EmailAnswer};
use breakwater_testing::receivers::{Fault, Service};

use crate::channels::{NOW, to};

fn answer(status: u16) -> DeliveryAnswer<'static> {
    DeliveryAnswer { status, retry_after: None, body: b"" }
}

fn failed(status: u16) -> DeliveryEnd {
    DeliveryEnd::Failed { error: DeliveryError::Status(status), retry_after: None }
}

fn refused(status: u16) -> DeliveryEnd {
    DeliveryEnd::Refused { error: DeliveryError::Status(status) }
}

#[track_caller]
fn check(service: Service, status: u16, body: &str, end: &DeliveryEnd) {
    let answer = DeliveryAnswer { body: body.as_bytes(), ..answer(status) };
    assert_eq!(&to(service).judge(&answer, NOW), end, "{service:?} {status} {body}");
}

#[test]
fn statuses_mean_the_same_for_nearly_all() {
    for service in Service::ALL {
        for status in [200, 201, 202, 204, 299] {
            check(service, status, "", &DeliveryEnd::Delivered);
        }
        check(service, 410, "", &DeliveryEnd::Gone);
        check(service, 413, "", &DeliveryEnd::Refused { error: DeliveryError::TooLarge });
        for status in [100, 300, 301, 302, 307, 308, 401, 403, 404, 405, 408, 409, 425, 429] {
            check(service, status, "", &failed(status));
        }
        for status in [500, 502, 503, 504, 522, 599, 600, 0] {
            check(service, status, "", &failed(status));
        }
        for status in [400, 422] {
            // Standard Webhooks: whatever is not a success is tried again.
            let end = if service == Service::Webhook { failed(status) } else { refused(status) };
            check(service, status, "", &end);
        }
    }
}

#[test]
fn what_a_service_says_itself_is_taken() {
    for service in Service::ALL {
        let (status, body) = service.accepted();
        check(service, status, &body, &DeliveryEnd::Delivered);
        let fault = Fault { status: 503, what: "down".into() };
        check(service, 503, &service.refused(&fault, None), &failed(503));
    }
}

#[test]
fn a_failure_in_a_body_of_200_is_one() {
    let teams = "Webhook message delivery failed with error: Microsoft Teams endpoint returned \
        HTTP error 429 with ContextId tcid=0,server=X";
    check(Service::Teams, 200, teams, &failed(429));
    let gone = "Webhook message delivery failed with error: HTTP error 410 x";
    check(Service::Teams, 200, gone, &DeliveryEnd::Gone);
    check(Service::Teams, 200, "Webhook message delivery failed", &failed(200));
    check(Service::Teams, 200, "Webhook message delivery failed HTTP error 200", &failed(200));
    check(Service::Teams, 200, "1", &DeliveryEnd::Delivered);
    check(Service::Slack, 200, "{\"ok\":false,\"error\":\"ratelimited\"}", &failed(200));
    check(Service::Slack, 200, "{\"ok\":true}", &DeliveryEnd::Delivered);
    check(Service::Telegram, 200, "{\"ok\":false,\"error_code\":400}", &refused(400));
    check(Service::Telegram, 200, "{\"ok\":false}", &failed(200));
    check(Service::Telegram, 200, "{\"ok\":false,\"error_code\":200}", &failed(200));
    // The words of one service mean nothing to another.
    check(Service::Webhook, 200, teams, &DeliveryEnd::Delivered);
    check(Service::Discord, 200, "{\"ok\":false}", &DeliveryEnd::Delivered);
}

#[track_caller]
fn waits(service: Service, field: Option<&str>, body: &str, wait: Option<u64>) {
    let answer = DeliveryAnswer { status: 429, retry_after: field, body: body.as_bytes() };
    let end = to(service).judge(&answer, NOW);
    let error = DeliveryError::Status(429);
    let retry_after = wait.map(Millis::new);
    assert_eq!(end, DeliveryEnd::Failed { error, retry_after }, "{service:?} {field:?} {body}");
}

#[test]
fn the_time_to_wait_is_in_the_field_or_the_body() {
    for service in Service::ALL {
        waits(service, Some("30"), "", Some(30_000));
        waits(service, Some("Sat, 28 Nov 2026 20:00:10 GMT"), "", Some(2_500));
        waits(service, Some("Sat, 28 Nov 2026 19:00:00 GMT"), "", Some(0));
        waits(service, Some("soon"), "", None);
    }
    let telegram = "{\"ok\":false,\"error_code\":429,\"parameters\":{\"retry_after\":35}}";
    waits(Service::Telegram, None, telegram, Some(35_000));
    waits(Service::Telegram, Some("5"), telegram, Some(35_000));
    waits(Service::Discord, None, "{\"retry_after\":64.57,\"global\":false}", Some(64_570));
    waits(Service::Discord, Some("65"), "{\"retry_after\":64.57}", Some(65_000));
    waits(Service::Discord, None, "{\"retry_after\":0.0001}", Some(1));
    waits(Service::Discord, None, "{\"retry_after\":-1}", Some(0));
    waits(Service::Discord, None, "{\"retry_after\":1e300}", Some(u64::MAX));
    for body in ["", "{", "[]", "null", "{\"retry_after\":\"1\"}", "{\"parameters\":3}", "\u{0}"] {
        waits(Service::Discord, None, body, None);
        waits(Service::Telegram, None, body, None);
    }
    let teams = "Webhook message delivery failed: HTTP error 429";
    let answer = DeliveryAnswer { status: 200, retry_after: Some("7"), body: teams.as_bytes() };
    let retry_after = Some(Millis::from_secs(7));
    let end = DeliveryEnd::Failed { error: DeliveryError::Status(429), retry_after };
    assert_eq!(to(Service::Teams).judge(&answer, NOW), end);
}

/// The codes are those of the platform's page:
/// <https://developers.cloudflare.com/email-service/api/send-emails/workers-api/#error-codes>.
#[test]
fn an_email_that_the_platform_never_takes_is_refused_and_others_are_tried_again() {
    let refused = |error| DeliveryEnd::Refused { error: DeliveryError::Email(error) };
    let failed = |error, seconds: Option<u64>| DeliveryEnd::Failed {
        error: DeliveryError::Email(error),
        retry_after: seconds.map(Millis::from_secs),
    };
    let too_large = DeliveryEnd::Refused { error: DeliveryError::TooLarge };
    for (code, message, end) in [
        ("E_SENDER_NOT_VERIFIED", "", refused(EmailError::Sender)),
        ("E_SENDER_DOMAIN_NOT_AVAILABLE", "", refused(EmailError::Sender)),
        ("E_RECIPIENT_NOT_ALLOWED", "", refused(EmailError::Recipient)),
        ("E_RECIPIENT_SUPPRESSED", "", refused(EmailError::Recipient)),
        ("E_CONTENT_TOO_LARGE", "", too_large),
        ("E_VALIDATION_ERROR", "", refused(EmailError::Message)),
        ("E_FIELD_MISSING", "", refused(EmailError::Message)),
        ("E_TOO_MANY_RECIPIENTS", "", refused(EmailError::Message)),
        ("E_HEADER_NOT_ALLOWED", "", refused(EmailError::Message)),
        ("E_HEADERS_TOO_LARGE", "", refused(EmailError::Message)),
        ("E_RATE_LIMIT_EXCEEDED", "", failed(EmailError::Limit, None)),
        ("E_DAILY_LIMIT_EXCEEDED", "", failed(EmailError::Limit, Some(3600))),
        ("E_DELIVERY_FAILED", "", failed(EmailError::Delivery, None)),
        ("E_INTERNAL_SERVER_ERROR", "", failed(EmailError::Delivery, None)),
        ("", "E_RECIPIENT_SUPPRESSED: it bounced", refused(EmailError::Recipient)),
        ("E_NEW", "email to a@b.example not allowed", failed(EmailError::Delivery, None)),
        ("", "email to a@b.example not allowed", refused(EmailError::Recipient)),
        ("", "destination address is not a verified address", refused(EmailError::Recipient)),
        ("", "email from a@b.example not allowed", refused(EmailError::Sender)),
        ("", "Network connection lost.", failed(EmailError::Delivery, None)),
        ("", "", failed(EmailError::Delivery, None)),
    ] {
        assert_eq!(EmailAnswer { code, message }.judge(), end, "{code} {message}");
    }
}
