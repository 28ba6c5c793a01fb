//! The form of a page, as browsers send it.

use alloc::string::String;
use alloc::vec::Vec;

use crate::base::percent::decoded_form;

/// Fields of one form. A page has far fewer.
const FIELDS_MAX: usize = 200;

/// The fields of a query or of a body in `application/x-www-form-urlencoded` (WHATWG URL, §5.1), in
/// their order.
pub(super) struct SentForm(Vec<(String, String)>);

impl SentForm {
    /// Reads the fields. What is behind [`FIELDS_MAX`] is left out.
    pub(super) fn read(bytes: &[u8]) -> Self {
        let fields = bytes.split(|b| *b == b'&').filter(|field| !field.is_empty());
        let pair = |field: &[u8]| {
            let end = field.iter().position(|b| *b == b'=').unwrap_or(field.len());
            let (name, value) = field.split_at(end);
            (decoded(name), decoded(value.get(1..).unwrap_or_default()))
        };
        Self(fields.take(FIELDS_MAX).map(pair).collect())
    }

    /// The first field of this name; empty if there is none.
    pub(super) fn get(&self, name: &str) -> &str {
        self.all(name).next().unwrap_or_default()
    }

    /// The fields of this name.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| &**value)
    }
}

/// The query of a URL.
pub(super) fn query_of(url: &str) -> SentForm {
    let url = url.split('#').next().unwrap_or_default();
    SentForm::read(url.split_once('?').map_or("", |(_, query)| query).as_bytes())
}

/// A name or a value. What is no UTF-8 is replaced.
fn decoded(text: &[u8]) -> String {
    String::from_utf8_lossy(&decoded_form(text)).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_as_browsers_write_it() {
        let form = SentForm::read(b"email=a%2Bb%40shop.example&x=&components=a&components=b+c&y");
        assert_eq!(form.get("email"), "a+b@shop.example");
        assert_eq!(form.all("components").collect::<Vec<_>>(), ["a", "b c"]);
        assert_eq!((form.get("x"), form.get("y"), form.get("z")), ("", "", ""));
    }

    #[test]
    fn what_is_malformed_does_no_harm() {
        let form = SentForm::read(b"a=%&b=%4&c=%zz&d=%C3%28&&=&e=%E2%82%AC");
        assert_eq!((form.get("a"), form.get("b"), form.get("c")), ("%", "%4", "%zz"));
        assert_eq!((form.get("d"), form.get("e")), ("\u{fffd}(", "€"));
        assert_eq!(SentForm::read("a=1&".repeat(1000).as_bytes()).all("a").count(), FIELDS_MAX);
    }

    #[test]
    fn a_query_ends_where_the_fragment_begins() {
        assert_eq!(query_of("https://a.example/x?token=1&b=2#c").get("b"), "2");
        assert_eq!(query_of("https://a.example/x#?token=1").get("token"), "");
    }
}
