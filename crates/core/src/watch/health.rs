//! Whether the parts of a service work, and what that makes of the whole.
//!
//! # Parts
//! A [`Component`] describes a part of the service: how often the part is measured, and whether the
//! service is of use without it. [`Findings`] hold the result of the last measurement. The program
//! that measures records findings, and a question about the health only reports them. So a thousand
//! questions a second cost no more measurements than none.
//!
//! # Staleness
//! Findings are stale once [`STALE_AFTER`] intervals have passed since they were measured: then it
//! is the measuring itself that fails. A part that was never measured warns for the same time, and
//! is stale from then on.
//!
//! # The whole
//! The whole is as healthy as its worst part. From the worst to the best, a part fails, or is
//! critical and stale, or warns, or passes. The first two make the whole fail. A part that is not
//! critical makes it warn at worst.
//!
//! # Groups
//! `live` holds the parts that a restart could mend. They touch nothing outside the process;
//! otherwise an outage elsewhere would restart every instance. `ready` holds the parts that traffic
//! needs, and `all` holds every part. Each group contains the one before it, so a service that is
//! ready is also live. A group without components passes.
//!
//! # Form
//! [`HealthReport::document`] is a response in `application/health+json`
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

pub use component::{Component, ComponentKind, Group};
pub use document::{CONTENT_TYPE, Detail, HealthDocument, Service};
pub use findings::{Findings, FindingsError, MEASUREMENTS_MAX, STALE_AFTER};
pub use measurement::{LevelLimits, Measurement, OUTPUT_MAX, Observed, RESPONSE_TIME};
pub use name::{HealthName, NAME_MAX};
pub use probe::{PROBE_TIMEOUT, is_probe_due, is_probe_kept, is_refusal, probe_passes};
pub use report::{HealthReport, Known};
pub use status::{HealthVerdict, Status};
pub use upstream::{AnswerFacts, CircuitFacts, ProbeFacts, SOURCES, circuits, upstream};
