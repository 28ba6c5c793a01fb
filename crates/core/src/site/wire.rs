//! The texts about a request and its answer that cross the border between Rust and JavaScript, in
//! the form of [`base::wire`](crate::base::wire). [`typescript`] writes all of them for the entry.

mod label;
mod page;
mod request;
mod script;

pub use label::{AddressRewrite, Label};
pub use page::Failed;
pub use request::{FieldsSize, Outgoing, OwnFacts, RequestFacts, TRACESTATE_DROPPED};
pub use script::typescript;
