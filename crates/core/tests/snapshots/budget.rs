//! What snapshots cost at most.

use breakwater_core::site::budget::{snapshots_budget, snapshots_plan};
use breakwater_core::site::config::WatchRules;

use crate::shop::{Answer, Shop, page};

const PAGES: usize = 200;

fn shop() -> Shop {
    let mut shop = Shop::new(
        "[[snapshots]]\nmatch = \"/products/*\"\nsource = \"/sitemap.xml\"\nevery = \"1h\"\n\
         max = 200\nassets = false\n",
    );
    let url = |id| format!("<url><loc>https://shop.example/products/{id}</loc></url>");
    let sitemap = format!("<urlset>{}</urlset>", (0..PAGES).map(url).collect::<String>());
    shop.put("/sitemap.xml", Answer { content_type: "application/xml", body: sitemap, ..page("") });
    shop
}

/// The most that happened within an hour of the rounds of each minute.
fn most_in_an_hour(rounds: &[u32]) -> u32 {
    rounds.windows(60).map(|hour| hour.iter().sum()).max().unwrap_or_default()
}

#[test]
fn pages_that_traffic_shows_as_changed_each_minute_stay_within_the_budget_and_are_all_kept_fresh() {
    let mut shop = shop();
    let budget = snapshots_budget(&shop.site, &WatchRules::default()).0;
    let mut spent = Vec::new();
    let mut held = 0;
    for minute in 0..240 {
        for id in 0..PAGES {
            let path = format!("/products/{id}");
            let version = format!("v{minute}");
            shop.put(&path, Answer { etag: Some(version.clone()), ..page(&version) });
            shop.keeper.see(&shop.site, &[crate::discovery::seen(&path, Some(&version))], shop.now);
        }
        let tally = shop.round();
        held += tally.held;
        spent.push(tally.written + u32::from(tally.planned > 0));
        shop.pass("60s");
    }
    let most = most_in_an_hour(&spent);
    assert!(held > 0 && most <= budget.class_a_operations, "{most} of {budget:?}, {held} held");
    let last_hour = shop.requests.len() - 60 * (shop.requests.len() / 240);
    for id in 0..PAGES {
        let path = format!("/products/{id}");
        assert!(shop.requests[last_hour..].contains(&path), "{path} was forgotten");
    }
}

#[test]
fn what_is_planned_is_never_held_back() {
    let mut shop = shop();
    for id in 0..PAGES {
        shop.put(&format!("/products/{id}"), page(&format!("shirt {id}")));
    }
    let mut fetched = Vec::new();
    for _ in 0..180 {
        let tally = shop.round();
        assert_eq!(tally.held, 0);
        fetched.push(tally.fetched + u32::from(tally.planned > 0));
        shop.pass("60s");
    }
    let (most, plan) = (most_in_an_hour(&fetched[60..]), snapshots_plan(&shop.site));
    assert!(most <= plan.class_a_operations, "{most} of {plan:?}");
}
