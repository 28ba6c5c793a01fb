//! What went wrong with fetching a page, as the entry's `getPage` says it.

use super::Why;

/// Why there is no whole answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FetchFailure {
    /// There was no answer.
    Unreachable,
    /// There was none in time.
    TimedOut,
    /// The body broke off.
    Broken,
    /// The body is not in the coding that its fields name.
    Coded,
    /// The body is larger than allowed.
    TooLarge,
}

const NAMES: [(&str, FetchFailure); 5] = [
    ("unreachable", FetchFailure::Unreachable),
    ("late", FetchFailure::TimedOut),
    ("broken", FetchFailure::Broken),
    ("coded", FetchFailure::Coded),
    ("large", FetchFailure::TooLarge),
];

impl FetchFailure {
    /// Reads the entry's word; nothing if nothing failed.
    pub fn parse(word: &str) -> Option<Self> {
        NAMES.iter().find(|(name, _)| *name == word).map(|(_, failure)| *failure)
    }

    /// Why the page is not kept.
    pub const fn why(self) -> Why {
        match self {
            Self::Unreachable => Why::Unreachable,
            Self::TimedOut => Why::TimedOut,
            Self::Broken => Why::Truncated { read: 0, expected: None },
            Self::Coded => Why::Coding,
            Self::TooLarge => Why::TooLarge,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_of_the_entry_has_its_reason() {
        for (word, why) in [
            ("unreachable", Why::Unreachable),
            ("late", Why::TimedOut),
            ("broken", Why::Truncated { read: 0, expected: None }),
            ("coded", Why::Coding),
            ("large", Why::TooLarge),
        ] {
            assert_eq!(FetchFailure::parse(word).map(FetchFailure::why), Some(why));
        }
        assert_eq!(FetchFailure::parse(""), None);
    }
}
