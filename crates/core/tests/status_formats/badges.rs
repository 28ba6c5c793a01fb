//! Badges.

use breakwater_core::site::status::badge::{BadgeOptions, BadgeStyle, shields, svg};
use breakwater_core::site::status::wording::color;
use breakwater_core::site::status::{ComponentState, PublicStatus};
use proptest::prelude::*;
use roxmltree::Document;
use serde_json::{Value, json};

use crate::{NOW, arbitrary, component};

fn state_of(state: ComponentState) -> PublicStatus {
    PublicStatus {
        at: NOW,
        components: vec![component("checkout", "checkout", state)],
        ..PublicStatus::default()
    }
}

proptest! {
    #[test]
    fn a_badge_is_a_picture_with_a_name_whatever_its_label_is(
        label in arbitrary::text(),
        square in any::<bool>(),
    ) {
        let status = state_of(ComponentState::PartialOutage);
        let style = if square { BadgeStyle::FlatSquare } else { BadgeStyle::Flat };
        let options = BadgeOptions { style, label: Some(label) };
        let body = svg(&status.at(NOW), "checkout", &options).unwrap();
        let document = Document::parse(&body).unwrap();
        let picture = document.root_element();
        prop_assert_eq!(picture.attribute("role"), Some("img"));
        prop_assert!(picture.attribute("aria-label").unwrap().ends_with(": partial outage"));
        let title = picture.children().find(|it| it.tag_name().name() == "title").unwrap();
        prop_assert!(title.text().unwrap().ends_with(": partial outage"));
        let allowed = ["svg", "title", "linearGradient", "stop", "clipPath", "rect", "g", "text"];
        for element in document.descendants().filter(roxmltree::Node::is_element) {
            prop_assert!(allowed.contains(&element.tag_name().name()));
        }
    }
}

#[test]
fn a_badge_is_as_wide_as_that_of_shields() {
    let status = state_of(ComponentState::DegradedPerformance);
    for query in ["", "style=flat", "style=flat-square"] {
        let body = svg(&status.at(NOW), "checkout", &BadgeOptions::parse(query)).unwrap();
        assert!(body.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"194\""));
    }
}

#[test]
fn only_what_is_well_may_be_drawn_in_another_color() {
    for (state, message, color, is_error) in [
        (ComponentState::Operational, "operational", "#1a7f37", false),
        (ComponentState::UnderMaintenance, "under maintenance", "#0969da", false),
        (ComponentState::Unknown, "unknown", "#57606a", true),
        (ComponentState::DegradedPerformance, "degraded performance", "#9a6700", true),
        (ComponentState::PartialOutage, "partial outage", "#bc4c00", true),
        (ComponentState::MajorOutage, "major outage", "#cf222e", true),
    ] {
        let status = state_of(state);
        for (name, label) in [("checkout", "checkout"), ("site", "status")] {
            let body = shields(&status.at(NOW), name, &BadgeOptions::default()).unwrap();
            let expected = json!({
                "schemaVersion": 1,
                "label": label,
                "message": message,
                "color": color,
                "isError": is_error,
            });
            assert_eq!(serde_json::from_str::<Value>(&body).unwrap(), expected);
        }
    }
}

#[test]
fn the_widget_has_the_colors_of_the_badges() {
    let script = include_str!("../../../../www/status/widget_line.ts");
    for state in ComponentState::ALL {
        let line = format!("  {}: \"{}\",\n", state.as_str(), color(state));
        assert!(script.contains(&line), "{line}");
    }
}

#[test]
fn there_is_a_badge_of_each_component_and_of_no_other_name() {
    let status = state_of(ComponentState::Operational);
    let options = BadgeOptions::default();
    assert!(svg(&status.at(NOW), "site", &options).is_some());
    for name in ["", "Checkout", "other"] {
        assert_eq!(svg(&status.at(NOW), name, &options), None);
        assert_eq!(shields(&status.at(NOW), name, &options), None);
    }
}
