//! The words of the API, which are about requests, as a model reads them, which has tools.

use alloc::borrow::Cow;
use alloc::format;
use alloc::string::String;

use crate::site::operator::{API, Endpoint};

/// The same text with the name of the tool in place of each operation's method and path.
pub(super) fn in_words_of_tools(text: &str) -> Cow<'_, str> {
    let mut text = Cow::Borrowed(text);
    if !text.contains("/_breakwater/") {
        return text;
    }
    for Endpoint { operation, method, path, .. } in &API {
        let written = format!("`{method} {path}`");
        if text.contains(&written) {
            text = text.replace(&written, &format!("`{}`", operation.name())).into();
        }
    }
    text
}

/// The same text without the sentences that are about the body of a request.
pub(super) fn without_bodies(text: &str) -> String {
    let sentences = text.split_inclusive(". ");
    let kept: String = sentences.filter(|sentence| !sentence.contains("body")).collect();
    kept.trim_end().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_are_named_by_their_tools() {
        for (written, read) in [
            ("See `GET /_breakwater/alerts`.", "See `show_alerts`."),
            (
                "`GET /_breakwater/checks/{check}` and `DELETE /_breakwater/bypass`",
                "`show_check` and `lift_bypass`",
            ),
            ("`PUT /_breakwater/alerts`", "`PUT /_breakwater/alerts`"),
            ("Shows one check.", "Shows one check."),
        ] {
            assert_eq!(in_words_of_tools(written), read);
        }
    }

    #[test]
    fn what_is_about_the_body_of_a_request_is_left_out() {
        for (written, read) in [
            ("Ends the bypass. The body may be empty.", "Ends the bypass."),
            ("Ends it. It takes no body. Soon.", "Ends it. Soon."),
            ("Lets everything pass.", "Lets everything pass."),
        ] {
            assert_eq!(without_bodies(written), read);
        }
    }
}
