//! The language in which a visitor is addressed, found by RFC 4647's lookup (§3.4).

use alloc::string::String;

use crate::base::negotiation::{self, MEMBERS_MAX};

/// The languages in which Breakwater's own pages are written.
pub const LOCALES: [&str; 4] = ["de", "en", "es", "fr"];

/// Returns the index of the locale that `Accept-Language` asks for, or 0 if the field asks for none
/// of the locales.
///
/// ```
/// use breakwater_core::base::locale::lookup;
///
/// let locales = ["en".into(), "de".into()];
/// assert_eq!(lookup(&locales, Some("fr-CH, de-CH;q=0.8, *;q=0.5")), 1);
/// assert_eq!(lookup(&locales, Some("fr")), 0);
/// ```
pub fn lookup(locales: &[String], accept_language: Option<&str>) -> usize {
    let mut chosen = (0, 0);
    for range in accept_language.unwrap_or_default().split(',').take(MEMBERS_MAX) {
        let Some((quality, range)) = self::range(range) else { continue };
        // Of several locales with the same weight, the first one is chosen.
        if quality > chosen.1
            && range != "*"
            && let Some(found) = matching(locales, range)
        {
            chosen = (found, quality);
        }
    }
    chosen.0
}

/// Returns a language range and its weight in thousandths, or `None` if the text is not a range.
fn range(text: &str) -> Option<(u16, &str)> {
    let (range, parameters) = text.split_once(';').unwrap_or((text, ""));
    let range = range.trim();
    let is_range = range == "*"
        || (!range.is_empty() && range.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'));
    let quality = match parameters.trim() {
        "" => 1000,
        weight => negotiation::weight(weight.strip_prefix("q=").or(weight.strip_prefix("Q="))?)?,
    };
    is_range.then_some((quality, range))
}

/// Returns the index of the locale that matches the range, which is shortened part by part until
/// one does.
pub fn matching(locales: &[String], range: &str) -> Option<usize> {
    let mut range = range;
    loop {
        let found = locales.iter().position(|locale| locale.eq_ignore_ascii_case(range));
        if found.is_some() {
            return found;
        }
        let (shorter, _) = range.rsplit_once('-')?;
        // A single letter that remains at the end is removed too (RFC 4647 §3.4).
        range = match shorter.rsplit_once('-') {
            Some((before, last)) if last.len() == 1 => before,
            _ => shorter,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(accept_language: &str, expected: &str) {
        let locales = ["en", "de", "fr", "zh-Hant"].map(String::from);
        assert_eq!(locales[lookup(&locales, Some(accept_language))], expected, "{accept_language}");
    }

    #[test]
    fn the_language_that_is_wanted_most_is_chosen() {
        check("de", "de");
        check("fr;q=0.5, de;q=0.8", "de");
        check("it, fr;q=0.3, de;q=0.2", "fr");
        check("de;q=0.5, fr;q=0.5", "de");
        check("DE-at", "de");
        check("en-GB,en;q=0.9,de;q=0.8", "en");
    }

    #[test]
    fn a_range_is_shortened_until_it_fits() {
        check("de-CH-1996", "de");
        check("zh-Hant-CN-x-private1-private2", "zh-Hant");
        check("zh-Hans", "en");
        check("zh", "en");
    }

    #[test]
    fn what_is_not_wanted_is_not_chosen() {
        check("de;q=0", "en");
        check("de;q=0.0, fr;q=0.001", "fr");
    }

    #[test]
    fn what_says_nothing_leads_to_the_first() {
        for text in
            ["", "*", "*;q=0.1", ",,;", "xx", "d e", "de;q=2", "de;q=1.0001", "de;level=1", "déjà"]
        {
            check(text, "en");
        }
        assert_eq!(lookup(&["de".into()], None), 0);
    }

    #[test]
    fn no_more_ranges_than_a_person_has_are_looked_at() {
        let mut many = "xx,".repeat(MEMBERS_MAX);
        many.push_str("de");
        check(&many, "en");
    }
}
