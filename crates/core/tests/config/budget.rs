//! The key of `[budget]`.

use breakwater_core::base::budget::Cost;
use breakwater_core::site::budget::{monitor_budget, monitor_plan, snapshots_budget};
use breakwater_core::site::config::{SiteFile, parse_file};

use super::{VALID, check_below};

fn file(lines: &str) -> SiteFile {
    parse_file("breakwater.toml", &format!("{VALID}{lines}")).expect("a site file")
}

#[test]
fn the_headroom_is_four_unless_the_file_says_otherwise() {
    for (lines, times) in [
        ("", 4),
        ("[budget]\n", 4),
        ("[budget]\nheadroom = 2\n", 2),
        ("[budget]\nheadroom = 20\n", 20),
    ] {
        assert_eq!(file(lines).watch.headroom.get(), times, "{lines}");
    }
}

#[test]
fn a_headroom_outside_its_limits_is_refused() {
    for times in [0, 1, 21] {
        check_below(
            &format!("[budget]\nheadroom = {times}\n"),
            &format!(
                "2:12: budget.headroom: `{times}` is out of range, expected 2 to 20 times the plan"
            ),
        );
    }
    check_below(
        "[budget]\nheadroom = \"4\"\n",
        "2:12: budget.headroom: found the string `\"4\"`, expected a whole number",
    );
    check_below(
        "[budget]\nhours = 4\n",
        "2:1: budget: unknown key `hours`, expected one of `headroom`",
    );
}

#[test]
fn budgets_grow_with_the_headroom() {
    const REST: &str = "[[checks]]\nname = \"a\"\nurl = \"https://shop.example/\"\n\
                        [[snapshots]]\nmatch = \"/\"\nevery = \"10m\"\n";
    let (narrow, wide) = (file(REST), file(&format!("{REST}[budget]\nheadroom = 10\n")));
    let more = |narrow: Cost, wide: Cost| wide.rows_written - narrow.rows_written;
    let plan = monitor_plan(&narrow.watch);
    let budgets = [&narrow, &wide].map(|it| monitor_budget(&it.watch).0);
    assert_eq!(more(budgets[0], budgets[1]), 6 * plan.rows_written);
    let budgets = [&narrow, &wide].map(|it| snapshots_budget(&it.site, &it.watch).0);
    assert!(budgets[0].class_a_operations < budgets[1].class_a_operations);
}
