//! Texts with their places filled in.

use alloc::format;
use alloc::string::String;

use super::texts::StatusTexts;

/// The most names of a list that are told; of more, the last ones are counted.
const NAMES_MAX: usize = 3;

/// A text with its places filled in, each by what belongs to its name.
pub(super) fn fill(text: &str, places: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(text.len() + 32);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let (name, following) = after.split_once('}').unwrap_or((after, ""));
        let place = places.iter().find(|(known, _)| *known == name);
        out.push_str(place.map_or("", |(_, value)| value));
        rest = following;
    }
    out.push_str(rest);
    out
}

/// A text with a number in its place.
pub(super) fn number(text: &str, number: usize) -> String {
    fill(text, &[("n", &format!("{number}"))])
}

/// What stands before and after the one place of a text, where an element of the page stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SplitText<'a> {
    /// What stands before it.
    pub(super) before: &'a str,
    /// What stands after it.
    pub(super) after: &'a str,
}

impl<'a> SplitText<'a> {
    /// A text around its first place.
    pub(super) fn of(text: &'a str) -> Self {
        let (before, rest) = text.split_once('{').unwrap_or((text, ""));
        Self { before, after: rest.split_once('}').map_or("", |(_, after)| after) }
    }
}

/// Names as a list of the language: `A`, `A and B`, `A, B and C`, `A, B and 3 more`.
pub(super) fn list(texts: &StatusTexts<'_>, names: &[&str]) -> String {
    let (told, last) = match names {
        [] => return String::new(),
        [only] => return (*only).into(),
        [told @ .., last] if names.len() <= NAMES_MAX => (told, String::from(*last)),
        [first, second, rest @ ..] => {
            let more = number(texts.more_names, rest.len());
            let told = format!("{first}, {second}");
            return fill(texts.and, &[("a", &told), ("b", &more)]);
        }
    };
    fill(texts.and, &[("a", &told.join(", ")), ("b", &last)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::status::page::tests::english;

    #[test]
    fn a_text_is_filled_in_and_a_place_without_a_value_is_left_out() {
        assert_eq!(fill("{a} of {b}.", &[("a", "1"), ("b", "{a}")]), "1 of {a}.");
        assert_eq!(fill("{a} of {c}", &[("a", "1")]), "1 of ");
        assert_eq!(fill("none", &[]), "none");
        let split = SplitText::of("Updated {time}, by UTC");
        assert_eq!((split.before, split.after), ("Updated ", ", by UTC"));
        assert_eq!(SplitText::of("none"), SplitText { before: "none", after: "" });
    }

    #[test]
    fn a_long_list_counts_its_last_names() {
        let texts = english();
        for (names, told) in [
            (&["A"][..], "A"),
            (&["A", "B"], "A and B"),
            (&["A", "B", "C"], "A, B and C"),
            (&["A", "B", "C", "D"], "A, B and 2 more"),
            (&["A", "B", "C", "D", "E"], "A, B and 3 more"),
            (&[], ""),
        ] {
            assert_eq!(list(&texts, names), told);
        }
    }
}
