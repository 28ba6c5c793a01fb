//! The breaker's semantics a second time, written from the design and not from the code.
//!
//! The model stores every reading of the clock, every call and every past state in lists, and
//! computes each answer from scratch. It is slow and simple on purpose: where the breaker has a
//! ring, a credit or a counter, the model has a sum over a list.

use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::circuit::breaker::{Override, State};
use breakwater_core::circuit::outcome::{Completion, Outcome};
use breakwater_core::circuit::policy::{Mode, Policy, WindowKind};
use breakwater_core::circuit::window::Tally;

/// The length of a second, in milliseconds.
const SECOND: u64 = 1_000;
/// The length of a day, in milliseconds.
const DAY: u64 = 24 * 3_600 * SECOND;
/// How many buckets a time window has.
const BUCKETS: u64 = 60;
/// The latest reading of a clock, in milliseconds. A later reading is treated as this one.
const LATEST_READING: u64 = 1 << 53;

/// A breaker that remembers everything. Its jitter is always 0.
pub(crate) struct Reference {
    policy: Policy,
    /// The reading of the clock in each acquire, record and override.
    readings: Vec<u64>,
    /// Every call that asked for a permit, whether it was admitted or not.
    calls: Vec<Call>,
    /// The calls that were recorded, in the order of their records.
    recorded: Vec<usize>,
    /// Every state, with the present one last. The index of a state is its generation.
    periods: Vec<Period>,
}

struct Period {
    state: State,
    began: u64,
    cause: Cause,
    /// The deadline of an opening.
    until: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Cause {
    Start,
    Operator,
    Deadline,
    /// A rule tripped, or the probes decided. The backoff counts these openings.
    Policy,
    /// The upstream answered `throttled` or `exhausted`.
    Told,
}

struct Call {
    asked: u64,
    limit: u64,
    period: usize,
    admitted: bool,
    /// Whether the ramp decided about this call.
    dealt: bool,
    /// Whether a restore came before the call's end.
    forgotten: bool,
    end: Option<End>,
}

struct End {
    at: u64,
    period: usize,
    failed: bool,
    slow: bool,
    counts: bool,
}

impl Reference {
    pub(crate) fn new(policy: &Policy) -> Self {
        let state = match policy.mode {
            Mode::Auto => State::Closed,
            Mode::MetricsOnly => State::MetricsOnly,
        };
        let first = Period { state, began: 0, cause: Cause::Start, until: 0 };
        Self {
            policy: policy.clone(),
            readings: Vec::new(),
            calls: Vec::new(),
            recorded: Vec::new(),
            periods: vec![first],
        }
    }

    /// Admits a call and returns its number, or returns `None`.
    pub(crate) fn acquire(&mut self, limit: Millis, now: Timestamp) -> Option<usize> {
        let time = self.read(now);
        let mut call = Call {
            asked: time,
            limit: limit.get(),
            period: 0,
            admitted: false,
            dealt: false,
            forgotten: false,
            end: None,
        };
        call.admitted = match self.state() {
            State::ForcedOpen => false,
            State::ForcedClosed | State::MetricsOnly => true,
            State::Open if time < self.present().until => false,
            State::Open | State::HalfOpen | State::Closed if self.is_full(time) => false,
            State::Open => {
                self.enter(State::HalfOpen, Cause::Deadline, time, 0);
                true
            }
            State::HalfOpen => {
                let out = self.in_flight(time).filter(|call| call.period == self.generation());
                self.counted().len() + out.count() < self.policy.probes as usize
            }
            State::Closed => {
                call.dealt = self.is_ramping(time);
                !call.dealt || self.is_dealt_in(time)
            }
        };
        call.period = self.generation();
        let admitted = call.admitted;
        self.calls.push(call);
        admitted.then(|| self.calls.len() - 1)
    }

    pub(crate) fn record(&mut self, call: usize, completion: Completion, now: Timestamp) {
        let time = self.read(now);
        let period = self.generation();
        let slow = self.policy.slow_calls.is_some_and(|rule| completion.took > rule.longer_than);
        let means_something = !self.calls[call].forgotten
            && self.calls[call].period == period
            && time < self.expiry(&self.calls[call]);
        let judged = matches!(self.state(), State::Closed | State::HalfOpen | State::MetricsOnly);
        let counts = means_something
            && judged
            && matches!(completion.outcome, Outcome::Success | Outcome::Failure);
        let failed = completion.outcome == Outcome::Failure;
        self.calls[call].end = Some(End { at: time, period, failed, slow, counts });
        self.recorded.push(call);

        let is_named = matches!(completion.outcome, Outcome::Throttled | Outcome::Exhausted);
        let is_in_time = !self.calls[call].forgotten && time < self.expiry(&self.calls[call]);
        if is_named && is_in_time && self.calls[call].period < period && self.state() == State::Open
        {
            let until = time.saturating_add(self.told(completion));
            let present = self.periods.last_mut().expect("there is always a present");
            present.until = present.until.max(until);
        }
        let acts = matches!(self.state(), State::Closed | State::HalfOpen);
        match completion.outcome {
            _ if !means_something || !acts => {}
            Outcome::Ignored => {}
            Outcome::Throttled | Outcome::Exhausted => {
                let until = time.saturating_add(self.told(completion));
                self.enter(State::Open, Cause::Told, time, until);
            }
            Outcome::Success | Outcome::Failure => self.judge(completion, time),
        }
    }

    pub(crate) fn set_override(&mut self, chosen: Option<Override>, now: Timestamp) {
        let time = self.read(now);
        let held = match (self.present().cause, self.state()) {
            (_, State::ForcedOpen) => Some(Override::ForcedOpen),
            (_, State::ForcedClosed) => Some(Override::ForcedClosed),
            (Cause::Operator, State::MetricsOnly) => Some(Override::MetricsOnly),
            _ => None,
        };
        if chosen == held {
            return;
        }
        let (state, cause) = match chosen {
            Some(chosen) => (chosen.state(), Cause::Operator),
            None if self.policy.mode == Mode::MetricsOnly => (State::MetricsOnly, Cause::Start),
            None if held == Some(Override::ForcedOpen) => (State::HalfOpen, Cause::Operator),
            None => (State::Closed, Cause::Operator),
        };
        self.enter(state, cause, time, 0);
    }

    /// Forgets the calls in flight, as a restore does.
    pub(crate) fn restore(&mut self) {
        for call in self.calls.iter_mut().filter(|call| call.end.is_none()) {
            call.forgotten = true;
        }
    }

    pub(crate) fn state(&self) -> State {
        self.present().state
    }

    pub(crate) fn generation(&self) -> usize {
        self.periods.len() - 1
    }

    pub(crate) fn retry_after(&self, now: Timestamp) -> Option<Millis> {
        let left = self.present().until.saturating_sub(self.time(Some(now.as_millis())));
        (self.state() == State::Open).then_some(Millis::new(left))
    }

    pub(crate) fn tally(&self, now: Timestamp) -> Tally {
        self.tally_at(self.time(Some(now.as_millis())))
    }

    fn present(&self) -> &Period {
        self.periods.last().expect("there is always a present")
    }

    fn enter(&mut self, state: State, cause: Cause, time: u64, until: u64) {
        self.periods.push(Period { state, began: time, cause, until });
    }

    fn read(&mut self, now: Timestamp) -> u64 {
        self.readings.push(now.as_millis());
        self.time(None)
    }

    /// Returns the time after all readings and one more. It follows the clock forwards, stands
    /// still during a step back of less than a second, and ignores a longer step back.
    fn time(&self, another: Option<u64>) -> u64 {
        let (mut time, mut left_out) = (0, 0_u64);
        for reading in self.readings.iter().copied().chain(another) {
            let reading = reading.min(LATEST_READING) + left_out;
            let back = time - time.min(reading);
            time = time.max(reading);
            left_out += if back < SECOND { 0 } else { back };
        }
        time
    }

    fn expiry(&self, call: &Call) -> u64 {
        let probes = self.periods[call.period].state == State::HalfOpen;
        let lease = if probes { self.policy.probe_timeout.get() } else { call.limit };
        call.asked.saturating_add(lease)
    }

    fn in_flight(&self, time: u64) -> impl Iterator<Item = &Call> {
        self.calls.iter().filter(move |call| {
            call.admitted && !call.forgotten && call.end.is_none() && time < self.expiry(call)
        })
    }

    fn is_full(&self, time: u64) -> bool {
        let most = self.policy.max_concurrent;
        most.is_some_and(|most| self.in_flight(time).count() >= most as usize)
    }

    fn is_ramping(&self, time: u64) -> bool {
        self.present().cause == Cause::Policy
            && time - self.present().began < self.policy.ramp.get()
    }

    /// Returns whether the shares of all calls since the close, including this one, add up to at
    /// least one call more than were admitted.
    fn is_dealt_in(&self, time: u64) -> bool {
        let (began, over) = (self.present().began, self.policy.ramp.get());
        let share = |asked: u64| 1_000 + 9_000 * (asked - began) / over;
        let dealt = self.calls.iter().filter(|call| call.dealt && call.period == self.generation());
        let (mut shares, mut admitted) = (share(time), 0);
        for call in dealt {
            shares += share(call.asked);
            admitted += u64::from(call.admitted);
        }
        shares >= (admitted + 1) * 10_000
    }

    /// Returns the ends that count in the present period, oldest first.
    fn counted(&self) -> Vec<&End> {
        let ends = self.recorded.iter().filter_map(|&call| self.calls[call].end.as_ref());
        ends.filter(|end| end.counts && end.period == self.generation()).collect()
    }

    fn tally_at(&self, time: u64) -> Tally {
        let counted = self.counted();
        let probing = self.state() == State::HalfOpen;
        let kept: Vec<&End> = match self.policy.window {
            _ if probing => counted,
            WindowKind::Calls(most) => {
                let skipped = counted.len().saturating_sub(most as usize);
                counted[skipped..].to_vec()
            }
            WindowKind::Time(span) => {
                let bucket = |at: u64| at / span.get().div_ceil(BUCKETS);
                counted.into_iter().filter(|end| bucket(time) - bucket(end.at) < BUCKETS).collect()
            }
        };
        let slow_fails = probing && self.policy.slow_calls.is_some();
        let count = |holds: &dyn Fn(&End) -> bool| kept.iter().filter(|end| holds(end)).count();
        Tally {
            calls: kept.len() as u32,
            failures: count(&|end| end.failed || (slow_fails && end.slow)) as u32,
            slow_calls: count(&|end| end.slow) as u32,
        }
    }

    fn judge(&mut self, completion: Completion, time: u64) {
        let Tally { calls, failures, slow_calls } = self.tally_at(time);
        if self.state() == State::HalfOpen {
            if calls - failures >= self.policy.probe_successes {
                self.enter(State::Closed, Cause::Policy, time, 0);
            } else if failures > self.policy.probes - self.policy.probe_successes {
                self.open(completion, time);
            }
            return;
        }
        let run = self.counted().iter().rev().take_while(|end| end.failed).count() as u32;
        let enough = match self.policy.window {
            WindowKind::Calls(most) => self.policy.minimum_calls.min(most),
            WindowKind::Time(_) => self.policy.minimum_calls,
        };
        let share = |part: u32| u64::from(part) * 10_000 / u64::from(calls.max(1));
        let rate = |limit: u16, part| calls >= enough && share(part) >= u64::from(limit);
        let policy = &self.policy;
        let trips = policy.consecutive_failures.is_some_and(|limit| run >= limit)
            || policy.failure_rate.is_some_and(|limit| rate(limit.basis_points(), failures))
            || policy.slow_calls.is_some_and(|rule| rate(rule.rate.basis_points(), slow_calls));
        if trips {
            self.open(completion, time);
        }
    }

    fn open(&mut self, completion: Completion, time: u64) {
        // Under these two overrides calls pass unjudged, so the backoff starts from the beginning
        // after them.
        let closes = [State::Closed, State::ForcedClosed, State::MetricsOnly];
        let since_close = self.periods.iter().rev().take_while(|p| !closes.contains(&p.state));
        let openings =
            since_close.filter(|p| p.state == State::Open && p.cause == Cause::Policy).count();
        let most = self.policy.open_for_max.get();
        let failed = completion.outcome == Outcome::Failure;
        let named = completion.retry_after.filter(|_| failed).unwrap_or_default();
        let named = named.get().min(most);
        let span = self.grown(openings).max(named);
        self.enter(State::Open, Cause::Policy, time, time.saturating_add(span));
    }

    /// Returns `open_for` times the factor to the power of `openings`, computed as a fraction. It
    /// is exact as long as it fits into 128 bits.
    fn grown(&self, openings: usize) -> u64 {
        let most = self.policy.open_for_max.get();
        let (mut over, mut under) = (u128::from(self.policy.open_for.get()), 1_u128);
        for _ in 0..openings {
            over *= u128::from(self.policy.backoff_permille);
            under *= 1_000;
            while over % 10 == 0 && under % 10 == 0 {
                (over, under) = (over / 10, under / 10);
            }
            while over.leading_zeros() < 20 {
                (over, under) = (over / 2, under / 2);
            }
            if over / under >= u128::from(most) {
                return most;
            }
        }
        (over / under) as u64
    }

    /// Returns how long the upstream asked not to be called.
    fn told(&self, completion: Completion) -> u64 {
        let most = match completion.outcome {
            Outcome::Exhausted => DAY,
            Outcome::Success | Outcome::Failure | Outcome::Ignored | Outcome::Throttled => {
                self.policy.open_for_max.get()
            }
        };
        match completion.retry_after.map(Millis::get) {
            None | Some(0) => self.policy.open_for.get(),
            Some(named) => named.max(SECOND).min(most),
        }
    }
}
