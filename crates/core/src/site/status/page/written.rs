//! What people wrote, as paragraphs with line breaks and links.
//!
//! The template escapes each part. A link is only what begins with `http://` or `https://`, so no
//! text of an operator becomes a script.

use alloc::vec::Vec;

/// The longest link in bytes; what is longer stays text.
const LINK_MAX: usize = 2_000;

/// The beginnings of a link.
const SCHEMES: [&str; 2] = ["https://", "http://"];

/// A part of a paragraph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WrittenPart<'a> {
    /// Plain text within a line.
    Text(&'a str),
    /// An address, which is also the text of the link.
    Link(&'a str),
    /// The end of a line.
    Break,
}

/// A paragraph.
pub(super) type Paragraph<'a> = Vec<WrittenPart<'a>>;

/// The paragraphs of a text, which an empty line parts.
pub(super) fn paragraphs(text: &str) -> Vec<Paragraph<'_>> {
    let mut paragraphs = Vec::new();
    let mut current = Paragraph::new();
    for line in text.lines().map(str::trim) {
        if line.is_empty() {
            if !current.is_empty() {
                paragraphs.push(core::mem::take(&mut current));
            }
            continue;
        }
        if !current.is_empty() {
            current.push(WrittenPart::Break);
        }
        parts(line, &mut current);
    }
    if !current.is_empty() {
        paragraphs.push(current);
    }
    paragraphs
}

/// Adds the parts of a line.
fn parts<'a>(line: &'a str, to: &mut Paragraph<'a>) {
    let mut rest = line;
    let mut searched = 0;
    while let Some(start) = next_scheme(rest, searched) {
        let (before, link) = (rest.get(..start), rest.get(start..).map(link_at));
        let (Some(before), Some(link)) = (before, link) else { break };
        if !is_link(link) {
            searched = start + 1;
            continue;
        }
        if !before.is_empty() {
            to.push(WrittenPart::Text(before));
        }
        to.push(WrittenPart::Link(link));
        rest = rest.get(start + link.len()..).unwrap_or_default();
        searched = 0;
    }
    if !rest.is_empty() {
        to.push(WrittenPart::Text(rest));
    }
}

/// Where the next scheme begins, at `from` or later, that is not the end of a longer word.
fn next_scheme(text: &str, from: usize) -> Option<usize> {
    let found = text.match_indices("http").map(|(at, _)| at).filter(|at| *at >= from);
    found.into_iter().find(|at| {
        let (before, rest) = text.split_at(*at);
        let is_word = before.chars().next_back().is_some_and(char::is_alphanumeric);
        !is_word && SCHEMES.iter().any(|scheme| rest.starts_with(scheme))
    })
}

/// The address at the beginning of a text, without the punctuation of the sentence around it.
fn link_at(text: &str) -> &str {
    let is_end = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '"');
    let mut link = text.split(is_end).next().unwrap_or_default();
    loop {
        let Some(last) = link.chars().next_back() else { return link };
        let is_punctuation = match last {
            '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '…' | '’' | '”' | '“' | '»' => true,
            ')' => link.matches(')').count() > link.matches('(').count(),
            ']' => link.matches(']').count() > link.matches('[').count(),
            _ => false,
        };
        if !is_punctuation {
            return link;
        }
        link = link.get(..link.len() - last.len_utf8()).unwrap_or_default();
    }
}

/// Whether an address names a host, and is not too long.
fn is_link(link: &str) -> bool {
    let host = SCHEMES.iter().find_map(|scheme| link.strip_prefix(scheme));
    let begins = |c: char| c.is_alphanumeric() || c == '[';
    host.is_some_and(|host| host.starts_with(begins)) && link.len() <= LINK_MAX
}

#[cfg(test)]
mod tests {
    use alloc::string::String;

    use proptest::prelude::*;

    use super::WrittenPart::{Break, Link, Text};
    use super::*;

    #[test]
    fn lines_and_paragraphs_stay_what_they_were() {
        assert_eq!(paragraphs("\n\n  \n"), Vec::<Paragraph<'_>>::new());
        assert_eq!(
            paragraphs("One.\r\nTwo.\n\n \nThree."),
            [[Text("One."), Break, Text("Two.")].to_vec(), [Text("Three.")].to_vec()]
        );
    }

    #[test]
    fn an_address_becomes_a_link_without_the_sentence_around_it() {
        for (text, expected) in [
            (
                "See https://a.example/x?y=1&z.",
                &[Text("See "), Link("https://a.example/x?y=1&z"), Text(".")][..],
            ),
            (
                "(http://a.example/b_(c)) and https://d",
                &[Text("("), Link("http://a.example/b_(c)"), Text(") and "), Link("https://d")],
            ),
            ("https://[::1]:8080/]", &[Link("https://[::1]:8080/"), Text("]")]),
        ] {
            assert_eq!(paragraphs(text), [expected.to_vec()], "{text}");
        }
        for text in
            ["xhttps://a", "javascript:alert(1)", "https://", "http:// a", "HTTPS://A", "ftp://a"]
        {
            assert_eq!(paragraphs(text), [[Text(text)].to_vec()]);
        }
        let long = alloc::format!("https://{}", "a".repeat(LINK_MAX));
        assert_eq!(paragraphs(&long), [[Text(&long)].to_vec()]);
    }

    proptest! {
        #[test]
        fn no_text_is_lost_and_a_link_begins_as_one(
            text in "([a-z<>\"'&.,()\\[\\] éß\n]|https?://|http){0,40}",
        ) {
            let mut kept = String::new();
            for paragraph in paragraphs(&text) {
                for part in paragraph {
                    match part {
                        Text(text) => kept += text,
                        Break => {}
                        Link(link) => {
                            prop_assert!(link.starts_with("http://") || link.starts_with("https://"));
                            prop_assert!(!link.contains(['<', '>', '"', ' ', '\n']));
                            kept += link;
                        }
                    }
                }
            }
            let visible = |text: &str| text.split_whitespace().collect::<String>();
            prop_assert_eq!(visible(&kept), visible(&text));
        }
    }
}
