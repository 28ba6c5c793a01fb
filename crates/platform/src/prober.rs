//! How the prober of a dependency is asked.

use breakwater_core::base::time::Timestamp;
use breakwater_core::site::binding;
use breakwater_core::watch::health::{Findings, Status};

crate::protocol! {
    /// Asks the prober of a dependency, whose name is the dependency's.
    ProberClient asks ProberService with ProberRequest at binding::DEPENDENCIES;

    /// Returns what it found last. It probes first if it has found nothing yet, as right after a
    /// deploy.
    Findings = findings() -> Findings;

    /// Probes if that is due, and arms the alarm. Answers with what it found last, and when; one
    /// that has found nothing yet does not, and neither does one of an earlier deployment.
    Round = round() -> Option<(Status, Timestamp)>;
}
