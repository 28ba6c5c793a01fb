//! Which requests become transactions.

use super::ids::hex;
use crate::base::share::Share;

/// Reads what the head of a trace decided: whether the visitor's `traceparent` has the flag
/// `sampled` (w3.org/TR/trace-context §3.2.2.5). The other flags may be set too. Without a
/// well-formed field nothing was decided.
pub fn head_decision(traceparent: &str) -> Option<bool> {
    let mut parts = traceparent.split('-');
    let (version, trace) = (parts.next()?, parts.next()?);
    let (span, flags) = (parts.next()?, parts.next()?);
    let ended = version != "00" || parts.next().is_none();
    let is_version = version == "00" || (hex(version, 2).is_some() && version != "ff");
    let is_hex = |b: u8| matches!(b, b'0'..=b'9' | b'a'..=b'f');
    let are_flags = flags.len() == 2 && flags.bytes().all(is_hex);
    if !ended || !is_version || !are_flags {
        return None;
    }
    hex(trace, 32).and(hex(span, 16))?;
    u8::from_str_radix(flags, 16).ok().map(|flags| flags & 1 == 1)
}

/// Returns whether a request becomes a transaction. A trace that began elsewhere is sampled as it
/// was decided there, so that it is whole or not there at all; of the others it is `rate`. With a
/// rate of 0 % there are no transactions. `random` is uniform over all of `u32`.
pub fn is_sampled(rate: Share, head: Option<bool>, random: u32) -> bool {
    if rate == Share::NONE {
        return false;
    }
    // The product is below the number of basis points in a whole.
    let drawn = (u64::from(random) * u64::from(Share::ALL.basis_points())) >> 32;
    head.unwrap_or(drawn < u64::from(rate.basis_points()))
}
