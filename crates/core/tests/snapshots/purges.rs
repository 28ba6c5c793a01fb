//! A purge takes effect at once, and work that was under way does not bring purged pages back.

use breakwater_core::base::pattern::Pattern;
use breakwater_core::cache::snapshot::{JobEnd, NextJob};

use crate::shop::{Shop, page};

const RULE: &str = "[[snapshots]]\nmatch = \"/\"\nevery = \"10m\"\n\
                    [[snapshots]]\nmatch = \"/about\"\nevery = \"10m\"\n";

fn shop() -> Shop {
    let mut shop = Shop::new(RULE);
    shop.put("/", page("home"));
    shop.put("/about", page("about"));
    shop
}

fn pattern(text: &str) -> Pattern {
    Pattern::parse(text).expect("a pattern")
}

#[test]
fn purged_pages_are_gone_and_are_fetched_again_in_the_next_round() {
    let mut shop = shop();
    shop.rounds(1);
    assert_eq!(shop.keeper.purge(&pattern("/about"), shop.now), 1);
    shop.sweep();
    assert_eq!((shop.visit("/about"), shop.visit("/").is_some()), (None, true));
    assert_eq!(shop.bucket.len(), 1);
    shop.put("/about", page("new"));
    shop.round();
    assert!(shop.visit("/about").unwrap().0.contains("new"));
    assert_eq!(shop.keeper.purge(&pattern("/*"), shop.now), 2);
    shop.sweep();
    assert!(shop.bucket.is_empty());
    assert_eq!(shop.keeper.purge(&pattern("/*"), shop.now), 0);
}

#[test]
fn what_was_fetched_before_a_purge_is_not_written_after_it() {
    let mut shop = shop();
    assert!(shop.keeper.begin_round(&shop.site, &mut shop.ledger, shop.now));
    let NextJob::Job(job) = shop.keeper.next_job(&shop.site, shop.now) else { panic!("no job") };
    shop.keeper.purge(&pattern("/*"), shop.now);
    let ended = shop.fetch(&job);
    assert!(shop.bucket.is_empty(), "the keeper does not store it");
    shop.keeper.finish(&shop.site, &job, ended, shop.now);
    assert_eq!(shop.kept(), [""; 0]);
}

#[test]
fn what_was_being_written_at_a_purge_is_deleted_after_it() {
    let mut shop = shop();
    assert!(shop.keeper.begin_round(&shop.site, &mut shop.ledger, shop.now));
    let NextJob::Job(job) = shop.keeper.next_job(&shop.site, shop.now) else { panic!("no job") };
    let ended = shop.fetch(&job);
    assert!(matches!(ended, JobEnd::Kept { .. }));
    shop.keeper.purge(&pattern("/*"), shop.now);
    shop.sweep();
    assert!(shop.keeper.is_settling(), "a purge is answered when this is over");
    shop.keeper.finish(&shop.site, &job, ended, shop.now);
    assert!(!shop.keeper.is_settling());
    shop.sweep();
    assert!(shop.bucket.is_empty());
}

#[test]
fn nothing_is_fetched_whose_object_is_yet_to_be_deleted() {
    let mut shop = shop();
    shop.rounds(1);
    shop.keeper.purge(&pattern("/about"), shop.now);
    assert!(shop.keeper.begin_round(&shop.site, &mut shop.ledger, shop.now));
    assert_eq!(shop.keeper.next_job(&shop.site, shop.now), NextJob::Done);
    shop.sweep();
    shop.pass("60s");
    shop.round();
    assert_eq!(shop.kept(), ["/", "/about"]);
}
