//! The status pages, of hand-made states.

#![cfg(feature = "toml")]

#[path = "status_page/markup.rs"]
mod markup;
#[path = "../examples/status_page/samples.rs"]
mod samples;

use breakwater_core::base::locale::LOCALES;
use breakwater_core::base::time::Millis;
use breakwater_core::site::page::PageReports;
use breakwater_core::site::status::page::{
    AssetPaths, HistoryMonth, MessageChoice, MessageForm, PageMessage, StatusPages, StatusTextFile,
    StatusTexts, Subscriptions,
};
use breakwater_core::site::status::subscribe::HONEYPOT;
use breakwater_core::site::status::{PublicStatus, StatusPlace};
use markup::{attributes, problems, text_of};
use samples::{NAMES, NOW, heavy, sample};

const PLACE: StatusPlace<'static> = StatusPlace {
    site_name: "Tees & <Tests>",
    site_url: "https://shop.example",
    url: "https://shop.example/status",
    base: "/status",
};
const ASSETS: AssetPaths<'static> =
    AssetPaths { css: "page-1.css", js: "page-2.js", image: "og-3.png", report: "page-4.js" };
const ALL: Subscriptions = Subscriptions { email: true, webhook: true };

/// Runs a test with the pages of a language; `change` may change what they are made with.
fn with_pages<T>(
    lang: &str,
    change: impl for<'a> FnOnce(&mut StatusPages<'a>),
    test: impl FnOnce(&StatusPages<'_>) -> T,
) -> T {
    let root = env!("CARGO_MANIFEST_DIR");
    let files = LOCALES.map(|lang| {
        let file = format!("{root}/../../www/status/locales/{lang}.toml");
        let text = std::fs::read_to_string(&file).expect("a page that is there");
        StatusTextFile::parse(lang, lang, &text).unwrap_or_else(|error| panic!("{error}"))
    });
    let languages = files.each_ref().map(StatusTextFile::texts);
    let texts = StatusTexts::choose(&languages, Some(lang), None).expect("a page that is there");
    let (place, assets) = (&PLACE, &ASSETS);
    let mut pages = StatusPages {
        place,
        texts,
        languages: &languages,
        is_chosen: false,
        assets,
        reports: None,
    };
    change(&mut pages);
    test(&pages)
}

fn english<T>(test: impl FnOnce(&StatusPages<'_>) -> T) -> T {
    with_pages("en", |_| {}, test)
}

/// The main page of a state in English.
fn overview(status: &PublicStatus) -> String {
    english(|pages| pages.overview(status.at(NOW), ALL))
}

/// Every page that a state has, with what it is.
fn all_pages(pages: &StatusPages<'_>, name: &str, status: &PublicStatus) -> Vec<(String, String)> {
    let view = status.at(NOW);
    let mut all = vec![(format!("{name}, overview"), pages.overview(view, ALL))];
    for incident in &status.incidents {
        let page = pages.incident(view, &incident.id).expect("a page that is there");
        all.push((format!("{name}, {}", incident.id), page));
    }
    let history = pages.history(view, HistoryMonth::of(NOW)).expect("a page that is there");
    all.push((format!("{name}, history"), history));
    all
}

#[test]
fn every_page_is_well_formed_and_takes_no_text_for_markup() {
    for lang in LOCALES {
        with_pages(
            lang,
            |_| {},
            |pages| {
                let mut all = vec![("missing".into(), pages.missing())];
                for name in NAMES {
                    all.extend(all_pages(pages, name, &sample(name)));
                }
                all.extend(all_pages(pages, "heavy", &heavy()));
                for (what, page) in all {
                    assert_eq!(problems(&page), [""; 0], "{lang}: {what}");
                    assert!(page.contains(&format!("<html lang=\"{lang}\">")), "{lang}: {what}");
                    assert!(
                        !page.contains("<script>") && !page.contains("<Tests>"),
                        "{lang}: {what}"
                    );
                }
            },
        );
    }
}

#[test]
fn a_page_loads_from_its_own_address_only_and_links_lead_to_known_schemes() {
    for name in NAMES {
        let page = overview(&sample(name));
        for source in attributes(&page, "src") {
            assert_eq!(source, "/status/assets/page-2.js");
        }
        for link in attributes(&page, "href") {
            let is_known = ["/status", "#", "https://", "data:image/svg+xml,"]
                .iter()
                .any(|known| link.starts_with(known));
            assert!(is_known, "{name}: {link}");
        }
    }
}

#[track_caller]
fn check_verdict(name: &str, verdict: &str, state: &str) {
    let page = overview(&sample(name));
    let shown = text_of(&page, "<h2 id=\"verdict\">");
    assert_eq!(shown, verdict, "{name}");
    assert!(page.contains(&format!("<section id=\"banner\" class=\"banner s-{state}\"")), "{name}");
    assert!(page.contains(&format!("<title>{verdict} · ")), "{name}");
}

#[test]
fn the_banner_tells_the_worst_of_the_sites_own_parts() {
    check_verdict("well", "Everything works", "operational");
    check_verdict("degraded", "Search is slow or limited", "degraded_performance");
    check_verdict("partial", "Checkout does not work for some visitors", "partial_outage");
    check_verdict("major", "Website does not work", "major_outage");
    check_verdict("all-down", "The site does not work", "major_outage");
    check_verdict("maintenance", "We are working on the site", "under_maintenance");
    check_verdict("unknown", "The state of API is not known", "unknown");
    check_verdict("third-party", "Everything works", "operational");
    check_verdict("unnamed", "Some parts do not work for some visitors", "partial_outage");
}

#[test]
fn what_is_too_old_to_go_by_is_unknown_and_never_well() {
    check_verdict("stale", "We don’t know how things are right now", "unknown");
    let page = overview(&sample("stale"));
    assert!(!page.contains("state s-operational"));
    assert!(
        page.contains("Our last measurements are from <time datetime=\"2026-11-30T12:17:56Z\">")
    );
    check_verdict("empty", "We don’t know how the site is right now", "unknown");
}

#[test]
fn two_readers_get_the_same_bytes_until_the_state_changes() {
    let status = sample("partial");
    let later = NOW + Millis::from_secs(60);
    english(|pages| {
        let first = pages.overview(status.at(NOW), ALL);
        assert_eq!(pages.overview(status.at(later), ALL), first);
    });
}

#[test]
fn an_incident_without_a_title_is_called_after_its_parts_in_each_language() {
    for (lang, title) in [
        ("en", "Website does not work"),
        ("de", "Website funktioniert nicht"),
        ("fr", "Website ne fonctionne pas"),
        ("es", "Website no funciona"),
    ] {
        let status = sample("major");
        let page = with_pages(
            lang,
            |_| {},
            |pages| pages.incident(status.at(NOW), "inc-mx0yov0p").unwrap(),
        );
        assert_eq!(text_of(&page, "<h1>"), title);
        let preview = format!("<meta property=\"og:title\" content=\"{title}\">");
        assert!(page.contains(&preview), "{lang}");
    }
    let page = overview(&sample("unnamed"));
    assert!(page.contains("Something does not work as it should</a>"));
}

#[test]
fn updates_stand_latest_first_and_keep_their_lines_and_links() {
    let page = overview(&sample("partial"));
    let at = |text: &str| page.find(text).unwrap_or_else(|| panic!("{text}"));
    assert!(
        at("inc-mx0yov0p-3") < at("inc-mx0yov0p-2") && at("inc-mx0yov0p-2") < at("inc-mx0yov0p-1")
    );
    let link = "https://status.payments.example/incidents/42";
    let shown = format!(
        "see <a href=\"{link}\" rel=\"noopener nofollow ugc\">{link}</a>.<br>Orders are kept \
         meanwhile.</p>\n<p>Payment by invoice works.</p>"
    );
    assert!(page.contains(&shown), "{page}");
}

#[test]
fn what_was_found_out_afterwards_stands_on_the_incidents_own_page() {
    let status = sample("well");
    let page = english(|pages| pages.incident(status.at(NOW), "inc-past-2").unwrap());
    assert!(page.contains("<p>A certificate had expired.</p>\n<p>It is renewed by a job now"));
    let about =
        "<meta name=\"description\" content=\"Affects Checkout · Since 19 Nov 2026, 12:34 UTC\">";
    assert!(page.contains(about), "{page}");
    assert!(!page.contains("data-at="), "what is over is not loaded again");
    english(|pages| assert_eq!(pages.incident(status.at(NOW), "inc-none"), None));
}

#[test]
fn services_of_others_stand_apart_and_groups_in_the_order_of_the_file() {
    let page = overview(&sample("well"));
    let at = |text: &str| page.find(text).unwrap_or_else(|| panic!("{text}"));
    let order = [
        ">Shop</h2>",
        "part-website",
        "part-search",
        ">Parts of the site</h2>",
        "part-api",
        ">Services the site relies on</h2>",
        "part-payments",
    ];
    assert!(order.windows(2).all(|pair| at(pair[0]) < at(pair[1])));
}

#[test]
fn the_days_have_a_bar_each_and_the_bad_ones_a_line() {
    let page = overview(&sample("well"));
    let checkout = page.split("part-checkout").nth(1).unwrap().split("</article>").next().unwrap();
    assert_eq!(checkout.matches("<i ").count(), 90);
    for text in [
        "class=\"x l4\" title=\"25 Sep 2026: Outage, 62.50% uptime\"",
        "class=\"m\" title=\"31 Oct 2026: Maintenance, 100% uptime\"",
        "<summary>4 days with trouble</summary>",
        "<li>20 Oct 2026: Partial outage, 89.16% uptime</li>",
        "99.44% uptime</a>",
    ] {
        assert!(checkout.contains(text), "{text}: {checkout}");
    }
    let payments = page.split("part-search").nth(1).unwrap();
    assert!(payments.contains("class=\"n\" title=\"2 Sep 2026: Not measured\""));
}

#[test]
fn a_chosen_language_is_kept_in_links_and_another_is_not() {
    let status = sample("well");
    let links = |is_chosen| {
        let page = with_pages(
            "de",
            |pages| pages.is_chosen = is_chosen,
            |pages| pages.overview(status.at(NOW), ALL),
        );
        attributes(&page, "href")
    };
    assert!(links(true).contains(&"/status/history?lang=de".into()));
    assert!(links(false).contains(&"/status/history".into()));
    assert!(links(false).contains(&"/status?lang=fr".into()), "the languages to choose from");
}

#[test]
fn on_a_host_of_its_own_no_path_stands_before_the_others() {
    let place = StatusPlace { url: "https://status.example", base: "", ..PLACE };
    let status = sample("partial");
    let file = include_str!("../../../www/status/locales/en.toml");
    let file = StatusTextFile::parse("en", "en", file).unwrap();
    let languages = [file.texts()];
    let [texts] = &languages;
    let pages = StatusPages {
        place: &place,
        texts,
        languages: &languages,
        is_chosen: false,
        assets: &ASSETS,
        reports: None,
    };
    let page = pages.overview(status.at(NOW), ALL);
    assert!(page.contains("<link rel=\"stylesheet\" href=\"/assets/page-1.css\">"));
    assert!(page.contains("action=\"/subscribe\""));
    assert!(page.contains("content=\"https://status.example/assets/og-3.png\""));
    assert!(!page.contains("hreflang=\"de\""), "a site of one language offers no other");
    assert_eq!(problems(&page), [""; 0]);
    let incident = pages.incident(status.at(NOW), "inc-mx0yov0p").unwrap();
    assert!(incident.contains("<a class=\"home\" href=\"/\">"));
}

#[test]
fn pages_with_an_address_of_their_own_report_what_goes_wrong_where_the_site_says_so() {
    let status = sample("partial");
    let report = "<script src=\"/status/assets/page-4.js\" defer data-page=\"status\" ";
    let reports = Some(PageReports { release: "shop@1", environment: "test" });
    with_pages(
        "en",
        |pages| pages.reports = reports,
        |pages| {
            for (name, page) in all_pages(pages, "partial", &status) {
                let (before, after) = page.split_once(report).expect("a page that reports");
                assert!(!before.contains("page-2.js"), "{name}: before the page's own script");
                assert!(after.contains("data-release=\"shop@1\" data-environment=\"test\""));
                assert_eq!(problems(&page), [""; 0], "{name}");
            }
            assert!(!pages.missing().contains("page-4.js"), "its address is the reader's");
        },
    );
    assert!(!overview(&status).contains("page-4.js"));
}

#[test]
fn what_cannot_be_subscribed_to_is_not_offered() {
    let status = sample("well");
    for (email, webhook) in [(false, false), (true, false), (false, true), (true, true)] {
        let page =
            english(|pages| pages.overview(status.at(NOW), Subscriptions { email, webhook }));
        assert_eq!(page.contains("name=\"email\""), email);
        assert_eq!(page.contains("name=\"webhook\""), webhook);
        assert_eq!(page.contains("id=\"subscribe\""), email || webhook);
        let boxes = page.matches("type=\"checkbox\" name=\"components\"").count();
        let forms = usize::from(email) + usize::from(webhook);
        assert_eq!(boxes, 5 * forms);
        assert_eq!(page.matches(&format!("name=\"{HONEYPOT}\"")).count(), forms);
    }
}

#[test]
fn the_history_has_the_months_that_are_known_and_no_others() {
    let status = sample("well");
    let month = |text: &str| {
        let month = HistoryMonth::parse(text).unwrap();
        english(|pages| pages.history(status.at(NOW), month))
    };
    let november = month("2026-11").unwrap();
    assert_eq!(text_of(&november, "<h1>"), "Incidents in November 2026");
    assert_eq!(november.matches("<article class=\"past\"").count(), 2);
    assert!(november.contains("<a rel=\"prev\" href=\"/status/history/2026-10\">"));
    assert!(!november.contains("rel=\"next\""));
    let october = month("2026-10").unwrap();
    assert!(october.contains("No incidents in this month."));
    assert!(october.contains("<a rel=\"next\" href=\"/status/history/2026-11\">"));
    let september = month("2026-09").unwrap();
    assert!(september.contains("inc-past-3") && !september.contains("rel=\"prev\""));
    assert_eq!((month("2026-12"), month("2026-08")), (None, None));
}

#[test]
fn maintenance_tells_whether_it_recurs_and_the_later_times_wait_to_be_asked_for() {
    let page = overview(&sample("maintenance"));
    assert_eq!(page.matches("Recurring</span>").count(), 7);
    assert!(page.contains("<summary>4 more times</summary>"));
    let now = page.split("Maintenance under way").nth(1).unwrap();
    let now = now.split("</section>").next().unwrap();
    for text in [
        "The whole site is closed",
        "Time changed",
        "1\u{a0}h 30\u{a0}min",
        "<p>Orders are kept.</p>",
    ] {
        assert!(now.contains(text), "{text}: {now}");
    }
}

#[test]
fn a_message_may_have_buttons_and_choices_and_links_all_of_which_are_escaped() {
    let choice = |name, title, is_chosen| MessageChoice { name, title, is_chosen };
    let confirm = MessageForm {
        action: "/status/subscriptions/confirm",
        fields: &[("token", "a\"><b>")],
        choices: &[],
        button: "Yes & no",
    };
    let save = MessageForm {
        action: "/status/subscriptions/e1?token=a",
        fields: &[],
        choices: &[choice("web", "Web <b>", true), choice("api", "API", false)],
        button: "Save",
    };
    let message = PageMessage {
        title: "One <more> step",
        text: "First.\n\nSecond.",
        forms: &[confirm, save],
        links: &[("Back & forth", "/status/subscriptions/e1?token=a&b")],
    };
    let page = english(|pages| pages.message(&message));
    assert_eq!(problems(&page), [""; 0]);
    assert!(page.contains("<p>First.</p>\n<p>Second.</p>"));
    assert!(page.contains("<meta name=\"robots\" content=\"noindex\">"));
    assert!(page.contains("name=\"token\" value=\"a&#34;&#62;&#60;b&#62;\""), "{page}");
    assert!(page.contains("name=\"components\" value=\"web\" checked> Web &#60;b&#62;"), "{page}");
    assert!(page.contains("name=\"components\" value=\"api\"> API"), "{page}");
    assert!(page.contains("?token=a&#38;b\">Back &#38; forth</a>"), "{page}");
    assert_eq!(page.matches("<fieldset>").count(), 1, "only where there is a choice");
}
