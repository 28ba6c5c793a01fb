//! The answers that may replace a good snapshot, and those that never do.

use breakwater_core::base::share::Share;
use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::cache::snapshot::assets::AssetKind;
use breakwater_core::cache::snapshot::judge::{Demands, judge};
use breakwater_core::cache::snapshot::{Fetched, Good, Hash, StoredSnapshot, Task, Why};
use breakwater_core::cache::tag_purge::SnapshotTags;

const PAGE: &[u8] = b"<!doctype html><html><body>StolenTee sells shirts</body></html>\n";
const HTML: &str = "text/html; charset=utf-8";

const DEMANDS: Demands<'static> = Demands {
    task: Task::Page,
    path: "/products/1",
    marker: Some("StolenTee"),
    min_share: Share::from_basis_points(5_000),
    max_bytes: 1_000,
    last: None,
};

fn held() -> StoredSnapshot {
    StoredSnapshot {
        hash: Hash::of_digest(&[7; 32]).expect("32 bytes"),
        fields: 1,
        size: PAGE.len() as u64,
        content_type: HTML.into(),
        etag: None,
        vary: Vec::new(),
        closes: true,
        made: Timestamp::from_millis(1),
        checked: Timestamp::from_millis(1),
        read: Timestamp::from_millis(1),
        tags: SnapshotTags::default(),
    }
}

fn page(body: &[u8]) -> Fetched<'_> {
    Fetched { status: 200, content_type: Some(HTML), body, ..Fetched::default() }
}

/// Checks that an answer is refused, with and without a last good one. The comparison with a last
/// good one is left out for reasons that need one.
#[track_caller]
fn refused(fetched: Fetched<'_>, why: Why) {
    let held = held();
    let told = judge(&Demands { last: Some(&held), ..DEMANDS }, &fetched);
    assert_eq!(told, Err(why.clone()), "{why}");
    if !matches!(why, Why::Shrank { .. } | Why::Unfinished) {
        assert_eq!(judge(&DEMANDS, &fetched), Err(why.clone()), "{why}");
    }
}

#[test]
fn a_good_page_is_kept_with_what_it_says() {
    let fetched = Fetched {
        content_length: Some(PAGE.len() as u64),
        age: Some("90"),
        etag: Some("\"v1\""),
        surrogate_key: Some("post-7"),
        vary: Some("RSC, Accept-Encoding, rsc"),
        cache_control: Some("public, max-age=60, s-maxage=60, must-revalidate"),
        ..page(PAGE)
    };
    let good = Good {
        size: PAGE.len() as u64,
        content_type: HTML.into(),
        etag: Some("\"v1\"".into()),
        age: Millis::from_secs(90),
        vary: vec!["rsc".into()],
        closes: true,
        tags: SnapshotTags::of(Some("post-7"), None),
    };
    let held = held();
    assert_eq!(judge(&DEMANDS, &fetched), Ok(good.clone()));
    assert_eq!(judge(&Demands { last: Some(&held), ..DEMANDS }, &fetched), Ok(good));
}

#[test]
fn an_answer_that_is_no_200_never_displaces_one() {
    for status in [204, 206, 301, 302, 304, 400, 401, 403, 404, 410, 429, 500, 502, 503, 504] {
        refused(Fetched { status, ..page(PAGE) }, Why::Status(status));
    }
}

#[test]
fn an_error_page_with_status_200_lacks_the_marker() {
    refused(page(b"<html><body>An error occurred, please try again.</body></html>"), Why::NoMarker);
    refused(
        page(b"<html><body>stolentee in small letters is no marker</body></html>"),
        Why::NoMarker,
    );
}

#[test]
fn a_truncated_body_never_displaces_one() {
    let cut = &PAGE[..PAGE.len() - 20];
    let read = cut.len() as u64;
    let expected = Some(PAGE.len() as u64);
    refused(Fetched { content_length: expected, ..page(cut) }, Why::Truncated { read, expected });
    let longer = Fetched { content_length: Some(5), ..page(cut) };
    refused(longer, Why::Truncated { read, expected: Some(5) });
    // A chunked body that ends properly shows no sign of truncation, except that the page does not
    // end as the last good one did.
    refused(page(cut), Why::Unfinished);
}

#[test]
fn an_empty_body_never_displaces_one() {
    refused(page(b""), Why::Empty);
    refused(Fetched { content_length: Some(0), ..page(b"") }, Why::Empty);
}

#[test]
fn a_body_that_shrank_below_the_share_never_displaces_one() {
    let small = b"StolenTee</html>";
    let was = PAGE.len() as u64;
    refused(page(small), Why::Shrank { size: small.len() as u64, was });
    let held = held();
    let demands = Demands { last: Some(&held), ..DEMANDS };
    let half = [&PAGE[PAGE.len() / 2 - 16..]].concat();
    assert_eq!(half.len() as u64, was / 2 + 16);
    let marked = [b"StolenTee", half.as_slice()].concat();
    assert!(judge(&demands, &page(&marked)).is_ok());
    let exactly = Demands { min_share: Share::ALL, ..demands };
    assert!(judge(&exactly, &page(PAGE)).is_ok());
    let less = [&PAGE[1..]].concat();
    assert!(matches!(judge(&exactly, &page(&less)), Err(Why::Shrank { .. })));
    assert!(judge(&Demands { min_share: Share::NONE, ..demands }, &page(small)).is_ok());
}

#[test]
fn another_type_never_displaces_one() {
    for content_type in ["application/json", "text/plain", "text/html-x", ""] {
        let told = judge(
            &Demands { last: Some(&held()), ..DEMANDS },
            &Fetched { content_type: Some(content_type), ..page(PAGE) },
        );
        assert_eq!(told, Err(Why::ContentType(content_type.into())));
    }
    let same = Fetched { content_type: Some("TEXT/HTML"), ..page(PAGE) };
    assert!(judge(&Demands { last: Some(&held()), ..DEMANDS }, &same).is_ok());
}

#[test]
fn what_only_some_visitors_could_read_never_displaces_one() {
    for coding in ["zstd", "compress", "x-gzip", "gzip, br"] {
        refused(Fetched { content_encoding: Some(coding), ..page(PAGE) }, Why::Coding);
    }
    for coding in ["gzip", "br", "identity"] {
        let fetched = Fetched { content_encoding: Some(coding), ..page(PAGE) };
        assert!(judge(&DEMANDS, &fetched).is_ok(), "{coding}");
    }
}

#[test]
fn what_belongs_to_one_visitor_never_displaces_one() {
    refused(Fetched { sets_cookie: true, ..page(PAGE) }, Why::SetsCookie);
    for field in ["private", "no-store", "max-age=9, No-Store", "private=\"x\""] {
        refused(Fetched { cache_control: Some(field), ..page(PAGE) }, Why::Forbidden);
    }
    let nine = "a, b, c, d, e, f, g, h, i";
    for field in ["Authorization", "*", "rsc, Accept-Language", "user-agent", nine] {
        refused(Fetched { vary: Some(field), ..page(PAGE) }, Why::Varies);
    }
    // It was asked for without cookies, and is for who sends none.
    let good = judge(&DEMANDS, &Fetched { vary: Some("Cookie"), ..page(PAGE) }).unwrap();
    assert_eq!(good.vary, ["cookie"]);
}

#[test]
fn what_is_too_large_is_refused() {
    refused(page(&[b'a'; 1_001]), Why::TooLarge);
}

#[test]
fn the_type_is_what_the_path_promises() {
    let html = page(PAGE);
    for (task, path, content_type, is_fit) in [
        (Task::Page, "/a", "text/html", true),
        (Task::Page, "/a", "application/json", true),
        (Task::Page, "/a", "application/ld+json", true),
        (Task::Page, "/feed", "application/rss+xml", true),
        (Task::Page, "/a", "image/png", false),
        (Task::Page, "/a", "", false),
        (Task::Page, "/a.css", "text/html", false),
        (Task::Page, "/a.css", "text/css", true),
        (Task::Page, "/a.json?b.html", "text/html", false),
        (Task::Page, "/v1.2/about", "text/html", true),
        (Task::Page, "/robots.txt", "text/html", false),
        (Task::Asset(AssetKind::Style), "/a", "text/css; charset=utf-8", true),
        (Task::Asset(AssetKind::Style), "/a.css", "text/html", false),
        (Task::Asset(AssetKind::Script), "/a.js", "text/javascript", true),
        (Task::Asset(AssetKind::Script), "/a.js", "application/javascript", true),
        (Task::Asset(AssetKind::Script), "/a.js", "text/html", false),
        (Task::Asset(AssetKind::Image), "/a", "image/webp", true),
        (Task::Asset(AssetKind::Image), "/a.png", "text/html", false),
    ] {
        let demands = Demands { task, path, marker: None, ..DEMANDS };
        let told = judge(&demands, &Fetched { content_type: Some(content_type), ..html });
        assert_eq!(told.is_ok(), is_fit, "{task:?} {path} {content_type}: {told:?}");
    }
}

#[test]
fn only_pages_need_the_marker() {
    let asset = Demands { task: Task::Asset(AssetKind::Style), path: "/a.css", ..DEMANDS };
    let style = Fetched { content_type: Some("text/css"), ..page(b"a { color: red }") };
    assert!(judge(&asset, &style).is_ok());
}

#[test]
fn only_what_fails_for_all_paths_is_sickness() {
    for (why, is_sick) in [
        (Why::Status(500), true),
        (Why::Status(503), true),
        (Why::Status(429), true),
        (Why::Status(404), false),
        (Why::TimedOut, true),
        (Why::Unreachable, true),
        (Why::CircuitOpen, true),
        (Why::NoMarker, false),
        (Why::Truncated { read: 1, expected: None }, false),
    ] {
        assert_eq!(why.is_sick(), is_sick, "{why}");
    }
}
