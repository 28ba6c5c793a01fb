//! E-mail. Core says what it holds; what sends it builds the message (RFC 5322) with a library for
//! that, since those need `std`.

use core::fmt::Write as _;

use alloc::format;
use alloc::string::String;

use super::cut::{cut_to, escaped, utf16};
use super::wording::{Fact, Wording};
use super::{EmailAlert, digest};

/// The longest subject, in UTF-16 code units. Programs show less.
const SUBJECT_MAX: usize = 150;
/// The longest text, in UTF-16 code units. Some receivers cut what is longer than 100 KB.
const TEXT_MAX: usize = 20_000;

pub(super) fn message(
    wording: &Wording<'_>,
    message: &str,
    from: &str,
    to: &[String],
) -> EmailAlert {
    let domain = from.rsplit_once('@').map_or("localhost", |(_, domain)| domain);
    let headline = wording.headline(SUBJECT_MAX, utf16);
    let text = format!("{}\n\n{}\n", wording.title, wording.body(TEXT_MAX, utf16));
    EmailAlert {
        from: from.into(),
        to: to.to_vec(),
        message_id: format!("{}@{domain}", digest(message)),
        thread_id: format!("incident-{}@{domain}", digest(&wording.incident().id)),
        date: wording.alert.at,
        fields: [("Auto-Submitted", "auto-generated"), ("X-Auto-Response-Suppress", "All")],
        text,
        html: html(wording, &headline),
        subject: headline,
    }
}

fn html(wording: &Wording<'_>, headline: &str) -> String {
    let headline = escaped(headline);
    let mut html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>{headline}</title>\n\
         <body style=\"font-family: sans-serif\">\n<h1 style=\"font-size: 1.2em\">{headline}</h1>\n"
    );
    for line in cut_to(&wording.summary, TEXT_MAX, utf16).lines().filter(|line| !line.is_empty()) {
        // Writing to a `String` does not fail.
        let _ = writeln!(html, "<p>{}</p>", escaped(line));
    }
    html.push_str("<table>\n");
    for (name, fact) in wording.facts(TEXT_MAX, utf16) {
        let shown = match &fact {
            Fact::Words(words) => escaped(words).into_owned(),
            Fact::Link(url) => format!("<a href=\"{0}\">{0}</a>", escaped(url)),
        };
        let _ = writeln!(
            html,
            "<tr><th style=\"text-align: left; vertical-align: top\">{name}</th><td>{shown}</td></tr>"
        );
    }
    html.push_str("</table>\n</body>\n</html>\n");
    html
}
