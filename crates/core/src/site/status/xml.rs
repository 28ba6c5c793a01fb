//! Text in XML: in feeds and in badges.

use alloc::borrow::Cow;
use alloc::string::String;

/// A text as XML has it, in elements and in attributes alike. Characters that XML 1.0 forbids in
/// its §2.2 are left out, since no escape makes them allowed and one of them makes readers refuse
/// the whole document. Control characters that it merely discourages go too.
pub(super) fn escaped(text: &str) -> Cow<'_, str> {
    if !text.contains(is_special) {
        return text.into();
    }
    let mut out = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ if is_dropped(character) => {}
            _ => out.push(character),
        }
    }
    out.into()
}

fn is_special(character: char) -> bool {
    matches!(character, '&' | '<' | '>' | '"' | '\'') || is_dropped(character)
}

/// Whether a character cannot be in a document, or has no meaning in one.
fn is_dropped(character: char) -> bool {
    let is_control = character.is_control() && character != '\t' && character != '\n';
    is_control || matches!(character, '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn what_xml_forbids_is_left_out_and_what_it_means_something_by_is_escaped() {
        for (text, expected) in [
            ("Tees & <Tees>", "Tees &amp; &lt;Tees&gt;"),
            ("\"a\" 'b'", "&quot;a&quot; &#39;b&#39;"),
            ("a\0b\u{1}\u{b}\u{1b}[0m\u{7f}\u{85}\u{fffe}\u{ffff}c", "ab[0mc"),
            ("a\r\nb\tc", "a\nb\tc"),
            ("]]> Größe \u{1f6d2}", "]]&gt; Größe \u{1f6d2}"),
        ] {
            assert_eq!(escaped(text), expected);
        }
    }
}
