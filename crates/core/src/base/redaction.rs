//! Removes the values of secrets from what is shown: a service may repeat the key that it was asked
//! with, and what an operator reads ends in tickets and chats.

mod forms;

use alloc::string::String;
use alloc::vec::Vec;

/// The shortest secret that is removed, in bytes. A shorter one protects nothing, and its letters
/// are in every text.
pub const SECRET_MIN: usize = 4;

/// Knows the values of secrets, and writes `$NAME` in their place.
///
/// ```
/// use breakwater_core::base::redaction::Redactor;
///
/// let redactor = Redactor::new([("API_KEY", "k/123")]);
/// assert_eq!(redactor.text("no such key: k/123, k%2F123"), "no such key: $API_KEY, $API_KEY");
/// ```
#[derive(Clone, Default)]
pub struct Redactor {
    /// What stands for a secret, with what is written in its place. The longest comes first, so
    /// that no rest of one is left over.
    forms: Vec<(Vec<u8>, String)>,
}

impl Redactor {
    /// Takes names and values. A value is recognised as it is, escaped as URLs, JSON and HTML do
    /// it, and inside base64.
    pub fn new<'a>(secrets: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut forms = Vec::new();
        for (name, value) in secrets {
            // A value that was pasted with a line break is often used without it.
            for value in [value, value.trim()] {
                if value.len() >= SECRET_MIN {
                    let shown = alloc::format!("${name}");
                    forms.extend(forms::of(value).into_iter().map(|form| (form, shown.clone())));
                }
            }
        }
        forms.retain(|(form, _)| form.len() >= SECRET_MIN);
        forms.sort_by(|(a, _), (b, _)| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        forms.dedup_by(|(a, _), (b, _)| a == b);
        Self { forms }
    }

    /// A text without secrets.
    pub fn text(&self, text: &str) -> String {
        String::from_utf8_lossy(&self.beginning(text.as_bytes(), usize::MAX)).into_owned()
    }

    /// The beginning of what bytes are without secrets, at most `longest` bytes. They are cut after
    /// the secrets were removed, so that no beginning of one is left at the end.
    pub fn beginning(&self, bytes: &[u8], longest: usize) -> Vec<u8> {
        let mut shown = Vec::new();
        let mut rest = bytes;
        while let Some((first, behind)) = rest.split_first().filter(|_| shown.len() < longest) {
            let found = self.forms.iter().find(|(form, _)| rest.starts_with(form));
            if let Some((form, name)) = found {
                shown.extend_from_slice(name.as_bytes());
                rest = rest.get(form.len()..).unwrap_or_default();
            } else {
                shown.push(*first);
                rest = behind;
            }
        }
        shown.truncate(longest);
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(value: &str, text: &str, shown: &str) {
        assert_eq!(Redactor::new([("KEY", value)]).text(text), shown);
    }

    #[test]
    fn a_secret_is_gone_wherever_it_stands() {
        check("abcd", "abcd abcdabcd", "$KEY $KEY$KEY");
        check("abcd", "a abc abcd abc", "a abc $KEY abc");
        check("abc", "abc is too short to be one", "abc is too short to be one");
        check("abcd\n", "trimmed: abcd.", "trimmed: $KEY.");
    }

    #[test]
    fn a_secret_is_gone_however_it_is_escaped() {
        check("a/b+c=d", "a%2Fb%2Bc%3Dd a%2fb%2bc%3dd", "$KEY $KEY");
        check("a/b\"c", r#"a\/b\"c a/b\"c"#, "$KEY $KEY");
        check("a&b<c>d", "a&amp;b&lt;c&gt;d", "$KEY");
        check("it's ok", "it's%20ok it%27s%20ok it's+ok", "$KEY $KEY $KEY");
    }

    #[test]
    fn the_longer_of_two_secrets_goes_first() {
        let redactor = Redactor::new([("SHORT", "abcd"), ("LONG", "abcdefgh")]);
        assert_eq!(redactor.text("abcdefgh abcdefg"), "$LONG $SHORTefg");
    }

    #[test]
    fn no_part_of_a_secret_is_left_by_a_cut() {
        let redactor = Redactor::new([("KEY", "secretsecret")]);
        for longest in 0..20 {
            let shown = redactor.beginning(b"1234567890secretsecret and more", longest);
            assert_eq!(shown, b"1234567890$KEY and more"[..longest]);
        }
    }

    #[test]
    fn bytes_that_are_no_text_stay() {
        let redactor = Redactor::new([("KEY", "abcd")]);
        assert_eq!(redactor.beginning(b"\xff\xfeabcd\0", 99), b"\xff\xfe$KEY\0");
    }
}
