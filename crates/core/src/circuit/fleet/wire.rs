//! The messages as they travel: short JSON arrays that begin with their version.
//!
//! Isolates of one deploy talk to coordinators of another, so a version that was once written is
//! read for good. An unknown one is an error, which the replica takes for a lost report.

use alloc::format;
use alloc::string::String;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::message::{Delta, Place, Report, Verdict};
use crate::circuit::breaker::State;

const VERSION: u8 = 1;

/// Version, replica, sequence, generation, place; calls, failures, slow calls, trailing failures;
/// probes that succeeded, failed, were not used; throttled and exhausted for so many milliseconds;
/// whether it is dry.
#[derive(Serialize, Deserialize)]
pub(super) struct ReportWire(
    u8,
    u64,
    u32,
    Option<u64>,
    Option<Place>,
    u32,
    u32,
    u32,
    u32,
    u32,
    u32,
    u32,
    Option<u64>,
    Option<u64>,
    bool,
);

/// Version, state, generation, remaining milliseconds, permits, poll and spread in milliseconds,
/// and whether everything passes.
#[derive(Serialize, Deserialize)]
pub(super) struct VerdictWire(u8, State, u64, u64, u32, u64, u64, bool);

impl From<Report> for ReportWire {
    fn from(report: Report) -> Self {
        let Delta {
            calls,
            failures,
            slow_calls,
            trailing_failures,
            is_dry,
            probe_successes,
            probe_failures,
            probes_unused,
            throttled_for,
            exhausted_for,
        } = report.delta;
        Self(
            VERSION,
            report.replica,
            report.sequence,
            report.generation,
            report.place,
            calls,
            failures,
            slow_calls,
            trailing_failures,
            probe_successes,
            probe_failures,
            probes_unused,
            throttled_for,
            exhausted_for,
            is_dry,
        )
    }
}

impl TryFrom<ReportWire> for Report {
    type Error = String;

    fn try_from(wire: ReportWire) -> Result<Self, String> {
        known(wire.0)?;
        let delta = Delta {
            calls: wire.5,
            failures: wire.6,
            slow_calls: wire.7,
            trailing_failures: wire.8,
            probe_successes: wire.9,
            probe_failures: wire.10,
            probes_unused: wire.11,
            throttled_for: wire.12,
            exhausted_for: wire.13,
            is_dry: wire.14,
        };
        Ok(Self { replica: wire.1, sequence: wire.2, generation: wire.3, place: wire.4, delta })
    }
}

impl From<Verdict> for VerdictWire {
    fn from(verdict: Verdict) -> Self {
        Self(
            VERSION,
            verdict.state,
            verdict.generation,
            verdict.remaining_ms,
            verdict.permits,
            verdict.poll_ms,
            verdict.spread_ms,
            verdict.is_bypass,
        )
    }
}

impl TryFrom<VerdictWire> for Verdict {
    type Error = String;

    fn try_from(wire: VerdictWire) -> Result<Self, String> {
        known(wire.0)?;
        Ok(Self {
            state: wire.1,
            generation: wire.2,
            remaining_ms: wire.3,
            permits: wire.4,
            poll_ms: wire.5,
            spread_ms: wire.6,
            is_bypass: wire.7,
        })
    }
}

fn known(version: u8) -> Result<(), String> {
    if version == VERSION {
        return Ok(());
    }
    Err(format!("version {version} of a fleet message, expected {VERSION}"))
}

impl Serialize for Place {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Two ASCII letters, as every way to a place makes sure.
        serializer.serialize_str(core::str::from_utf8(&self.0).unwrap_or("??"))
    }
}

impl<'de> Deserialize<'de> for Place {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| {
            de::Error::custom(format!("`{text}` is no place, expected two capital letters"))
        })
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;
    use crate::base::time::Timestamp;
    use crate::circuit::fleet::message::{Kept, Note, Urgency};

    const REPORT: Report = Report {
        replica: u64::MAX,
        sequence: 7,
        generation: Some(3),
        place: Some(Place(*b"EU")),
        delta: Delta {
            calls: 40,
            failures: 4,
            slow_calls: 3,
            trailing_failures: 2,
            is_dry: true,
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
        spread_ms: 6_000,
        is_bypass: false,
    };

    /// If these fail, isolates of one deploy no longer understand the coordinators of another.
    #[test]
    fn the_wire_form_is_unchanged() {
        for (value, json) in [
            (
                serde_json::to_string(&REPORT),
                r#"[1,18446744073709551615,7,3,"EU",40,4,3,2,1,0,5,null,60000,true]"#,
            ),
            (serde_json::to_string(&VERDICT), r#"[1,"half_open",4,0,1,500,6000,false]"#),
            (
                serde_json::to_string(&Kept::from((Timestamp::from_millis(9), VERDICT))),
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
    fn a_place_is_two_capital_letters() {
        assert_eq!(Place::parse("EU"), Some(Place(*b"EU")));
        for other in ["", "E", "eu", "EUR", "E1", "Ü"] {
            assert_eq!(Place::parse(other), None, "{other}");
        }
    }
}
