//! Randomness, drawn from a seed of the platform's.

use std::cell::RefCell;

use fastrand::Rng;

thread_local! {
    // Seeded at the first draw: the platform has no randomness before the first event.
    static RANDOM: RefCell<Rng> =
        RefCell::new(Rng::with_seed((js_sys::Math::random() * 2f64.powi(53)) as u64));
}

/// A number uniform over all of `u32`.
pub(crate) fn draw() -> u32 {
    RANDOM.with_borrow_mut(|random| random.u32(..))
}
