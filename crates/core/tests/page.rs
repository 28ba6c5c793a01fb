//! Breakwater's own pages, as the build assembles them from `www/fallback`.

#![cfg(feature = "toml")]

use breakwater_core::base::locale::LOCALES;
use breakwater_core::site::config::{Site, parse};
use breakwater_core::site::page::{
    Assembled, Parts, Texts, assemble, content_security_policy, fill, hole,
};

const PARTS: Parts<'_> = Parts {
    html: include_str!("../../../www/fallback/page.html"),
    css: include_str!("../../../www/fallback/page.css"),
    js: include_str!("../../../www/fallback/page.js"),
    banner: include_str!("../../../www/fallback/banner.html"),
    report: "report();",
    build: "breakwater@0",
};

fn texts_of(locale: &str) -> String {
    let root = env!("CARGO_MANIFEST_DIR");
    let file = format!("{root}/../../www/fallback/locales/{locale}.toml");
    std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{file}: {error}"))
}

fn site(extra: &str) -> Site {
    let text = format!(
        "[site]\nname = 'Tees & <Tests> \"X\" {{{{lang}}}}'\nhost = \"shop.example\"\n{extra}\n\
         [upstreams.web]\norigin = \"https://web.example\"\n\
         [[routes]]\nmatch = \"/*\"\nupstream = \"web\"\n\
         [[snapshots]]\nmatch = \"/\"\nevery = \"1h\"\ntitle = \"Home & <more>\"\n\
         [[snapshots]]\nmatch = \"/about\"\nevery = \"1h\"\n"
    );
    parse("test", &text).unwrap_or_else(|error| panic!("{error}"))
}

fn assembled(site: &Site, locale: &str) -> Assembled {
    let texts = Texts::parse(locale, &texts_of(locale)).unwrap_or_else(|error| panic!("{error}"));
    assemble(site, locale, &texts, PARTS).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn each_language_has_its_pages_and_none_is_too_large() {
    let site = site("status_host = \"status.shop.example\"");
    let mut headings = Vec::new();
    for locale in LOCALES {
        let pages = assembled(&site, locale);
        for page in [&pages.fallback, &pages.maintenance] {
            assert!(page.starts_with(&format!("<!doctype html>\n<html lang=\"{locale}\">")));
            assert!(page.len() <= 14 * 1024, "{locale}: {}", page.len());
            let heading = page.split("<h1>").nth(1).and_then(|rest| rest.split('<').next());
            headings.push(heading.unwrap_or_default().to_owned());
        }
        assert!(pages.banner.len() <= 1024, "{locale}: {}", pages.banner.len());
    }
    headings.sort();
    headings.dedup();
    assert_eq!(headings.len(), 2 * LOCALES.len(), "{headings:?}");
}

#[test]
fn a_page_makes_no_request_to_another_server() {
    let pages = assembled(&site("status_host = \"status.shop.example\""), "en");
    for page in [&pages.fallback, &pages.maintenance, &pages.banner] {
        // A reference to the page's own gradient makes no request.
        let page = page.replace("url(#", "(");
        for attribute in ["src=", "url(", "@import", "fetch(", "XMLHttpRequest", "sendBeacon"] {
            assert!(!page.contains(attribute), "{attribute}");
        }
        let links = page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
        for link in links {
            let is_inside = link.is_empty() || link.starts_with(['#', '/']);
            let is_known = link == "https://status.shop.example/" || link.starts_with("data:");
            assert!(is_inside || is_known, "{link}");
        }
    }
}

#[test]
fn only_the_pages_of_a_site_with_a_tunnel_report_and_only_to_it() {
    let sentry = "[sentry]\ndsn = \"OURS\"\nrelease = \"shop@1\"\nenvironment = \"test\"\n";
    let without = site(sentry);
    let with = site(&format!("{sentry}tunnel = {{ dsn = \"PAGES\" }}"));
    let quiet = assembled(&without, "en");
    let reporting = assembled(&with, "en");
    for (quiet, page) in
        [(quiet.fallback, reporting.fallback), (quiet.maintenance, reporting.maintenance)]
    {
        assert!(!quiet.contains("report();") && !quiet.contains("data-page"));
        let known = "data-release=\"shop@1\" data-environment=\"test\">\nreport();\n</script>\n";
        let (_, own) = page.split_once(known).expect("the script is in the page");
        assert!(own.starts_with("<script>"), "before the page's own");
        assert_eq!(page.matches("<script").count(), 2);
    }
    let (quiet, reporting) = (content_security_policy(&without), content_security_policy(&with));
    assert!(!quiet.contains("connect-src"), "{quiet}");
    assert_eq!(reporting.replace(" connect-src 'self';", ""), quiet);
}

#[test]
fn what_the_site_is_called_is_escaped_everywhere() {
    let pages = assembled(&site(""), "en");
    let name = "Tees &amp; &lt;Tests&gt; &quot;X&quot; &#123;&#123;lang&#125;&#125;";
    for page in [&pages.fallback, &pages.maintenance, &pages.banner] {
        assert!(page.contains(name));
        assert!(!page.contains("<Tests>"));
    }
    assert!(pages.fallback.contains("<li><a href=\"/\">Home &amp; &lt;more&gt;</a></li>"));
    assert!(!pages.fallback.contains("/about"), "what has no title is not offered");
}

#[test]
fn without_a_status_page_or_titles_nothing_speaks_of_them() {
    let with = assembled(&site("status_host = \"status.shop.example\""), "en").fallback;
    let beside = assembled(&site(""), "en").fallback;
    assert!(beside.contains("<a href=\"/status\">status page</a>"), "at the site's own host");
    let without = assembled(&site("status = false"), "en").fallback;
    assert!(with.contains("status page</a>") && !without.contains("status page"));
    let mut bare = site("");
    bare.snapshots.list.clear();
    assert!(!assembled(&bare, "en").fallback.contains("Meanwhile"));
}

#[test]
fn everything_is_filled_in_for_a_visitor() {
    for locale in LOCALES {
        let pages = assembled(&site(""), locale);
        let texts = [
            (hole::RETRY_AFTER, "30"),
            (hole::REQUEST_ID, "abc123"),
            (hole::MESSAGE, "A <new> database"),
            (hole::UNTIL, "2026-12-24T20:00:00Z"),
            (hole::UNTIL_SHOWN, "24.12. 20:00 UTC"),
        ];
        for page in [&pages.fallback, &pages.maintenance] {
            let page = fill(page, &texts);
            assert!(!page.contains("{{") && !page.contains("}}"), "{locale}");
            assert!(page.contains("<code>abc123</code>"));
            assert!(page.contains("data-retry-after=\"30\""));
        }
        let maintenance = fill(&pages.maintenance, &texts);
        assert!(maintenance.contains("A &lt;new&gt; database"));
        let time = "<time datetime=\"2026-12-24T20:00:00Z\">24.12. 20:00 UTC</time>";
        assert!(maintenance.contains(time));
        let banner = fill(&pages.banner, &[(hole::AGE, "12 min")]);
        assert!(banner.contains("12 min") && !banner.contains("{{"));
        assert!(pages.units.iter().all(|unit| unit.contains("{n}")));
    }
}

#[track_caller]
fn refused(from: &str, to: &str, message: &str) {
    let en = texts_of("en");
    assert!(en.contains(from), "{from}");
    let error = Texts::parse("en.toml", &en.replacen(from, to, 1)).err();
    assert_eq!(error.map(|error| error.to_string()).as_deref(), Some(message));
}

#[test]
fn a_language_that_says_too_little_or_too_much_fails_the_build() {
    refused("now = \"Try now\"\n", "", "en.toml: retry.now: is missing");
    refused(
        "now = \"Try now\"",
        "now = \"\"",
        "en.toml: retry.now: expected a text with nothing to be filled in",
    );
    refused(
        "now = \"Try now\"",
        "now = \"Try {now}\"",
        "en.toml: retry.now: expected a text with nothing to be filled in",
    );
    refused(" in {time}.", " soon.", "en.toml: retry.next: expected a text with `{time}`");
    refused(
        "[status page]",
        "status page",
        "en.toml: more.status: expected a text with `[a link]`",
    );
    refused(
        "{site} support",
        "support",
        "en.toml: more.help: expected a text with `{id}` and `{site}`",
    );
    refused("[retry]", "[retry]\nlater = \"a\"", "en.toml: retry.later: is not known");
    let error = Texts::parse("en.toml", "[page]\ntitle = 5").unwrap_err().to_string();
    assert!(error.starts_with("en.toml: invalid type: integer `5`"), "{error}");
}

#[test]
fn a_page_that_is_too_large_or_lacks_a_text_fails_the_build() {
    let texts = Texts::parse("en.toml", &texts_of("en")).unwrap();
    let refused =
        |parts: Parts<'_>| assemble(&site(""), "en", &texts, parts).unwrap_err().to_string();
    let css = "a { color: red }\n".repeat(1_000);
    let large = refused(Parts { css: &css, ..PARTS });
    assert!(
        large.starts_with("page.html: it has ") && large.ends_with("expected at most 14336"),
        "{large}"
    );
    let holes = refused(Parts { report: "if (a) {{b}}", ..PARTS });
    assert_eq!(holes, "report/page.js: it has `{{`, which opens a hole");
    let html = PARTS.html.replace("{{heading}}", "{{haeding}}");
    assert_eq!(refused(Parts { html: &html, ..PARTS }), "page.html: haeding: has no text");
    let html = PARTS.html.replace("{{retry_after}}", "");
    assert_eq!(refused(Parts { html: &html, ..PARTS }), "page.html: retry_after: is left out");
    let html = PARTS.html.replacen("{% endif %}", "", 1);
    let unended = refused(Parts { html: &html, ..PARTS });
    assert!(unended.starts_with("page.html: ") && unended.contains("end of input"), "{unended}");
    let banner = "x".repeat(1_025) + "{{text}}";
    assert!(refused(Parts { banner: &banner, ..PARTS }).starts_with("banner.html: it has "));
}
