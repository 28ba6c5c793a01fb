//! The services on which the site depends besides its upstreams: how each is asked about its
//! health, and what its answer means.
//!
//! A [`Dependency`] of `breakwater.toml` names the service. [`Dependency::request`] is the request
//! to it, and [`Dependency::read`] turns the end of that request into measurements for
//! [`Findings`](crate::watch::health::Findings). Each kind speaks a protocol that others define:
//!
//! | kind | asks | is well if |
//! |---|---|---|
//! | `http` | any path | the status is 2xx or 3xx |
//! | `backend_health` | a backend's own health | it says so, in draft-06's JSON or that of terminus, Spring, MicroProfile or ASP.NET; its parts are shown |
//! | `supabase_rest` | PostgREST, for one row | it answers from the database |
//! | `supabase_auth` | `/auth/v1/health` | it names its version; this never touches the database |
//! | `supabase_storage` | `/storage/v1/health` | it says `healthy: true`; it answers 200 either way |
//! | `upstash_redis` | `/ping` | it says `PONG` |
//! | `statuspage` | `/api/v2/status.json` | its indicator is `none` |
//! | `s3` | an endpoint or a bucket | it answers, if only that it wants a signature |
//!
//! A problem with our own key or quota is a warning and never a failure, because the dependency
//! itself works. A status page that cannot be read says nothing about the service that it
//! describes, so that is a warning too.

mod answer;
mod backend;
mod definition;
mod kind;
mod reading;
mod redaction;
mod request;
mod s3;
mod statuspage;
mod supabase;
mod upstash;

pub use answer::{BODY_MAX, DependencyAnswer};
pub use definition::{
    DEPENDENCIES_MAX, DEPENDENCY_EVERY_DEFAULT, DEPENDENCY_EVERY_MAX, DEPENDENCY_EVERY_MIN,
    DEPENDENCY_TIMEOUT_DEFAULT, DEPENDENCY_TIMEOUT_MAX, Dependency, DependencyUrl,
    DependencyUrlError,
};
pub use kind::{DependencyKind, SecretUse};
pub use redaction::redacted;
pub use request::{DependencyRequest, SecretUnset};
