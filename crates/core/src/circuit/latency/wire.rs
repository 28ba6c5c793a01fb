//! A histogram as it travels and is stored: `[1,6,1,7,2]`, the version, and then a bucket and its
//! calls for each that has any, in rising order. The version stands for the buckets too.

use core::fmt;

use serde::de::{self, SeqAccess, Visitor};
use serde::ser::SerializeSeq;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{BUCKETS, Histogram};

/// The version that is written and read.
const VERSION: u32 = 1;

/// Why a text is no histogram or no window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WireError {
    /// It has none.
    NoVersion,
    /// It is of an unknown version.
    Version {
        /// The version.
        found: u32,
        /// The known version.
        expected: u32,
    },
    /// A bucket has no number of calls.
    NoCalls {
        /// The bucket.
        bucket: u32,
    },
    /// A bucket has zero calls; such a bucket is left out when it is written.
    Empty {
        /// The bucket.
        bucket: u32,
    },
    /// A bucket does not exist.
    Bucket {
        /// The bucket.
        bucket: u32,
    },
    /// A bucket is not greater than the one before it.
    Order {
        /// The bucket.
        bucket: u32,
    },
    /// Two minutes have the same entry.
    MinuteTwice {
        /// The minute, since the Unix epoch.
        minute: u64,
    },
}

impl fmt::Display for WireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoVersion => write!(f, "no version of latencies, expected {VERSION}"),
            Self::Version { found, expected } => {
                write!(f, "version {found} of latencies, expected {expected}")
            }
            Self::NoCalls { bucket } => write!(f, "bucket {bucket} has no number of calls"),
            Self::Empty { bucket } => write!(f, "bucket {bucket} has 0 calls, expected 1 or more"),
            Self::Bucket { bucket } => {
                write!(f, "bucket {bucket} does not exist, expected at most {}", BUCKETS - 1)
            }
            Self::Order { bucket } => {
                write!(f, "bucket {bucket} is out of order, expected a higher one")
            }
            Self::MinuteTwice { minute } => write!(f, "minute {minute} takes another one's place"),
        }
    }
}

impl core::error::Error for WireError {}

impl Serialize for Histogram {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(Some(1 + 2 * self.counted().count()))?;
        seq.serialize_element(&VERSION)?;
        for (index, calls) in self.counted() {
            seq.serialize_element(&index)?;
            seq.serialize_element(&calls)?;
        }
        seq.end()
    }
}

impl<'de> Deserialize<'de> for Histogram {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Pairs)
    }
}

/// Reads pairs as they come. Since buckets rise, a text of any length is read only as far as the
/// last bucket.
struct Pairs;

impl<'de> Visitor<'de> for Pairs {
    type Value = Histogram;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of a version, and of buckets and their calls")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Histogram, A::Error> {
        let found = seq.next_element()?.ok_or(WireError::NoVersion).map_err(de::Error::custom)?;
        if found != VERSION {
            return Err(de::Error::custom(WireError::Version { found, expected: VERSION }));
        }
        let mut histogram = Histogram::new();
        let mut lowest = 0;
        while let Some(bucket) = seq.next_element::<u32>()? {
            let index = bucket as usize;
            let calls = seq.next_element::<u32>()?;
            let calls = match calls {
                _ if index >= BUCKETS => Err(WireError::Bucket { bucket }),
                _ if bucket < lowest => Err(WireError::Order { bucket }),
                None => Err(WireError::NoCalls { bucket }),
                Some(0) => Err(WireError::Empty { bucket }),
                Some(calls) => Ok(calls),
            };
            histogram.add(index, calls.map_err(de::Error::custom)?);
            lowest = bucket + 1;
        }
        Ok(histogram)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::time::Millis;
    use alloc::string::ToString;

    /// If this fails, isolates of one deployment no longer understand the coordinators of another.
    #[test]
    fn the_wire_form_is_unchanged() {
        let mut calls = Histogram::new();
        for took in [0, 1, 150, 150, 400_000] {
            calls.record(Millis::new(took));
        }
        let json = "[1,0,2,21,2,59,1]";
        assert_eq!(serde_json::to_string(&calls).unwrap(), json);
        assert_eq!(serde_json::from_str::<Histogram>(json).unwrap(), calls);
        assert_eq!(serde_json::from_str::<Histogram>("[1]").unwrap(), Histogram::new());
    }

    #[test]
    fn what_is_no_histogram_is_refused_by_name() {
        for (json, error) in [
            ("[]", "no version of latencies, expected 1"),
            ("[2,0,1]", "version 2 of latencies, expected 1"),
            ("[1,5]", "bucket 5 has no number of calls"),
            ("[1,5,0]", "bucket 5 has 0 calls, expected 1 or more"),
            ("[1,60,1]", "bucket 60 does not exist, expected at most 59"),
            ("[1,4294967295,1]", "bucket 4294967295 does not exist"),
            ("[1,5,1,5,1]", "bucket 5 is out of order, expected a higher one"),
            ("[1,5,1,4,1]", "bucket 4 is out of order"),
            ("[1,5,4294967296]", "invalid value: integer `4294967296`, expected u32"),
            ("[1,-1,1]", "invalid value: integer `-1`, expected u32"),
            ("[1,5,1.5]", "invalid type: floating point `1.5`, expected u32"),
            ("{}", "invalid type: map, expected a list of a version"),
            ("null", "invalid type: null, expected a list of a version"),
        ] {
            let refused = serde_json::from_str::<Histogram>(json).unwrap_err().to_string();
            assert!(refused.starts_with(error), "{json}: {refused}");
        }
    }
}
