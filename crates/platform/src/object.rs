//! The object kit: how Durable Objects are asked, and what they are made of.
//!
//! [`protocol!`] defines the requests of one kind of object, a client with a method for each of
//! them, and the trait that the object implements; so that both sides agree on types. Inside an
//! object, [`Store`] keeps values and journals in SQLite, [`ObjectAlarm`] is its timer, and
//! [`fetch_within`] makes a request of its own with a time limit.

mod alarm;
mod ask;
mod fetch;
mod protocol;
mod store;

pub use alarm::ObjectAlarm;
pub use ask::{AskError, Json, ObjectError, ObjectResult, ask, connect, encode, respond};
pub use fetch::{FetchError, FetchedAnswer, FetchedBody, fetch_within};
pub use store::{Journal, Rows, Store};
