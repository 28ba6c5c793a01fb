//! The public suite for HTTP caches (<https://cache-tests.fyi>), against the Worker in workerd with
//! the suite's own server as its upstream.
//!
//! [`suite`] is the suite's folder and what its parts say, [`run`] runs it, [`verdict`] names what
//! came of each test, [`expectation`] is what should come of it, and [`table`] puts the counts
//! beside those of the products that the suite publishes results of.

pub(crate) mod expectation;
pub(crate) mod run;
pub(crate) mod suite;
pub(crate) mod table;
pub(crate) mod verdict;
