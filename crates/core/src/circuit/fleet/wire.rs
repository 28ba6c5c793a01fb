//! The messages as they travel: short JSON arrays that begin with their version.
//!
//! Isolates of one deployment talk to coordinators of another, so a version that was once written
//! is read for good. An unknown version is an error, which the replica treats as a lost report.

use core::fmt;

use alloc::string::String;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::message::{ColoVerdict, Delta, Region, Report, Verdict};
use crate::base::array::serialize_array;
use crate::base::time::Timestamp;
use crate::circuit::breaker::State;

/// The version of reports and verdicts that is written and read.
const VERSION: u8 = 1;

serialize_array! {
    /// A [`Report`] as it travels. Spans are in milliseconds.
    pub(super) struct ReportWire {
        version: u8,
        replica: u64,
        sequence: u32,
        generation: Option<u64>,
        region: Option<Region>,
        calls: u32,
        failures: u32,
        slow_calls: u32,
        trailing_failures: u32,
        probe_successes: u32,
        probe_failures: u32,
        probes_unused: u32,
        throttled_for: Option<u64>,
        exhausted_for: Option<u64>,
        is_stalled: bool,
    }
}

serialize_array! {
    /// A [`Verdict`] as it travels.
    pub(super) struct VerdictWire {
        version: u8,
        state: State,
        generation: u64,
        remaining_ms: u64,
        permits: u32,
        poll_ms: u64,
        stagger_ms: u64,
        is_bypass: bool,
    }
}

serialize_array! {
    /// A [`ColoVerdict`] as a colo's cache holds it.
    pub(super) struct ColoVerdictWire {
        at: Timestamp,
        verdict: Verdict,
    }
}

impl From<Report> for ReportWire {
    fn from(report: Report) -> Self {
        let Report { replica, sequence, generation, region, delta } = report;
        let Delta {
            calls,
            failures,
            slow_calls,
            trailing_failures,
            is_stalled,
            probe_successes,
            probe_failures,
            probes_unused,
            throttled_for,
            exhausted_for,
        } = delta;
        Self {
            version: VERSION,
            replica,
            sequence,
            generation,
            region,
            calls,
            failures,
            slow_calls,
            trailing_failures,
            probe_successes,
            probe_failures,
            probes_unused,
            throttled_for,
            exhausted_for,
            is_stalled,
        }
    }
}

impl TryFrom<ReportWire> for Report {
    type Error = UnknownMessageVersion;

    fn try_from(wire: ReportWire) -> Result<Self, UnknownMessageVersion> {
        check(wire.version)?;
        let delta = Delta {
            calls: wire.calls,
            failures: wire.failures,
            slow_calls: wire.slow_calls,
            trailing_failures: wire.trailing_failures,
            is_stalled: wire.is_stalled,
            probe_successes: wire.probe_successes,
            probe_failures: wire.probe_failures,
            probes_unused: wire.probes_unused,
            throttled_for: wire.throttled_for,
            exhausted_for: wire.exhausted_for,
        };
        let ReportWire { replica, sequence, generation, region, .. } = wire;
        Ok(Self { replica, sequence, generation, region, delta })
    }
}

impl From<Verdict> for VerdictWire {
    fn from(verdict: Verdict) -> Self {
        let Verdict { state, generation, remaining_ms, permits, poll_ms, stagger_ms, is_bypass } =
            verdict;
        Self {
            version: VERSION,
            state,
            generation,
            remaining_ms,
            permits,
            poll_ms,
            stagger_ms,
            is_bypass,
        }
    }
}

impl TryFrom<VerdictWire> for Verdict {
    type Error = UnknownMessageVersion;

    fn try_from(wire: VerdictWire) -> Result<Self, UnknownMessageVersion> {
        check(wire.version)?;
        let VerdictWire {
            state,
            generation,
            remaining_ms,
            permits,
            poll_ms,
            stagger_ms,
            is_bypass,
            ..
        } = wire;
        Ok(Self { state, generation, remaining_ms, permits, poll_ms, stagger_ms, is_bypass })
    }
}

impl From<ColoVerdict> for ColoVerdictWire {
    fn from(ColoVerdict { at, verdict }: ColoVerdict) -> Self {
        Self { at, verdict }
    }
}

impl From<ColoVerdictWire> for ColoVerdict {
    fn from(ColoVerdictWire { at, verdict }: ColoVerdictWire) -> Self {
        Self::new(at, verdict)
    }
}

fn check(version: u8) -> Result<(), UnknownMessageVersion> {
    if version == VERSION { Ok(()) } else { Err(UnknownMessageVersion { version }) }
}

/// A message of a version that this deployment does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct UnknownMessageVersion {
    version: u8,
}

impl fmt::Display for UnknownMessageVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "version {} of a fleet message, expected {VERSION}", self.version)
    }
}

impl core::error::Error for UnknownMessageVersion {}

impl Serialize for Region {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Every constructor of a region checks that it is two ASCII letters.
        serializer.serialize_str(core::str::from_utf8(&self.0).unwrap_or("??"))
    }
}

impl<'de> Deserialize<'de> for Region {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| de::Error::custom(NotARegion(text)))
    }
}

/// A text that names no region.
struct NotARegion(String);

impl fmt::Display for NotARegion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is no region, expected two capital letters", self.0)
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;
    use crate::circuit::fleet::message::{ColoSuspicion, Note, Urgency};

    const REPORT: Report = Report {
        replica: u64::MAX,
        sequence: 7,
        generation: Some(3),
        region: Some(Region(*b"EU")),
        delta: Delta {
            calls: 40,
            failures: 4,
            slow_calls: 3,
            trailing_failures: 2,
            is_stalled: true,
            probe_successes: 1,
            probe_failures: 0,
            probes_unused: 5,
            throttled_for: None,
            exhausted_for: Some(60_000),
        },
    };
    const VERDICT: Verdict = Verdict {
        state: State::HalfOpen,
        generation: 4,
        remaining_ms: 0,
        permits: 1,
        poll_ms: 500,
        stagger_ms: 6_000,
        is_bypass: false,
    };

    /// If these fail, isolates of one deployment no longer understand the coordinators of another.
    #[test]
    fn the_wire_form_is_unchanged() {
        for (value, json) in [
            (
                serde_json::to_string(&REPORT),
                r#"[1,18446744073709551615,7,3,"EU",40,4,3,2,1,0,5,null,60000,true]"#,
            ),
            (serde_json::to_string(&VERDICT), r#"[1,"half_open",4,0,1,500,6000,false]"#),
            (
                serde_json::to_string(&ColoVerdict::new(Timestamp::from_millis(9), VERDICT)),
                r#"[9,[1,"half_open",4,0,0,500,6000,false]]"#,
            ),
            (
                serde_json::to_string(&Note {
                    at: Timestamp::from_millis(9),
                    lasts_ms: 250,
                    about: Urgency::Urgent,
                }),
                r#"[9,250,"urgent"]"#,
            ),
            (serde_json::to_string(&ColoSuspicion { at: Timestamp::from_millis(9) }), "[9]"),
        ] {
            assert_eq!(value.unwrap(), json);
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let json = serde_json::to_string(&REPORT).unwrap();
        assert_eq!(serde_json::from_str::<Report>(&json).unwrap(), REPORT);
        let json = serde_json::to_string(&VERDICT).unwrap();
        assert_eq!(serde_json::from_str::<Verdict>(&json).unwrap(), VERDICT);
    }

    #[test]
    fn an_unknown_version_is_refused_by_name() {
        let error = serde_json::from_str::<Verdict>(r#"[2,"open",4,0,1,500,6000,false]"#);
        assert_eq!(error.unwrap_err().to_string(), "version 2 of a fleet message, expected 1");
    }

    #[test]
    fn permits_never_leave_a_colos_cache() {
        let read =
            serde_json::from_str::<ColoVerdict>(r#"[9,[1,"half_open",4,0,1,500,6000,false]]"#);
        assert_eq!(read.unwrap().verdict.permits, 0);
    }

    #[test]
    fn a_region_is_two_capital_letters() {
        assert_eq!(Region::parse("EU"), Some(Region(*b"EU")));
        for other in ["", "E", "eu", "EUR", "E1", "Ü"] {
            assert_eq!(Region::parse(other), None, "{other}");
        }
    }
}
