//! The peers that Breakwater's breaker is compared with.

use std::future::{Ready, ready};
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use circuitbreaker_rs::{BreakerError, CircuitBreaker as RsBreaker, DefaultPolicy};
use failsafe::{CircuitBreaker as _, backoff, failure_policy};
use tower::{Service, service_fn};
use tower_resilience_circuitbreaker::{
    CircuitBreakerError, CircuitBreakerLayer, FailureModel, SlidingWindowType,
};

use crate::{Rule, Subject};

/// How long a peer stays open, in seconds, which is longer than any measurement.
const OPEN_FOR: Duration = Duration::from_secs(3600);

/// An error that costs nothing to create.
#[derive(Clone, Copy, Debug)]
struct Failed;

impl std::fmt::Display for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("failed")
    }
}

impl std::error::Error for Failed {}

fn outcome(fails: bool) -> Result<(), Failed> {
    if fails { Err(Failed) } else { Ok(()) }
}

/// The crate recloser. It judges a rate over the last 100 calls, and it has neither failures in a
/// row nor a time window.
pub struct Recloser(recloser::Recloser);

impl Recloser {
    /// Returns a closed breaker that has had its first 100 calls, since it does not judge before
    /// them.
    pub fn new() -> Self {
        let breaker = recloser::Recloser::custom()
            .error_rate(0.5)
            .closed_len(100)
            .open_wait(OPEN_FOR)
            .build();
        let mut subject = Self(breaker);
        for _ in 0..101 {
            subject.call(false);
        }
        subject
    }
}

impl Default for Recloser {
    fn default() -> Self {
        Self::new()
    }
}

impl Subject for Recloser {
    #[inline(always)]
    fn call(&mut self, fails: bool) -> bool {
        !matches!(self.0.call(|| outcome(fails)), Err(recloser::Error::Rejected))
    }
}

/// The crate failsafe. It judges failures in a row, or a moving average over a minute.
pub enum Failsafe {
    /// The breaker counts failures in a row.
    Consecutive(failsafe::StateMachine<failure_policy::ConsecutiveFailures<backoff::Constant>, ()>),
    /// The breaker judges a success rate over time.
    Rate(failsafe::StateMachine<failure_policy::SuccessRateOverTimeWindow<backoff::Constant>, ()>),
}

impl Failsafe {
    /// Returns a closed breaker.
    pub fn new(rule: Rule) -> Self {
        let wait = backoff::constant(OPEN_FOR);
        let minute = Duration::from_secs(60);
        let config = failsafe::Config::new();
        match rule {
            Rule::Consecutive => {
                let policy = failure_policy::consecutive_failures(5, wait);
                Self::Consecutive(config.failure_policy(policy).build())
            }
            Rule::Rate => {
                let policy = failure_policy::success_rate_over_time_window(0.5, 20, minute, wait);
                Self::Rate(config.failure_policy(policy).build())
            }
        }
    }
}

impl Subject for Failsafe {
    #[inline(always)]
    fn call(&mut self, fails: bool) -> bool {
        let done = match self {
            Self::Consecutive(breaker) => breaker.call(|| outcome(fails)),
            Self::Rate(breaker) => breaker.call(|| outcome(fails)),
        };
        !matches!(done, Err(failsafe::Error::Rejected))
    }
}

/// The crate circuitbreaker-rs. It applies both rules at once, over all calls since the last
/// transition.
pub struct CircuitbreakerRs(RsBreaker<DefaultPolicy, Failed>);

impl CircuitbreakerRs {
    /// Returns a closed breaker.
    pub fn new(rule: Rule) -> Self {
        let builder = RsBreaker::<DefaultPolicy, Failed>::builder().cooldown(OPEN_FOR);
        Self(match rule {
            Rule::Consecutive => builder.consecutive_failures(5).min_throughput(u64::MAX).build(),
            Rule::Rate => builder
                .failure_threshold(0.5)
                .min_throughput(20)
                .consecutive_failures(u64::MAX)
                .build(),
        })
    }
}

impl Subject for CircuitbreakerRs {
    #[inline(always)]
    fn call(&mut self, fails: bool) -> bool {
        !matches!(self.0.call(|| outcome(fails)), Err(BreakerError::Open))
    }
}

type TowerService = tower_resilience_circuitbreaker::CircuitBreaker<
    tower::util::ServiceFn<fn(bool) -> Ready<Result<(), Failed>>>,
    tower_resilience_circuitbreaker::DefaultClassifier,
>;

/// The crate tower-resilience. Its breaker is a tower service, so each call is a future, which is
/// ready at its first poll.
pub struct TowerResilience(TowerService);

impl TowerResilience {
    /// Returns a closed breaker.
    ///
    /// # Panics
    /// It never panics, since the configurations are valid.
    pub fn new(rule: Rule) -> Self {
        let builder = CircuitBreakerLayer::builder().wait_duration_in_open(OPEN_FOR);
        let builder = match rule {
            Rule::Consecutive => builder.failure_model(FailureModel::ConsecutiveFailures { k: 5 }),
            Rule::Rate => builder
                .failure_rate_threshold(0.5)
                .sliding_window_type(SlidingWindowType::TimeBased)
                .sliding_window_duration(Duration::from_secs(60))
                .minimum_number_of_calls(20),
        };
        let inner: fn(bool) -> Ready<Result<(), Failed>> = |fails| ready(outcome(fails));
        Self(builder.build().expect("a valid configuration").layer_fn(service_fn(inner)))
    }
}

impl Subject for TowerResilience {
    #[inline(always)]
    fn call(&mut self, fails: bool) -> bool {
        let mut context = Context::from_waker(Waker::noop());
        // The service is always ready, since the service inside it is.
        let _ = self.0.poll_ready(&mut context);
        let mut future = pin!(self.0.call(fails));
        match future.as_mut().poll(&mut context) {
            Poll::Ready(done) => !matches!(done, Err(CircuitBreakerError::OpenCircuit { .. })),
            Poll::Pending => unreachable!("the service inside is ready"),
        }
    }
}
