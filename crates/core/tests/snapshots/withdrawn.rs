//! A page that was taken down does not come back as a snapshot.

use breakwater_core::cache::snapshot::{Discoveries, Why};

use crate::discovery::seen;
use crate::shop::{Answer, Shop, page};

const RULE: &str = "[[snapshots]]\nmatch = \"/news/*\"\nevery = \"10m\"\nmax = 10\n";

fn shop() -> Shop {
    let mut shop = Shop::new(RULE);
    shop.put("/news/1", Answer { etag: Some("\"1\"".into()), ..page("news") });
    shop.keeper.see(&shop.site, &[seen("/news/1", Some("\"1\""))], shop.now);
    shop.rounds(1);
    shop.pass("10m");
    shop
}

fn answers(shop: &mut Shop, status: u16) {
    shop.put("/news/1", Answer { status, ..page("nothing here") });
}

#[test]
fn a_page_that_is_gone_is_deleted_at_its_next_turn() {
    let mut shop = shop();
    assert!(shop.visit("/news/1").is_some());
    answers(&mut shop, 410);
    shop.rounds(1);
    assert_eq!((shop.visit("/news/1"), shop.bucket.len()), (None, 0));
    assert_eq!(shop.refusal("/news/1"), Some((Why::Status(410), 1)));
}

#[test]
fn a_page_that_is_missing_is_asked_again_and_deleted_a_minute_later() {
    let mut shop = shop();
    answers(&mut shop, 404);
    shop.round();
    assert!(shop.visit("/news/1").is_some(), "it may be a mistake");
    shop.pass("50s");
    shop.round();
    assert!(shop.visit("/news/1").is_some(), "two sightings within a minute are one");
    shop.pass("10s");
    shop.round();
    assert_eq!((shop.visit("/news/1"), shop.bucket.len()), (None, 0));
}

#[test]
fn a_page_that_comes_back_begins_over() {
    let mut shop = shop();
    answers(&mut shop, 404);
    shop.round();
    shop.pass("60s");
    answers(&mut shop, 200);
    shop.round();
    shop.pass("10m");
    answers(&mut shop, 404);
    shop.round();
    assert!(shop.visit("/news/1").is_some(), "the first 404 counts no longer");
    shop.pass("60s");
    shop.round();
    assert_eq!(shop.visit("/news/1"), None);
    shop.pass("10m");
    answers(&mut shop, 200);
    shop.round();
    assert!(shop.visit("/news/1").is_some(), "it is back");
}

#[test]
fn other_trouble_withdraws_nothing_however_long_it_lasts() {
    for status in [401, 403, 429, 451, 500, 503] {
        let mut shop = shop();
        answers(&mut shop, status);
        for _ in 0..10 {
            shop.round();
            shop.pass("10m");
        }
        assert!(shop.visit("/news/1").is_some(), "{status}");
    }
}

#[test]
fn what_visitors_find_withdrawn_is_asked_in_the_next_round() {
    let mut shop = shop();
    shop.rounds(1);
    let before = shop.requests.len();
    let mut discoveries = Discoveries::default();
    discoveries.note_withdrawn(&shop.site.snapshots, "/news/1");
    discoveries.note_withdrawn(&shop.site.snapshots, "/news/2");
    let told = discoveries.poll(0, shop.now).expect("told at once");
    answers(&mut shop, 410);
    shop.keeper.see(&shop.site, &told, shop.now);
    shop.pass("60s");
    shop.round();
    assert_eq!(shop.requests.get(before..), Some(&["/news/1".to_string()][..]));
    assert_eq!((shop.visit("/news/1"), shop.bucket.len()), (None, 0));
}
