//! Stored answers: which may be stored and reused (RFC 9111), and the snapshots that outlive them.

pub mod cache_status;
pub mod freshness;
pub mod kind;
pub mod mark;
pub mod meta;
pub mod purge;
pub mod rules;
pub mod snapshot;
mod status_class;
pub mod stored;
pub mod storing;
pub mod tag_purge;
