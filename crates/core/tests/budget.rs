//! The budget of an object: what it may spend within an hour, and what waits first.

use breakwater_core::base::budget::{
    Cost, Draw, HourlyBudget, Importance, Ledger, Occasion, Resource,
};
use breakwater_core::base::stored::StoredForm as _;
use breakwater_core::base::time::{Millis, Timestamp};
use proptest::prelude::*;

const HOUR: u64 = 3_600_000;
/// What waits last, and what waits first.
const LAST: (Occasion, Importance) = (Occasion::Planned, Importance::Critical);
const FIRST: (Occasion, Importance) = (Occasion::Unplanned, Importance::Low);
const BEGIN: Timestamp = Timestamp::from_millis(1_795_000_000_000);

const fn rows(rows_written: u32) -> Cost {
    Cost { rows_written, ..Cost::ZERO }
}

fn ledger(amount: u32) -> Ledger {
    Ledger::load(HourlyBudget(rows(amount)), None, BEGIN)
}

/// How many single rows are granted at once.
fn granted(ledger: &mut Ledger, reason: (Occasion, Importance), now: Timestamp) -> u32 {
    (0..).take_while(|_| ledger.draw(rows(1), reason, now) == Draw::Granted).count() as u32
}

#[test]
fn half_of_the_hourly_amount_is_there_at_once_and_the_rest_comes_within_the_hour() {
    let mut ledger = ledger(1000);
    assert_eq!(granted(&mut ledger, LAST, BEGIN), 500);
    let later = BEGIN + Millis::from_secs(1800);
    assert_eq!(granted(&mut ledger, LAST, later), 250);
    assert_eq!(granted(&mut ledger, LAST, later + Millis::from_secs(7200)), 500);
}

#[test]
fn the_less_important_waits_first_and_what_is_planned_last() {
    let mut ledger = ledger(4800);
    for occasion in [Occasion::Unplanned, Occasion::Planned] {
        let each = Importance::ALL.map(|it| granted(&mut ledger, (occasion, it), BEGIN));
        let expected = match occasion {
            Occasion::Unplanned => [1200, 200, 200, 200],
            Occasion::Planned => [300, 100, 100, 100],
        };
        assert_eq!(each, expected);
    }
}

#[test]
fn what_is_held_is_granted_at_the_time_that_was_named_and_not_before() {
    let mut ledger = ledger(1200);
    granted(&mut ledger, LAST, BEGIN);
    for reason in [FIRST, LAST] {
        let Draw::Held(until) = ledger.draw(rows(7), reason, BEGIN) else { panic!() };
        let before = Timestamp::from_millis(until.as_millis() - 1);
        assert_eq!({ ledger }.draw(rows(7), reason, before), Draw::Held(until));
        assert_eq!({ ledger }.draw(rows(7), reason, until), Draw::Granted);
    }
}

#[test]
fn work_that_cannot_wait_leaves_a_debt_of_an_hour_at_most() {
    let mut ledger = ledger(100);
    ledger.spend(rows(10_000), BEGIN);
    assert_eq!(ledger.left(Resource::RowsWritten, BEGIN), 0);
    let after = BEGIN + Millis::new(HOUR);
    assert_eq!(granted(&mut ledger, LAST, after), 0);
    assert_eq!(granted(&mut ledger, LAST, after + Millis::new(HOUR)), 50);
}

#[test]
fn work_that_is_larger_than_the_budget_waits_until_it_is_full() {
    let mut ledger = ledger(100);
    assert_eq!(ledger.draw(rows(80), FIRST, BEGIN), Draw::Granted);
    let Draw::Held(until) = ledger.draw(rows(80), FIRST, BEGIN) else { panic!() };
    assert_eq!(until.since(BEGIN), Millis::new(HOUR * 16 / 10));
}

#[test]
fn a_resource_without_a_budget_is_never_spent() {
    let mut ledger = ledger(100);
    let request = Cost { subrequests: 1, ..Cost::ZERO };
    let until = BEGIN + Millis::new(HOUR);
    assert_eq!(ledger.draw(request, LAST, BEGIN), Draw::Held(until));
    assert_eq!(ledger.draw(Cost::ZERO, FIRST, BEGIN), Draw::Granted);
}

#[test]
fn a_clock_that_is_set_back_brings_nothing_back() {
    let mut ledger = ledger(1000);
    granted(&mut ledger, LAST, BEGIN);
    let back = BEGIN.before(Millis::from_secs(7200));
    ledger.handle_clock(back);
    assert_eq!(granted(&mut ledger, LAST, back), 0);
    assert_eq!(granted(&mut ledger, LAST, back + Millis::from_secs(360)), 50);
}

/// What an object does next, after this many milliseconds.
#[derive(Clone, Debug)]
enum Step {
    Draw(Cost, Occasion, Importance),
    /// It is killed after the event, and what it did not store is lost.
    Killed,
    /// It is put away after ten idle seconds, and loaded for the next event.
    PutAway,
}

fn steps() -> impl Strategy<Value = Vec<(u64, Step)>> {
    let cost = (0u32..20, 0u32..9).prop_map(|(rows_written, subrequests)| Cost {
        rows_written,
        subrequests,
        ..Cost::ZERO
    });
    let occasion = prop::sample::select(&[Occasion::Planned, Occasion::Unplanned][..]);
    let draw = (cost, occasion, prop::sample::select(&Importance::ALL[..]));
    let step = prop_oneof![
        8 => draw.prop_map(|(cost, occasion, importance)| Step::Draw(cost, occasion, importance)),
        1 => Just(Step::Killed),
        1 => Just(Step::PutAway),
    ];
    let pause = prop_oneof![3 => 0u64..2_000, 2 => 0u64..60_000, 1 => 0u64..2 * HOUR];
    prop::collection::vec((pause, step), 1..600)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_hour_sees_more_than_the_budget_however_often_the_object_is_loaded(steps in steps()) {
        let budget = HourlyBudget(Cost { rows_written: 300, subrequests: 90, ..Cost::ZERO });
        let (mut now, mut stored) = (BEGIN, None);
        let mut ledger = Ledger::load(budget, None, now);
        let mut spent: Vec<(Timestamp, Cost)> = Vec::new();
        for (pause, step) in steps {
            now = now + Millis::new(pause);
            match step {
                Step::Draw(cost, occasion, importance) => {
                    if ledger.draw(cost, (occasion, importance), now) == Draw::Granted {
                        stored = ledger.take_unstored(now).or(stored);
                        spent.push((now, cost));
                    }
                }
                Step::Killed => ledger = Ledger::load(budget, stored, now),
                Step::PutAway => {
                    now = now + Millis::from_secs(10);
                    ledger = Ledger::load(budget, stored, now);
                }
            }
        }
        for (first, (begin, _)) in spent.iter().enumerate() {
            let within = spent[first..].iter().take_while(|(at, _)| at.since(*begin).get() < HOUR);
            let sum = within.fold(Cost::ZERO, |sum, (_, cost)| sum + *cost);
            for resource in Resource::ALL {
                prop_assert!(sum[resource] <= budget.0[resource], "{sum:?}");
            }
        }
    }

    #[test]
    fn an_object_that_is_put_away_each_minute_still_has_what_comes_back(minutes in 60u32..300) {
        // A 60th of what comes back within an hour comes back within a minute; a sixth of it may be
        // lost to the load.
        let budget = HourlyBudget(rows(7200));
        let (mut now, mut stored) = (BEGIN, None);
        for _ in 0..minutes {
            let mut ledger = Ledger::load(budget, stored, now);
            prop_assert_eq!(ledger.draw(rows(50), FIRST, now), Draw::Granted);
            stored = ledger.take_unstored(now).or(stored);
            now = now + Millis::from_secs(60);
        }
    }

    #[test]
    fn the_ledger_is_stored_a_few_hundred_times_an_hour_at_most(number in 1u32..3000) {
        let mut ledger = ledger(7200);
        let mut writes = 0;
        for index in 0..number {
            let now = BEGIN + Millis::new(u64::from(index) * 700);
            ledger.draw(rows(1), LAST, now);
            writes += u32::from(ledger.take_unstored(now).is_some());
        }
        prop_assert!(writes <= 1 + number / 10, "{writes} of {number}");
    }
}

#[test]
fn what_was_not_stored_when_an_object_was_killed_does_not_come_back() {
    // Of 7,200 rows ten are a 360th of what the budget holds, so that three are not stored.
    let (budget, mut stored) = (HourlyBudget(rows(7200)), None);
    let (mut now, mut spent) = (BEGIN, 0);
    while now.since(BEGIN) < Millis::new(HOUR) {
        let mut ledger = Ledger::load(budget, stored, now);
        for _ in 0..2 {
            if ledger.draw(rows(3), LAST, now) == Draw::Granted {
                stored = ledger.take_unstored(now).or(stored);
                spent += 3;
            }
        }
        now = now + Millis::new(300);
    }
    // Each time it is killed it may have spent ten more, and assumes so.
    assert!((2000..=7200).contains(&spent), "{spent}");
}

#[test]
fn the_stored_form_is_read_again() {
    use breakwater_core::base::budget::StoredLedger;
    let mut ledger = ledger(1000);
    ledger.spend(rows(3), BEGIN);
    let stored = ledger.take_unstored(BEGIN).unwrap();
    assert_eq!(StoredLedger::from_stored(&stored.to_stored()), Ok(stored));
    assert_eq!(ledger.take_unstored(BEGIN), None);
}
