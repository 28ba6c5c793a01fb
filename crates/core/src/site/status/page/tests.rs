//! What the pages have in common. Whole pages are tested in `crates/core/tests/status_page.rs`.

use alloc::boxed::Box;

use super::moment::Moment;
use super::*;
use crate::base::rfc3339::parse;

/// The texts of a language, which live as long as the test's process.
fn language(lang: &'static str, file: &'static str) -> StatusTexts<'static> {
    let file = StatusTextFile::parse(lang, lang, file).unwrap_or_else(|error| panic!("{error}"));
    Box::leak(Box::new(file)).texts()
}

pub(super) fn english() -> StatusTexts<'static> {
    language("en", include_str!("../../../../../../www/status/locales/en.toml"))
}

pub(super) fn german() -> StatusTexts<'static> {
    language("de", include_str!("../../../../../../www/status/locales/de.toml"))
}

#[test]
fn the_address_chooses_the_language_before_the_browser_does() {
    let languages = [english(), german()];
    let chosen = |lang, accepted| StatusTexts::choose(&languages, lang, accepted).unwrap().lang;
    assert_eq!(chosen(Some("de"), Some("en")), "de");
    assert_eq!(chosen(Some("xx"), Some("de-AT, en;q=0.5")), "de");
    assert_eq!(chosen(None, Some("it")), "en");
    assert_eq!(StatusTexts::choose(&[], None, None), None);
}

#[test]
fn the_end_of_a_span_has_a_day_only_if_it_is_another_one() {
    let texts = english();
    let start = parse("2026-11-30T23:30:00Z").unwrap();
    let shown = |at: &str| Moment::end(&texts, start, parse(at).unwrap()).shown;
    assert_eq!(Moment::of(&texts, start).shown, "30 Nov 2026, 23:30 UTC");
    assert_eq!(shown("2026-11-30T23:59:59Z"), "23:59 UTC");
    assert_eq!(shown("2026-12-01T00:00:00Z"), "1 Dec 2026, 00:00 UTC");
    assert_eq!(shown("2027-11-30T23:30:00Z"), "30 Nov 2027, 23:30 UTC");
}

#[test]
fn a_month_is_read_as_it_is_written_and_has_neighbours() {
    let month = HistoryMonth::parse("2026-12").unwrap();
    assert_eq!(alloc::format!("{}", month.later()), "2027-01");
    assert_eq!(alloc::format!("{}", month.later().earlier()), "2026-12");
    assert_eq!(month.name(&german()), "Dezember 2026");
    for text in
        ["", "2026", "2026-00", "2026-13", "26-11", "2026-1", "2026-011", "+026-11", "2026-é"]
    {
        assert_eq!(HistoryMonth::parse(text), None, "{text}");
    }
}
