//! Numbers, shares and spans as a language writes them.

use alloc::format;
use alloc::string::String;

use super::texts::StatusTexts;
use super::words::{fill, number};
use crate::base::time::Millis;

/// A share in millionths as a percentage with two decimals. It is rounded down, so that nothing
/// short of the whole reads as `100%`.
pub(super) fn percent_of_ppm(texts: &StatusTexts<'_>, ppm: u32) -> String {
    let hundredths = ppm.min(1_000_000) / 100;
    let shown = match (hundredths / 100, hundredths % 100) {
        (whole, 0) if whole == 0 || whole == 100 => format!("{whole}"),
        (whole, rest) => format!("{whole}{}{rest:02}", texts.decimal),
    };
    fill(texts.percent, &[("n", &shown)])
}

/// A share in thousandths as a percentage with one decimal.
pub(super) fn percent_of_permille(texts: &StatusTexts<'_>, permille: u64) -> String {
    let shown = match (permille / 10, permille % 10) {
        (whole, 0) => format!("{whole}"),
        (whole, rest) => format!("{whole}{}{rest}", texts.decimal),
    };
    fill(texts.percent, &[("n", &shown)])
}

/// A span in its two greatest units, days, hours and minutes: `2 h 14 min`. A shorter one reads as
/// a minute.
pub(super) fn span(texts: &StatusTexts<'_>, span: Millis) -> String {
    let minutes = (span.get() / 60_000).max(1) as usize;
    let (days, hours) = (minutes / 1_440, minutes / 60 % 24);
    let (greater, smaller) = match (days, hours) {
        (0, 0) => return number(texts.minutes, minutes),
        (0, _) => ((texts.hours, hours), (texts.minutes, minutes % 60)),
        _ => ((texts.days, days), (texts.hours, hours)),
    };
    let shown = number(greater.0, greater.1);
    if smaller.1 == 0 { shown } else { shown + " " + &number(smaller.0, smaller.1) }
}

/// How long an answer takes, in milliseconds.
pub(super) fn response_time(texts: &StatusTexts<'_>, time: Millis) -> String {
    fill(texts.milliseconds, &[("n", &format!("{}", time.get()))])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::status::page::tests::{english, german};

    #[test]
    fn nothing_short_of_the_whole_reads_as_all_of_it() {
        let texts = english();
        for (ppm, shown) in [
            (1_000_000, "100%"),
            (999_999, "99.99%"),
            (999_000, "99.90%"),
            (50_000, "5.00%"),
            (99, "0%"),
            (0, "0%"),
        ] {
            assert_eq!(percent_of_ppm(&texts, ppm), shown);
        }
        assert_eq!(percent_of_permille(&texts, 1_000), "100%");
        assert_eq!(percent_of_permille(&texts, 7), "0.7%");
    }

    #[test]
    fn a_language_has_its_own_decimal_mark_and_its_own_units() {
        let texts = german();
        assert_eq!(percent_of_ppm(&texts, 999_900), "99,99\u{a0}%");
        assert_eq!(span(&texts, Millis::from_secs(3_660)), "1\u{a0}Std. 1\u{a0}Min.");
    }

    #[test]
    fn a_span_has_its_two_greatest_units() {
        let texts = english();
        for (seconds, shown) in [
            (0, "1 min"),
            (119, "1 min"),
            (3_600, "1 h"),
            (8_040, "2 h 14 min"),
            (86_399, "23 h 59 min"),
            (90_000, "1 d 1 h"),
            (172_800, "2 d"),
        ] {
            let told = span(&texts, Millis::from_secs(seconds));
            assert_eq!(told.replace('\u{a0}', " "), shown, "{seconds}");
        }
    }
}
