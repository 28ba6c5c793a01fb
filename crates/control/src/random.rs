//! Randomness: numbers drawn from a seed of the platform's, which no secret is made of, and
//! secrets, which the platform draws.

use std::cell::RefCell;

use breakwater_core::watch::subscription::Entropy;
use breakwater_platform::bindings::Caught as _;
use fastrand::Rng;
use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = crypto, js_name = getRandomValues)]
    fn fill(bytes: &Uint8Array) -> Result<Option<Uint8Array>, JsValue>;
}

thread_local! {
    // Seeded at the first draw: the platform has no randomness before the first event.
    static RANDOM: RefCell<Rng> =
        RefCell::new(Rng::with_seed((js_sys::Math::random() * 2f64.powi(53)) as u64));
}

/// A number uniform over all of `u32`.
pub(crate) fn draw() -> u32 {
    RANDOM.with_borrow_mut(|random| random.u32(..))
}

/// A number uniform over all of `u128`, for ids that may be known.
pub(crate) fn id() -> u128 {
    RANDOM.with_borrow_mut(|random| random.u128(..))
}

/// Bytes that no one can guess.
///
/// # Errors
/// What the platform throws.
pub(crate) fn secret<const N: usize>() -> Result<[u8; N], JsValue> {
    let mut bytes = [0; N];
    fill(&Uint8Array::new_with_length(N as u32)).caught()?.copy_to(&mut bytes);
    Ok(bytes)
}

/// Randomness for what a subscriber's tokens and ids are made of.
///
/// # Errors
/// What the platform throws.
pub(crate) fn entropy() -> Result<Entropy, JsValue> {
    secret().map(Entropy)
}
