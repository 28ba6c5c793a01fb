//! The fields of a message, as one text.
//!
//! Each field is one line, `name:value`, with its name in lower case. The platform's fields cross
//! the border to Rust in this form, in one call. A field that arrived in several lines is one line
//! here, with its values joined by commas. RFC 9110 §5.3 allows that for every field but
//! `Set-Cookie`.
//!
//! Field values are bytes (RFC 9110 §5.5), and the platform decodes them as UTF-8. Bytes that are
//! not UTF-8, such as the Latin-1 text of older servers, arrive as U+FFFD. Such a value cannot be
//! sent on in its original form.

use alloc::string::String;

/// The fields of a request or an answer.
///
/// ```
/// use breakwater_core::base::fields::Fields;
///
/// let fields = Fields::new("age:3\nvary:accept, foo");
/// assert_eq!(fields.get("vary"), Some("accept, foo"));
/// assert!(!fields.has("etag"));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fields<'a>(&'a str);

impl<'a> Fields<'a> {
    /// Wraps a text of field lines. Lines that are not fields are skipped when the text is read.
    pub const fn new(lines: &'a str) -> Self {
        Self(lines)
    }

    /// Returns the text.
    pub const fn as_str(self) -> &'a str {
        self.0
    }

    /// Returns the names and values, in their order.
    pub fn iter(self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.0.split('\n').filter_map(|line| line.split_once(':'))
    }

    /// Returns the value of a field, the first one if there are several. The name must be in lower
    /// case.
    pub fn get(self, name: &str) -> Option<&'a str> {
        self.iter().find(|(other, _)| *other == name).map(|(_, value)| value)
    }

    /// Returns whether there is such a field. The name must be in lower case.
    pub fn has(self, name: &str) -> bool {
        self.get(name).is_some()
    }
}

/// Returns whether a value arrived complete, with no byte lost when it was decoded.
pub fn is_exact(value: &str) -> bool {
    !value.contains(char::REPLACEMENT_CHARACTER)
}

/// Appends a field to a text in the form that [`Fields`] reads.
pub fn push(lines: &mut String, name: &str, value: &str) {
    if !lines.is_empty() {
        lines.push('\n');
    }
    lines.push_str(name);
    lines.push(':');
    lines.push_str(value);
}

/// Returns the members of a comma-separated list, trimmed and without empty ones (RFC 9110 §5.6.1).
/// A comma in a quoted string does not separate members.
pub fn members(list: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(list);
    core::iter::from_fn(move || {
        let text = rest?;
        let end = end_of_member(text);
        rest = text.get(end + 1..);
        Some(text.get(..end).unwrap_or_default().trim())
    })
    .filter(|member| !member.is_empty())
}

/// Returns where the first member ends: at the first comma outside quotes, or at the end of the
/// text.
fn end_of_member(text: &str) -> usize {
    let (mut is_quoted, mut is_escaped) = (false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_quoted => is_escaped = true,
            b'"' => is_quoted = !is_quoted,
            b',' if !is_quoted => return at,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn a_value_may_hold_colons_and_be_empty() {
        let fields = Fields::new("date:Sun, 06 Nov 1994 08:49:37 GMT\nx:\nnonsense\n");
        assert_eq!(fields.get("date"), Some("Sun, 06 Nov 1994 08:49:37 GMT"));
        assert_eq!(fields.get("x"), Some(""));
        assert_eq!(fields.iter().count(), 2);
    }

    #[test]
    fn what_is_pushed_is_read() {
        let mut lines = String::new();
        push(&mut lines, "a", "1");
        push(&mut lines, "b", "2, 3");
        let read: Vec<_> = Fields::new(&lines).iter().collect();
        assert_eq!(read, [("a", "1"), ("b", "2, 3")]);
    }

    #[test]
    fn commas_in_quotes_part_no_members() {
        let read = |list| members(list).collect::<Vec<_>>();
        assert_eq!(read(r#"a, "b, \", c" ,, d"#), ["a", r#""b, \", c""#, "d"]);
        assert_eq!(read(r#"a="x, b"#), [r#"a="x, b"#], "a quote that never ends");
        assert!(read(" , ").is_empty());
    }
}
