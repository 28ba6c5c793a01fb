//! A clock that is set, forwards and back, at any moment of an outage.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::watch::alert::AlertKind;
use breakwater_core::watch::check::PROBER;
use breakwater_core::watch::monitor::CheckResult;

use crate::shell::Shell;
use crate::{SHOP, later, setting};

/// Lives of a run in CI; `BREAKWATER_MONITOR_CLOCKS` is another number.
const LIVES: u64 = 80;
/// The longest that a clock which was set holds a check up: the round of each minute notices it,
/// the check is then due within its interval of 10 s, and is made within a second.
const HELD_UP_MAX: Millis = Millis::from_secs(71);
/// The longest that a message waits for its next attempt, of those that fail in these lives: the
/// fourth waits for two minutes and a quarter more.
const RETRY_MAX: Millis = Millis::from_secs(150);
/// The furthest that the clock is set: half a day. Deliveries then do not outlive their day.
const JUMP_MAX: u64 = 12 * 3_600_000;

/// Lets the clock jump, and with `has_kills` the Worker be killed, several times in an outage.
fn live(seed: u64, has_kills: bool) {
    let begin = Shell::new(SHOP, seed, |_, _, _| None, |_, _| true).now;
    let (from, until) = (later(begin, 120_000), later(begin, 480_000));
    let ahead = Rc::new(Cell::new(0_i64));
    let seen = Rc::clone(&ahead);
    let is_down = move |now: Timestamp| {
        let really = now.as_millis().saturating_add_signed(-seen.get());
        (from..until).contains(&Timestamp::from_millis(really))
    };
    let finds = move |check: &str, _: &str, now: Timestamp| {
        Some(if check == "frontend" && is_down(now) { CheckResult::Down } else { CheckResult::Up })
    };
    let takes = |attempt: u32, _| attempt > 9 || !attempt.is_multiple_of(3);
    let mut shell = Shell::new(SHOP, seed, finds, takes);
    let end = later(begin, 900_000);
    // The last check, or the last jump.
    let mut since = begin;
    let mut probed = 0;
    while shell.true_now() < end {
        let horizon = later(shell.now, 3_600_000);
        assert!(shell.step(horizon), "seed {seed}: nothing happens any more");
        if shell.probed.len() > probed {
            probed = shell.probed.len();
            let gap = shell.true_now().since(since);
            // What was ordered right before a kill is lost, and ordered again only after its time.
            assert!(has_kills || gap <= HELD_UP_MAX, "seed {seed}: no check is made for {gap}");
            since = shell.true_now();
        }
        if shell.draw().is_multiple_of(150) {
            let span =
                i64::try_from((u64::from(shell.draw()) * JUMP_MAX) >> 32).expect("half a day");
            // Most jumps are undone by a later one, as when a machine finds its time again.
            let by = match shell.draw() % 3 {
                0 => span,
                1 => -shell.ahead,
                _ => -span,
            };
            shell.set_clock(by);
            ahead.set(shell.ahead);
            since = shell.true_now();
        }
        if has_kills && shell.draw().is_multiple_of(200) {
            shell.kill();
        }
    }
    let horizon = later(shell.now, (HELD_UP_MAX.get() + RETRY_MAX.get()) * 2);
    shell.run_until(horizon);
    told(seed, &mut shell);
}

/// All of the outage was told, and nothing under two keys.
fn told<F, T>(seed: u64, shell: &mut Shell<F, T>)
where
    F: Fn(&str, &str, Timestamp) -> Option<CheckResult>,
    T: Fn(u32, Timestamp) -> bool,
{
    // A clock that is set forwards while checks are made looks as if none came back.
    let of_prober: BTreeSet<String> = shell
        .host()
        .incidents()
        .filter(|incident| incident.checks().iter().any(|check| check.name == PROBER))
        .map(|incident| incident.id().to_owned())
        .collect();
    let mut of_incident: BTreeMap<(&str, &str), Vec<(AlertKind, &str)>> = BTreeMap::new();
    for it in shell.arrived.iter().filter(|it| !of_prober.contains(&it.incident)) {
        of_incident.entry((&it.incident, &it.channel)).or_default().push((it.kind, &it.message));
    }
    let incidents: BTreeSet<&str> = of_incident.keys().map(|(incident, _)| *incident).collect();
    assert_eq!(incidents.len(), 1, "seed {seed}: one outage is one incident: {of_incident:?}");
    for ((incident, channel), messages) in &of_incident {
        let of_kind = |kind: AlertKind| -> BTreeSet<&str> {
            messages.iter().filter(|(it, _)| *it == kind).map(|(_, message)| *message).collect()
        };
        let said = format!("seed {seed}, {incident} to {channel}: {messages:?}");
        assert_eq!(of_kind(AlertKind::Opened).len(), 1, "one key for the opening: {said}");
        assert_eq!(of_kind(AlertKind::Resolved).len(), 1, "one key for the end: {said}");
        let first = |kind| messages.iter().position(|(it, _)| *it == kind);
        assert!(first(AlertKind::Opened) < first(AlertKind::Resolved), "in order: {said}");
    }
    let open = shell.host().incidents().filter(|incident| incident.is_open()).count();
    assert_eq!(open, 0, "seed {seed}: an incident is stuck");
    assert_eq!(shell.host().outbox().pending().count(), 0, "seed {seed}: a delivery is stuck");
}

#[test]
fn a_clock_that_is_set_holds_nothing_up_and_tells_nothing_twice() {
    for seed in 0..setting("BREAKWATER_MONITOR_CLOCKS", LIVES) {
        live(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1, seed % 2 == 1);
    }
}
