//! A breaker that lives through a sequence of random steps, with the calls that it has in flight.

use breakwater_core::base::time::Timestamp;
use breakwater_core::circuit::breaker::{Breaker, Permit, StoredBreaker};
use breakwater_core::circuit::outcome::Completion;
use breakwater_core::circuit::policy::{Policy, WindowKind};
use proptest::prelude::*;

use crate::arbitrary::{Act, LIMIT, Span, Step, Wait};

/// A breaker and the calls that it admitted.
pub(crate) struct Life {
    pub(crate) policy: Policy,
    pub(crate) breaker: Breaker,
    pub(crate) in_flight: Vec<Ticket>,
    pub(crate) now: u64,
}

/// A call in flight. `twin` is its number in the reference model.
pub(crate) struct Ticket {
    pub(crate) permit: Permit,
    pub(crate) twin: Option<usize>,
    /// The latest time at which the lease ends, in milliseconds, if the clock never steps back.
    pub(crate) expires: u64,
    pub(crate) probe_of: Option<u64>,
}

impl Life {
    pub(crate) fn new(policy: &Policy, start: u64) -> Self {
        let breaker = Breaker::new(policy);
        Self { policy: policy.clone(), breaker, in_flight: Vec::new(), now: start }
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.now)
    }

    pub(crate) fn wait(&mut self, wait: Wait) {
        let policy = &self.policy;
        let further =
            |now: u64, span: u64, more: i64| now.saturating_add(span).saturating_add_signed(more);
        self.now = match wait {
            Wait::Forward(ms) => self.now.saturating_add(ms),
            Wait::Back(ms) => self.now.saturating_sub(ms),
            Wait::Deadline(more) => {
                let left = self.breaker.retry_after(self.now()).unwrap_or_default();
                further(self.now, left.get(), more)
            }
            Wait::Span(span, more) => {
                let window = match policy.window {
                    WindowKind::Time(span) => span.get(),
                    WindowKind::Calls(_) => 60,
                };
                let span = match span {
                    Span::OpenFor => policy.open_for.get(),
                    Span::ProbeTimeout => policy.probe_timeout.get(),
                    Span::Window => window,
                    Span::Bucket => window.div_ceil(60),
                    Span::Ramp => policy.ramp.get(),
                    Span::Limit => LIMIT.get(),
                };
                further(self.now, span, more)
            }
        };
    }

    pub(crate) fn acquire(&mut self, twin: Option<usize>) -> bool {
        let Ok(permit) = self.breaker.try_acquire(&self.policy, LIMIT, self.now()) else {
            return false;
        };
        let probe_of = permit.is_probe().then(|| self.breaker.generation());
        let lease = if permit.is_probe() { self.policy.probe_timeout } else { LIMIT };
        let expires = self.now.saturating_add(lease.get());
        self.in_flight.push(Ticket { permit, twin, expires, probe_of });
        true
    }

    pub(crate) fn pick(&self, which: prop::sample::Index) -> Option<usize> {
        (!self.in_flight.is_empty()).then(|| which.index(self.in_flight.len()))
    }

    pub(crate) fn record(&mut self, place: usize, call: Completion, random: u32) -> bool {
        let ticket = self.in_flight.remove(place);
        self.breaker.record(&self.policy, ticket.permit, call, random, self.now())
    }

    pub(crate) fn stored(&self) -> String {
        serde_json::to_string(&self.breaker.snapshot()).expect("a snapshot is plain data")
    }

    pub(crate) fn restore(&mut self) {
        let stored: StoredBreaker =
            serde_json::from_str(&self.stored()).expect("as it was written");
        self.breaker = Breaker::restore(&stored, &self.policy).expect("its own version");
    }

    pub(crate) fn take(&mut self, step: &Step, random: u32) {
        self.wait(step.wait);
        match &step.act {
            Act::Acquire => {
                self.acquire(None);
            }
            Act::Record(which, call) => {
                if let Some(place) = self.pick(*which) {
                    self.record(place, *call, random);
                }
            }
            Act::Override(chosen) => {
                self.breaker.set_override(&self.policy, *chosen, self.now());
            }
            Act::Restore => self.restore(),
            Act::Look => {}
        }
    }
}
