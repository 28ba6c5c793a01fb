//! The text of a case: one line of JSON, without the fields that have their default value.

use std::fmt;
use std::str::FromStr;

use breakwater_core::base::time::Millis;
use breakwater_core::circuit::policy::Policy as CorePolicy;
use serde_json::{Map, Value};

use super::Case;
use crate::scenario::{CALL_TIMEOUT, MEAN_LIFETIME};
use crate::time::Micros;

/// A case has at most 10,000 isolates, so that its run takes seconds.
const ISOLATES_MAX: u32 = 10_000;
/// A case has at most 100 colos.
const COLOS_MAX: u16 = 100;
/// A case has at most 100,000 visitors per second.
const RPS_MAX: u32 = 100_000;
/// The faults of a case end after one hour at the latest.
const FAULTS_END_MAX: Micros = Micros::from_secs(3_600);

/// Why a text is not a case.
#[derive(Debug)]
pub enum ParseCaseError {
    /// It is not JSON, or a field is wrong.
    Json(serde_json::Error),
    /// A field's value is outside of its range.
    Range {
        /// The field.
        field: &'static str,
        /// Its value.
        value: String,
        /// The values that are allowed.
        expected: String,
    },
}

impl fmt::Display for ParseCaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json(error) => write!(f, "the case cannot be read: {error}"),
            Self::Range { field, value, expected } => {
                write!(f, "{field} of the case cannot be {value}, expected {expected}")
            }
        }
    }
}

impl std::error::Error for ParseCaseError {}

/// Writes a case so that [`Case::from_str`] reads the same case.
impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(self).map_err(|_| fmt::Error)?)
    }
}

impl FromStr for Case {
    type Err = ParseCaseError;

    fn from_str(text: &str) -> Result<Self, ParseCaseError> {
        let case: Self = serde_json::from_str(text).map_err(ParseCaseError::Json)?;
        within("isolates", case.isolates, 1, ISOLATES_MAX)?;
        within("colos", case.colos, 1, COLOS_MAX)?;
        within("rps", case.rps, 1, RPS_MAX)?;
        within("loss", case.loss, 0.0, 1.0)?;
        within("duplicates", case.duplicates, 0.0, 1.0)?;
        within("unsafe_share", case.unsafe_share, 0.0, 1.0)?;
        within("copies", case.copies, 0.0, 1.0)?;
        within("throttled_share", case.throttled_share, 0.0, 1.0)?;
        within("cut_short", case.cut_short, 0.0, 1.0)?;
        within("faults_end", case.faults_end, Micros(0), FAULTS_END_MAX)?;
        Ok(case)
    }
}

fn within<T: PartialOrd + fmt::Display>(
    field: &'static str,
    value: T,
    least: T,
    most: T,
) -> Result<(), ParseCaseError> {
    if value >= least && value <= most {
        return Ok(());
    }
    let expected = format!("{least} to {most}");
    Err(ParseCaseError::Range { field, value: value.to_string(), expected })
}

pub(super) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

pub(super) const fn is_true(value: &bool) -> bool {
    *value
}

pub(super) fn is_default_timeout(value: &Millis) -> bool {
    *value == CALL_TIMEOUT
}

pub(super) fn is_default_lifetime(value: &Micros) -> bool {
    *value == MEAN_LIFETIME
}

/// The keys of a policy that differ from the defaults: leaving out any other key gives the same
/// policy. Core's own form has all keys.
pub(super) fn policy_keys(policy: &CorePolicy) -> Map<String, Value> {
    // A policy always has a form, and the form is an object.
    let Ok(Value::Object(mut keys)) = serde_json::to_value(policy) else { return Map::new() };
    for removal in removals(&keys) {
        let fewer = without(&keys, &removal);
        if read_policy(&fewer).as_ref() == Some(policy) {
            keys = fewer;
        }
    }
    keys
}

/// The policies in which a key has its default value that has another one in this policy.
pub(in crate::swarm) fn simpler_policies(policy: &CorePolicy) -> Vec<CorePolicy> {
    let keys = policy_keys(policy);
    let simpler = |removal: &Vec<String>| read_policy(&without(&keys, removal));
    removals(&keys).iter().filter_map(simpler).collect()
}

/// The keys that may be left out, alone or together: a trip rule has a default only where no rule
/// is given.
fn removals(keys: &Map<String, Value>) -> Vec<Vec<String>> {
    let rules = ["consecutive_failures", "failure_rate", "slow_call_rate", "slow_call"];
    let slow = ["slow_call_rate", "slow_call"];
    let together = [rules.map(str::to_owned).to_vec(), slow.map(str::to_owned).to_vec()];
    together.into_iter().chain(keys.keys().map(|key| vec![key.clone()])).collect()
}

fn without(keys: &Map<String, Value>, removal: &[String]) -> Map<String, Value> {
    keys.iter()
        .filter(|(key, _)| !removal.contains(key))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

/// The policy with these keys, if it is valid.
fn read_policy(keys: &Map<String, Value>) -> Option<CorePolicy> {
    serde_json::from_value(Value::Object(keys.clone())).ok()
}

/// Serialises a policy without the keys that have their default value.
pub(super) mod policy {
    use breakwater_core::circuit::policy::Policy;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(in super::super) fn serialize<S: Serializer>(
        policy: &Policy,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        super::policy_keys(policy).serialize(serializer)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Policy, D::Error> {
        Policy::deserialize(deserializer)
    }
}

/// The same for an optional policy.
pub(super) mod optional_policy {
    use breakwater_core::circuit::policy::Policy;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(in super::super) fn serialize<S: Serializer>(
        policy: &Option<Policy>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        policy.as_ref().map(super::policy_keys).serialize(serializer)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Policy>, D::Error> {
        Option::deserialize(deserializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_reads_as_it_was_written() {
        for seed in 0..2_000 {
            let case = Case { ends_at: Some(Micros(seed)), ..Case::random(seed) };
            let text = case.to_string();
            assert_eq!(text.parse::<Case>().unwrap(), case, "{text}");
        }
    }

    #[test]
    fn the_text_has_only_what_differs() {
        let text = Case::default().to_string();
        assert_eq!(text, r#"{"seed":0,"isolates":1,"colos":1,"rps":1,"faults_end":"0s"}"#);
    }

    #[test]
    fn a_stored_text_stays_readable() {
        let text = r#"{"seed":7,"isolates":3,"rps":2,"policy":{"open_for":"1s","probes":2},
            "faults_end":"30s","phases":[{"from":"1s","until":"5.5s","continent":"far",
            "condition":{"recovering":[0.1,1.0]}},{"from":"6s","until":"7s","condition":"hanging"}],
            "deploys":[{"at":"9s"}],"orders":[{"at":"4s","order":{"bypass":{"lasts":"30s"}}}],
            "final_order":{"override":{"chosen":"forced_open","lasts":"220s"}}}"#;
        let case: Case = text.parse().unwrap();
        assert_eq!((case.isolates, case.colos, case.phases.len()), (3, 1, 2));
        assert_eq!(case.policy.probes, 2);
        assert_eq!(case.phases[0].until, Micros(5_500_000));
        assert_eq!(case.to_string().parse::<Case>().unwrap(), case);
    }

    #[track_caller]
    fn refused(text: &str, why: &str) {
        let error = text.parse::<Case>().unwrap_err().to_string();
        assert!(error.starts_with(why), "{error}");
    }

    #[test]
    fn a_wrong_case_is_refused_with_its_field() {
        refused(r#"{"isolates":0}"#, "isolates of the case cannot be 0, expected 1 to 10000");
        refused(r#"{"loss":1.5}"#, "loss of the case cannot be 1.5, expected 0 to 1");
        refused(r#"{"los":0.5}"#, "the case cannot be read: unknown field `los`, expected one of ");
        refused(
            r#"{"faults_end":"9"}"#,
            "the case cannot be read: a time cannot be `9`, expected seconds",
        );
        refused(r#"{"policy":{"probes":0}}"#, "the case cannot be read: ");
    }
}
