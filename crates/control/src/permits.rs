//! Permits for our own calls, from the replica that the data plane has of each circuit.

use breakwater_core::base::id::CircuitId;
use breakwater_core::base::time::Millis;
use breakwater_core::circuit::outcome::Ended;
use breakwater_platform::timer::milliseconds;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(raw_module = "./permits.ts")]
extern "C" {
    #[wasm_bindgen(js_name = lendPermit)]
    fn lend_permit(circuit: usize, lease: u32) -> u32;
    #[wasm_bindgen(js_name = returnPermit)]
    fn return_permit(number: u32, ended: &str, took: u32, env: &JsValue, ctx: &JsValue);
}

/// The right to make one call. One that is dropped unrecorded lapses with its lease.
#[must_use = "a permit that is not recorded holds its place until its lease ends"]
pub(crate) struct ReadPermit(u32);

impl ReadPermit {
    /// Asks a circuit for a permit to read something; none if it rejects the
    /// call.
    pub(crate) fn acquire(circuit: CircuitId, lease: Millis) -> Option<Self> {
        let number = lend_permit(circuit.index(), milliseconds(lease));
        (number != 0).then_some(Self(number))
    }

    /// Tells the circuit how the call ended, and the fleet behind the event of `ctx`.
    pub(crate) fn record(self, ended: Ended, took: Millis, env: &JsValue, ctx: &JsValue) {
        return_permit(self.0, &ended.to_line(), milliseconds(took), env, ctx);
    }
}
