//! Counts the allocations of each breaker per call, and prints them as `group\tname\tallocations`.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicU64, Ordering};

use breakwater_core_bench::{
    CircuitbreakerRs, Failsafe, Given, Ours, Recloser, Rule, Subject, TowerResilience, open,
};

/// How many calls warm a breaker up, and then how many are counted.
const CALLS: u64 = 100_000;

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

struct Counting;

// SAFETY: the system's allocator does all the work, and counting touches no memory of the caller.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's guarantee about `layout` is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's guarantee about both arguments is passed on.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

fn count(group: &str, name: &str, mut subject: impl Subject, fails: impl Fn(u64) -> bool) {
    if group == "open" {
        open(&mut subject);
    }
    for call in 0..CALLS {
        subject.call(fails(call));
    }
    let before = ALLOCATIONS.load(Ordering::Relaxed);
    for call in 0..CALLS {
        subject.call(fails(call));
    }
    let allocations = ALLOCATIONS.load(Ordering::Relaxed) - before;
    println!("{group}\t{name}\t{}", allocations as f64 / CALLS as f64);
}

fn main() {
    let never = |_| false;
    let tenth = |call: u64| call % 10 == 0;
    for (group, rule, fails) in [
        ("closed, consecutive", Rule::Consecutive, never as fn(u64) -> bool),
        ("closed, rate", Rule::Rate, never),
        ("open", Rule::Consecutive, never),
        ("mixed, rate", Rule::Rate, tenth),
    ] {
        count(group, "breakwater", Ours::new(rule, Given::default()), fails);
        if group != "closed, consecutive" {
            count(group, "recloser", Recloser::new(), fails);
        }
        count(group, "failsafe", Failsafe::new(rule), fails);
        count(group, "circuitbreaker-rs", CircuitbreakerRs::new(rule), fails);
        count(group, "tower-resilience", TowerResilience::new(rule), fails);
    }
}
