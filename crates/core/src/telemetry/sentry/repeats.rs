//! One report of a fault that goes on, and not one for each time that it shows.

use crate::base::hash::fnv1a;
use crate::base::time::{Millis, Timestamp};

/// The shortest time between two reports of one fault from one module's instance, in milliseconds.
/// Sentry shows how often an issue was seen, and bills each: an outage must not become a bill. A
/// report says how many were left out before it.
pub const REPEAT_EVERY: Millis = Millis::from_secs(60);
/// The number of faults that are told apart. A new one takes the place of the one that was reported
/// longest ago.
pub const REPEATS_MAX: usize = 16;

/// What was reported of late.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RepeatGate([Reported; REPEATS_MAX]);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Reported {
    /// Which fault: zero if there is none.
    key: u64,
    at: Timestamp,
    left_out: u32,
}

impl RepeatGate {
    /// Returns a gate that has reported nothing. It takes a few hundred bytes, and never more.
    pub const fn new() -> Self {
        Self([Reported { key: 0, at: Timestamp::from_millis(0), left_out: 0 }; REPEATS_MAX])
    }

    /// Admits a report of the fault of this key, unless there was one a short while ago. Returns
    /// how many were left out since.
    pub fn admit(&mut self, key: u64, now: Timestamp) -> Option<u32> {
        // Zero stands for none.
        let key = key.max(1);
        if let Some(known) = self.0.iter_mut().find(|it| it.key == key) {
            if now.since(known.at) < REPEAT_EVERY {
                known.left_out = known.left_out.saturating_add(1);
                return None;
            }
            let left_out = known.left_out;
            *known = Reported { key, at: now, left_out: 0 };
            return Some(left_out);
        }
        let oldest = self.0.iter_mut().min_by_key(|it| it.at)?;
        *oldest = Reported { key, at: now, left_out: 0 };
        Some(0)
    }
}

impl Default for RepeatGate {
    fn default() -> Self {
        Self::new()
    }
}

/// Returns a number for texts and a number, with an end after each text. It allocates nothing,
/// since each failed request asks for it.
pub fn hash<'a>(parts: impl IntoIterator<Item = &'a str>, number: u64) -> u64 {
    let texts = parts.into_iter().flat_map(|part| part.bytes().chain([0xff]));
    fnv1a(texts.chain(number.to_le_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_795_420_800_000);

    #[test]
    fn a_fault_that_goes_on_is_reported_once_a_minute() {
        let mut gate = RepeatGate::new();
        assert_eq!(gate.admit(7, NOW), Some(0));
        for seconds in 1..60 {
            assert_eq!(gate.admit(7, NOW + Millis::from_secs(seconds)), None);
        }
        assert_eq!(gate.admit(7, NOW + REPEAT_EVERY), Some(59));
        assert_eq!(gate.admit(7, NOW + REPEAT_EVERY + REPEAT_EVERY), Some(0));
    }

    #[test]
    fn a_new_fault_takes_the_place_of_the_oldest() {
        let mut gate = RepeatGate::new();
        for key in 1..=REPEATS_MAX as u64 + 1 {
            assert_eq!(gate.admit(key, NOW + Millis::new(key)), Some(0));
        }
        assert_eq!(gate.admit(2, NOW + Millis::from_secs(1)), None);
        assert_eq!(gate.admit(1, NOW + Millis::from_secs(1)), Some(0));
    }

    #[test]
    fn texts_are_told_apart_by_where_they_end() {
        assert_ne!(hash(["ab", "c"], 0), hash(["a", "bc"], 0));
        assert_ne!(hash(["a"], 500), hash(["a"], 502));
    }
}
