//! A page that was fetched for a snapshot.

/// What went wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failed {
    /// There was no answer.
    Unreachable,
    /// It took too long.
    Late,
    /// Its body broke off.
    Broken,
    /// Its body is not coded as its fields say.
    Coded,
    /// Its body is larger than a snapshot may be.
    Large,
}

impl Failed {
    pub(super) const WORDS: [&'static str; 5] = ["unreachable", "late", "broken", "coded", "large"];

    /// Reads the entry's word, if it is one.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "unreachable" => Some(Self::Unreachable),
            "late" => Some(Self::Late),
            "broken" => Some(Self::Broken),
            "coded" => Some(Self::Coded),
            "large" => Some(Self::Large),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_is_read_as_another_failure() {
        let read = Failed::WORDS.map(Failed::parse);
        for (at, failed) in read.iter().enumerate() {
            assert!(failed.is_some() && !read[..at].contains(failed), "{failed:?}");
        }
        assert_eq!(Failed::parse(""), None);
    }
}
