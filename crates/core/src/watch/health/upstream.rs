//! The health of an upstream, derived from its circuits and the last probes of it.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::{Measurement, Status, is_refusal};
use crate::base::time::Millis;
use crate::circuit::breaker::State;
use crate::circuit::latency::Percentiles;
use crate::circuit::window::Tally;

/// Failed probes in a row after which an upstream is down, whatever its circuit says.
const DOWN_AFTER: usize = 2;

/// The share of answers with a status from 500 on, in percent, from which an upstream warns. What
/// opens its circuit is for the policy to say, which may count no 500 (`count = "gateway"`).
const ERRORS_WARN: u64 = 50;
/// The number of answers from which that share says something.
const ERRORS_MINIMUM: u64 = 20;

const CIRCUIT: &str = "circuit";

/// How many sources answers come from.
pub const SOURCES: usize = 5;

/// What is known of a circuit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CircuitFacts<'a> {
    /// The pattern of the route whose own circuit it is; nothing if all of the upstream's routes
    /// share it.
    pub route: Option<&'a str>,
    /// Its state.
    pub state: State,
    /// The calls that count for it now.
    pub tally: Tally,
    /// How long its calls took lately, if there were any and somebody counts them.
    pub latency: Option<Percentiles>,
    /// What visitors of its routes got lately, if there were any and somebody counts them.
    pub answers: Option<AnswerFacts>,
}

/// What visitors got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnswerFacts {
    /// The number of answers with a status from 500 on, wherever they came from.
    pub errors: u64,
    /// The number of answers of each source, with the words for it.
    pub sources: [(&'static str, u64); SOURCES],
}

/// What a probe found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProbeFacts {
    /// Whether it found the upstream reachable.
    pub passed: bool,
    /// The status of an answer, if there was one.
    pub status: Option<u16>,
    /// How long it took.
    pub took: Millis,
}

impl ProbeFacts {
    /// Whether it found the upstream unwell. A probe that passes may do so: where the policy counts
    /// gateways' errors only, an answer of 500 lets a circuit recover, since its calls would count
    /// in the same way. What the upstream says of its own probe path is still an error.
    fn has_failed(&self) -> bool {
        !self.passed || self.status.is_some_and(|status| status >= 500)
    }
}

/// What circuits and probes, latest first, say of an upstream: it is down when the circuit that
/// its routes share is open, or when its last two probes failed. The open circuit of one route
/// makes it warn, and so does an answer that refuses our probe: it is reachable, and operators are
/// to know that the probe finds out nothing more.
pub fn upstream(circuits_: &[CircuitFacts<'_>], probes: &[ProbeFacts]) -> Vec<Measurement> {
    let mut measurements = judged(circuits_);
    if let Some(latest) = probes.first() {
        let failed = probes.iter().take_while(|probe| probe.has_failed()).take(DOWN_AFTER).count();
        let refused = latest.status.filter(|&status| latest.passed && is_refusal(status));
        let status = match failed {
            0 if refused.is_some() => Status::Warn,
            0 => Status::Pass,
            DOWN_AFTER => Status::Fail,
            _ => Status::Warn,
        };
        let measured = Measurement::response_time(latest.took, status);
        measurements.push(match failed {
            0 => match refused {
                Some(status) => {
                    measured.because(&format!("it answers, but refuses our probe ({status})"))
                }
                None => measured,
            },
            DOWN_AFTER => measured.because(&told("its last two probes failed", latest)),
            _ => measured.because(&told("its last probe failed", latest)),
        });
    }
    measurements.extend(circuits_.iter().flat_map(latencies));
    measurements
}

/// What became of probes, with the status of the latest, if it got one.
fn told(what: &str, latest: &ProbeFacts) -> String {
    latest.status.map_or_else(|| what.into(), |status| format!("{what} ({status})"))
}

/// What circuits say of what they guard.
pub fn circuits(circuits: &[CircuitFacts<'_>]) -> Vec<Measurement> {
    let mut measurements = judged(circuits);
    measurements.extend(circuits.iter().flat_map(latencies));
    measurements
}

/// What may be more than a figure. It goes first, since the first of too many are kept.
fn judged(circuits: &[CircuitFacts<'_>]) -> Vec<Measurement> {
    let judged = |circuit| [state(circuit), success_share(circuit), error_share(circuit)];
    circuits.iter().flat_map(judged).flatten().collect()
}

fn state(circuit: &CircuitFacts<'_>) -> Option<Measurement> {
    let (status, why) = match circuit.state {
        State::Closed | State::MetricsOnly => (Status::Pass, None),
        State::HalfOpen => (Status::Warn, Some("a few calls find out whether it works again")),
        State::ForcedClosed => (Status::Warn, Some("every call passes, and none is judged")),
        State::Open => (Status::Fail, Some("calls are rejected, since too many failed")),
        State::ForcedOpen => (Status::Fail, Some("an operator has every call rejected")),
    };
    let measured = Measurement::new(CIRCUIT, status).with_state(circuit.state.as_str());
    let measured = why.into_iter().fold(measured, Measurement::because);
    Some(of_route(measured, circuit.route))
}

/// In whole percent, rounded down, so that only no failure at all is a hundred. The circuit's
/// policy judges it, not we.
fn success_share(circuit: &CircuitFacts<'_>) -> Option<Measurement> {
    let Tally { calls, failures, .. } = circuit.tally;
    let successes = u64::from(calls.saturating_sub(failures));
    let share = (successes * 100).checked_div(u64::from(calls))?;
    let measured = Measurement::new("successShare", Status::Pass).with_number(share, "percent");
    Some(of_route(measured, circuit.route))
}

/// In whole percent, rounded down: how many of the answers to visitors had a status from 500 on,
/// wherever they came from. The reason names the shares of each source.
fn error_share(circuit: &CircuitFacts<'_>) -> Option<Measurement> {
    let AnswerFacts { errors, sources } = circuit.answers?;
    let total = sources.iter().fold(0_u64, |sum, (_, count)| sum.saturating_add(*count));
    let percent = |count: u64| count.saturating_mul(100).checked_div(total);
    let share = percent(errors)?;
    let warns = total >= ERRORS_MINIMUM && share >= ERRORS_WARN;
    let status = if warns { Status::Warn } else { Status::Pass };
    let measured = Measurement::new("errorShare", status).with_number(share, "percent");
    if !warns {
        return Some(of_route(measured, circuit.route));
    }
    let mut why = format!("{share}% of {total} answers had a status from 500 on; of all came");
    for (index, (source, count)) in sources.iter().enumerate() {
        let comma = if index == 0 { "" } else { "," };
        why += &format!("{comma} {}% from {source}", percent(*count).unwrap_or_default());
    }
    Some(of_route(measured.because(&why), circuit.route))
}

/// In milliseconds. The circuit's policy judges them too.
fn latencies(circuit: &CircuitFacts<'_>) -> Vec<Measurement> {
    let Some(Percentiles { p50, p95, p99, calls: _ }) = circuit.latency else { return Vec::new() };
    let named = [("latencyP50", p50), ("latencyP95", p95), ("latencyP99", p99)];
    let measured = named.map(|(name, took)| {
        let measured = Measurement::new(name, Status::Pass).with_number(took.get(), "ms");
        of_route(measured, circuit.route)
    });
    measured.into()
}

fn of_route(measured: Measurement, route: Option<&str>) -> Measurement {
    match route {
        None => measured,
        Some(route) => measured.of_part(route).optional(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::time::Timestamp;
    use crate::watch::health::Findings;

    fn status(circuits: &[CircuitFacts<'_>], probes: &[bool]) -> Status {
        let took = Millis::new(5);
        let probes: Vec<_> =
            probes.iter().map(|&passed| ProbeFacts { passed, status: None, took }).collect();
        let mut findings = Findings::none_since(Timestamp::from_millis(0));
        findings.record(upstream(circuits, &probes), Timestamp::from_millis(0));
        findings.status()
    }

    const fn circuit(state: State) -> CircuitFacts<'static> {
        let tally = Tally { calls: 0, failures: 0, slow_calls: 0 };
        CircuitFacts { route: None, state, tally, latency: None, answers: None }
    }

    #[test]
    fn an_upstream_is_down_when_its_circuit_is_open() {
        for (state, expected) in [
            (State::Closed, Status::Pass),
            (State::MetricsOnly, Status::Pass),
            (State::HalfOpen, Status::Warn),
            (State::ForcedClosed, Status::Warn),
            (State::Open, Status::Fail),
            (State::ForcedOpen, Status::Fail),
        ] {
            assert_eq!(status(&[circuit(state)], &[true]), expected, "{state}");
        }
    }

    #[test]
    fn an_upstream_is_down_when_its_last_two_probes_failed() {
        for (probes, expected) in [
            (&[][..], Status::Pass),
            (&[true, false, false], Status::Pass),
            (&[false], Status::Warn),
            (&[false, true, false], Status::Warn),
            (&[false, false], Status::Fail),
            (&[false, false, false, true], Status::Fail),
        ] {
            assert_eq!(status(&[circuit(State::Closed)], probes), expected, "{probes:?}");
        }
    }

    #[test]
    fn an_upstream_whose_probes_are_answered_with_500_is_down_whatever_its_policy_counts() {
        let took = Millis::new(5);
        let broken = ProbeFacts { passed: true, status: Some(500), took };
        let good = ProbeFacts { status: Some(200), ..broken };
        for (probes, expected) in [
            (
                &[broken, broken][..],
                Measurement::response_time(took, Status::Fail)
                    .because("its last two probes failed (500)"),
            ),
            (
                &[broken, good],
                Measurement::response_time(took, Status::Warn)
                    .because("its last probe failed (500)"),
            ),
            (&[good, broken], Measurement::response_time(took, Status::Pass)),
        ] {
            assert_eq!(upstream(&[], probes), [expected], "{probes:?}");
        }
    }

    #[test]
    fn answers_that_are_mostly_errors_warn_and_name_their_sources() {
        let of = |errors, [origin, fallback]: [u64; 2]| {
            let sources = [
                ("the origin", origin),
                ("copies", 0),
                ("snapshots", 0),
                ("the fallback", fallback),
                ("elsewhere", 0),
            ];
            let answers = Some(AnswerFacts { errors, sources });
            error_share(&CircuitFacts { answers, ..circuit(State::Closed) })
        };
        let measured = |status, share: u64| {
            Measurement::new("errorShare", status).with_number(share, "percent")
        };
        assert_eq!(of(0, [0, 0]), None);
        assert_eq!(of(19, [19, 0]), Some(measured(Status::Pass, 100)), "too few");
        let why = "50% of 20 answers had a status from 500 on; of all came 75% from the origin, 0% \
                   from copies, 0% from snapshots, 25% from the fallback, 0% from elsewhere";
        assert_eq!(of(10, [15, 5]), Some(measured(Status::Warn, 50).because(why)));
        assert_eq!(of(9, [15, 5]), Some(measured(Status::Pass, 45)));
    }

    #[test]
    fn a_refused_probe_is_no_failure_and_is_named() {
        let took = Millis::new(5);
        let refused = ProbeFacts { passed: true, status: Some(403), took };
        let expected = Measurement::response_time(took, Status::Warn)
            .because("it answers, but refuses our probe (403)");
        assert_eq!(upstream(&[], &[refused, refused]), [expected]);
        let good = ProbeFacts { status: Some(204), ..refused };
        assert_eq!(upstream(&[], &[good]), [Measurement::response_time(took, Status::Pass)]);
    }

    #[test]
    fn the_circuit_of_one_route_makes_an_upstream_warn() {
        let route = CircuitFacts { route: Some("/products/*"), ..circuit(State::Open) };
        assert_eq!(status(&[circuit(State::Closed), route], &[]), Status::Warn);
    }

    #[test]
    fn the_share_of_successes_is_rounded_down_and_none_of_no_calls() {
        let share = |calls, failures| {
            let tally = Tally { calls, failures, slow_calls: 0 };
            success_share(&CircuitFacts { tally, ..circuit(State::Closed) })
        };
        assert_eq!(share(0, 0), None);
        for (calls, failures, percent) in [(1, 0, 100u64), (1_000, 1, 99), (3, 2, 33), (1, 1, 0)] {
            let expected =
                Measurement::new("successShare", Status::Pass).with_number(percent, "percent");
            assert_eq!(share(calls, failures), Some(expected), "{calls} {failures}");
        }
    }

    #[test]
    fn latencies_are_figures_after_all_that_is_judged() {
        let ms = Millis::new;
        let latency = Some(Percentiles { p50: ms(80), p95: ms(250), p99: ms(2_500), calls: 40 });
        let own = CircuitFacts { latency, ..circuit(State::Closed) };
        let of_route = CircuitFacts { route: Some("/products/*"), ..own };
        let probe = ProbeFacts { passed: false, status: None, took: ms(5) };
        let measured = upstream(&[own, of_route], &[probe, probe]);
        let names: Vec<_> = measured.iter().map(|measured| measured.name.as_str()).collect();
        let figures = ["latencyP50", "latencyP95", "latencyP99"];
        let expected = [&["circuit", "circuit", "responseTime"][..], &figures, &figures].concat();
        assert_eq!(names, expected);
        let expected = Measurement::new("latencyP95", Status::Pass).with_number(250u64, "ms");
        assert_eq!(measured[4], expected);
        assert_eq!(measured[7], expected.of_part("/products/*").optional());
        assert!(circuits(&[circuit(State::Closed)]).iter().all(|m| m.name.as_str() == "circuit"));
    }
}
