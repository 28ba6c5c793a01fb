//! Switches for development and tests. Without the feature `dev` they are not there.

#[cfg(feature = "dev")]
mod switches {
    use std::hint::black_box;

    use wasm_bindgen::JsValue;

    use crate::bindings::variable;

    /// Stands in for the origin of every upstream; with `_` and a name in capitals, of that one.
    pub const UPSTREAM: &str = "BREAKWATER_UPSTREAM";

    /// Names faults, parted by commas. Each module says which it has. Both can break in the middle
    /// of their work: `panic` panics, `trap` aborts without a panic, `overflow` fills the stack,
    /// `memory` asks for more than there is, and `killed` burns CPU time and is then gone, as when
    /// the platform's limit ends it. After a hyphen stands the place; without one it is the first
    /// half of each visitor's request.
    pub const FAULT: &str = "BREAKWATER_FAULT";

    /// Turns of a loop that take a good part of a second.
    const BURNED: u64 = 100_000_000;

    /// Whether a fault is set.
    pub fn is_set(env: &JsValue, fault: &str) -> bool {
        variable(env, FAULT).is_some_and(|set| set.split(',').any(|it| it == fault))
    }

    /// What stands in for an upstream's origin.
    pub fn upstream(env: &JsValue, name: &str) -> Option<String> {
        let own = [UPSTREAM, "_", &name.to_uppercase()].concat();
        variable(env, &own).or_else(|| variable(env, UPSTREAM))
    }

    /// Breaks the module, if a fault of this place is set. `while_borrowed` runs what it is given
    /// while the module's state is borrowed, so that a kill leaves it so.
    pub fn break_if_asked(env: &JsValue, place: &str, while_borrowed: impl Fn(fn())) {
        let Some(set) = variable(env, FAULT) else { return };
        for fault in set.split(',') {
            let (kind, at) = fault.split_once('-').unwrap_or((fault, ""));
            if at == place {
                break_as(kind, &while_borrowed);
            }
        }
    }

    fn break_as(kind: &str, while_borrowed: impl Fn(fn())) {
        match kind {
            "panic" => panic!("{FAULT} asks for it"),
            "trap" => std::process::abort(),
            "overflow" => drop(black_box(deeper(1))),
            "memory" => {
                while black_box(true) {
                    // A half of all that wasm can address: there is no second one beside the
                    // program.
                    std::mem::forget(black_box(Vec::<u8>::with_capacity(isize::MAX as usize)));
                }
            }
            "killed" => while_borrowed(|| {
                for turn in 0..BURNED {
                    black_box(turn);
                }
                // Leaves Rust without unwinding it, and is no trap.
                wasm_bindgen::throw_str("gone")
            }),
            _ => {}
        }
    }

    fn deeper(depth: u64) -> u64 {
        black_box(depth) + if depth == 0 { 0 } else { deeper(depth + 1) }
    }
}

#[cfg(not(feature = "dev"))]
mod switches {
    use wasm_bindgen::JsValue;

    /// Nothing stands in for an upstream.
    pub fn upstream(_: &JsValue, _: &str) -> Option<String> {
        None
    }

    /// Nothing breaks.
    pub fn break_if_asked(_: &JsValue, _: &str, _: impl Fn(fn())) {}
}

pub use switches::*;
