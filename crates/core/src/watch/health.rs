//! Whether the parts of a service work, and what that makes of the whole.
//!
//! # Parts
//! A [`Component`] is what is expected: a part of the service that is measured at an interval, and
//! whether the service is of use without it. [`Findings`] are what the last measurement of it
//! found. Whoever measures records findings; whoever is asked reports them, and measures nothing:
//! a thousand questions a second cost no more measurements than none.
//!
//! # Staleness
//! Findings are stale once [`STALE_AFTER`] intervals have passed since they were measured: then
//! whoever measures is what fails. A part that was never measured warns for as long, and is stale
//! from then on.
//!
//! # The whole
//! It is as well as its worst part, in this order: one that fails, then a critical one that is
//! stale, then one that warns, then none of them. Both of the first make the whole fail. A part
//! that is not critical makes it warn at worst.
//!
//! # Groups
//! `live` is what a restart could mend, and touches nothing outside the process, or an outage
//! would restart every instance. `ready` is what traffic needs, and `all` is everything; each
//! holds those before it, so that what is ready is live. Without components a group passes.
//!
//! # Form
//! [`Report::document`] is a response in `application/health+json`
//! (draft-inadarei-api-health-check-06). The draft knows neither criticality nor staleness, so each
//! check has three more keys: `critical`, `stale` and `ageMs`. A service that warns still serves,
//! so it answers 200 as the draft, Kubernetes and UptimeRobot want it; only `fail` is 503.

mod component;
mod document;
mod findings;
mod measurement;
mod name;
mod probe;
mod report;
mod status;
mod upstream;

pub use component::{Component, Group, Kind};
pub use document::{CONTENT_TYPE, Detail, Document, Service};
pub use findings::{Findings, FindingsError, MEASUREMENTS_MAX, STALE_AFTER};
pub use measurement::{Limits, Measurement, OUTPUT_MAX, Observed, RESPONSE_TIME};
pub use name::{NAME_MAX, Name};
pub use probe::{is_probe_due, is_refusal, probe_passes};
pub use report::{Known, Report};
pub use status::{Status, Verdict};
pub use upstream::{CircuitFacts, ProbeFacts, circuits, upstream};
