//! Plain text, and the document for iframes.

use breakwater_core::site::status::widget::widget;
use breakwater_core::site::status::{etag, text};
use proptest::prelude::*;

use crate::documents::{PLACE, documents};
use crate::{CASES, NOW, arbitrary, moment_of, sample};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(CASES))]

    #[test]
    fn plain_text_has_nothing_that_terminals_obey(status in arbitrary::status()) {
        let view = status.at(NOW);
        for body in [text::plain(&PLACE, &view), text::llms(&PLACE, &view)] {
            prop_assert!(!body.contains(|it: char| it.is_control() && it != '\n'));
        }
    }

    #[test]
    fn every_line_of_the_lists_for_language_models_is_a_link(status in arbitrary::status()) {
        let body = text::llms(&PLACE, &status.at(NOW));
        prop_assert!(body.starts_with("# StolenTee & Söhne status\n\n> "));
        for line in body.split("\n## ").skip(1).flat_map(|section| section.lines().skip(1)) {
            let is_link = line.starts_with("- [") && line.contains("](https://shop.example/status");
            prop_assert!(line.is_empty() || is_link, "{}", line);
        }
    }

    #[test]
    fn equal_bodies_have_equal_validators_and_others_others(
        one in arbitrary::text(),
        other in arbitrary::text(),
    ) {
        prop_assert_eq!(etag(&one) == etag(&other), one == other);
        prop_assert!(etag(&one).starts_with('"') && etag(&one).len() == 34);
    }
}

#[test]
fn the_document_for_iframes_has_no_script_and_one_link() {
    let status = sample();
    let body = widget(&PLACE, &status.at(moment_of(&status)));
    assert!(!body.contains("<script") && !body.contains(" on"), "{body}");
    assert_eq!(body.matches("href=").count(), 1);
    assert!(body.contains("StolenTee &amp; Söhne: Major Service Outage"), "{body}");
}

#[test]
fn what_does_not_change_has_the_same_validator_a_minute_later() {
    let status = sample();
    let (now, later) = (moment_of(&status), moment_of(&status) + super::Millis::from_secs(60));
    let (now, later) = (documents(&PLACE, &status.at(now)), documents(&PLACE, &status.at(later)));
    for ((path, body), (_, again)) in now.iter().zip(&later) {
        assert_eq!(etag(body), etag(again), "{path}");
    }
}
