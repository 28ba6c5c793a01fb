//! Subscriptions to the public status: what subscribers read, what strangers may ask, and what is
//! stored.

mod lives;
mod messages;
mod requests;
mod stored;

use breakwater_core::base::time::Timestamp;
use breakwater_core::site::status::StatusPlace;
use breakwater_core::watch::component::{ComponentSource, PublishedComponent};
use breakwater_core::watch::incident::Impact;
use breakwater_core::watch::subscription::{
    Contact, Entropy, KEY_BYTES, Subscriber, SubscriberAddress, SubscriptionKey, WebhookUrl,
};

const PLACE: StatusPlace<'_> = StatusPlace {
    site_name: "Shop & Co",
    site_url: "https://shop.example",
    url: "https://shop.example/status",
    base: "/status",
};

/// Seconds after 2026-11-18T12:00:00Z.
fn at(seconds: u64) -> Timestamp {
    Timestamp::from_millis(1_795_003_200_000 + seconds * 1000)
}

fn key() -> SubscriptionKey {
    SubscriptionKey::new(Entropy([7; KEY_BYTES]))
}

fn email(address: &str) -> Contact {
    Contact::Email(SubscriberAddress::parse(address).expect("an address"))
}

fn webhook(url: &str) -> Contact {
    Contact::Webhook(WebhookUrl::parse(url, false).expect("a URL"))
}

fn asked(contact: Contact, locale: &str) -> Subscriber {
    let id = key().id_of(&contact, Entropy([9; KEY_BYTES]));
    let wish = (vec!["search".to_owned(), "checkout".to_owned()], locale.to_owned());
    Subscriber::asked(id, contact, "n1".into(), wish, at(0))
}

fn confirmed(contact: Contact, locale: &str) -> Subscriber {
    let mut subscriber = asked(contact, locale);
    assert!(subscriber.confirm(at(60)));
    subscriber
}

fn components() -> Vec<PublishedComponent> {
    let component = |name: &str, title: &str| PublishedComponent {
        name: name.into(),
        title: title.into(),
        description: None,
        group: None,
        source: ComponentSource::Checks(vec![name.into()]),
        impact: Impact::MajorOutage,
        only_if_degraded: false,
        response_times: false,
    };
    vec![component("checkout", "Checkout"), component("search", "Search <beta>")]
}
