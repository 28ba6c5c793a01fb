//! What the last measurement of a component found.

use core::fmt;

use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

use super::{Component, HealthVerdict, Measurement, Status};
use crate::base::time::{Millis, Timestamp};

/// Measurements of one component that are kept; other people's documents name as many as they
/// like.
pub const MEASUREMENTS_MAX: usize = 64;
/// The number of intervals after which findings are stale. One measurement may be late and one may
/// fail to be made before that is reported.
pub const STALE_AFTER: u64 = 3;

/// The version of the stored form.
const VERSION: u32 = 1;

/// What the last measurement of a component found, and when. Holds no policy: what is expected
/// goes into each call.
///
/// ```
/// use breakwater_core::watch::health::{Findings, Measurement, Status};
/// use breakwater_core::base::time::{Millis, Timestamp};
///
/// let (every, start) = (Millis::from_secs(30), Timestamp::from_millis(0));
/// let mut findings = Findings::none_since(start);
/// assert!(findings.is_due(every, start));
///
/// let took = Millis::new(12);
/// findings.record(vec![Measurement::response_time(took, Status::Pass)], start + took);
/// assert!(!findings.is_due(every, start + Millis::from_secs(30)));
/// assert_eq!(findings.due_at(every), start + took + every);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "StoredFindings", into = "StoredFindings")]
pub struct Findings {
    since: Timestamp,
    at: Option<Timestamp>,
    measurements: Vec<Measurement>,
}

impl Findings {
    /// Nothing yet, of a component that has been expected to be measured since `now`.
    pub const fn none_since(now: Timestamp) -> Self {
        Self { since: now, at: None, measurements: Vec::new() }
    }

    /// Replaces what was found before. Of too many measurements the first are kept.
    pub fn record(&mut self, mut measurements: Vec<Measurement>, now: Timestamp) {
        measurements.truncate(MEASUREMENTS_MAX);
        self.measurements = measurements;
        self.at = Some(now);
    }

    /// What was found; nothing if nothing has been measured yet.
    pub fn measurements(&self) -> &[Measurement] {
        &self.measurements
    }

    /// When that was.
    pub const fn measured_at(&self) -> Option<Timestamp> {
        self.at
    }

    /// How long ago that was.
    pub fn age(&self, now: Timestamp) -> Option<Millis> {
        self.at.map(|at| now.since(at))
    }

    /// When the next measurement is due.
    pub fn due_at(&self, every: Millis) -> Timestamp {
        self.at.map_or(self.since, |at| at + every)
    }

    /// Whether a measurement is due. It is due also if the clock has stepped back, because the age
    /// of the last one is unknown then.
    pub fn is_due(&self, every: Millis, now: Timestamp) -> bool {
        now >= self.due_at(every) || self.at.is_some_and(|at| now < at)
    }

    /// Whether it has been too long since the last measurement, or since the first was expected.
    pub fn is_stale(&self, every: Millis, now: Timestamp) -> bool {
        let allowed = Millis::new(every.get().saturating_mul(STALE_AFTER));
        now.since(self.at.unwrap_or(self.since)) > allowed
    }

    /// What the measurements say, as of when they were made.
    pub fn status(&self) -> Status {
        self.measurements.iter().map(Measurement::counts_as).max().unwrap_or_default()
    }

    /// What the component makes of the whole.
    pub fn verdict(&self, component: &Component, now: Timestamp) -> HealthVerdict {
        let stale = match (self.is_stale(component.every, now), component.critical) {
            (true, true) => HealthVerdict::Stale,
            (true, false) => HealthVerdict::Warn,
            (false, _) if self.at.is_none() => HealthVerdict::Warn,
            (false, _) => HealthVerdict::Pass,
        };
        let found = HealthVerdict::from(self.status());
        let found = if component.critical { found } else { found.min(HealthVerdict::Warn) };
        found.max(stale)
    }
}

/// The stored form. Its literal test tells when it changes.
#[derive(Serialize, Deserialize)]
struct StoredFindings {
    version: u32,
    since: Timestamp,
    at: Option<Timestamp>,
    measurements: Vec<Measurement>,
}

impl From<Findings> for StoredFindings {
    fn from(findings: Findings) -> Self {
        let Findings { since, at, measurements } = findings;
        Self { version: VERSION, since, at, measurements }
    }
}

impl TryFrom<StoredFindings> for Findings {
    type Error = FindingsError;

    fn try_from(stored: StoredFindings) -> Result<Self, FindingsError> {
        let StoredFindings { version, since, at, mut measurements } = stored;
        if version != VERSION {
            return Err(FindingsError { version });
        }
        measurements.truncate(MEASUREMENTS_MAX);
        Ok(Self { since, at, measurements })
    }
}

/// Stored findings of a version that is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FindingsError {
    /// The version.
    pub version: u32,
}

impl fmt::Display for FindingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "findings of version {}, expected version {VERSION}", self.version)
    }
}

impl core::error::Error for FindingsError {}

#[cfg(test)]
mod tests {
    use super::super::{ComponentKind, Group, HealthName};
    use super::*;
    use alloc::string::ToString;
    use alloc::vec;

    const EVERY: Millis = Millis::from_secs(10);

    fn at(ms: u64) -> Timestamp {
        Timestamp::from_millis(ms)
    }

    fn component(critical: bool) -> Component {
        Component {
            name: HealthName::fitting("database"),
            kind: ComponentKind::Datastore,
            critical,
            every: EVERY,
            group: Group::All,
            measures: HealthName::fitting("responseTime"),
        }
    }

    #[test]
    fn what_was_never_measured_warns_for_three_intervals_and_is_stale_from_then_on() {
        let findings = Findings::none_since(at(1_000));
        for (now, critical, optional) in [
            (0, HealthVerdict::Warn, HealthVerdict::Warn),
            (1_000, HealthVerdict::Warn, HealthVerdict::Warn),
            (31_000, HealthVerdict::Warn, HealthVerdict::Warn),
            (31_001, HealthVerdict::Stale, HealthVerdict::Warn),
        ] {
            assert_eq!(findings.verdict(&component(true), at(now)), critical, "{now}");
            assert_eq!(findings.verdict(&component(false), at(now)), optional, "{now}");
        }
    }

    #[test]
    fn what_passed_is_stale_after_three_intervals_and_what_failed_still_fails() {
        for (status, fresh, stale) in [
            (Status::Pass, HealthVerdict::Pass, HealthVerdict::Stale),
            (Status::Warn, HealthVerdict::Warn, HealthVerdict::Stale),
            (Status::Fail, HealthVerdict::Fail, HealthVerdict::Fail),
        ] {
            let mut findings = Findings::none_since(at(0));
            findings.record(vec![Measurement::new("a", status)], at(5_000));
            assert_eq!(findings.verdict(&component(true), at(35_000)), fresh, "{status}");
            assert_eq!(findings.verdict(&component(true), at(35_001)), stale, "{status}");
        }
    }

    #[test]
    fn a_measurement_is_due_an_interval_after_the_last_and_when_the_clock_stepped_back() {
        let mut findings = Findings::none_since(at(7));
        assert!(findings.is_due(EVERY, at(7)));
        findings.record(Vec::new(), at(100));
        assert_eq!(findings.due_at(EVERY), at(10_100));
        assert!(!findings.is_due(EVERY, at(10_099)));
        assert!(findings.is_due(EVERY, at(10_100)));
        assert!(findings.is_due(EVERY, at(99)));
    }

    #[test]
    fn the_stored_form_is_pinned() {
        let mut findings = Findings::none_since(at(5));
        findings.record(
            vec![
                Measurement::response_time(Millis::new(12), Status::Pass),
                Measurement::new("status", Status::Fail)
                    .of_part("cache")
                    .with_state("DOWN")
                    .because("no route")
                    .optional(),
            ],
            at(17),
        );
        let literal = r#"{"version":1,"since":5,"at":17,"measurements":[{"name":"responseTime","status":"pass","observed":{"value":12,"unit":"ms"}},{"part":"cache","name":"status","status":"fail","observed":"DOWN","output":"no route","essential":false}]}"#;
        assert_eq!(serde_json::to_string(&findings).unwrap(), literal);
        assert_eq!(serde_json::from_str::<Findings>(literal).unwrap(), findings);
    }

    #[test]
    fn a_newer_stored_form_is_refused() {
        let newer = r#"{"version":2,"since":5,"at":null,"measurements":[]}"#;
        let error = serde_json::from_str::<Findings>(newer).unwrap_err().to_string();
        assert!(error.contains("findings of version 2, expected version 1"), "{error}");
    }

    #[test]
    fn measurements_are_bounded() {
        let mut findings = Findings::none_since(at(0));
        findings.record(vec![Measurement::new("a", Status::Pass); 1_000], at(1));
        assert_eq!(findings.measurements().len(), MEASUREMENTS_MAX);
    }
}
