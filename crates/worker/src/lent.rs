//! Permits for calls that the control plane makes: an isolate has one replica of each circuit, and
//! the data plane owns it.
//!
//! The control plane asks for a permit before such a call and says afterwards how the call ended.
//! Numbers and a line of text cross between the modules. A permit that is never returned, as when
//! the control plane's instance was lost, lapses with its lease.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use breakwater_core::base::id::CircuitId;
use breakwater_core::base::time::Millis;
use breakwater_core::circuit::fleet::LENT_PERMITS_MAX;
use breakwater_core::circuit::outcome::Ended;
use wasm_bindgen::prelude::*;

use crate::isolate::{self, CircuitPermit};
use crate::platform::ExecutionContext;
use crate::{clock, fleet_link};

struct Lent {
    circuit: CircuitId,
    permit: CircuitPermit,
}

thread_local! {
    static LENT: RefCell<BTreeMap<u32, Lent>> = const { RefCell::new(BTreeMap::new()) };
    static LAST_NUMBER: Cell<u32> = const { Cell::new(0) };
}

/// Asks the circuit with this index for a permit to read something, for at most `lease`
/// milliseconds. Returns the permit's number; zero if the circuit rejects the call.
#[wasm_bindgen]
pub fn lend_permit(circuit: usize, lease: u32) -> u32 {
    let (lease, now) = (Millis::new(lease.into()), clock::now());
    if circuit >= isolate::site().circuits.len() {
        return 0;
    }
    let circuit = CircuitId::new(circuit);
    let Ok(permit) = isolate::acquire_to_lend(circuit, lease, now) else { return 0 };
    let number = LAST_NUMBER.get().checked_add(1).unwrap_or(1);
    LAST_NUMBER.set(number);
    LENT.with_borrow_mut(|lent| {
        if lent.len() >= LENT_PERMITS_MAX {
            lent.pop_first();
        }
        lent.insert(number, Lent { circuit, permit });
    });
    number
}

/// Tells the circuit how the call of a permit ended, as [`Ended::to_line`] writes it, and after how
/// many milliseconds; and the fleet behind the event of `ctx`, if that is due. A permit that is not
/// known, as after a trap, counts nowhere.
#[wasm_bindgen]
pub fn return_permit(number: u32, ended: &str, took: u32, env: JsValue, ctx: ExecutionContext) {
    let Some(lent) = LENT.with_borrow_mut(|lent| lent.remove(&number)) else { return };
    let Lent { circuit, permit } = lent;
    let Some(ended) = Ended::parse_line(ended) else { return };
    let site = isolate::site();
    let dialect = site.upstreams[site.circuits[circuit.index()].upstream].dialect;
    let now = clock::now();
    permit.record(dialect, ended, Millis::new(took.into()), now);
    fleet_link::talk_for_object_if_due(&env, &ctx, circuit, now);
}
