//! What checks depend on.

use breakwater_core::site::config::parse_file;
use proptest::prelude::*;

use super::super::{VALID, check_below};
use super::checks;

/// Returns checks of these names, each with the one that it depends on.
fn chain(parents: &[(&str, Option<&str>)]) -> String {
    let one = |(name, parent): &(&str, Option<&str>)| {
        let parent = parent.map_or(String::new(), |parent| format!("depends_on = \"{parent}\""));
        format!("[[checks]]\nname = \"{name}\"\nurl = \"https://a.example/\"\n{parent}\n")
    };
    parents.iter().map(one).collect()
}

#[test]
fn a_check_depends_on_one_that_exists_above_or_below() {
    assert_eq!(checks(&chain(&[("a", Some("b")), ("b", None), ("c", Some("b"))])).len(), 3);
    check_below(
        &chain(&[("a", None), ("b", Some("c"))]),
        "8:14: checks[1].depends_on: unknown check `c`, expected one of `a`, `b`",
    );
}

#[test]
fn parents_never_lead_in_a_circle() {
    check_below(
        &chain(&[("a", Some("a"))]),
        "4:14: checks[0].depends_on: `a` → `a` is a circle, \
         expected an end of what depends on what",
    );
    // The first check leads to the circle, and is not on it.
    check_below(
        &chain(&[("a", Some("c")), ("b", Some("d")), ("c", Some("b")), ("d", Some("c"))]),
        "8:14: checks[1].depends_on: `b` → `d` → `c` → `b` is a circle, \
         expected an end of what depends on what",
    );
}

proptest! {
    /// A file is refused exactly if the naive walk from some check never ends.
    #[test]
    fn a_file_is_refused_exactly_if_some_way_of_parents_never_ends(
        parents in prop::collection::vec(prop::option::of(0usize..8), 8),
    ) {
        let names = ["a", "b", "c", "d", "e", "f", "g", "h"];
        let ends = (0..8).all(|start| {
            let mut at = Some(start);
            for _ in 0..8 {
                at = at.and_then(|at: usize| parents[at]);
            }
            at.is_none()
        });
        let listed: Vec<_> =
            names.iter().zip(&parents).map(|(name, at)| (*name, at.map(|at| names[at]))).collect();
        let file = format!("{VALID}{}", chain(&listed));
        prop_assert_eq!(parse_file("breakwater.toml", &file).is_ok(), ends);
    }
}
