//! Many runs on all cores.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::channel;
use std::thread;

/// Runs the jobs with the numbers from 0 to `count` on all cores, and returns what they bring in
/// the order of their numbers. `progress` is given the number of jobs that are done.
pub(crate) fn run_jobs<T: Send>(
    count: u64,
    job: impl Fn(u64) -> Option<T> + Sync,
    mut progress: impl FnMut(u64),
) -> Vec<T> {
    let next = AtomicU64::new(0);
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let (done, results) = channel();
    let mut brought = Vec::new();
    thread::scope(|scope| {
        for _ in 0..cores {
            let (next, done, job) = (&next, done.clone(), &job);
            scope.spawn(move || {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= count {
                        return;
                    }
                    // The receiver lives until all results have been sent.
                    let _ = done.send((number, job(number)));
                }
            });
        }
        drop(done);
        for (finished, (number, result)) in results.iter().enumerate() {
            brought.extend(result.map(|result| (number, result)));
            progress(finished as u64 + 1);
        }
    });
    brought.sort_unstable_by_key(|&(number, _)| number);
    brought.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_their_jobs() {
        let mut finished = 0;
        let odd = |number: u64| (number % 2 == 1).then_some(number);
        let results = run_jobs(1_000, odd, |done| finished = done);
        assert_eq!(finished, 1_000);
        assert!(results.into_iter().eq((1..1_000).step_by(2)));
    }
}
