//! Random lives of an objective, compared with the model that counts again from all events.

use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::watch::objective::{BurnAlert, Objective, ObjectiveCounts, ObjectiveTally};
use proptest::prelude::*;

use crate::reference::Reference;
use crate::{loaded, objective, stored};

/// What happens next in a life.
#[derive(Clone, Copy, Debug)]
struct Happening {
    /// The time since what happened before, in milliseconds.
    after: u64,
    good: u64,
    bad: u64,
    /// Whether the tally is stored and read.
    is_stored: bool,
}

fn happening() -> impl Strategy<Value = Happening> {
    let after = prop_oneof![
        4 => 0..90_000u64,
        3 => 60_000..1_200_000u64,
        2 => 1_200_000..30_000_000u64,
        1 => 30_000_000..400_000_000u64,
        1 => Just(60_000u64),
        1 => Just(3_600_000u64),
        1 => Just(21_600_000u64),
    ];
    let good = prop_oneof![Just(0u64), 0..40u64, 0..3_000u64, Just(1u64 << 40)];
    let bad = prop_oneof![4 => Just(0u64), 4 => 0..40u64, 1 => Just(1u64 << 40)];
    (after, good, bad, any::<bool>()).prop_map(|(after, good, bad, is_stored)| Happening {
        after,
        good,
        bad,
        is_stored,
    })
}

fn any_objective() -> impl Strategy<Value = Objective> {
    let target = prop::sample::select(vec![
        "0%",
        "50%",
        "90%",
        "95%",
        "99%",
        "99.5%",
        "99.9%",
        "99.95%",
        "99.99%",
        "99.9999999%",
    ]);
    let hours = prop::sample::select(vec![1u64, 5, 6, 7, 24, 72, 73, 168, 720]);
    let minimum = prop::sample::select(vec![1u32, 2, 30, 1_000]);
    (target, hours, minimum).prop_map(|(target, hours, minimum)| Objective {
        window: Millis::from_secs(3600 * hours),
        minimum,
        ..objective(target)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn the_tally_says_what_a_recount_says(
        objective in any_objective(),
        begin in 0..4_000_000_000_000u64,
        life in prop::collection::vec(happening(), 1..60),
    ) {
        let mut tally = ObjectiveTally::default();
        let mut model = Reference {
            allowed: objective.target.allowed().into(),
            window: objective.window.get(),
            minimum: objective.minimum.into(),
            events: Vec::new(),
        };
        let mut at = begin;
        let mut fires = [false, false];
        for Happening { after, good, bad, is_stored } in life {
            at += after;
            let now = Timestamp::from_millis(at);
            if is_stored {
                tally = loaded(&objective, &stored(&objective, &tally));
            }
            tally.record(&objective, ObjectiveCounts { good, bad }, now);
            model.record(at, good, bad);
            let holds = |alert| tally.holding_rule(&objective, alert, now).is_some();
            prop_assert_eq!(holds(BurnAlert::Page), model.page(at));
            prop_assert_eq!(holds(BurnAlert::Ticket), model.ticket(at));
            prop_assert_eq!(tally.budget_left_ppm(&objective, now), model.budget_left_ppm(at));
            let events = tally.judge(&objective, now);
            for event in &events {
                let known = &mut fires[usize::from(event.alert == BurnAlert::Ticket)];
                prop_assert_ne!(*known, event.is_firing, "nothing begins or ends twice");
                *known = event.is_firing;
            }
            prop_assert_eq!(fires[0], model.page(at));
            prop_assert!(!fires[1] || model.ticket(at));
            prop_assert!(tally.judge(&objective, now).is_empty(), "nothing has changed since");
        }
    }

    #[test]
    fn a_forecast_is_where_the_budget_meets_its_burn(
        objective in any_objective(),
        good in 1..1_000_000u64,
        bad in 0..1_000u64,
    ) {
        let now = Timestamp::from_millis(1_795_000_000_000);
        let mut tally = ObjectiveTally::default();
        tally.record(&objective, ObjectiveCounts { good, bad }, now);
        let left = tally.budget_left_ppm(&objective, now);
        let ends = tally.budget_ends_at(&objective, now);
        if left <= 0 {
            prop_assert_eq!(ends, Some(now));
        } else if bad == 0 {
            prop_assert_eq!(ends, None);
        } else if let Some(ends) = ends {
            prop_assert!(ends <= now + objective.window);
            // One span was counted, so what was used of the budget is the burn rate as well.
            let used = (1_000_000 - left) as f64 / 1e6;
            let lasts = (1.0 - used) / used * objective.window.get() as f64;
            let found = ends.since(now).get() as f64;
            prop_assert!((found - lasts).abs() <= lasts * 0.01 + 1e6, "{} {}", found, lasts);
        }
    }

    #[test]
    fn a_clock_that_is_set_back_loses_no_event(
        life in prop::collection::vec(happening(), 1..20),
        back in 1_000..400_000_000u64,
    ) {
        let objective = objective("99.9%");
        let mut tally = ObjectiveTally::default();
        let mut at = 1_795_000_000_000;
        for Happening { after, good, bad, .. } in life {
            at += after % 600_000;
            let now = Timestamp::from_millis(at);
            tally.record(&objective, ObjectiveCounts { good, bad }, now);
        }
        let before = tally.counts(objective.window, Timestamp::from_millis(at));
        let now = Timestamp::from_millis(at - back);
        tally.handle_clock(&objective, now);
        prop_assert_eq!(tally.counts(objective.window, now), before);
        prop_assert!(!tally.handle_clock(&objective, now), "once is enough");
    }
}
