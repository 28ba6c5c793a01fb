//! A number for bytes, by which equal ones are found again.

/// FNV-1a, 64 bits (draft-eastlake-fnv). It allocates nothing. Who chooses the bytes can choose two
/// with one number, so nothing that must be secure goes by it.
pub(crate) fn fnv1a(bytes: impl IntoIterator<Item = u8>) -> u64 {
    bytes.into_iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values of the draft's appendix C.
    #[test]
    fn it_is_the_one_of_the_draft() {
        assert_eq!(fnv1a([]), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv1a(*b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(fnv1a(*b"foobar"), 0x8594_4171_f739_67e8);
    }
}
