//! The sources of paths, and which paths keep their place when there is no room for all.

use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::cache::snapshot::assets::AssetKind;
use breakwater_core::cache::snapshot::sitemap::NoSitemap;
use breakwater_core::cache::snapshot::{Discovered, Discoveries, NamedBy, Task, Why};

use crate::shop::{Answer, Shop, asset, page};

fn rule(max: u32) -> String {
    format!(
        "[[snapshots]]\nmatch = \"/products/*\"\nevery = \"10m\"\nmax = {max}\n\
         source = \"/sitemap.xml\"\n"
    )
}

fn xml(body: &str) -> Answer {
    Answer { content_type: "application/xml", body: body.into(), ..page("") }
}

fn urls(paths: &[&str]) -> Answer {
    let urls: String = paths
        .iter()
        .map(|path| format!("<url><loc>https://shop.example{path}</loc></url>"))
        .collect();
    xml(&format!("<urlset>{urls}</urlset>"))
}

pub(crate) fn seen(path: &str, etag: Option<&str>) -> Discovered {
    Discovered { path: path.into(), etag: etag.map(Into::into) }
}

#[test]
fn a_sitemap_names_pages_and_an_index_names_sitemaps_one_level_deep() {
    let mut shop = Shop::new(&rule(10));
    let index = "<sitemapindex><sitemap><loc>https://shop.example/a.xml</loc></sitemap>\
                 <sitemap><loc>https://shop.example/b.xml</loc></sitemap></sitemapindex>";
    shop.put("/sitemap.xml", xml(index));
    shop.put("/a.xml", urls(&["/products/1", "/about"]));
    shop.put("/b.xml", xml(index));
    shop.put("/products/1", page("one"));
    shop.round();
    assert_eq!(shop.requests, ["/sitemap.xml", "/a.xml", "/b.xml"]);
    shop.pass("60s");
    shop.round();
    assert_eq!(shop.kept(), ["/products/1"]);
    assert_eq!(shop.requests.len(), 4, "an index inside of an index is not followed");
}

#[test]
fn a_sitemap_that_cannot_be_read_is_told_and_loses_nothing() {
    let mut shop = Shop::new(&rule(10));
    shop.put("/sitemap.xml", urls(&["/products/1"]));
    shop.put("/products/1", page("one"));
    shop.rounds(2);
    shop.put("/sitemap.xml", page("an error"));
    let before = shop.requests.len();
    shop.rounds(60);
    let source = &shop.keeper.known().sources()[0];
    let refused = source.refused.as_ref().unwrap();
    assert_eq!(refused.why, Why::NoSitemap(NoSitemap::NoRoot));
    assert_eq!(shop.kept(), ["/products/1"]);
    let read = shop.requests[before..].iter().filter(|path| *path == "/sitemap.xml");
    assert!((12..=30).contains(&read.clone().count()), "every few minutes: {}", read.count());
    shop.put("/sitemap.xml", urls(&["/products/1"]));
    shop.rounds(10);
    let before = shop.requests.len();
    shop.rounds(60);
    let read = shop.requests[before..].iter().filter(|path| *path == "/sitemap.xml");
    assert!((2..=3).contains(&read.clone().count()), "every half hour: {}", read.count());
}

#[test]
fn a_page_brings_along_what_it_needs_once() {
    let mut shop = Shop::new("[[snapshots]]\nmatch = \"/\"\nevery = \"10m\"\n");
    let needs = "<link rel=stylesheet href=/a.css><script src=/b.js></script><img src=/c.svg>\
                 <img src=/account/face.png><img src=https://cdn.example/d.png>";
    shop.put("/", page(needs));
    shop.put("/a.css", asset("text/css", "a {}"));
    shop.put("/b.js", asset("text/javascript", "b()"));
    shop.put("/c.svg", asset("image/svg+xml", "<svg/>"));
    shop.rounds(2);
    assert_eq!(shop.kept(), ["/", "/a.css", "/b.js", "/c.svg"]);
    assert_eq!(shop.keeper.known().entry("/c.svg").unwrap().task, Task::Asset(AssetKind::Image));
    shop.is_dead = true;
    assert_eq!(shop.visit("/a.css").unwrap().0, "a {}");
    shop.is_dead = false;
    shop.rounds(25);
    let fetched =
        |shop: &Shop, path: &str| shop.requests.iter().filter(|known| *known == path).count();
    assert_eq!(fetched(&shop, "/a.css"), 1, "an asset is not fetched again for half an hour");
    assert!(fetched(&shop, "/") > 2);
    shop.rounds(35);
    assert_eq!(fetched(&shop, "/a.css"), 2, "and once more before the hour is over");
}

#[test]
fn a_rule_may_leave_assets_out() {
    let mut shop = Shop::new("[[snapshots]]\nmatch = \"/\"\nevery = \"10m\"\nassets = false\n");
    shop.put("/", page("<link rel=stylesheet href=/a.css>"));
    shop.rounds(2);
    assert_eq!(shop.requests, ["/"]);
}

#[test]
fn an_error_page_in_place_of_an_asset_is_not_kept() {
    let mut shop = Shop::new("[[snapshots]]\nmatch = \"/\"\nevery = \"10m\"\n");
    shop.put("/", page("<link rel=stylesheet href=/a.css>"));
    shop.put("/a.css", page("not found, but 200"));
    shop.rounds(2);
    assert_eq!(shop.refusal("/a.css"), Some((Why::ContentType("text/html".into()), 1)));
}

#[test]
fn public_traffic_names_pages_that_rules_name() {
    let mut shop = Shop::new(&rule(2));
    shop.put("/products/1", page("one"));
    let sightings = [
        seen("/products/1", None),
        seen("/about", None),
        seen("/account/orders", None),
        seen("/products/2?page=3", None),
    ];
    shop.keeper.see(&shop.site, &sightings, shop.now);
    let named: Vec<_> = shop.keeper.known().entries().map(|entry| entry.path.as_str()).collect();
    assert_eq!(named, ["/products/1"]);
    shop.round();
    assert_eq!(shop.kept(), ["/products/1"]);
}

#[test]
fn a_changed_validator_in_traffic_brings_the_page_in_the_next_round() {
    let mut shop = Shop::new(&rule(2));
    let version = |etag: &str| Answer { etag: Some(etag.into()), ..page(etag) };
    shop.put("/products/1", version("v1"));
    shop.keeper.see(&shop.site, &[seen("/products/1", Some("v1"))], shop.now);
    shop.rounds(2);
    shop.put("/products/1", version("v2"));
    shop.keeper.see(&shop.site, &[seen("/products/1", Some("v1"))], shop.now);
    shop.round();
    assert!(shop.visit("/products/1").unwrap().0.contains("v1"), "nothing new was seen");
    shop.pass("60s");
    shop.keeper.see(&shop.site, &[seen("/products/1", Some("v2"))], shop.now);
    shop.round();
    assert!(shop.visit("/products/1").unwrap().0.contains("v2"));
}

#[test]
fn visitors_cannot_crowd_out_what_the_sitemap_names() {
    let mut shop = Shop::new(&rule(3));
    let flood: Vec<_> = (0..50).map(|id| seen(&format!("/products/x{id}"), None)).collect();
    shop.keeper.see(&shop.site, &flood, shop.now);
    assert_eq!(shop.keeper.known().entries().count(), 3);
    shop.put("/sitemap.xml", urls(&["/products/1", "/products/2", "/products/3", "/products/4"]));
    for id in 1..5 {
        shop.put(&format!("/products/{id}"), page("a"));
    }
    shop.rounds(2);
    assert_eq!(shop.kept(), ["/products/1", "/products/2", "/products/3"], "the first of them");
    shop.keeper.see(&shop.site, &flood, shop.now);
    shop.rounds(2);
    assert_eq!(shop.kept().len(), 3);
    assert!(shop.keeper.known().entries().all(|entry| entry.named_by == NamedBy::Sitemap));
}

#[test]
fn what_a_sitemap_names_no_more_makes_room_after_days_and_not_before() {
    let mut shop = Shop::new(&rule(1));
    shop.put("/products/1", page("one"));
    shop.put("/products/2", page("two"));
    shop.put("/sitemap.xml", urls(&["/products/1"]));
    shop.rounds(2);
    shop.put("/sitemap.xml", urls(&["/products/2"]));
    shop.rounds(120);
    assert_eq!(shop.kept(), ["/products/1"]);
    shop.pass("3d");
    shop.rounds(31);
    assert_eq!(shop.kept(), ["/products/2"]);
    assert_eq!(shop.bucket.keys().collect::<Vec<_>>(), ["1/products/2"]);
}

#[test]
fn a_path_from_traffic_that_never_is_good_is_given_up() {
    let mut shop = Shop::new(&rule(5));
    shop.keeper.see(&shop.site, &[seen("/products/none", None)], shop.now);
    shop.rounds(60);
    assert_eq!(shop.keeper.known().entries().count(), 0);
    let tries = shop.requests.iter().filter(|path| path.ends_with("none")).count();
    assert_eq!(tries, 5);
}

#[test]
fn an_isolate_tells_each_page_once_and_a_change_again() {
    let site = Shop::new(&rule(5)).site;
    let mut sightings = Discoveries::default();
    let at = |minutes: u64| Timestamp::from_millis(minutes * 60_000);
    assert_eq!(sightings.poll(0, at(0)), None);
    sightings.note(&site.snapshots, "/products/1", Some("v1"));
    sightings.note(&site.snapshots, "/about", None);
    assert_eq!(sightings.poll(0, at(0)), Some(vec![seen("/products/1", Some("v1"))]));
    sightings.note(&site.snapshots, "/products/1", Some("v1"));
    assert_eq!(sightings.poll(0, at(60)), None, "nothing new");
    sightings.note(&site.snapshots, "/products/1", Some("v2"));
    assert_eq!(sightings.poll(u32::MAX, at(60)), Some(vec![seen("/products/1", Some("v2"))]));
    sightings.note(&site.snapshots, "/products/2", None);
    assert_eq!(sightings.poll(0, at(67)), None, "five minutes, and half as much by chance");
    assert!(sightings.poll(0, at(68)).is_some());
}

#[test]
fn what_an_isolate_remembers_and_tells_is_bounded() {
    let site = Shop::new(&rule(5)).site;
    let mut sightings = Discoveries::default();
    let mut told = 0;
    for minute in 0..200 {
        for id in 0..200 {
            sightings.note(&site.snapshots, &format!("/products/{minute}-{id}"), None);
        }
        let now = Timestamp::from_millis(0) + Millis::from_secs(minute * 600);
        let list = sightings.poll(7, now).unwrap();
        assert!(list.len() <= 50);
        told += list.len();
    }
    assert_eq!(told, 200 * 50);
}
