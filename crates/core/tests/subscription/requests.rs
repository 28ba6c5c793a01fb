//! What strangers may ask, and what they are answered.

use breakwater_core::base::time::Millis;
use breakwater_core::site::config::{Site, parse};
use breakwater_core::site::status::StatusEndpoint;
use breakwater_core::site::status::page::{AssetPaths, StatusPages, StatusTextFile};
use breakwater_core::site::status::subscribe::{
    HONEYPOT, SubscriptionAction, SubscriptionAnswer, SubscriptionContext, SubscriptionEndpoint,
    SubscriptionFacts, SubscriptionOutcome, SubscriptionView, WebhookAsked,
};
use breakwater_core::watch::subscription::{Contact, SubscriberId};
use serde_json::Value;

use crate::{PLACE, asked, at, components, email, key, webhook};

const FORM: &str = "application/x-www-form-urlencoded";
const URL: &str = "https://shop.example/status/subscribe";

fn site() -> Site {
    let file = "site = { name = \"Shop\", host = \"shop.example\", \
        status_host = \"status.shop.example\", locales = [\"en\", \"de\"] }\n\
        upstreams.web = { origin = \"https://web.example\" }\n\
        routes = [{ match = \"/*\", upstream = \"web\" }]";
    parse("test", file).expect("a site file")
}

fn read(
    endpoint: SubscriptionEndpoint<'_>,
    facts: &SubscriptionFacts<'_>,
    body: &str,
) -> Result<SubscriptionAction, SubscriptionOutcome> {
    let (site, components) = (site(), components());
    let context = SubscriptionContext { site: &site, components: &components, allows_local: false };
    SubscriptionAction::read(endpoint, facts, body.as_bytes(), &context)
}

fn post<'a>(content_type: &'a str) -> SubscriptionFacts<'a> {
    SubscriptionFacts { method: "POST", url: URL, content_type, ..SubscriptionFacts::default() }
}

fn subscribe(
    facts: &SubscriptionFacts<'_>,
    body: &str,
) -> Result<SubscriptionAction, SubscriptionOutcome> {
    read(SubscriptionEndpoint::Subscribe, facts, body)
}

fn id() -> SubscriberId {
    asked(email("ann@a.example"), "en").id().clone()
}

#[test]
fn each_address_has_its_endpoint() {
    use SubscriptionEndpoint as E;
    for (rest, endpoint) in [
        ("confirm", Some(E::Confirm)),
        ("e12", Some(E::Manage("e12"))),
        ("e12/unsubscribe", Some(E::Unsubscribe("e12"))),
        ("e12/", None),
        ("e12/forget", None),
        ("e12/unsubscribe/", None),
    ] {
        let path = ["/subscriptions/", rest].concat();
        let found = StatusEndpoint::parse(&path).and_then(E::of);
        assert_eq!(found, endpoint, "{rest}");
    }
}

#[test]
fn a_form_and_a_program_ask_in_their_own_ways() {
    let facts = SubscriptionFacts { accept_language: "de-CH", client: "192.0.2.1", ..post(FORM) };
    let body = "email=Ann%2Bx%40A.example&website=&components=checkout&components=gone";
    let Ok(SubscriptionAction::Subscribe(ask)) = subscribe(&facts, body) else { panic!("an ask") };
    assert_eq!(ask.contact, email("Ann+x@a.example"));
    assert_eq!((ask.locale.as_str(), ask.client.as_str()), ("de", "192.0.2.1"));
    assert_eq!(ask.components, ["checkout"]);
    let body = r#"{"webhook": "https://hooks.example/a", "locale": "de"}"#;
    let facts = post("application/json; charset=utf-8");
    let Ok(SubscriptionAction::Subscribe(ask)) = subscribe(&facts, body) else { panic!("an ask") };
    assert_eq!(ask.contact, webhook("https://hooks.example/a"));
    assert!(ask.components.is_empty());
    assert_eq!(ask.locale, "de");
}

#[test]
fn what_cannot_be_subscribed_is_refused() {
    let json = post("application/json");
    for (body, outcome) in [
        (r#"{"email": "ann"}"#, SubscriptionOutcome::NoAddress),
        (r#"{"webhook": "https://127.0.0.1/"}"#, SubscriptionOutcome::NoAddress),
        (r#"{"webhook": "https://shop.example/hook"}"#, SubscriptionOutcome::NoAddress),
        (r#"{"webhook": "https://status.shop.example/"}"#, SubscriptionOutcome::NoAddress),
        (
            r#"{"email": "a@b.example", "webhook": "https://a.example/"}"#,
            SubscriptionOutcome::Malformed,
        ),
        (r#"{"email": "a@b.example", "components": ["gone"]}"#, SubscriptionOutcome::Malformed),
        (r#"{"email": "a@b.example", "admin": true}"#, SubscriptionOutcome::Malformed),
        ("{}", SubscriptionOutcome::Malformed),
        ("[", SubscriptionOutcome::Malformed),
    ] {
        assert_eq!(subscribe(&json, body), Err(outcome), "{body}");
    }
    for content_type in ["", "text/plain", "multipart/form-data; boundary=a"] {
        let told = subscribe(&post(content_type), "email=a%40b.example");
        assert_eq!(told, Err(SubscriptionOutcome::Malformed), "{content_type}");
    }
}

#[test]
fn a_program_that_fills_in_all_fields_is_answered_as_a_person_is() {
    let body = format!("email=a%40b.example&{HONEYPOT}=https%3A%2F%2Fspam.example");
    assert_eq!(subscribe(&post(FORM), &body), Err(SubscriptionOutcome::Asked));
}

#[test]
fn a_form_of_another_site_changes_nothing_but_may_end_a_subscription() {
    let id = id();
    let endpoints = [
        SubscriptionEndpoint::Subscribe,
        SubscriptionEndpoint::Confirm,
        SubscriptionEndpoint::Manage(id.as_str()),
    ];
    for (origin, fetch_site, is_foreign) in [
        ("", "", false),
        ("https://shop.example", "", false),
        ("https://evil.example", "", true),
        ("null", "", false),
        ("null", "same-origin", false),
        ("null", "cross-site", true),
        ("https://shop.example", "same-site", true),
        ("https://evil.example", "cross-site", true),
        ("", "none", false),
    ] {
        let facts = SubscriptionFacts { origin, fetch_site, ..post(FORM) };
        for endpoint in endpoints {
            let told = read(endpoint, &facts, "email=a%40b.example");
            let is_refused = told == Err(SubscriptionOutcome::Foreign);
            assert_eq!(is_refused, is_foreign, "{origin} {fetch_site} {endpoint:?}");
        }
        let told = read(SubscriptionEndpoint::Unsubscribe(id.as_str()), &facts, "");
        assert!(matches!(told, Ok(SubscriptionAction::Unsubscribe { .. })), "{told:?}");
    }
}

#[test]
fn a_link_that_is_followed_changes_nothing() {
    let id = id();
    let url = "https://shop.example/status/subscriptions/x?token=a.1.b";
    let get = SubscriptionFacts { method: "GET", url, ..SubscriptionFacts::default() };
    let token = String::from("a.1.b");
    for (endpoint, action) in [
        (SubscriptionEndpoint::Confirm, SubscriptionAction::ShowConfirm { token: token.clone() }),
        (
            SubscriptionEndpoint::Manage(id.as_str()),
            SubscriptionAction::Show { id: id.clone(), token: token.clone() },
        ),
        (
            SubscriptionEndpoint::Unsubscribe(id.as_str()),
            SubscriptionAction::ShowUnsubscribe { id: id.clone(), token },
        ),
    ] {
        for method in ["GET", "HEAD"] {
            let facts = SubscriptionFacts { method, ..get };
            assert_eq!(read(endpoint, &facts, "").as_ref(), Ok(&action));
        }
    }
    let told = read(SubscriptionEndpoint::Manage("x"), &get, "");
    assert_eq!(told, Err(SubscriptionOutcome::Expired));
}

/// RFC 8058 §3.2 has both forms of the body.
#[test]
fn one_click_ends_a_subscription_in_either_form() {
    let id = id();
    let url = "https://shop.example/status/subscriptions/x/unsubscribe?token=ab";
    for (content_type, body) in [
        (FORM, "List-Unsubscribe=One-Click"),
        (
            "multipart/form-data; boundary=a",
            "--a\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--a--",
        ),
        ("", ""),
    ] {
        let facts = SubscriptionFacts { url, ..post(content_type) };
        let told = read(SubscriptionEndpoint::Unsubscribe(id.as_str()), &facts, body);
        let (id, token) = (id.clone(), "ab".into());
        assert_eq!(told, Ok(SubscriptionAction::Unsubscribe { id, token }));
    }
}

fn view() -> SubscriptionView {
    let id = id();
    SubscriptionView {
        manage: key().manage_token(&id),
        id,
        contact: "a…@a.example".into(),
        components: vec!["search".into()],
    }
}

fn webhook_asked() -> WebhookAsked {
    let subscriber = asked(webhook("https://hooks.example/"), "en");
    let id = subscriber.id().clone();
    WebhookAsked {
        secret: key().webhook_secret(&id),
        confirm: key().confirm_token(&id, "n", at(0)),
        manage: key().manage_token(&id),
        id,
        until: at(0),
    }
}

fn all_outcomes() -> Vec<(SubscriptionOutcome, u16)> {
    use SubscriptionOutcome as O;
    let confirm = key().confirm_token(&id(), "n", at(0));
    vec![
        (O::Asked, 202),
        (O::Webhook(webhook_asked()), 202),
        (O::Busy(Millis::new(1500)), 429),
        (O::NoAddress, 400),
        (O::Malformed, 400),
        (O::Off, 404),
        (O::Foreign, 403),
        (O::Failed, 503),
        (O::Confirm(view(), "a\"><b>.1.2".into()), 200),
        (O::Confirmed(view()), 200),
        (O::Expired, 410),
        (O::Unanswered(3, confirm), 409),
        (O::Manage(view()), 200),
        (O::Saved(view()), 200),
        (O::Unsubscribe(view()), 200),
        (O::Unsubscribed, 200),
    ]
}

/// The answer as a page in a language.
fn html(outcome: &SubscriptionOutcome, lang: &'static str) -> SubscriptionAnswer {
    let file = match lang {
        "fr" => include_str!("../../../../www/status/locales/fr.toml"),
        _ => include_str!("../../../../www/status/locales/en.toml"),
    };
    let file = StatusTextFile::parse(lang, lang, file).expect("texts");
    let texts = file.texts();
    let pages = StatusPages {
        place: &PLACE,
        texts: &texts,
        languages: &[texts],
        is_chosen: false,
        assets: &AssetPaths { css: "a.css", js: "a.js", image: "a.png", report: "b.js" },
        reports: None,
    };
    outcome.in_html(&pages, &components())
}

#[test]
fn no_answer_is_stored_or_tells_where_its_reader_came_from() {
    for (outcome, status) in all_outcomes() {
        for answer in [outcome.in_json(&PLACE), html(&outcome, "en")] {
            assert_eq!(answer.status, status, "{outcome:?}");
            let field = |name: &str| {
                let found = answer.fields.iter().find(|(known, _)| *known == name);
                found.map(|(_, value)| value.as_str()).unwrap_or_default()
            };
            assert_eq!(field("cache-control"), "no-store");
            assert_eq!(field("referrer-policy"), "no-referrer");
            assert_eq!(field("x-robots-tag"), "noindex");
            assert!(field("content-security-policy").starts_with("default-src 'none'"));
            assert_eq!(field("retry-after"), if status == 429 { "2" } else { "" });
        }
    }
}

#[test]
fn a_page_has_nothing_in_it_that_its_texts_break_out_of() {
    for (outcome, _) in all_outcomes() {
        let page = html(&outcome, "fr").body;
        assert!(!page.contains("<b>") && !page.contains("<beta>"), "{page}");
        assert!(page.contains("<html lang=\"fr\">"), "{page}");
        assert_eq!(page.matches("<script").count(), 1, "{page}");
        assert!(!page.contains("<a href=\"\""), "{page}");
    }
}

#[test]
fn what_changes_something_is_a_button() {
    let html = |outcome: SubscriptionOutcome| html(&outcome, "en").body;
    let confirm = html(SubscriptionOutcome::Confirm(view(), "a.1.b".into()));
    assert!(confirm.contains("action=\"/status/subscriptions/confirm?token=a.1.b\""), "{confirm}");
    let manage = html(SubscriptionOutcome::Manage(view()));
    assert!(manage.contains("value=\"search\" checked>"), "{manage}");
    assert!(manage.contains("value=\"checkout\">"), "{manage}");
    assert!(manage.contains("name=\"List-Unsubscribe\" value=\"One-Click\""), "{manage}");
    assert_eq!(manage.matches("method=\"post\"").count(), 2);
}

#[test]
fn the_secret_of_a_webhook_is_shown_once_to_the_one_who_asked() {
    let asked = webhook_asked();
    let secret = asked.secret.as_str().to_owned();
    let outcome = SubscriptionOutcome::Webhook(asked);
    let json: Value = serde_json::from_str(&outcome.in_json(&PLACE).body).expect("JSON");
    assert_eq!(json["status"], "asked");
    assert_eq!(json["secret"], secret.as_str());
    let confirm_url = json["confirm_url"].as_str().expect("a URL");
    assert!(confirm_url.starts_with("https://shop.example/status/subscriptions/confirm?token=w"));
    let page = html(&outcome, "en").body;
    assert!(page.contains(&secret), "{page}");
    assert!(!format!("{outcome:?}").contains(&secret), "no log shows it");
    let others = all_outcomes().into_iter().filter(|(it, _)| *it != outcome);
    for (other, _) in others {
        assert!(!html(&other, "en").body.contains("whsec_"));
    }
}

#[test]
fn debugging_shows_no_address() {
    let contacts = [email("ann@a.example"), webhook("https://hooks.example/secret")];
    for contact in contacts {
        let subscriber = asked(contact.clone(), "en");
        let shown = format!("{contact:?} {subscriber:?}");
        assert!(!shown.contains("ann@") && !shown.contains("secret"), "{shown}");
        assert!(matches!(contact, Contact::Email(_) | Contact::Webhook(_)));
    }
}
