//! By which ways strangers may subscribe to the status.

use breakwater_core::site::config::parse_file;
use breakwater_core::watch::subscription::{EMAILS_A_MONTH_DEFAULT, Medium, SubscriptionRules};

use super::VALID;

fn read(subscriptions: &str) -> SubscriptionRules {
    let text = format!("{VALID}\n[status]\nsubscriptions = {subscriptions}\n");
    let file = parse_file("test", &text).expect("a site file");
    file.watch.status.subscriptions.expect("subscriptions")
}

#[test]
fn a_file_that_says_nothing_offers_nothing() {
    for table in ["", "\n[status]\n", "\n[status]\nvisitors = true\n"] {
        let file = parse_file("test", &[VALID, table].concat()).expect("a site file");
        assert_eq!(file.watch.status.subscriptions, None);
    }
}

#[test]
fn each_way_is_offered_on_its_own() {
    let email = read("{ email_from = \"status@shop.example\" }");
    assert!(email.offers(Medium::Email) && !email.offers(Medium::Webhook));
    assert_eq!(email.emails_a_month, EMAILS_A_MONTH_DEFAULT);
    let webhooks = read("{ webhooks = true }");
    assert!(!webhooks.offers(Medium::Email) && webhooks.offers(Medium::Webhook));
    let both = read("{ email_from = \"a@b.example\", emails_a_month = 7, webhooks = true }");
    assert_eq!(
        both,
        SubscriptionRules {
            email_from: Some("a@b.example".into()),
            emails_a_month: 7,
            webhooks: true,
        }
    );
}

#[test]
fn there_is_nothing_to_subscribe_to_without_a_status_page() {
    let text = VALID.replacen("status_host = \"status.shop.example\"", "status = false", 1);
    let text = format!("{text}\n[status]\nsubscriptions = {{ webhooks = true }}\n");
    let error = parse_file("test", &text).expect_err("an error").to_string();
    assert!(error.contains("expected `status` or `status_host` in [site] beside it"), "{error}");
}

#[test]
fn what_offers_nothing_or_makes_no_sense_is_refused() {
    for (subscriptions, expected) in [
        ("{}", "missing key, expected one of `email_from`, `webhooks`"),
        ("{ webhooks = false }", "missing key, expected one of `email_from`, `webhooks`"),
        ("{ email_from = \"status\" }", "`status` is not allowed, expected an address such as"),
        (
            "{ webhooks = true, emails_a_month = 9 }",
            "`9` is not allowed, expected `email_from` beside it",
        ),
        (
            "{ email_from = \"a@b.example\", emails_a_month = 0 }",
            "`0` is out of range, expected 1 to 10000000",
        ),
        ("{ webhooks = true, sms = true }", "unknown key `sms`"),
        ("true", "expected a table"),
    ] {
        let text = format!("{VALID}\n[status]\nsubscriptions = {subscriptions}\n");
        let error = parse_file("test", &text).expect_err("an error").to_string();
        assert!(error.contains(": status.subscriptions"), "{error}");
        assert!(error.contains(expected), "{error}");
    }
}
