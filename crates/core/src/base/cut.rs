//! Texts that are cut to a length.

use alloc::string::String;

/// Cuts a text between two characters, so that it has at most `longest` bytes, which are no fewer
/// than those of the `…` in which it then ends.
pub(crate) fn cut(text: &mut String, longest: usize) {
    if text.len() > longest {
        text.truncate(text.floor_char_boundary(longest - '…'.len_utf8()));
        text.push('…');
    }
}

#[cfg(test)]
mod tests {
    use super::cut;
    use alloc::string::String;

    #[test]
    fn a_text_is_cut_between_characters_and_only_if_it_is_too_long() {
        for (text, kept) in
            [("12345678", "12345678"), ("123456789", "12345…"), ("1234é6789", "1234…")]
        {
            let mut text = String::from(text);
            cut(&mut text, 8);
            assert_eq!(text, kept);
        }
    }
}
