//! Whole rounds: which pages are fetched and when, which are stored, and which of them visitors
//! get.

use breakwater_core::base::time::Millis;
use breakwater_core::cache::snapshot::plan::{
    AT_ONCE_MAX, CONNECTIONS_MAX, OVERHEAD, ROUND_WORK_MAX,
};
use breakwater_core::cache::snapshot::{JobEnd, NextJob, PlatformPlan, Task, Why};

use crate::shop::{Answer, Shop, page};

const PRODUCTS: &str = "[[snapshots]]\nmatch = \"/products/*\"\nevery = \"10m\"\nmax = 500\n\
                        source = \"/sitemap.xml\"\n";
const HOME: &str = "[[snapshots]]\nmatch = \"/\"\nevery = \"10m\"\nmarker = \"Shop\"\n";

fn shop_with_products(count: usize) -> Shop {
    with_products(Shop::new(PRODUCTS), count)
}

fn with_products(mut shop: Shop, count: usize) -> Shop {
    let mut sitemap = String::from("<urlset>");
    for id in 0..count {
        shop.put(&format!("/products/{id}"), page(&format!("shirt {id}")));
        sitemap += &format!("<url><loc>https://shop.example/products/{id}</loc></url>");
    }
    sitemap += "</urlset>";
    shop.put("/sitemap.xml", Answer { content_type: "application/xml", body: sitemap, ..page("") });
    shop
}

#[test]
fn a_dead_shop_answers_from_what_was_kept_with_its_true_age() {
    let mut shop = Shop::new(HOME);
    shop.put("/", page("home"));
    assert_eq!(shop.visit("/"), None);
    shop.round();
    shop.is_dead = true;
    shop.pass("90s");
    let (body, age) = shop.visit("/").unwrap();
    assert_eq!((body.as_str(), age), ("<html><body>Shop home</body></html>", 90));
    assert!(shop.visit("/?utm_source=mail").is_some());
    assert_eq!(shop.visit("/?page=2"), None);
    assert_eq!(shop.visit("/other"), None);
}

#[test]
fn a_page_that_did_not_change_is_written_once_and_gets_younger() {
    let mut shop = Shop::new(HOME);
    shop.put("/", page("home"));
    let tallies: Vec<_> = (0..10)
        .map(|_| {
            let tally = shop.round();
            shop.pass("60s");
            tally
        })
        .collect();
    let written: u32 = tallies.iter().map(|tally| tally.written).sum();
    let unchanged: u32 = tallies.iter().map(|tally| tally.unchanged).sum();
    assert_eq!((written, unchanged), (1, 1), "it is read again once in ten minutes");
    assert!(shop.visit("/").unwrap().1 < 360, "the second fetch was in the last half of them");
}

#[test]
fn a_validator_saves_the_body_for_a_day() {
    let mut shop = Shop::new(HOME);
    shop.put("/", Answer { etag: Some("\"1\"".into()), ..page("home") });
    shop.rounds(200);
    let entry = shop.keeper.known().entry("/").unwrap();
    let held = entry.held.as_ref().unwrap();
    assert_eq!(held.read, held.made, "it was read whole once");
    assert!(held.checked > held.made);
    shop.rounds(24 * 60);
    let held = shop.keeper.known().entry("/").unwrap().held.clone().unwrap();
    assert!(held.read > held.made, "and again after a day");
}

#[test]
fn five_hundred_pages_are_fetched_within_their_interval_inside_the_limits() {
    let mut shop = shop_with_products(500);
    let limits = PlatformPlan::Paid.limits();
    let mut fetched = Vec::new();
    for _ in 0..60 {
        let tally = shop.round();
        assert!(tally.fetched <= limits.per_round && tally.at_once <= limits.at_once);
        assert_eq!((tally.left, tally.refused), (0, 0));
        let subrequests = tally.fetched + tally.written + tally.deleted + OVERHEAD;
        assert!(subrequests <= PlatformPlan::Paid.subrequests());
        fetched.push(tally.fetched);
        shop.pass("60s");
    }
    assert_eq!(shop.kept().len(), 500);
    let oldest = shop.keeper.known().entries().map(|entry| entry.planned).min().flatten();
    assert!(shop.now.since(oldest.unwrap()) <= Millis::from_secs(600));
    let late: u32 = fetched[50..].iter().sum();
    assert!((500..=800).contains(&late), "ten rounds fetch each path once or twice: {late}");
    assert!(fetched[50..].iter().all(|round| *round < 120), "{:?}", &fetched[50..]);
}

#[test]
fn the_free_plan_stays_within_fifty_subrequests() {
    let rules = PRODUCTS.replace("500", "60").replace("10m", "15m");
    let mut shop = with_products(Shop::with("plan = \"free\"", &rules), 60);
    let mut fetched = 0;
    for minute in 0..60 {
        let tally = shop.round();
        let subrequests = tally.fetched + tally.written + tally.deleted + OVERHEAD;
        assert!(subrequests <= PlatformPlan::Free.subrequests(), "{tally:?}");
        fetched += if minute < 30 { 0 } else { tally.fetched };
        shop.pass("60s");
    }
    assert_eq!(shop.kept().len(), 60);
    assert!(
        (120..200).contains(&fetched),
        "half an hour fetches each path two or three times: {fetched}"
    );
}

#[test]
fn the_number_of_jobs_under_way_is_limited() {
    let mut shop = shop_with_products(20);
    shop.round();
    shop.pass("60s");
    assert!(shop.keeper.begin_round(&shop.site, &mut shop.ledger, shop.now));
    let mut jobs = Vec::new();
    while let NextJob::Job(job) = shop.keeper.next_job(&shop.site, shop.now) {
        jobs.push(job);
    }
    assert_eq!(jobs.len(), AT_ONCE_MAX as usize);
    const { assert!(AT_ONCE_MAX < CONNECTIONS_MAX) };
    assert_eq!(shop.keeper.next_job(&shop.site, shop.now), NextJob::Wait);
    shop.work(&jobs.remove(0));
    assert!(matches!(shop.keeper.next_job(&shop.site, shop.now), NextJob::Job(_)));
}

#[test]
fn a_sick_upstream_is_left_alone_after_three_failures() {
    let mut shop = shop_with_products(100);
    shop.rounds(2);
    shop.requests.clear();
    shop.is_dead = true;
    shop.pass("20m");
    let tally = shop.round();
    // The jobs that were under way when the third one failed are fetched too.
    assert!((3..3 + AT_ONCE_MAX).contains(&tally.fetched), "{tally:?}");
    assert_eq!(tally.left, tally.planned - tally.fetched);
    assert_eq!(shop.kept().len(), 100, "nothing is lost");
    // Each round tries other paths first.
    let before = shop.requests.clone();
    shop.pass("60s");
    shop.round();
    assert!(shop.requests[before.len()..].iter().all(|path| !before.contains(path)));
    // The paths that failed wait for their next turn.
    shop.is_dead = false;
    shop.rounds(12);
    assert!(shop.keeper.known().entries().all(|entry| entry.refused.is_none()));
}

#[test]
fn an_open_circuit_ends_the_upstreams_round_at_once_and_no_others() {
    let mut shop = Shop::new(
        "[[snapshots]]\nmatch = \"/api/*\"\nevery = \"10m\"\nsource = \"/api/sitemap.xml\"\n\
         [[snapshots]]\nmatch = \"/\"\nevery = \"10m\"\n\
         [[snapshots]]\nmatch = \"/about\"\nevery = \"10m\"\n",
    );
    shop.put("/", page("home"));
    shop.put("/about", page("about"));
    assert!(shop.keeper.begin_round(&shop.site, &mut shop.ledger, shop.now));
    while let next = shop.keeper.next_job(&shop.site, shop.now)
        && next != NextJob::Done
    {
        let NextJob::Job(job) = next else { panic!("nothing is under way") };
        if job.path == "/api/sitemap.xml" || job.path == "/" {
            let refused = JobEnd::Refused(Why::CircuitOpen);
            shop.keeper.finish(&shop.site, &job, refused, shop.now);
        } else {
            panic!("`{}` has the upstream of `/`", job.path);
        }
    }
    assert_eq!(shop.keeper.tally().unwrap().left, 1);
}

#[test]
fn a_round_ends_when_its_time_is_up_and_the_next_goes_on() {
    let mut shop = shop_with_products(50);
    shop.round();
    shop.pass("60s");
    assert!(shop.keeper.begin_round(&shop.site, &mut shop.ledger, shop.now));
    let NextJob::Job(job) = shop.keeper.next_job(&shop.site, shop.now) else { panic!("no job") };
    shop.now = shop.now + ROUND_WORK_MAX + Millis::new(1);
    assert_eq!(shop.keeper.next_job(&shop.site, shop.now), NextJob::Wait);
    assert!(
        !shop.keeper.begin_round(&shop.site, &mut shop.ledger, shop.now),
        "one round at a time"
    );
    shop.work(&job);
    assert_eq!(shop.keeper.next_job(&shop.site, shop.now), NextJob::Done);
    shop.pass("15s");
    assert_eq!(shop.round().planned, 49);
}

#[test]
fn a_round_that_was_cut_short_does_not_stop_the_next() {
    let mut shop = shop_with_products(5);
    shop.round();
    shop.pass("60s");
    assert!(shop.keeper.begin_round(&shop.site, &mut shop.ledger, shop.now));
    let NextJob::Job(lost) = shop.keeper.next_job(&shop.site, shop.now) else { panic!("no job") };
    shop.pass("60s");
    assert!(!shop.keeper.begin_round(&shop.site, &mut shop.ledger, shop.now));
    shop.pass("60s");
    assert_eq!(shop.round().planned, 4, "all but the one that was lost, whose turn was taken");
    shop.work(&lost);
    assert_eq!(shop.kept().len(), 4, "a late outcome counts nowhere");
}

#[test]
fn a_page_that_is_too_old_is_served_no_more_and_deleted() {
    let mut shop = Shop::new(&format!("{HOME}max_age = \"1h\"\n"));
    shop.put("/", page("home"));
    shop.round();
    shop.is_dead = true;
    shop.pass("1h");
    assert!(shop.visit("/").is_some());
    shop.pass("1ms");
    assert_eq!(shop.visit("/"), None);
    shop.round();
    assert!(shop.bucket.is_empty());
    // After that, any good page may take its place, even a small one.
    shop.is_dead = false;
    shop.put("/", page(""));
    shop.pass("10m");
    shop.round();
    assert!(shop.visit("/").is_some());
}

#[test]
fn a_bad_answer_is_reported_and_does_not_displace_a_good_page() {
    let mut shop = Shop::new(HOME);
    shop.put("/", page("home"));
    shop.round();
    let good = shop.bucket.clone();
    for (answer, why) in [
        (Answer { status: 500, ..page("home") }, Why::Status(500)),
        (Answer { body: String::new(), ..page("") }, Why::Empty),
        (Answer { body: "<html>An error</html>".into(), ..page("") }, Why::NoMarker),
        (Answer { cache_control: "private", ..page("home") }, Why::Forbidden),
    ] {
        shop.put("/", answer);
        shop.pass("10m");
        shop.round();
        assert_eq!(shop.refusal("/"), Some((why.clone(), 1)), "{why}");
        shop.pass("10m");
        shop.round();
        assert_eq!(shop.refusal("/"), Some((why.clone(), 2)), "{why}");
        assert_eq!(shop.bucket, good, "{why}");
        assert!(shop.visit("/").is_some());
        shop.put("/", page("home"));
        shop.pass("10m");
        shop.round();
        assert_eq!(shop.refusal("/"), None);
    }
}

#[test]
fn a_rule_that_is_gone_takes_its_pages_along() {
    let mut shop = shop_with_products(3);
    shop.rounds(2);
    assert_eq!(shop.bucket.len(), 3);
    shop.site = Shop::new(HOME).site;
    shop.put("/", page("home"));
    shop.round();
    assert_eq!(shop.kept(), ["/"]);
    assert_eq!(shop.bucket.keys().collect::<Vec<_>>(), ["1/"]);
    assert!(shop.keeper.known().sources().is_empty());
}

#[test]
fn a_refresh_asks_for_what_a_visitor_would_get() {
    let mut shop = Shop::new(HOME);
    assert!(shop.keeper.begin_round(&shop.site, &mut shop.ledger, shop.now));
    let NextJob::Job(job) = shop.keeper.next_job(&shop.site, shop.now) else { panic!("no job") };
    assert_eq!((job.task, job.path.as_str(), job.if_none_match), (Task::Page, "/", None));
    assert_eq!(job.max_bytes, 1024 * 1024);
}
