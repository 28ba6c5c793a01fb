//! How long calls take, as percentiles over the last minutes of real traffic.
//!
//! Every isolate counts its calls in a [`Histogram`]; the coordinator adds them up in a
//! [`LatencyWindow`] and reads [`Percentiles`] from it. None of this decides anything: a circuit's
//! policy says whether calls are too slow.
//!
//! # Method
//! Buckets grow by a constant factor, so that one relative error holds for all durations, and
//! histograms add up by adding their counts: the idea of HdrHistogram (Gil Tene) and of DDSketch
//! (Masson, Rim, Lee: "DDSketch: A Fast and Fully-Mergeable Quantile Sketch with Relative-Error
//! Guarantees", VLDB 2019). DDSketch's value for a bucket is taken here too; HdrHistogram's halves
//! of powers of two would need more buckets. Sums of percentiles mean nothing, which is why counts
//! travel.
//!
//! # Error
//! A quantile is off by at most [`ERROR_PERCENT`] of the call that has its rank, where that took
//! between [`SHORTEST`] and [`LONGEST`]; a call that took less counts as [`SHORTEST`], and one that
//! took more as [`LONGEST`].

mod buckets;
mod histogram;
mod history;
mod window;
mod wire;

pub use histogram::Histogram;
pub use history::LatencyHistory;
pub use window::{LatencyWindow, MINUTES, Percentiles, is_store_due};
pub use wire::WireError;

use crate::base::time::Millis;

/// The shortest duration of a bucket of its own: 1 ms.
pub const SHORTEST: Millis = Millis::new(1);
/// The longest duration of a bucket of its own: 5 min.
pub const LONGEST: Millis = Millis::from_secs(300);
/// How far a quantile may be off, in percent of the true one.
pub const ERROR_PERCENT: u64 = 10;
/// The number of buckets of a histogram, which the error needs from the shortest duration to the
/// longest.
pub const BUCKETS: usize = 60;
