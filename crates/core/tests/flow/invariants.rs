//! What holds for every flow and every site.

use breakwater_core::base::time::Millis;
use breakwater_core::watch::check::FlowRequest;
use proptest::prelude::*;

use super::{Answer, PASSWORD, SHOP, flow, run};

const TOKEN: &str = "zq-token/1";
const CSRF: &str = "zq+csrf=2";
const CART: &str = "zq cart 3";
const SESSION: &str = "zq-sess10n";
/// Values that no file, status or time has.
const SECRETS: [&str; 5] = [TOKEN, CSRF, CART, SESSION, PASSWORD];

/// What a site does with one request.
#[derive(Clone, Debug)]
struct Reaction {
    status: u16,
    location: Option<&'static str>,
    /// Whether it hands out what the flow looks for.
    hands_out: bool,
    hangs: Option<u64>,
}

fn reaction() -> impl Strategy<Value = Reaction> {
    let status = prop_oneof![6 => Just(200), 2 => Just(201), 1 => Just(302), 1 => 200..600u16];
    let location = prop_oneof![
        6 => Just(None),
        1 => Just(Some("/welcome")),
        1 => Just(Some("")),
        1 => Just(Some("https://shop.example/login?code=zq-sess10n")),
        1 => Just(Some("https://evil.example/")),
    ];
    let hangs = prop::option::weighted(0.05, 0..25_000u64);
    (status, location, prop::bool::weighted(0.9), hangs).prop_map(
        |(status, location, hands_out, hangs)| Reaction { status, location, hands_out, hangs },
    )
}

/// Hands out what the steps of [`SHOP`] look for, and repeats all that it was ever sent.
fn react(reaction: &Reaction, request: &FlowRequest, sent: &mut Vec<String>) -> Answer {
    sent.push([&request.url, "\n", &request.fields].concat());
    sent.extend(request.body.clone());
    let repeated = sent.join(" ");
    let of_path = |path: &str| reaction.hands_out && request.url.ends_with(path);
    let mut body = repeated.clone();
    let mut fields = format!("server: {}", repeated.replace('\n', " "));
    if let Some(location) = reaction.location {
        fields += &format!("\nlocation: {location}");
    }
    if of_path("/login") {
        body += &format!("<input name=\"csrf\" value=\"{CSRF}\">");
        fields += &format!("\nset-cookie: session={SESSION}; Path=/\nx-token: {TOKEN}");
    }
    if of_path("/cart") {
        body = format!("{{\"id\": \"{CART}\", \"sent\": {repeated:?}}}");
    }
    Answer { status: reaction.status, fields, body, hangs: reaction.hangs.map(Millis::new) }
}

proptest! {
    #[test]
    fn requests_are_bounded_and_what_is_secret_is_kept_nowhere(
        reactions in prop::collection::vec(reaction(), 1..12),
    ) {
        let flow = flow(SHOP);
        let (mut reactions, mut sent) = (reactions.iter().cycle(), Vec::new());
        let (asked, found) = run(&flow, |request| {
            react(reactions.next().expect("there is one"), request, &mut sent)
        });
        let most: usize = flow.1.iter().map(|step| step.requests_max()).sum();
        prop_assert!(asked.len() <= most);
        prop_assert!(found.took <= flow.0.timeout, "{:?}", found.took);
        prop_assert!(asked.iter().all(|it| it.url.starts_with("https://shop.example/")));
        let kept = serde_json::to_string(&found).unwrap();
        for secret in SECRETS {
            let escaped = secret.replace('/', "%2F").replace('+', "%2B").replace(' ', "%20");
            for form in [secret, &escaped, &secret.replace('"', "\\\"")] {
                prop_assert!(!kept.contains(form), "{form} is in {kept}");
            }
        }
    }
}

/// The property says nothing if no run gets far.
#[test]
fn a_site_that_repeats_everything_still_lets_the_flow_end() {
    let well = Reaction { status: 200, location: None, hands_out: true, hangs: None };
    let mut sent = Vec::new();
    let (asked, found) = run(&flow(SHOP), |request| react(&well, request, &mut sent));
    assert_eq!(asked.len(), 5, "{:?}", found.reasons);
    assert!(SECRETS.iter().all(|it| sent.join(" ").contains(it) || *it == PASSWORD || *it == CART));
}
