//! Texts that are cut to what a service takes, in the way in which it counts.

use alloc::borrow::Cow;
use alloc::string::String;

/// How much of a limit a character uses up.
pub(super) type CharCost = fn(char) -> usize;

/// A word that is longer, in characters, is cut in its middle.
const WORD_MAX: usize = 30;
/// What stands where something was cut.
const ELLIPSIS: char = '…';

/// The service counts UTF-16 code units, or does not say. There are never more characters.
pub(super) const fn utf16(c: char) -> usize {
    c.len_utf16()
}

/// The service counts the bytes of the text, and its JSON may not be too long either.
pub(super) const fn json_bytes(c: char) -> usize {
    match c {
        '"' | '\\' | '\n' | '\t' | '\r' => 2,
        '\0'..='\x1f' => 6,
        _ => c.len_utf8(),
    }
}

/// The service counts what [`escaped`] makes of the text.
pub(super) const fn entities(c: char) -> usize {
    match c {
        '&' => 5,
        '<' | '>' => 4,
        _ => c.len_utf16(),
    }
}

/// What a text costs.
pub(super) fn cost_of(text: &str, cost: CharCost) -> usize {
    text.chars().map(cost).sum()
}

/// Cuts a text to a cost of at most `max`, at the end of a word if one ends near, with `…` where
/// the rest was.
pub(super) fn cut_to(text: &str, max: usize, cost: CharCost) -> String {
    if cost_of(text, cost) <= max {
        return text.into();
    }
    let Some(mut left) = max.checked_sub(cost(ELLIPSIS)) else { return String::new() };
    let fits = |&(_, c): &(usize, char)| match left.checked_sub(cost(c)) {
        Some(rest) => {
            left = rest;
            true
        }
        None => false,
    };
    let end = text.char_indices().take_while(fits).last().map_or(0, |(at, c)| at + c.len_utf8());
    let (kept, rest) = text.split_at(end);
    let is_word_end = rest.starts_with(char::is_whitespace);
    let word_start = kept.char_indices().rev().take(WORD_MAX).find(|(_, c)| c.is_whitespace());
    let kept = match word_start {
        Some((at, _)) if !is_word_end && at > 0 => &kept[..at],
        _ => kept,
    };
    // A joiner would tie the ellipsis to the emoji before it.
    let mut kept: String = kept.trim_end().trim_end_matches('\u{200d}').into();
    kept.push(ELLIPSIS);
    kept
}

/// Writes `&`, `<` and `>` as Slack, Telegram and HTML want them.
pub(super) fn escaped(text: &str) -> Cow<'_, str> {
    if !text.contains(['&', '<', '>']) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            _ => escaped.push(c),
        }
    }
    Cow::Owned(escaped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, max: usize, cost: CharCost, expected: &str) {
        let cut = cut_to(text, max, cost);
        assert_eq!(cut, expected);
        assert!(cost_of(&cut, cost) <= max);
    }

    #[test]
    fn a_text_is_cut_at_a_word_and_says_so() {
        check("the checkout is down", 20, utf16, "the checkout is down");
        check("the checkout is down", 19, utf16, "the checkout is…");
        check("the checkout is down", 16, utf16, "the checkout is…");
        check("the checkout is down", 15, utf16, "the checkout…");
        check("checkout", 5, utf16, "chec…");
        check("checkout", 1, utf16, "…");
        check("checkout", 0, utf16, "");
    }

    #[test]
    fn a_character_is_cut_nowhere() {
        check("ééé", 5, json_bytes, "é…");
        check("👩‍👩‍👧", 4, utf16, "👩…");
        check("👩👩👩", 4, utf16, "👩…");
        check("a&&&", 8, entities, "a&…");
        check("a\n\n\"\"", 7, json_bytes, "a…");
    }
}
