//! The checks of the default file, and the examples in its comments.

use breakwater_core::site::config::parse_file;
use breakwater_core::watch::severity::Severity;

use super::{BARE, checks, watch};

#[test]
fn the_default_file_checks_the_shop_and_needs_no_secret() {
    let file = include_str!("../../../../../breakwater.toml");
    let watch = parse_file("breakwater.toml", file).unwrap_or_else(|error| panic!("{error}")).watch;
    let names: Vec<_> = watch.checks.iter().map(|check| check.name.as_str()).collect();
    assert_eq!(names, ["frontend", "backend", "products"]);
    let severities: Vec<_> = watch.checks.iter().map(|check| check.severity).collect();
    assert_eq!(severities, [Severity::P1, Severity::P1, Severity::P2]);
    assert_eq!(watch.channels, []);
    let shown: String = file
        .lines()
        .skip_while(|line| !line.starts_with("# kind = \"http\""))
        .map_while(|line| line.strip_prefix("# "))
        .flat_map(|line| [line, "\n"])
        .collect();
    assert_eq!(shown.lines().count(), 11);
    assert_eq!(checks(&format!("{BARE}{shown}")), checks(BARE), "the comments show the defaults");
}

#[test]
fn the_examples_in_comments_are_taken() {
    let file = include_str!("../../../../../breakwater.toml");
    let examples: String = file
        .lines()
        .skip_while(|line| *line != "# Examples of other checks:")
        .filter_map(|line| line.strip_prefix("# "))
        .filter(|line| line.starts_with('[') || line.contains(" = "))
        .flat_map(|line| [line, "\n"])
        .collect();
    let watch = watch(&examples);
    let kinds: Vec<_> = watch.checks.iter().map(|check| check.kind.as_str()).collect();
    assert_eq!(kinds, ["heartbeat", "tcp", "dns", "flow", "domain", "tls", "websocket"]);
    assert!(watch.globalping.is_some());
    let kinds: Vec<_> = watch.channels.iter().map(|channel| channel.kind.as_str()).collect();
    assert_eq!(kinds, ["webhook", "slack", "pagerduty", "email"]);
    assert!(watch.dead_mans_switch.is_some() && watch.runbooks_url.is_some());
}
