//! What `explain` says of pages, of what they load, and of a whole site.

#![cfg(feature = "toml")]

use std::collections::BTreeMap;

use breakwater_core::base::fields::Fields;
use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::site::config::parse;
use breakwater_core::site::explain::{
    Explained, RedirectTarget, SiteWalk, Survival, SurvivalAudience, WALK_CONCURRENT_MAX,
    WalkAnswer, WalkOptions, WalkStep, WalkSummary,
};

const SITE: &str = r#"
[site]
name = "Shop"
host = "shop.example"
[upstreams.web]
origin = "http://localhost:3000"
host = "site"
[upstreams.office]
origin = "http://localhost:3000"
[[routes]]
match = "/admin/*"
upstream = "office"
private = true
[[routes]]
match = "/api/*"
upstream = "web"
[[routes]]
match = "/isr/*"
upstream = "web"
override_cache_control = true
degrade = { stale_if_error = "24h" }
[[routes]]
match = "/*"
upstream = "web"
degrade = { stale_if_error = "24h" }
[[snapshots]]
match = "/kept"
every = "10m"
"#;

/// Answers by path: a status, fields, and a body.
type Site = BTreeMap<String, (u16, String, String)>;

fn answers(list: &[(&str, u16, &str, &str)]) -> Site {
    list.iter()
        .map(|(path, status, fields, body)| {
            ((*path).into(), (*status, (*fields).into(), (*body).into()))
        })
        .collect()
}

/// Walks until all is looked at, in virtual time; returns what was said, the summary, and how long
/// it took if each answer takes no time.
fn walk(
    site: &Site,
    options: WalkOptions,
    begin: impl Fn(&mut SiteWalk),
) -> (Vec<Explained>, WalkSummary, Millis) {
    let mut walk = SiteWalk::new(parse("breakwater.toml", SITE).expect("a site"), options);
    begin(&mut walk);
    let start = Timestamp::from_millis(1_000_000);
    let mut now = start;
    let mut pending = Vec::new();
    let mut said = Vec::new();
    loop {
        match walk.poll_step(now) {
            WalkStep::Done => break,
            WalkStep::Fetch(request) => {
                pending.push(request);
                assert!(pending.len() <= WALK_CONCURRENT_MAX, "too many at a time");
            }
            WalkStep::Wait(until) => now = until,
            WalkStep::Await => {
                for request in pending.drain(..) {
                    answer(&mut walk, site, request.id, &request.path, now);
                }
            }
        }
        while let Some(one) = walk.poll_explained() {
            said.push(one.clone());
        }
    }
    let summary = walk.summary();
    (said, summary, now.since(start))
}

fn answer(walk: &mut SiteWalk, site: &Site, id: u32, path: &str, now: Timestamp) {
    let Some((status, fields, body)) = site.get(path) else {
        walk.handle_failure(id, "nobody answers");
        return;
    };
    walk.handle_answer(
        id,
        WalkAnswer {
            status: *status,
            fields: Fields::new(fields),
            body: body.as_bytes(),
            bytes: body.len() as u64,
            is_whole: true,
            took: Millis::new(20),
        },
        now,
    );
}

const ONE: WalkOptions = WalkOptions { pages_max: 1, follows_loads: true };

fn explained(status: u16, fields: &str, path: &str) -> Explained {
    let site = answers(&[(path, status, fields, "<p>Hello</p></html>")]);
    let (said, _, _) = walk(&site, ONE, |walk| {
        walk.add_page(path);
    });
    said.into_iter().next().expect("it was looked at")
}

const HTML: &str = "content-type:text/html";

#[track_caller]
fn lost(status: u16, fields: &str, path: &str, because: &str) {
    let said = explained(status, &format!("{HTML}\n{fields}"), path);
    let Survival::Lost { reason, .. } = &said.survival else { panic!("{said:?}") };
    assert!(reason.contains(because), "{reason}");
}

#[test]
fn a_plain_page_survives_for_everyone() {
    let said = explained(200, HTML, "/about");
    let kept = Survival::Kept {
        fresh_ms: 0,
        serves_ms: 24 * 3_600_000,
        audience: SurvivalAudience::Everyone,
    };
    assert_eq!(said.survival, kept);
    assert_eq!((said.route.as_str(), said.upstream.as_str()), ("/*", "web"));
}

#[test]
fn a_page_that_varies_by_cookies_survives_for_visitors_without_them() {
    let said = explained(200, "content-type:text/html\nvary:Cookie", "/about");
    let Survival::Kept { audience, .. } = said.survival else { panic!("{said:?}") };
    assert_eq!(audience, SurvivalAudience::WithoutCookies);
    assert_eq!(said.varies, ["cookie"]);
}

#[test]
fn what_does_not_survive_says_why() {
    lost(200, "", "/admin/orders", "`private`");
    lost(200, "", "/api/products", "keeps no copies");
    lost(200, "cache-control:private, max-age=0", "/", "Cache-Control: private");
    lost(200, "set-cookie:PHPSESSID=1; path=/", "/", "the cookie `PHPSESSID`");
    lost(200, "vary:*", "/", "Vary: *");
    lost(404, "", "/gone", "answers 404");
    lost(500, "", "/", "answers 500");
    lost(200, "cache-control:s-maxage=60", "/", "serves for 1m only");
}

#[test]
fn what_only_names_a_lifetime_is_kept_where_the_route_says_so() {
    let fields = format!("{HTML}\ncache-control:s-maxage=60");
    assert!(matches!(explained(200, &fields, "/isr/a").survival, Survival::Kept { .. }));
    let Survival::Lost { advice, .. } = explained(200, &fields, "/a").survival else {
        panic!("kept")
    };
    assert!(advice.is_some_and(|advice| advice.contains("override_cache_control")));
}

#[test]
fn a_snapshot_keeps_what_no_copy_does() {
    let said = explained(200, "content-type:text/html\ncache-control:no-cache", "/kept");
    assert!(said.survives(), "{said:?}");
    assert_eq!(said.snapshot_ms, Some(7 * 86_400_000));
}

#[test]
fn a_redirect_to_itself_is_told_with_what_ends_it() {
    let loops = |path: &str, to: &str| {
        let said = explained(301, &format!("location:{to}"), path);
        assert_eq!(said.redirect.map(|to| to.target), Some(RedirectTarget::Loop), "{path}");
        said.warnings.join(" ")
    };
    assert!(loops("/", "https://shop.example/").contains("X-Forwarded-Proto"));
    assert!(loops("/admin/x", "http://localhost:3000/admin/x").contains("host = \"site\""));
}

#[test]
fn redirects_are_followed_and_do_not_count_as_pages() {
    let site = answers(&[
        ("/", 302, "location:/en", ""),
        ("/en", 200, HTML, "<p>Hello</html>"),
        ("/a", 302, "location:/b", ""),
        ("/b", 302, "location:/a", ""),
        ("/out", 302, "location:https://elsewhere.example/", ""),
    ]);
    let options = WalkOptions { pages_max: 3, ..ONE };
    let (_, summary, _) = walk(&site, options, |walk| {
        for path in ["/", "/a", "/out"] {
            walk.add_page(path);
        }
    });
    assert_eq!((summary.pages, summary.surviving, summary.loops), (2, 1, 1), "{summary:?}");
}

#[test]
fn what_a_page_loads_is_looked_at_once() {
    let site = answers(&[
        (
            "/",
            200,
            HTML,
            "<link rel=stylesheet href=/a.css><img src=/x.png><img src=//cdn.example/y>",
        ),
        ("/a.css", 200, "content-type:text/css", "b { background: url(/x.png) }"),
        ("/x.png", 200, "content-type:text/html", "<p>an error page</p>"),
    ]);
    let (said, summary, _) = walk(&site, ONE, |walk| {
        walk.add_page("/");
    });
    assert_eq!(said.len(), 3);
    assert_eq!((summary.loads, summary.surviving_loads, summary.loads_elsewhere), (2, 1, 1));
    assert_eq!(summary.to_string(), "of 1 page 1 would survive");
}

#[test]
fn a_site_is_walked_by_its_sitemap_at_a_polite_rate() {
    let mut site = Site::new();
    let mut urls = String::new();
    for number in 0..500 {
        urls += &format!("<url><loc>https://shop.example/p/{number}</loc></url>");
        let fields = match number {
            7 => "content-type:text/html\nset-cookie:cart=1",
            9 => "content-type:text/html\ncache-control:private",
            _ => HTML,
        };
        site.insert(format!("/p/{number}"), (200, fields.into(), "<p>Hello</html>".into()));
    }
    let index =
        "<sitemapindex><sitemap><loc>https://shop.example/s.xml</loc></sitemap></sitemapindex>";
    site.insert("/sitemap.xml".into(), (200, "content-type:text/xml".into(), index.into()));
    let sitemap = format!("<urlset>{urls}</urlset>");
    site.insert("/s.xml".into(), (200, "content-type:text/xml".into(), sitemap));
    let options = WalkOptions { pages_max: 500, ..ONE };
    let (_, summary, took) = walk(&site, options, |walk| walk.add_sitemap("/sitemap.xml"));
    assert_eq!((summary.pages, summary.surviving), (500, 498));
    let sentence = summary.to_string();
    assert_eq!(sentence, "of 500 pages 498 would survive; these 2 not:", "{summary:?}");
    assert!((Millis::from_secs(30)..=Millis::from_secs(60)).contains(&took), "{took}");
}

#[test]
fn a_sentence_names_the_one_reason() {
    let site = answers(&[
        ("/a", 200, HTML, "<p>a</html>"),
        ("/b", 200, "content-type:text/html\nset-cookie:s=1", "<p>b</html>"),
        ("/c", 200, "content-type:text/html\nset-cookie:s=1", "<p>c</html>"),
    ]);
    let options = WalkOptions { pages_max: 3, ..ONE };
    let (_, summary, _) = walk(&site, options, |walk| {
        for path in ["/a", "/b", "/c"] {
            walk.add_page(path);
        }
    });
    assert_eq!(
        summary.to_string(),
        "of 3 pages 1 would survive; these 2 not, because it sets the cookie `s`"
    );
    assert_eq!(summary.reasons[0].paths, ["/b", "/c"]);
}

#[test]
fn links_are_followed_where_there_is_no_sitemap_up_to_the_most_pages() {
    let links: String = (0..50).map(|number| format!("<a href=/p{number}>p</a>")).collect();
    let mut site = answers(&[("/", 200, HTML, &links)]);
    for number in 0..50 {
        site.insert(format!("/p{number}"), (200, HTML.into(), "<a href=/>home</a>".into()));
    }
    let options = WalkOptions { pages_max: 10, follows_loads: false };
    let (said, summary, _) = walk(&site, options, |walk| {
        walk.add_sitemap("/sitemap.xml");
        walk.add_page("/");
    });
    assert_eq!((said.len(), summary.left_out), (10, 41));
    let (said, ..) = walk(&site, options, |walk| {
        walk.add_page("/");
    });
    assert_eq!(said.len(), 1, "one page was asked for");
}

#[test]
fn a_server_that_loses_idle_connections_is_warned_of() {
    let said = explained(200, "content-type:text/html\nkeep-alive:timeout=2, max=100", "/");
    assert!(said.warnings.iter().any(|warning| warning.contains("after 2 s")), "{said:?}");
    assert_eq!(
        explained(200, "content-type:text/html\nkeep-alive:timeout=5", "/").warnings,
        [""; 0]
    );
}
