//! The texts about a request and its answer that cross the border between Rust and JavaScript, in the
//! form of [`base::wire`](crate::base::wire), and [`typescript`], which has all of them.

mod label;
mod page;
mod request;
mod script;

pub use label::{Label, Way};
pub use page::Failed;
pub use request::{FieldsSize, Outgoing, RequestFacts};
pub use script::typescript;
