//! Lines of a calendar: escaped, and folded.

use alloc::string::String;

/// The most bytes of a line, without its end (RFC 5545 §3.1).
const LINE_MAX: usize = 75;

/// Appends a line whose value is not text, such as a time. What would end the line is left out.
pub(super) fn push_line(out: &mut String, name: &str, value: &str) {
    push_folded(out, name, value.chars().filter(|it| !it.is_control()));
}

/// Appends a line whose value is text, escaped as RFC 5545 §3.3.11 has it. Control characters are
/// not allowed in it at all.
pub(super) fn push_text(out: &mut String, name: &str, text: &str) {
    let escaped = text.chars().filter(|it| !it.is_control() || matches!(it, '\n' | '\t'));
    push_folded(
        out,
        name,
        escaped.flat_map(|character| {
            let (first, second) = match character {
                '\\' | ';' | ',' => ('\\', Some(character)),
                '\n' => ('\\', Some('n')),
                _ => (character, None),
            };
            [first].into_iter().chain(second)
        }),
    );
}

/// Appends a line in pieces of at most [`LINE_MAX`] bytes, none of which ends within a character.
/// All but the first begin with a space.
fn push_folded(out: &mut String, name: &str, value: impl Iterator<Item = char>) {
    out.push_str(name);
    out.push(':');
    let mut length = name.len() + 1;
    for character in value {
        if length + character.len_utf8() > LINE_MAX {
            out.push_str("\r\n ");
            length = 1;
        }
        out.push(character);
        length += character.len_utf8();
    }
    out.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: &str) -> String {
        let mut out = String::new();
        push_text(&mut out, "SUMMARY", value);
        out
    }

    #[test]
    fn what_ends_a_value_is_escaped_and_controls_are_left_out() {
        assert_eq!(text("a,b;c\\n\r\nd:e\0\u{7f}\u{85}"), "SUMMARY:a\\,b\\;c\\\\n\\nd:e\r\n");
    }

    #[test]
    fn a_line_is_folded_at_75_bytes_and_never_within_a_character() {
        // The name and its colon are 8 bytes.
        assert_eq!(text(&"x".repeat(67)).matches("\r\n").count(), 1);
        let folded = text(&"x".repeat(68));
        assert_eq!(folded.lines().next().unwrap().len(), 75);
        assert_eq!(folded.lines().nth(1), Some(" x"));
        for width in 0..4 {
            let value = ["x".repeat(width), "\u{1f6d2}".repeat(40), "é".repeat(80)].concat();
            let folded = text(&value);
            for line in folded.split("\r\n") {
                assert!(line.len() <= LINE_MAX, "{line}");
            }
            assert_eq!(folded.replace("\r\n ", ""), ["SUMMARY:", &value, "\r\n"].concat());
        }
    }

    #[test]
    fn no_value_begins_another_line() {
        let mut out = String::new();
        push_line(&mut out, "URL", "https://a.example\r\nEND:VCALENDAR");
        assert_eq!(out, "URL:https://a.exampleEND:VCALENDAR\r\n");
    }
}
