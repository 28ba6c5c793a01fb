//! The Worker is killed at any moment of an outage.

use std::collections::{BTreeMap, BTreeSet};

use breakwater_core::base::stored::StoredForm as _;
use breakwater_core::base::time::Timestamp;
use breakwater_core::site::monitoring::MonitorHost;
use breakwater_core::watch::alert::AlertKind;
use breakwater_core::watch::monitor::CheckResult;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::shell::Shell;
use crate::{SHOP, later, setting};

/// Lives of a run in CI; `BREAKWATER_MONITOR_KILLS` is another number.
const LIVES: u64 = 100;

/// An outage of two minutes, in which the Worker is killed several times.
fn live(seed: u64) {
    let begin = Shell::new(SHOP, seed, |_, _, _| None, |_, _| true).now;
    let (from, until) = (later(begin, 60_000), later(begin, 180_000));
    let finds = move |_: &str, _: &str, now: Timestamp| {
        Some(if (from..until).contains(&now) { CheckResult::Down } else { CheckResult::Up })
    };
    // Every third attempt of the first nine fails.
    let takes = |attempt: u32, _| attempt > 9 || !attempt.is_multiple_of(3);
    let mut shell = Shell::new(SHOP, seed, finds, takes);
    let end = later(begin, 400_000);
    // A kill for every hundred events or so.
    while shell.step(end) {
        if shell.draw().is_multiple_of(100) {
            shell.kill();
        }
    }
    shell.run_until(later(end, 900_000));

    let mut of_incident: BTreeMap<(&str, &str), Vec<(AlertKind, &str)>> = BTreeMap::new();
    for it in &shell.arrived {
        of_incident.entry((&it.incident, &it.channel)).or_default().push((it.kind, &it.message));
    }
    assert!(!of_incident.is_empty(), "seed {seed}: an alert is lost");
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
    let incidents: BTreeSet<&str> = of_incident.keys().map(|(incident, _)| *incident).collect();
    assert_eq!(of_incident.len(), incidents.len() * 2, "seed {seed}: both channels are told");
    let open = shell.host().incidents().filter(|incident| incident.is_open()).count();
    assert_eq!(open, 0, "seed {seed}: an incident is stuck");
    assert_eq!(shell.host().outbox().pending().count(), 0, "seed {seed}");

    let batches = shell.storage.observations.iter();
    let found = batches.map(|batch| read::<Vec<Value>>(&batch.json).len());
    let messages: BTreeSet<&str> = shell.arrived.iter().map(|it| &*it.message).collect();
    let deliveries: BTreeSet<(&str, &str)> =
        shell.arrived.iter().map(|it| (&*it.message, &*it.channel)).collect();
    let expected = [found.sum(), messages.len(), deliveries.len()];
    assert_eq!(work(shell.host()), expected, "seed {seed}: each was counted once");
}

/// What is stored, as it reads back.
fn read<T: DeserializeOwned>(text: &str) -> T {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// The observations, alerts and deliveries that arrived, as they are counted.
fn work(host: &MonitorHost) -> [usize; 3] {
    #[derive(Deserialize)]
    struct Stored {
        work: Vec<usize>,
    }
    let Stored { work: counts } = read(&host.work().to_stored());
    [counts[..3].iter().sum(), counts[3..7].iter().sum(), counts[7]]
}

#[test]
fn no_alert_is_lost_or_sent_under_two_keys_and_no_incident_is_stuck() {
    for seed in 0..setting("BREAKWATER_MONITOR_KILLS", LIVES) {
        live(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    }
}
