//! The parts of XML and HTML that are needed to find addresses in them.

use alloc::borrow::Cow;
use alloc::string::String;

/// Longest reference to a character: `&#1114111;` and what is a little longer.
const REFERENCE_MAX: usize = 12;

/// A text with its character references resolved: the five that XML names, and numbers. What is
/// none of them stays as it is.
pub(super) fn unescaped(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return text.into();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        match reference(from) {
            Some((character, length)) => {
                out.push(character);
                rest = from.get(length..).unwrap_or_default();
            }
            None => {
                out.push('&');
                rest = from.get(1..).unwrap_or_default();
            }
        }
    }
    out.push_str(rest);
    out.into()
}

/// The character that a reference stands for, and the length of the reference.
fn reference(text: &str) -> Option<(char, usize)> {
    let end = text.bytes().take(REFERENCE_MAX).position(|b| b == b';')?;
    let name = text.get(1..end)?;
    let character = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(digits) => u32::from_str_radix(digits, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)?
        }
    };
    Some((character, end + 1))
}

/// Where `needle` first is in `text`, in bytes, whatever the case of its ASCII letters.
pub(super) fn find_ignoring_case(text: &[u8], needle: &[u8]) -> Option<usize> {
    text.windows(needle.len().max(1)).position(|window| window.eq_ignore_ascii_case(needle))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_resolved_and_the_rest_stays() {
        for (text, expected) in [
            ("a?b=1&amp;c=2", "a?b=1&c=2"),
            ("&lt;&gt;&quot;&apos;", "<>\"'"),
            ("&#47;a&#x2F;b", "/a/b"),
            ("a&b&", "a&b&"),
            ("&unknown;&#xZ;&#;&;", "&unknown;&#xZ;&#;&;"),
            ("&#x110000;", "&#x110000;"),
            ("&amp;amp;", "&amp;"),
            ("é&amp;é", "é&é"),
        ] {
            assert_eq!(unescaped(text), expected, "{text}");
        }
    }

    #[test]
    fn case_is_ignored() {
        assert_eq!(find_ignoring_case(b"a</HTML>", b"</html"), Some(1));
        assert_eq!(find_ignoring_case(b"", b"</html"), None);
    }
}
