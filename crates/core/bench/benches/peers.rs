//! The measurements behind `cargo xtask bench core`, which runs them and writes the table.

use std::hint::black_box;
use std::time::{Duration, Instant};

use breakwater_core_bench::{
    CircuitbreakerRs, Failsafe, Given, Ours, Read, Recloser, Rule, Subject, TowerResilience, open,
};
use criterion::{
    BenchmarkGroup, Criterion, criterion_group, criterion_main, measurement::WallTime,
};

type Group<'a> = BenchmarkGroup<'a, WallTime>;

/// Measures admitting and recording a call while the circuit is closed.
fn closed(group: &mut Group<'_>, name: &str, mut subject: impl Subject) {
    group.bench_function(name, |bencher| bencher.iter(|| subject.call(black_box(false))));
    assert!(subject.call(false), "{name} has opened");
}

/// Measures rejecting a call while the circuit is open.
fn rejecting(group: &mut Group<'_>, name: &str, mut subject: impl Subject) {
    open(&mut subject);
    group.bench_function(name, |bencher| bencher.iter(|| subject.call(black_box(false))));
    assert!(!subject.call(false), "{name} has closed");
}

/// Measures calls of which every tenth fails.
fn mixed(group: &mut Group<'_>, name: &str, mut subject: impl Subject) {
    let mut call = 0_u32;
    group.bench_function(name, |bencher| {
        bencher.iter(|| {
            call = call.wrapping_add(1);
            subject.call(black_box(call % 10 == 0))
        });
    });
    assert!(subject.call(false), "{name} has opened");
}

/// Runs one of the measurements above for every breaker that has the rule.
macro_rules! compare {
    ($criterion:expr, $group:literal, $measure:ident, $rule:expr, $with_recloser:expr) => {{
        let mut group = $criterion.benchmark_group($group);
        $measure(&mut group, "breakwater", Ours::new($rule, Given::default()));
        $measure(&mut group, "breakwater, reading a clock", Ours::new($rule, Read(Instant::now())));
        if $with_recloser {
            $measure(&mut group, "recloser", Recloser::new());
        }
        $measure(&mut group, "failsafe", Failsafe::new($rule));
        $measure(&mut group, "circuitbreaker-rs", CircuitbreakerRs::new($rule));
        $measure(&mut group, "tower-resilience", TowerResilience::new($rule));
        group.finish();
    }};
}

fn peers(criterion: &mut Criterion) {
    compare!(criterion, "closed, consecutive", closed, Rule::Consecutive, false);
    compare!(criterion, "closed, rate", closed, Rule::Rate, true);
    compare!(criterion, "open", rejecting, Rule::Consecutive, true);
    compare!(criterion, "mixed, rate", mixed, Rule::Rate, true);
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .sample_size(50);
    targets = peers
}
criterion_main!(benches);
