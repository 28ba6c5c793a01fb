//! Feeds: they are well-formed, and readers find in them what was told.

use std::collections::BTreeSet;

use breakwater_core::base::rfc3339;
use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::site::status::feed::{FEED_ENTRIES, FeedFormat, feed};
use breakwater_core::site::status::{
    ComponentState, PublicIncident, PublicStatus, PublicText, PublicUpdate, StatusView,
};
use breakwater_core::watch::incident::{EARLIEST, IncidentIndicator, IncidentState};
use proptest::prelude::*;
use roxmltree::{Document, Node};

use crate::documents::PLACE;
use crate::{CASES, NOW, arbitrary, component, moment_of, sample};

/// The namespace of Atom.
const ATOM: &str = "http://www.w3.org/2005/Atom";

/// The text of the first child of this name.
fn text<'a>(node: Node<'a, '_>, name: &str) -> &'a str {
    let child = node.children().find(|it| it.tag_name().name() == name);
    child.unwrap_or_else(|| panic!("no {name}")).text().unwrap_or_default()
}

fn all<'a, 'input>(document: &'a Document<'input>, name: &str) -> Vec<Node<'a, 'input>> {
    document.descendants().filter(|it| it.tag_name().name() == name).collect()
}

fn time(node: Node<'_, '_>, name: &str) -> Timestamp {
    rfc3339::parse(text(node, name)).unwrap()
}

fn atom(view: &StatusView<'_>, component: Option<&str>) -> String {
    feed(&PLACE, view, component, FeedFormat::Atom).unwrap()
}

/// The ids of a feed's entries.
fn ids(view: &StatusView<'_>, component: Option<&str>) -> Vec<String> {
    let body = atom(view, component);
    let document = Document::parse(&body).unwrap();
    all(&document, "entry").into_iter().map(|entry| text(entry, "id").to_owned()).collect()
}

/// A text as XML keeps it.
fn kept(text: &str) -> String {
    let is_kept = |it: &char| {
        (!it.is_control() || matches!(it, '\n' | '\t')) && !matches!(it, '\u{fffe}' | '\u{ffff}')
    };
    text.chars().filter(is_kept).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(CASES))]

    #[test]
    fn atom_is_well_formed_and_has_what_its_standard_demands(status in arbitrary::status()) {
        let view = status.at(NOW);
        let body = atom(&view, None);
        let document = Document::parse(&body).unwrap();
        let feed = document.root_element();
        let updated = time(feed, "updated");
        prop_assert_eq!(text(feed, "id"), "https://shop.example/status/feed.atom");
        let entries = all(&document, "entry");
        prop_assert!(entries.len() <= FEED_ENTRIES);
        let mut seen = BTreeSet::new();
        let mut before = Timestamp::MAX;
        let mut latest = EARLIEST;
        for entry in entries {
            let id = text(entry, "id");
            prop_assert!(id.starts_with("tag:shop.example,"), "{}", id);
            prop_assert!(id.bytes().all(|it| it.is_ascii_graphic()), "{}", id);
            prop_assert!(seen.insert(id), "{} twice", id);
            let (published, changed) = (time(entry, "published"), time(entry, "updated"));
            prop_assert!(published <= changed && published <= before);
            before = published;
            latest = latest.max(changed);
            text(entry, "title");
            let content = entry.children().find(|it| it.has_tag_name((ATOM, "content")));
            prop_assert_eq!(content.unwrap().attribute("type"), Some("html"));
        }
        prop_assert_eq!(updated, latest);
        for link in all(&document, "link") {
            prop_assert!(link.attribute("href").unwrap().starts_with("https://"));
        }
    }

    #[test]
    fn rss_has_the_entries_of_atom(status in arbitrary::status()) {
        let view = status.at(NOW);
        let body = feed(&PLACE, &view, None, FeedFormat::Rss).unwrap();
        let document = Document::parse(&body).unwrap();
        let guids: Vec<_> = all(&document, "guid").into_iter().map(|guid| {
            assert_eq!(guid.attribute("isPermaLink"), Some("false"));
            guid.text().unwrap().to_owned()
        }).collect();
        prop_assert_eq!(guids, ids(&view, None));
        for item in all(&document, "item") {
            prop_assert!(text(item, "link").starts_with("https://shop.example/status"));
            prop_assert!(text(item, "pubDate").ends_with(" GMT"));
            prop_assert!(text(item, "description").starts_with("<p>"));
        }
    }

    #[test]
    fn a_component_has_a_part_of_what_the_site_has(status in arbitrary::status()) {
        let view = status.at(NOW);
        let whole = ids(&view, None);
        for component in &status.components {
            let part = ids(&view, Some(&component.name));
            prop_assert!(whole.len() == FEED_ENTRIES || part.iter().all(|id| whole.contains(id)));
        }
        prop_assert_eq!(feed(&PLACE, &view, Some("no-such"), FeedFormat::Atom), None);
    }

    #[test]
    fn titles_and_texts_come_back_as_they_were_written(
        title in arbitrary::text(),
        told in arbitrary::text(),
    ) {
        let update = (NOW, PublicText::Written(told.clone()), IncidentState::Identified);
        let status = PublicStatus {
            at: NOW,
            incidents: vec![PublicIncident {
                title: Some(title.clone()),
                ..incident("a", &[update])
            }],
            ..PublicStatus::default()
        };
        let body = atom(&status.at(NOW), None);
        let document = Document::parse(&body).unwrap();
        let entry = all(&document, "entry")[0];
        prop_assert_eq!(text(entry, "title"), format!("Identified: {}", kept(&title)));
        // The content is HTML in XML, so that it is unescaped once more.
        let html = text(entry, "content");
        prop_assert!(!html.contains("<script") && !html.contains("]]>"));
        let paragraphs: String = html.split("<p>").skip(1).map(|it| {
            let inner = it.strip_suffix("</p>").unwrap();
            assert!(!inner.contains(['<', '>', '"', '\'']), "{inner}");
            inner.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"")
                .replace("&#39;", "'").replace("&amp;", "&")
        }).collect();
        let words = |text: &str| text.chars().filter(|it| !it.is_whitespace()).collect::<String>();
        prop_assert!(words(&paragraphs).starts_with(&words(&kept(&told))));
    }

    #[test]
    fn what_is_told_later_never_makes_a_feed_older(
        status in arbitrary::status(),
        later in 0..1_000_000_u64,
    ) {
        let updated = |status: &PublicStatus| {
            let body = atom(&status.at(NOW), None);
            let document = Document::parse(&body).unwrap();
            time(document.root_element(), "updated")
        };
        let before = updated(&status);
        let told = [(NOW + Millis::new(later), PublicText::Found, IncidentState::Investigating)];
        let mut after = status;
        after.incidents.insert(0, incident("later", &told));
        prop_assert!(before <= updated(&after));
    }
}

/// An incident of the whole site with these updates, of all of which subscribers are told.
fn incident(id: &str, updates: &[(Timestamp, PublicText, IncidentState)]) -> PublicIncident {
    let (since, _, _) = updates[0];
    let updates = updates.iter().zip(1..).map(|((at, text, state), number)| PublicUpdate {
        number,
        at: *at,
        edited_at: None,
        state: *state,
        text: text.clone(),
        notify: true,
    });
    PublicIncident {
        id: id.into(),
        title: None,
        state: IncidentState::Investigating,
        impact: IncidentIndicator::Critical,
        components: Vec::new(),
        since,
        opened_at: since,
        updated_at: since,
        resolved_at: None,
        updates: updates.collect(),
        postmortem: None,
    }
}

#[test]
fn an_update_is_an_entry_of_its_own_and_keeps_its_id_when_it_is_edited() {
    let mut status = sample();
    let before = ids(&status.at(moment_of(&status)), None);
    let incident = &mut status.incidents[0];
    incident.updates[1].text = PublicText::Written("Another text.".into());
    incident.updates[1].edited_at = Some(status.at);
    assert_eq!(ids(&status.at(moment_of(&status)), None), before);
    let incident = &mut status.incidents[0];
    let last = PublicUpdate { number: 3, at: status.at, ..incident.updates[1].clone() };
    incident.updates.push(last);
    let after = ids(&status.at(moment_of(&status)), None);
    assert_eq!(after.len(), before.len() + 1);
    assert!(after[0].ends_with("/incidents/0191f3c2a7/3"), "{after:?}");
}

#[test]
fn what_subscribers_are_not_told_of_is_no_entry_except_for_an_end() {
    let status = sample();
    let ids = ids(&status.at(moment_of(&status)), None);
    let has = |end: &str| ids.iter().any(|id| id.ends_with(end));
    assert!(!has("/0191e000b1/6"), "a remark for the page alone");
    assert!(!has("/0191a00000/1"), "filled in afterwards");
    assert!(has("/01919aaaaa/2"), "the end of what was told");
}

#[test]
fn each_change_of_a_maintenance_is_announced_and_what_recurs_three_days_ahead() {
    let mut status = sample();
    let announced = |status: &PublicStatus, now| {
        let ids = ids(&status.at(now), None);
        ids.into_iter().filter(|id| id.contains("/maintenance/")).collect::<Vec<_>>()
    };
    let now = moment_of(&status);
    let before = announced(&status, now);
    assert_eq!(before.len(), 3, "{before:?}");
    assert!(before.iter().all(|id| !id.contains("20270101")), "it is weeks ahead");
    let later = rfc3339::parse("2026-12-29T02:00:00Z").unwrap();
    assert!(announced(&status, later).iter().any(|id| id.contains("nightly-20270101")));
    status.maintenance[2].revision = 3;
    let after = announced(&status, now);
    assert!(after.iter().any(|id| id.ends_with("/move-to-pg18/3")), "{after:?}");
    assert!(!after.iter().any(|id| id.ends_with("/move-to-pg18/2")), "{after:?}");
}

#[test]
fn a_feed_without_entries_is_valid_and_older_than_any_with_one() {
    let status = PublicStatus {
        at: NOW,
        components: vec![component("web", "Website", ComponentState::Operational)],
        ..PublicStatus::default()
    };
    for name in [None, Some("web")] {
        let body = atom(&status.at(NOW), name);
        let document = Document::parse(&body).unwrap();
        assert_eq!(text(document.root_element(), "updated"), "2020-01-01T00:00:00.000Z");
        let body = feed(&PLACE, &status.at(NOW), name, FeedFormat::Rss).unwrap();
        assert_eq!(all(&Document::parse(&body).unwrap(), "channel").len(), 1);
    }
}

#[test]
fn the_latest_entries_stay() {
    let mut status = PublicStatus { at: NOW, ..PublicStatus::default() };
    for number in 0..60_u64 {
        let at = NOW.before(Millis::from_secs(60 * number));
        let told = [(at, PublicText::Found, IncidentState::Investigating)];
        status.incidents.push(incident(&format!("i{number}"), &told));
    }
    let ids = ids(&status.at(NOW), None);
    assert_eq!(ids.len(), FEED_ENTRIES);
    assert!(ids[0].ends_with("/i0/1") && ids[FEED_ENTRIES - 1].ends_with("/i49/1"), "{ids:?}");
}

#[test]
fn a_service_of_others_has_nothing_of_what_concerns_the_site() {
    let status = sample();
    let view = status.at(moment_of(&status));
    assert_eq!(ids(&view, Some("stripe")), [""; 0]);
    let website = ids(&view, Some("website"));
    assert!(website.iter().any(|id| id.contains("0191f3c2a7")), "{website:?}");
    assert!(website.iter().any(|id| id.contains("01919aaaaa")), "{website:?}");
    assert!(website.iter().any(|id| id.contains("move-to-pg18")), "{website:?}");
    assert!(!website.iter().any(|id| id.contains("0191e000b1")), "{website:?}");
    assert!(!website.iter().any(|id| id.contains("nightly")), "{website:?}");
}
