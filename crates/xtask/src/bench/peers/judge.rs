//! Whether an answer is the right one.

use serde_json::Value;

use super::errand::{Errand, Expected, PRODUCTS};
use super::wire::{Broken, Received};

/// The style sheet as the backend has it.
const STYLE: &[u8] = include_bytes!("../../../../origin/assets/style.css");

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The right answer, whole.
    Good,
    /// A whole answer of another status than the right one has.
    Status(u16),
    /// An answer that ended before its framing says, which a browser sees.
    Cut,
    /// No connection.
    Refused,
    /// The connection ended without an answer.
    Closed,
    /// The visitor gave up.
    GaveUp,
    /// The visitor would have waited longer, but the run was over.
    Unfinished,
    /// The right status, and another content: worse than no answer.
    Wrong,
}

/// Judges what came of an errand.
pub(super) fn judge(errand: &Errand, came: &Result<Received, Broken>) -> Outcome {
    match came {
        Err(Broken::Refused) => Outcome::Refused,
        Err(Broken::Closed) => Outcome::Closed,
        Err(Broken::Late) => Outcome::GaveUp,
        Err(Broken::Cut) => Outcome::Cut,
        Ok(answer) if answer.status != status(&errand.expected) => Outcome::Status(answer.status),
        Ok(answer) if is_right(&errand.expected, &answer.body) => Outcome::Good,
        Ok(_) => Outcome::Wrong,
    }
}

fn status(expected: &Expected) -> u16 {
    match expected {
        Expected::Page(_) | Expected::Catalogue | Expected::Style => 200,
        Expected::Order(_) => 201,
    }
}

fn is_right(expected: &Expected, body: &[u8]) -> bool {
    let json = || serde_json::from_slice::<Value>(body).unwrap_or_default();
    match expected {
        Expected::Page(text) => {
            let page = String::from_utf8_lossy(body);
            page.contains(text) && page.trim_end().ends_with("</html>")
        }
        Expected::Catalogue => {
            let products = usize::from(PRODUCTS);
            json()["products"].as_array().is_some_and(|list| list.len() == products)
        }
        Expected::Style => body == STYLE,
        Expected::Order(session) => json()["session"] == session.as_str(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Outcome, STYLE, judge};
    use crate::bench::peers::errand::{Ask, Errand, Expected};
    use crate::bench::peers::wire::{Broken, Received};

    #[track_caller]
    fn check(expected: Expected, status: u16, body: &str, outcome: Outcome) {
        let errand = Errand { ask: Ask::Seen, target: "/".into(), cookie: None, expected };
        let came = Ok(Received { status, body: body.into(), keeps: true });
        assert_eq!(judge(&errand, &came), outcome, "{body}");
    }

    #[test]
    fn a_page_is_right_to_its_last_tag() {
        let page = || Expected::Page("<h1>A</h1>".into());
        check(page(), 200, "<html><h1>A</h1></html>\n", Outcome::Good);
        check(page(), 200, "<html><h1>A</h1></ht", Outcome::Wrong);
        check(page(), 200, "<html><h1>B</h1></html>", Outcome::Wrong);
        check(page(), 503, "<html><h1>A</h1></html>", Outcome::Status(503));
    }

    #[test]
    fn the_catalogue_has_all_products() {
        let products = |count| format!("{{\"products\":[{}]}}", vec!["{}"; count].join(","));
        check(Expected::Catalogue, 200, &products(24), Outcome::Good);
        check(Expected::Catalogue, 200, &products(23), Outcome::Wrong);
        check(Expected::Catalogue, 200, "{\"products\":[", Outcome::Wrong);
    }

    #[test]
    fn an_order_is_the_visitors_own() {
        let order = || Expected::Order("order-1-2".into());
        check(order(), 201, "{\"session\":\"order-1-2\"}", Outcome::Good);
        check(order(), 201, "{\"session\":\"order-1-3\"}", Outcome::Wrong);
        check(order(), 200, "{\"session\":\"order-1-2\"}", Outcome::Status(200));
    }

    #[test]
    fn a_style_sheet_is_right_to_the_byte() {
        let style = String::from_utf8_lossy(STYLE);
        check(Expected::Style, 200, &style, Outcome::Good);
        check(Expected::Style, 200, &style[1..], Outcome::Wrong);
    }

    #[test]
    fn what_breaks_is_no_answer() {
        let errand =
            Errand { ask: Ask::Seen, target: "/".into(), cookie: None, expected: Expected::Style };
        for (broken, outcome) in [
            (Broken::Refused, Outcome::Refused),
            (Broken::Closed, Outcome::Closed),
            (Broken::Late, Outcome::GaveUp),
            (Broken::Cut, Outcome::Cut),
        ] {
            assert_eq!(judge(&errand, &Err(broken)), outcome);
        }
    }
}
