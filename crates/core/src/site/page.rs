//! Breakwater's own pages: put together when a site is compiled, filled in for one visitor.
//!
//! Everything that is known then (language, name of the site, styles) is in the page, so that
//! little is left to do while an upstream fails. Whatever is filled in is escaped, wherever it
//! comes from.

#[cfg(feature = "toml")]
mod assembled;
mod reports;
#[cfg(feature = "toml")]
mod template;
#[cfg(feature = "toml")]
mod texts;

use alloc::borrow::Cow;
use alloc::string::String;

use serde::{Deserialize, Serialize};

use crate::base::time::Millis;
use crate::site::config::Site;

#[cfg(feature = "toml")]
pub use assembled::{BANNER_MAX, PAGE_MAX, Parts, assemble};
pub use reports::{PageReports, REPORT_SCRIPT, ReportingPage};
#[cfg(feature = "toml")]
pub use template::PageError;
#[cfg(feature = "toml")]
pub use texts::Texts;
#[cfg(feature = "toml")]
pub(in crate::site) use texts::check_places;

/// The pages' `Content-Security-Policy`: they load nothing from any host, whatever text should get
/// into them.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; \
    script-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'self'";
/// The same for pages that report what goes wrong in them to their own host.
const REPORTING_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; \
    script-src 'unsafe-inline'; connect-src 'self'; img-src data:; base-uri 'none'; \
    form-action 'none'; frame-ancestors 'self'";

/// Returns the `Content-Security-Policy` of the site's pages.
pub fn content_security_policy(site: &Site) -> &'static str {
    match PageReports::of(site, "") {
        Some(_) => REPORTING_POLICY,
        None => CONTENT_SECURITY_POLICY,
    }
}

/// Pages of one language, whose holes are left ([`hole`]).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assembled {
    /// The language, such as `en`.
    pub locale: String,
    /// When nothing better is at hand.
    pub fallback: String,
    /// While the site is worked on.
    pub maintenance: String,
    /// On top of a copy.
    pub banner: String,
    /// An age in minutes, hours and days, `{n}` being the number.
    pub units: [String; 3],
}

/// What is left to be filled in.
pub mod hole {
    /// Seconds until the page may try again; 0 where it must not by itself.
    pub const RETRY_AFTER: &str = "retry_after";
    /// The request's number.
    pub const REQUEST_ID: &str = "request_id";
    /// What operators say about maintenance, perhaps nothing.
    pub const MESSAGE: &str = "message";
    /// When maintenance ends, for programs.
    pub const UNTIL: &str = "until";
    /// The same for people without a script.
    pub const UNTIL_SHOWN: &str = "until_shown";
    /// The age of a copy, with its unit.
    pub const AGE: &str = "age";
}

/// A text with its holes filled in, each by the escaped text that belongs to its name. A name
/// without a text stays as it is.
///
/// ```
/// use breakwater_core::site::page::fill;
///
/// assert_eq!(fill("<p>{{name}}, {{name}}", &[("name", "a < b")]), "<p>a &lt; b, a &lt; b");
/// ```
pub fn fill(template: &str, texts: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(template.len() + 256);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        out.push_str(before);
        let Some((name, following)) = after.split_once("}}") else {
            out.push_str("{{");
            rest = after;
            continue;
        };
        match texts.iter().find(|(known, _)| *known == name) {
            Some((_, text)) => out.push_str(&escaped(text)),
            None => {
                out.push_str("{{");
                out.push_str(name);
                out.push_str("}}");
            }
        }
        rest = following;
    }
    out.push_str(rest);
    out
}

/// An age in the words of a language: in minutes, from an hour on in hours, from two days on in
/// days. `units` has a text for each, `{n}` being the number.
///
/// ```
/// use breakwater_core::site::page::age;
/// use breakwater_core::base::time::Millis;
///
/// let units = ["{n} min", "{n} h", "{n} d"];
/// assert_eq!(age(&units, Millis::from_secs(59)), "1 min");
/// assert_eq!(age(&units, Millis::from_secs(3 * 3600 + 1)), "3 h");
/// assert_eq!(age(&units, Millis::from_secs(49 * 3600)), "2 d");
/// ```
pub fn age<T: AsRef<str>>(units: &[T; 3], age: Millis) -> String {
    let minutes = age.get() / 60_000;
    let (number, unit) = match minutes {
        0..60 => (minutes.max(1), &units[0]),
        60..2_880 => (minutes / 60, &units[1]),
        _ => (minutes / 1_440, &units[2]),
    };
    unit.as_ref().replace("{n}", &alloc::format!("{number}"))
}

/// A text as HTML has it, in elements and in attributes alike. Braces too, so that no text opens
/// a hole.
pub fn escaped(text: &str) -> Cow<'_, str> {
    if !text.contains(['&', '<', '>', '"', '\'', '{', '}']) {
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
            '{' => out.push_str("&#123;"),
            '}' => out.push_str("&#125;"),
            _ => out.push(character),
        }
    }
    out.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_filled_in_can_close_no_attribute_and_open_no_element_and_no_hole() {
        let template = "<p title=\"{{a}}\">{{a}}</p>";
        for hostile in ["\"><script>", "'", "</p>", "&lt;", "{{a}}", "{{b}}"] {
            let page = fill(template, &[("a", hostile), ("b", "<b>")]);
            let inner = page.strip_prefix("<p title=\"").unwrap();
            let (attribute, rest) = inner.split_once("\">").unwrap();
            let text = rest.strip_suffix("</p>").unwrap();
            assert_eq!(attribute, text);
            assert!(!text.contains(['<', '>', '"', '\'', '{', '}']), "{text}");
        }
    }

    #[test]
    fn a_hole_without_a_text_stays() {
        assert_eq!(fill("{{a}} {{ {{b}}", &[("b", "x")]), "{{a}} {{ {{b}}");
        assert_eq!(fill("a }} {{b}}{{b}}", &[("b", "x")]), "a }} xx");
        assert_eq!(fill("", &[]), "");
    }
}
