//! The API of Statuspage.

use breakwater_core::base::time::Millis;
use breakwater_core::site::status::statuspage::{
    INCIDENTS_LISTED, component, components, incidents, status as status_json, summary,
};
use breakwater_core::site::status::{
    ComponentState, PublicIncident, PublicStatus, StatusIndicator,
};
use breakwater_core::watch::dependency::{DependencyAnswer, DependencyKind};
use breakwater_core::watch::health::Status;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::documents::{PLACE, documents};
use crate::{CASES, NOW, arbitrary, moment_of, sample};

/// Which words the members have that clients take few words of, by where they stand.
const WORDS: [(&str, &[&str]); 4] = [
    ("indicator", &["none", "minor", "major", "critical"]),
    ("impact", &["none", "minor", "major", "critical"]),
    ("component", COMPONENT_WORDS),
    (
        "incident",
        &[
            "investigating",
            "identified",
            "monitoring",
            "resolved",
            "postmortem",
            "scheduled",
            "in_progress",
            "completed",
        ],
    ),
];

const COMPONENT_WORDS: &[&str] =
    &["operational", "degraded_performance", "partial_outage", "major_outage", "under_maintenance"];

/// Members that are lists wherever they stand.
const LISTS: [&str; 6] = [
    "components",
    "incidents",
    "scheduled_maintenances",
    "incident_updates",
    "affected_components",
    "visitors",
];

#[track_caller]
fn check_word(kind: &str, value: &Value) {
    let allowed = WORDS.iter().find(|(known, _)| *known == kind).unwrap().1;
    assert!(allowed.contains(&value.as_str().unwrap()), "{kind}: {value}");
}

/// That a document has no `null`, lists where lists belong, and only words that clients know.
fn check(value: &Value) {
    match value {
        Value::Null => panic!("a null"),
        Value::Array(elements) => elements.iter().for_each(check),
        Value::Object(members) => {
            for (name, value) in members {
                match name.as_str() {
                    "indicator" | "impact" => check_word(name, value),
                    "status" if members.contains_key("position") => check_word("component", value),
                    "status" if value.is_string() => check_word("incident", value),
                    "old_status" | "new_status" => check_word("component", value),
                    "id" | "name" | "body" | "url" | "shortlink" => assert!(value.is_string()),
                    _ => {}
                }
                assert!(!LISTS.contains(&name.as_str()) || value.is_array(), "{name}: {value}");
                check(value);
            }
        }
        Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(CASES))]

    #[test]
    fn every_document_is_json_without_null_and_with_known_words(status in arbitrary::status()) {
        let view = status.at(NOW);
        for (path, body) in documents(&PLACE, &view) {
            if path.ends_with(".json") {
                let read: Value = serde_json::from_str(&body).unwrap();
                check(&read);
            }
        }
    }

    #[test]
    fn ids_are_unique_and_members_name_their_group(status in arbitrary::status()) {
        let body = components(&PLACE, &status.at(NOW));
        let read: Value = serde_json::from_str(&body).unwrap();
        let all = read["components"].as_array().unwrap();
        for (index, it) in all.iter().enumerate() {
            assert!(all[..index].iter().all(|other| other["id"] != it["id"]));
            if let Some(group) = it.get("group_id") {
                let group = all.iter().find(|other| other["id"] == *group).unwrap();
                prop_assert_eq!(&group["group"], true);
                prop_assert!(group["components"].as_array().unwrap().contains(&it["id"]));
            }
        }
        let members = all.iter().filter_map(|it| it.get("components"));
        let members: usize = members.map(|ids| ids.as_array().unwrap().len()).sum();
        prop_assert_eq!(members, all.iter().filter(|it| it.get("group_id").is_some()).count());
    }

    #[test]
    fn breakwater_reads_its_own_status_page(status in arbitrary::status()) {
        let view = status.at(NOW);
        let body = status_json(&PLACE, &view);
        let answer = DependencyAnswer::Answered { status: 200, body: body.as_bytes() };
        let (timeout, took) = (Millis::from_secs(5), Millis::new(80));
        let found = DependencyKind::Statuspage.read(answer, timeout, took);
        let is_well = view.indicator() == StatusIndicator::None;
        prop_assert_eq!(found[0].status == Status::Pass, is_well, "{:?}", found);
    }
}

#[test]
fn what_is_not_known_is_never_said_to_be_well() {
    let status = sample();
    let read = |age| {
        let body = summary(&PLACE, &status.at(status.at + Millis::from_secs(age)));
        serde_json::from_str::<Value>(&body).unwrap()
    };
    let old = read(3600);
    assert_eq!(old["status"]["indicator"], "critical", "an incident is still open");
    for component in old["components"].as_array().unwrap() {
        assert_ne!(component["status"], "operational", "{component}");
    }
    let status = PublicStatus { incidents: Vec::new(), ..sample() };
    let body = status_json(&PLACE, &status.at(status.at + Millis::from_secs(3600)));
    let read: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(read["status"], json!({ "indicator": "minor", "description": "Status Unknown" }));
    assert_eq!(read["breakwater"]["state"], "unknown");
}

#[test]
fn a_site_without_components_and_incidents_has_empty_lists() {
    let status = PublicStatus { at: NOW, ..PublicStatus::default() };
    let body = summary(&PLACE, &status.at(NOW));
    let read: Value = serde_json::from_str(&body).unwrap();
    for list in ["components", "incidents", "scheduled_maintenances"] {
        assert_eq!(read[list], json!([]), "{list}");
    }
}

#[test]
fn an_id_stays_the_same_while_the_state_changes() {
    let (status, mut other) = (sample(), sample());
    other.components.reverse();
    for component in &mut other.components {
        component.state = ComponentState::Unknown;
        component.title = "Another".into();
    }
    let ids = |status: &PublicStatus, name| {
        let body = component(&PLACE, &status.at(status.at), name).unwrap();
        serde_json::from_str::<Value>(&body).unwrap()["component"]["id"].clone()
    };
    for it in &status.components {
        assert_eq!(ids(&status, &it.name), ids(&other, &it.name));
    }
    assert_eq!(ids(&status, "website"), "860da72c029d");
}

#[test]
fn a_component_is_found_by_its_name_and_by_its_id_and_a_group_by_its_id() {
    let status = sample();
    let view = status.at(moment_of(&status));
    let by_name = component(&PLACE, &view, "website").unwrap();
    assert_eq!(component(&PLACE, &view, "860da72c029d"), Some(by_name));
    let group = component(&PLACE, &view, "7148061004a7").unwrap();
    assert!(group.contains("\"name\":\"Shop\""), "{group}");
    assert_eq!(component(&PLACE, &view, "Shop"), None);
    assert_eq!(component(&PLACE, &view, ""), None);
}

#[test]
fn only_the_latest_incidents_are_listed() {
    let mut status = sample();
    let last = status.incidents.pop().unwrap();
    for number in 0..100 {
        status.incidents.push(PublicIncident { id: format!("x{number}"), ..last.clone() });
    }
    let body = incidents(&PLACE, &status.at(status.at));
    let read: Value = serde_json::from_str(&body).unwrap();
    let listed = read["incidents"].as_array().unwrap();
    assert_eq!(listed.len(), INCIDENTS_LISTED);
    assert_eq!(listed[0]["id"], status.incidents[0].id.as_str());
}

#[test]
fn status_and_summary_say_the_same() {
    let sampled = sample();
    let view = sampled.at(moment_of(&sampled));
    let short: Value = serde_json::from_str(&status_json(&PLACE, &view)).unwrap();
    let long: Value = serde_json::from_str(&summary(&PLACE, &view)).unwrap();
    assert_eq!(short["page"], long["page"]);
    assert_eq!(short["status"], long["status"]);
}
