//! The names of the Worker's bindings, by which it reaches objects, the bucket and e-mail.

/// The binding of the coordinators, one object per circuit.
pub const UPSTREAMS: &str = "UPSTREAMS";
/// The binding of the site's own object.
pub const SITE: &str = "SITE";
/// The binding of the probers of dependencies.
pub const DEPENDENCIES: &str = "DEPENDENCIES";
/// The binding of the monitor.
pub const MONITOR: &str = "MONITOR";
/// The binding of the probers of places.
pub const PROBES: &str = "PROBES";
/// The binding of the bucket of snapshots.
pub const SNAPSHOTS: &str = "SNAPSHOTS";
/// The binding that sends e-mail.
pub const EMAIL: &str = "EMAIL";
