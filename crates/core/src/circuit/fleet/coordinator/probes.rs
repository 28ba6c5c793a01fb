//! How a circuit recovers: our own probe, then permits for a few real calls.

use serde::{Deserialize, Serialize};

use super::Coordinator;
use crate::base::time::{Millis, Timestamp};
use crate::circuit::breaker::{Permit, State};
use crate::circuit::fleet::message::Report;
use crate::circuit::fleet::{EXTRA_PERMITS_MAX, PROBE_TIMEOUT};
use crate::circuit::outcome::{Completion, Outcome};
use crate::circuit::policy::Policy;

/// How long past its deadline a circuit waits for the coordinator's own probe before it grants
/// permits without it: 15 s. An alarm may be late, and a circuit must not stay open for that.
pub(in crate::circuit::fleet) const PROBE_GRACE: Millis = Millis::from_secs(15);

/// The number of rounds of `probes` admissions in one half-open period. There is a second one where
/// the coordinator's own probe has passed after visitors' calls had failed. If enough successes can
/// no longer come in it either, the circuit reopens whatever that probe finds, since an upstream
/// may answer its probe path alone.
const ROUNDS: u32 = 2;

/// How long after half open began, and after each further step, more permits are granted while no
/// call has failed: 100 ms, in which an active isolate has a visitor, and most calls end. The
/// number of permits beside `probes` is then 1, 3, 7 and 15.
const PERMIT_STEP: Millis = Millis::new(100);
/// The number of these steps.
const PERMIT_STEPS: u64 = EXTRA_PERMITS_MAX.count_ones() as u64;

const _: () = assert!(EXTRA_PERMITS_MAX == (1 << PERMIT_STEPS) - 1, "steps double the permits");

/// A permit that a replica holds.
#[derive(Debug)]
pub(super) struct GrantedPermit {
    replica: u64,
    /// That of the report which it answered.
    sequence: u32,
    /// When its lease ends.
    until: Timestamp,
    permit: Permit,
}

/// What the coordinator's own probes say of a half-open circuit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ProbeFinding {
    /// Nothing: no probe has led there.
    #[default]
    None,
    /// A probe has led there.
    Passed,
    /// Visitors' calls have failed since, and since this time another probe is to say whether the
    /// upstream is well.
    Asked(Timestamp),
    /// That probe has passed.
    Confirmed,
}

impl ProbeFinding {
    pub(super) const fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }

    /// Since when another probe is asked for, if it is.
    pub(super) const fn asked_at(self) -> Option<Timestamp> {
        match self {
            Self::Asked(at) => Some(at),
            Self::None | Self::Passed | Self::Confirmed => None,
        }
    }
}

impl Coordinator {
    /// Applies the result of the coordinator's own probe. It never enters the window: it only says
    /// whether an upstream that was sick answers again.
    pub fn handle_probe(&mut self, policy: &Policy, passed: bool, random: u32, now: Timestamp) {
        self.breaker.early.handle_probe(random, now);
        let is_early = self.breaker.overdue(now).is_none();
        match self.breaker.state() {
            State::Open if is_early && !(passed && self.breaker.early.may_end(now)) => {}
            State::Open if passed => {
                self.breaker.change(|breaker| breaker.half_open_after_probe(now));
                self.half_open_since = Some(now);
                self.check = ProbeFinding::Passed;
            }
            State::HalfOpen if passed && self.check.asked_at().is_some() => {
                self.check = ProbeFinding::Confirmed;
                self.out_before_round = self.count_granted(now).min(EXTRA_PERMITS_MAX);
            }
            State::HalfOpen if passed && self.is_unvisited(policy, now) => {
                self.breaker.change(|breaker| breaker.close_after_probe(policy, now));
            }
            State::Open | State::HalfOpen if !passed => {
                self.breaker.change(|breaker| breaker.reopen_after_probe(policy, random, now));
            }
            State::Open
            | State::HalfOpen
            | State::Closed
            | State::ForcedOpen
            | State::ForcedClosed
            | State::MetricsOnly => {}
        }
        self.settle(now);
    }

    /// How long the coordinator's own probe by alarm may take if it begins at `now`. While the
    /// circuit is open a short limit is enough, also at the deadline: the next probe is near, and
    /// cannot begin before this one has ended.
    pub fn probe_limit(&self, now: Timestamp) -> Millis {
        match self.breaker.state() {
            State::Open => self.breaker.early.limit(now),
            State::HalfOpen
            | State::Closed
            | State::ForcedOpen
            | State::ForcedClosed
            | State::MetricsOnly => PROBE_TIMEOUT,
        }
    }

    /// Whether the circuit is half open for as long as an opening lasts, and no call has come.
    pub(super) fn is_unvisited(&self, policy: &Policy, now: Timestamp) -> bool {
        self.half_open_since.is_some_and(|since| now.since(since) >= policy.open_for)
            && self.breaker.tally(now).calls == 0
    }

    /// Grants a permit for one call, if the circuit is half open or may become so. A replica holds
    /// one at most. It is told of it again if it sends the same report again, since then the reply
    /// was lost; a newer report that does not say what became of it has the call under way.
    pub(super) fn grant(
        &mut self,
        policy: &Policy,
        replica: u64,
        has_probe: bool,
        now: Timestamp,
    ) -> bool {
        let may_grant = match self.breaker.state() {
            State::HalfOpen => self.check.asked_at().is_none(),
            State::Open => {
                let grace = if has_probe { PROBE_GRACE } else { Millis::ZERO };
                self.breaker.overdue(now).is_some_and(|overdue| overdue >= grace)
            }
            State::Closed | State::ForcedOpen | State::ForcedClosed | State::MetricsOnly => false,
        };
        if !may_grant {
            return false;
        }
        self.granted.retain(|granted| now < granted.until);
        let sequence = self.evidence.sequence(replica);
        if let Some(granted) = self.granted.iter().find(|granted| granted.replica == replica) {
            return granted.sequence == sequence;
        }
        let extra = self.extra_permits(now);
        if self.granted.len() >= policy.probes.saturating_add(extra) as usize {
            return false;
        }
        let (round, lease) = (self.round(policy), policy.probe_timeout);
        let round = round.with_probes(round.probes.saturating_add(extra));
        let granted = self.breaker.change(|breaker| breaker.try_acquire(&round, lease, now));
        self.settle(now);
        let until = now + lease;
        granted
            .map(|permit| self.granted.push(GrantedPermit { replica, sequence, until, permit }))
            .is_ok()
    }

    /// Whether another replica may get a permit at `now`.
    pub(in crate::circuit::fleet) fn has_permit(&self, policy: &Policy, now: Timestamp) -> bool {
        let (out, extra) = (self.count_granted(now), self.extra_permits(now));
        let used = out.saturating_add(self.breaker.tally(now).calls);
        self.breaker.state() == State::HalfOpen
            && self.check.asked_at().is_none()
            && out < policy.probes.saturating_add(extra)
            && used < self.round(policy).probes.saturating_add(extra)
    }

    /// When the number of permits next grows, if it does without any report.
    pub(in crate::circuit::fleet) fn next_permit_at(&self, now: Timestamp) -> Option<Timestamp> {
        let since = self.half_open_since.filter(|_| self.is_permit_ramp(now))?;
        let steps = permit_steps(since, now) + 1;
        let next = since + Millis::new(PERMIT_STEP.get() * steps);
        // A clock that was set back delays no step by more than its length.
        (steps <= PERMIT_STEPS).then(|| next.min(now + PERMIT_STEP))
    }

    /// Whether the replica holds a permit whose lease has not ended.
    pub(super) fn is_granted(&self, replica: u64, now: Timestamp) -> bool {
        self.granted.iter().any(|granted| granted.replica == replica && now < granted.until)
    }

    fn count_granted(&self, now: Timestamp) -> u32 {
        let out = self.granted.iter().filter(|granted| now < granted.until);
        u32::try_from(out.count()).unwrap_or(u32::MAX)
    }

    /// Whether the number of permits grows with time: our probe has passed, and no call has failed
    /// since. One replica without visitors, or one call that takes long, would otherwise hold back
    /// the whole fleet.
    fn is_permit_ramp(&self, now: Timestamp) -> bool {
        self.breaker.state() == State::HalfOpen
            && self.check == ProbeFinding::Passed
            && self.breaker.tally(now).failures == 0
    }

    /// The number of permits that may be out at `now` beside `probes`.
    fn extra_permits(&self, now: Timestamp) -> u32 {
        match self.half_open_since.filter(|_| self.is_permit_ramp(now)) {
            Some(since) => (1 << permit_steps(since, now)) - 1,
            None => self.out_before_round,
        }
    }

    /// Counts the outcomes of permits, and of calls that a replica whose verdict had lapsed let
    /// through by itself after the opening's deadline, which tell as much. Successes of the
    /// opening's generation count too, also when the half-open period has begun by then.
    pub(super) fn count_probes(
        &mut self,
        policy: &Policy,
        report: &Report,
        is_current: bool,
        has_probe: bool,
        random: u32,
        now: Timestamp,
    ) {
        let delta = report.delta;
        let failures = delta.failures.min(delta.calls);
        let successes = delta.calls - failures;
        let slow = delta.slow_calls.min(successes);
        let (failures, successes) = match self.breaker.state() {
            State::HalfOpen if is_current => {
                self.take_back(policy, report, random, now);
                (failures.saturating_add(delta.probe_failures), successes)
            }
            State::HalfOpen if self.follows(report.generation) => (0, successes - slow),
            State::Open if is_current && successes > slow => {
                self.breaker.change(|breaker| breaker.half_open_when_due(now));
                (0, successes - slow)
            }
            State::Open
            | State::HalfOpen
            | State::Closed
            | State::ForcedOpen
            | State::ForcedClosed
            | State::MetricsOnly => return,
        };
        let successes = successes.saturating_add(delta.probe_successes);
        let most = policy.probes.saturating_mul(ROUNDS);
        // More failures than a round has admissions say no more, and would use up the second round
        // while a probe checks the first.
        let counted = self.breaker.tally(now).failures;
        let failures = failures.min(self.round(policy).probes.saturating_sub(counted));
        for (failed, times) in [(true, failures), (false, successes.min(most))] {
            for _ in 0..times {
                self.breaker.change(|breaker| breaker.count_probe(policy, failed, now));
            }
        }
        self.judge_failures(policy, has_probe, random, now);
    }

    /// Whether calls of that generation were made after the deadline of the opening that this
    /// half-open period follows.
    fn follows(&self, generation: Option<u64>) -> bool {
        let follows_opening =
            self.breaker.last_transition().is_some_and(|transition| transition.from == State::Open);
        let next = generation.and_then(|known| known.checked_add(1));
        follows_opening && next == Some(self.breaker.generation())
    }

    /// Takes the replica's permit back, if the report says what became of it.
    fn take_back(&mut self, policy: &Policy, report: &Report, random: u32, now: Timestamp) {
        let held = self.granted.iter().position(|granted| granted.replica == report.replica);
        let Some(at) = held.filter(|_| report.delta.tells_of_permits()) else { return };
        let GrantedPermit { permit, .. } = self.granted.swap_remove(at);
        let (outcome, took) = (Outcome::Ignored, Millis::ZERO);
        let back = Completion { outcome, took, retry_after: None };
        self.breaker.change(|breaker| breaker.record(policy, permit, back, random, now));
    }

    /// Reopens after failures that make enough successes impossible, unless the coordinator's own
    /// probe is to check them: a visitor's call may fail for reasons of its own, and that probe has
    /// just found the upstream well.
    fn judge_failures(&mut self, policy: &Policy, has_probe: bool, random: u32, now: Timestamp) {
        let round = self.round(policy);
        if !self.breaker.has_failed_probes(&round) {
            return;
        }
        match self.check {
            ProbeFinding::Passed if has_probe => self.check = ProbeFinding::Asked(now),
            ProbeFinding::Asked(_) => {}
            ProbeFinding::None | ProbeFinding::Passed | ProbeFinding::Confirmed => {
                self.breaker.change(|breaker| breaker.reopen_after_probe(policy, random, now));
            }
        }
    }

    /// Reopens where no probe could check the failures in time.
    pub(super) fn give_up_check(&mut self, policy: &Policy, random: u32, now: Timestamp) {
        if self.check.asked_at().is_some_and(|at| now.since(at) >= PROBE_GRACE) {
            self.breaker.change(|breaker| breaker.reopen_after_probe(policy, random, now));
            self.settle(now);
        }
    }

    /// The policy of this half-open period: once a probe has passed after a visitor's failure,
    /// there is a second round of admissions.
    fn round(&self, policy: &Policy) -> Policy {
        match self.check {
            ProbeFinding::None | ProbeFinding::Passed | ProbeFinding::Asked(_) => policy.clone(),
            ProbeFinding::Confirmed => policy.with_probes(policy.probes.saturating_mul(ROUNDS)),
        }
    }
}

/// The number of times that the permits have grown.
fn permit_steps(since: Timestamp, now: Timestamp) -> u64 {
    (now.since(since).get() / PERMIT_STEP.get()).min(PERMIT_STEPS)
}
