use alloc::vec::Vec;

use super::*;
use crate::circuit::breaker::Override;
use crate::circuit::fleet::Delta;
use crate::circuit::policy::PolicySpec;

/// A host, and its shell in the simplest form.
struct Object {
    host: Host,
    policy: Policy,
    has_probe: bool,
    now: Timestamp,
}

impl Object {
    fn new() -> Self {
        let spec = PolicySpec {
            consecutive_failures: Some(3),
            open_for: Some(Millis::from_secs(10)),
            ..PolicySpec::default()
        };
        let policy = Policy::try_from(spec).unwrap();
        let now = Timestamp::from_millis(1_000_000);
        Self { host: Host::new(&policy, None), policy, has_probe: true, now }
    }

    /// All effects that wait.
    fn effects(&mut self) -> Vec<HostEffect> {
        let rules = CircuitRules { policy: &self.policy, has_probe: self.has_probe };
        core::iter::from_fn(|| self.host.poll_effect(rules, self.now)).collect()
    }

    /// A first report of a replica that saw this.
    fn report(&mut self, replica: u64, delta: Delta) -> Receipt {
        let generation = Some(self.host.coordinator().generation());
        let report = Report { replica, sequence: 1, generation, region: None, delta };
        let rules = CircuitRules { policy: &self.policy, has_probe: self.has_probe };
        self.host.handle_report(rules, &report, 0, self.now)
    }

    fn alarm(&mut self) -> Option<Probe> {
        let rules = CircuitRules { policy: &self.policy, has_probe: self.has_probe };
        self.host.handle_alarm(rules, self.now)
    }

    fn probed(&mut self, probe: Probe, passed: bool) {
        let rules = CircuitRules { policy: &self.policy, has_probe: self.has_probe };
        self.host.handle_probe(rules, probe, passed, 0, self.now);
    }

    fn hold_over(&mut self, ticket: Ticket) {
        let rules = CircuitRules { policy: &self.policy, has_probe: self.has_probe };
        let more = self.host.handle_hold_over(rules, ticket, self.now);
        assert_eq!(more, None, "the circuit is not half open");
    }

    fn wait(&mut self, seconds: u64) {
        self.now = self.now + Millis::from_secs(seconds);
    }

    /// Three replicas with failures open it.
    fn open(&mut self) {
        for replica in 1..=3 {
            self.report(replica, FAILURES);
        }
        assert_eq!(self.state(), State::Open);
    }

    fn state(&self) -> State {
        self.host.coordinator().state()
    }
}

const FAILURES: Delta = Delta {
    calls: 3,
    failures: 3,
    slow_calls: 0,
    trailing_failures: 3,
    is_stalled: false,
    probe_successes: 0,
    probe_failures: 0,
    probes_unused: 0,
    throttled_for: None,
    exhausted_for: None,
};
const SUCCESS: Delta = Delta { calls: 1, failures: 0, trailing_failures: 0, ..FAILURES };

fn arms(effects: &[HostEffect]) -> Vec<Timestamp> {
    let at = |effect: &HostEffect| match effect {
        HostEffect::Arm(at) => Some(*at),
        HostEffect::SaveState(_)
        | HostEffect::SaveReplica(_)
        | HostEffect::ForgetReplicas { .. }
        | HostEffect::Log(_)
        | HostEffect::Reply(..)
        | HostEffect::Disarm => None,
    };
    effects.iter().filter_map(at).collect()
}

#[test]
fn everything_is_stored_before_the_reply() {
    let mut object = Object::new();
    let receipt = object.report(7, SUCCESS);
    let effects = object.effects();
    let [HostEffect::SaveState(_), HostEffect::SaveReplica(row), HostEffect::Reply(to, verdict)] =
        &effects[..]
    else {
        panic!("{effects:?}")
    };
    assert_eq!((row.id(), *to, verdict.state), (7, receipt.ticket, State::Closed));
    assert_eq!(object.effects(), [], "each effect comes once");
}

#[test]
fn an_opening_is_logged_and_sets_the_alarm_for_the_first_probe() {
    let mut object = Object::new();
    object.open();
    let effects = object.effects();
    let logged =
        effects.iter().any(|effect| matches!(effect, HostEffect::Log(it) if it.to == State::Open));
    assert!(logged, "{effects:?}");
    assert_eq!(arms(&effects), [object.now + Millis::from_secs(1)]);
    object.report(9, SUCCESS);
    assert_eq!(arms(&object.effects()), [], "it stands already");
}

#[test]
fn a_restored_host_writes_nothing_that_has_not_changed() {
    let mut object = Object::new();
    object.open();
    object.effects();
    let coordinator = object.host.coordinator();
    let rows: Vec<_> = coordinator.stored_replicas().collect();
    let restored = Coordinator::restore(&coordinator.snapshot(), rows, &object.policy).unwrap();
    // The restore itself is an epoch of the breaker, and no event.
    object.host = Host::restored(restored, Some(object.now + Millis::from_secs(1)));
    assert_eq!(object.effects(), []);
}

/// The object's alarm is written for each probe, and nothing else is.
#[test]
fn a_probe_before_the_deadline_that_fails_stores_nothing() {
    let mut object = Object::new();
    object.open();
    object.effects();
    for _ in 0..5 {
        object.wait(1);
        let probe = object.alarm().expect("it is due");
        assert_eq!(probe.limit(), Millis::from_secs(1));
        object.effects();
        object.probed(probe, false);
        assert_eq!(object.effects(), [HostEffect::Arm(object.now + Millis::from_secs(1))]);
    }
}

#[test]
fn the_probe_at_the_deadline_is_as_short_as_those_before_it() {
    let mut object = Object::new();
    object.open();
    object.effects();
    object.wait(10);
    let probe = object.alarm().expect("the opening is over");
    assert_eq!(probe.limit(), Millis::from_secs(1), "an upstream that hangs would block the next");
}

#[test]
fn a_rounds_good_probe_ends_an_opening_before_its_deadline() {
    let mut object = Object::new();
    object.open();
    let rules = CircuitRules { policy: &object.policy, has_probe: true };
    let probe = object.host.handle_round(rules, false, object.now).expect("it is always due");
    assert_eq!(probe.limit(), PROBE_TIMEOUT);
    object.probed(probe, true);
    assert_eq!(object.state(), State::HalfOpen);
}

#[test]
fn while_the_alarm_probes_nothing_moves_it_and_a_retry_stands() {
    let mut object = Object::new();
    object.open();
    object.effects();
    object.wait(10);
    let probe = object.alarm().expect("the opening is over");
    let effects = object.effects();
    assert_eq!(arms(&effects), [object.now + RETRY_ALARM_AFTER]);
    assert!(matches!(effects[0], HostEffect::Arm(_)), "it is set before all else: {effects:?}");
    object.wait(1);
    object.report(9, Delta::default());
    assert_eq!(arms(&object.effects()), []);
    object.probed(probe, true);
    assert_eq!(object.state(), State::HalfOpen);
    assert_eq!(arms(&object.effects()), [object.now + Millis::from_secs(10)]);
}

/// The half-open circuit's alarm is far ahead when a visitor's call fails.
#[test]
fn a_failure_that_is_to_be_checked_does_not_wait_for_a_later_alarm() {
    let mut object = Object::new();
    object.open();
    object.effects();
    object.wait(10);
    let probe = object.alarm().expect("the opening is over");
    object.probed(probe, true);
    object.effects();
    object.wait(2);
    object.report(9, Delta { probe_failures: 1, calls: 0, ..SUCCESS });
    assert_eq!(arms(&object.effects()), [object.now]);
    let probe = object.alarm().expect("it checks the failure");
    object.probed(probe, false);
    assert_eq!(object.state(), State::Open);
}

#[test]
fn an_upstream_without_a_path_is_never_probed() {
    let mut object = Object::new();
    object.has_probe = false;
    object.open();
    object.wait(60);
    assert_eq!(object.alarm(), None, "the end of an order may have brought it");
    let rules = CircuitRules { policy: &object.policy, has_probe: false };
    assert_eq!(object.host.handle_round(rules, true, object.now), None);
}

#[test]
fn a_round_forgets_replicas_and_probes_only_when_that_is_due() {
    let mut object = Object::new();
    let rules = CircuitRules { policy: &object.policy, has_probe: true };
    assert_eq!(object.host.handle_round(rules, false, object.now), None);
    let probe = object.host.handle_round(rules, true, object.now);
    let effects = object.effects();
    assert!(effects.iter().any(|effect| matches!(effect, HostEffect::ForgetReplicas { .. })));
    object.probed(probe.expect("it is due"), false);
    assert_eq!(object.state(), State::Closed, "a round's probe opens nothing");
}

#[test]
fn replies_to_failures_are_held_until_the_circuit_opens() {
    let mut object = Object::new();
    // Enough live replicas for a stagger that is worth holding replies for.
    for replica in 100..200 {
        object.report(replica, SUCCESS);
    }
    object.wait(2);
    object.report(99, SUCCESS);
    object.effects();
    let one = Delta { calls: 1, failures: 1, trailing_failures: 1, ..FAILURES };
    let held: Vec<_> = (1..=2).map(|replica| object.report(replica, one)).collect();
    assert!(held.iter().all(|receipt| receipt.hold.is_some()), "{held:?}");
    let replies = |effects: Vec<HostEffect>| -> Vec<_> {
        effects
            .into_iter()
            .filter_map(|effect| match effect {
                HostEffect::Reply(ticket, verdict) => Some((ticket, verdict.state)),
                HostEffect::SaveState(_)
                | HostEffect::SaveReplica(_)
                | HostEffect::ForgetReplicas { .. }
                | HostEffect::Log(_)
                | HostEffect::Arm(_)
                | HostEffect::Disarm => None,
            })
            .collect()
    };
    assert_eq!(replies(object.effects()), []);
    // The first one's time is over, and it hears that nothing has changed.
    object.hold_over(held[0].ticket);
    assert_eq!(replies(object.effects()), [(held[0].ticket, State::Closed)]);
    let (policy, now) = (object.policy.clone(), object.now);
    let lasts = Millis::from_secs(60);
    let chosen = Some(Override::ForcedOpen);
    object.host.handle_order(|it| it.set_override(&policy, chosen, lasts, now));
    assert_eq!(replies(object.effects()), [(held[1].ticket, State::ForcedOpen)]);
    object.hold_over(held[1].ticket);
    assert_eq!(replies(object.effects()), [], "it has gone out already");
}
