//! The log's reference names every event and every attribute.

use breakwater_core::telemetry::log::{
    BODY_MAX, LINES_PER_MINUTE, LINES_PER_SECOND, LogAttribute, LogEvent, LogSeverity, TEXT_MAX,
};

const PAGE: &str = include_str!("../../../docs/reference/logs.md");

#[test]
fn the_page_has_a_row_for_each_name_and_no_other() {
    let events = LogEvent::ALL.iter().map(|event| event.as_str());
    let attributes = LogAttribute::ALL.iter().map(|attribute| attribute.as_str());
    let names: Vec<_> = events.chain(attributes).collect();
    for name in &names {
        assert!(PAGE.contains(&format!("\n| `{name}` |")), "no row for {name}");
    }
    for line in PAGE.lines() {
        let Some((name, _)) = line.strip_prefix("| `").and_then(|row| row.split_once('`')) else {
            continue;
        };
        assert!(!name.starts_with("breakwater.") || names.contains(&name), "{name} is no name");
    }
}

#[test]
fn the_page_has_the_limits() {
    for severity in LogSeverity::ALL {
        assert!(PAGE.contains(&format!("`{}` {}", severity.as_str(), severity.number())));
    }
    assert!(PAGE.contains(&format!("at most {LINES_PER_SECOND} lines a second")));
    assert!(PAGE.contains(&format!("and {LINES_PER_MINUTE} a minute")));
    assert!(PAGE.contains(&format!("at most {TEXT_MAX} bytes long")));
    assert_eq!(BODY_MAX, 1_024);
    assert!(PAGE.contains("at most 1,024 bytes"));
}
