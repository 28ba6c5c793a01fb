//! Core for Node: what the npm package `breakwater` decides by.
//!
//! The command line in `cli` reads files and the clock and sends requests; everything else is
//! decided in core, by the same code as in the Worker. Each class here holds one state machine of
//! core. Small values cross the border as they are, larger ones as JSON: the shapes are in
//! `cli/breakwater_js.d.ts` and `cli/shapes.ts`.
//!
//! The breakers of the package get modules of their own beside these.

pub mod check;
pub mod compile;
pub mod survey;
pub mod walk;

use serde::Serialize;

/// The JSON of a value. The shapes here always have one.
fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
