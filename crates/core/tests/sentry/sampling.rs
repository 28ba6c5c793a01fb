//! Which requests become transactions.

use breakwater_core::base::pattern::Pattern;
use breakwater_core::base::share::Share;
use breakwater_core::base::time::Millis;
use breakwater_core::base::trace::{IncomingTrace, Trace, TraceSource};
use breakwater_core::telemetry::sentry::{
    IgnoreRule, ReportClass, Sampler, SentrySettings, TRANSACTIONS_PER_MINUTE, Unrecorded,
};

use super::{NOW, settings};

const TENTH: Share = Share::from_basis_points(1_000);
const OWN: TraceSource = TraceSource::Breakwater;

fn sampling(rate: Share) -> SentrySettings {
    SentrySettings { traces_sample_rate: rate, ..settings() }
}

fn trace(traceparent: &str) -> Trace {
    Trace::new(OWN, IncomingTrace { traceparent, ..IncomingTrace::default() }, 7, 9)
}

/// Whether a sampler that has seen nothing records a request.
fn records(rate: Share, source: TraceSource, traceparent: &str, random: u32) -> bool {
    Sampler::new().records(&sampling(rate), source, "/a", &trace(traceparent), random, NOW)
}

fn field(flags: &str) -> String {
    format!("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-{flags}")
}

#[test]
fn a_tenth_of_all_random_numbers_is_sampled() {
    let step = u32::MAX / 10_000;
    let sampled = (0..10_000).filter(|n| records(TENTH, OWN, "", n * step)).count();
    assert_eq!(sampled, 1_001, "both ends are among them");
    assert!(records(TENTH, OWN, "", 0) && !records(TENTH, OWN, "", u32::MAX));
    assert!(records(Share::ALL, OWN, "", u32::MAX));
}

#[test]
fn what_was_decided_at_the_head_of_a_trace_holds_unless_there_are_no_transactions() {
    for random in [0, u32::MAX] {
        assert!(records(TENTH, OWN, &field("01"), random));
        assert!(!records(TENTH, OWN, &field("00"), random));
        assert!(!records(Share::NONE, OWN, &field("01"), random));
    }
}

#[test]
fn a_trace_has_one_source() {
    for source in [TraceSource::Platform, TraceSource::Off] {
        assert!(!records(Share::ALL, source, &field("01"), 0), "{source:?}");
    }
}

#[test]
fn a_visitor_who_wants_all_requests_recorded_gets_the_minutes_room_and_no_more() {
    let (settings, wanted) = (sampling(TENTH), trace(&field("01")));
    let mut sampler = Sampler::new();
    let mut recorded = |now| {
        let records = |_: &u32| sampler.records(&settings, OWN, "/a", &wanted, u32::MAX, now);
        (0..1_000).filter(records).count()
    };
    assert_eq!(recorded(NOW), TRANSACTIONS_PER_MINUTE as usize);
    assert_eq!(recorded(NOW + Millis::from_secs(1)), 0);
    assert_eq!(recorded(NOW + Millis::from_secs(60)), TRANSACTIONS_PER_MINUTE as usize);
    let lost = 3_000 - 2 * TRANSACTIONS_PER_MINUTE;
    assert_eq!(sampler.take(), Unrecorded { unsampled: 0, lost });
    assert_eq!(sampler.take(), Unrecorded::default(), "it is told once");
}

#[test]
fn what_is_not_of_the_sample_is_counted() {
    let mut sampler = Sampler::new();
    for _ in 0..5 {
        assert!(!sampler.records(&sampling(TENTH), OWN, "/a", &trace(""), u32::MAX, NOW));
    }
    sampler.count_lost();
    let counted = Unrecorded { unsampled: 5, lost: 1 };
    assert_eq!(sampler.take(), counted);
    sampler.give_back(counted);
    assert_eq!(sampler.take(), counted, "which no transaction has said");
}

#[test]
fn what_the_site_file_ignores_is_not_recorded() {
    let route = Pattern::parse("/a").ok();
    let rule = IgnoreRule { class: Some(ReportClass::Transaction), route, schedule: None };
    let settings = SentrySettings { ignore: vec![rule], ..sampling(Share::ALL) };
    let records = |route| Sampler::new().records(&settings, OWN, route, &trace(""), 0, NOW);
    assert!(!records("/a") && records("/b"));
}
