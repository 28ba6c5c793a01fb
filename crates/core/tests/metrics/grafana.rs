//! The rules and the dashboard ask for what the page has.

use breakwater_core::telemetry::metrics::{DURATION_BOUNDS, FAMILIES, FamilyKind};

const RULES: &str = include_str!("../../../../docs/grafana/alerts.yml");
const DASHBOARD: &str = include_str!("../../../../docs/grafana/dashboard.json");

/// The names of all samples.
fn names() -> Vec<String> {
    let mut names = Vec::new();
    for family in FAMILIES {
        let suffixes: &[&str] = match family.kind {
            FamilyKind::Counter => &["_total"],
            FamilyKind::Info => &["_info"],
            FamilyKind::Histogram => &["_bucket", "_count", "_sum"],
            FamilyKind::Gauge | FamilyKind::StateSet => &[""],
        };
        names.extend(suffixes.iter().map(|suffix| format!("{}{suffix}", family.name)));
    }
    names
}

#[test]
fn every_name_that_is_asked_for_is_on_the_page() {
    let names = names();
    for text in [RULES, DASHBOARD] {
        let mut asked = 0;
        for (at, _) in text.match_indices("breakwater_") {
            let is_part = |c: char| c.is_ascii_lowercase() || c == '_';
            let name: String = text[at..].chars().take_while(|c| is_part(*c)).collect();
            assert!(names.contains(&name), "{name}");
            asked += 1;
        }
        assert!(asked > 10);
    }
}

#[test]
fn every_bound_that_is_asked_for_is_on_the_page() {
    for text in [RULES, &DASHBOARD.replace("\\\"", "\"")] {
        let asked: Vec<&str> = text
            .match_indices("le=\"")
            .filter(|(at, _)| !text[..*at].ends_with(|c: char| c.is_ascii_alphanumeric()))
            .filter_map(|(at, _)| text[at + 4..].split('"').next())
            .collect();
        assert!(!asked.is_empty());
        for le in asked {
            assert!(DURATION_BOUNDS.iter().any(|(_, bound)| *bound == le), "{le}");
        }
    }
}

/// A failed scrape sets the `for` of a rule back that looks at the moment alone.
#[test]
fn every_rule_looks_back_five_minutes_at_least() {
    let rules: Vec<&str> = RULES.split("      - ").skip(1).collect();
    assert!(rules.len() > 10);
    for rule in rules {
        let expression = rule.split("labels:").next().unwrap_or_default();
        let spans: Vec<u32> = expression
            .match_indices('[')
            .filter_map(|(at, _)| expression[at + 1..].split(']').next())
            .map(|span| match span.split_at(span.len() - 1) {
                (minutes, "m") => minutes.parse().unwrap(),
                (hours, "h") => 60 * hours.parse::<u32>().unwrap(),
                _ => panic!("{span}"),
            })
            .collect();
        let is_recorded = expression.contains("breakwater:bad_answers:ratio_rate");
        assert!(is_recorded || !spans.is_empty(), "{expression}");
        assert!(spans.iter().all(|minutes| *minutes >= 5), "{expression}");
    }
}
