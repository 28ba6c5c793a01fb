//! E-mail, in the structured form of the platform's binding, which builds the message (RFC 5322)
//! itself: <https://developers.cloudflare.com/email-service/api/send-emails/workers-api/>.

use core::fmt::Write as _;

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;

use serde::Serialize;

use super::cut::{cut_to, escaped, utf16};
use super::wording::{Fact, Wording};
use super::{EmailAlert, digest};

/// The longest subject, in UTF-16 code units. Programs show less.
const SUBJECT_MAX: usize = 150;
/// The longest text, in UTF-16 code units. Some receivers cut what is longer than 100 KB.
const TEXT_MAX: usize = 20_000;

/// The fields that are no part of the binding's argument itself. The platform takes these of other
/// people's, and any that begin with `X-`
/// (<https://developers.cloudflare.com/email-service/reference/headers/>).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct EmailFields {
    /// The same for all messages of an incident, so that programs show them as one conversation.
    #[serde(rename = "In-Reply-To", skip_serializing_if = "Option::is_none")]
    pub in_reply_to: Option<String>,
    /// The same again, since some programs read this field and some the other (RFC 5322 §3.6.4).
    #[serde(rename = "References", skip_serializing_if = "Option::is_none")]
    pub references: Option<String>,
    /// Those of messages to subscribers.
    #[serde(flatten)]
    pub list: Option<Box<EmailListFields>>,
    /// Tells other programs not to answer (RFC 3834 §5).
    #[serde(rename = "Auto-Submitted")]
    pub auto_submitted: &'static str,
    /// Tells Exchange the same.
    #[serde(rename = "X-Auto-Response-Suppress")]
    pub auto_response_suppress: &'static str,
    /// The message's id, the same in every attempt, since the platform gives each a new
    /// `Message-ID`.
    #[serde(rename = "X-Breakwater-Message")]
    pub message: String,
}

/// The fields that only messages to subscribers have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EmailListFields {
    /// What tells these messages from others (RFC 2919).
    #[serde(rename = "List-Id")]
    pub id: String,
    /// Where a program ends the subscription, in angle brackets (RFC 2369 §3.2).
    #[serde(rename = "List-Unsubscribe", skip_serializing_if = "Option::is_none")]
    pub unsubscribe: Option<String>,
    /// That it does so by one request, without asking anything (RFC 8058 §3.1).
    #[serde(rename = "List-Unsubscribe-Post", skip_serializing_if = "Option::is_none")]
    pub unsubscribe_post: Option<&'static str>,
    /// The language of the text (RFC 3282).
    #[serde(rename = "Content-Language")]
    pub language: &'static str,
}

impl EmailFields {
    /// The fields of a message that a program made, and of nothing else. `message` is its id.
    pub fn automatic(message: &str) -> Self {
        Self {
            auto_submitted: "auto-generated",
            auto_response_suppress: "All",
            message: message.into(),
            ..Self::default()
        }
    }
}

pub(super) fn message(
    wording: &Wording<'_>,
    message: &str,
    from: &str,
    to: &[String],
) -> EmailAlert {
    let domain = from.rsplit_once('@').map_or("localhost", |(_, domain)| domain);
    let thread = format!("<incident-{}@{domain}>", digest(&wording.incident().id));
    let headline = wording.headline(SUBJECT_MAX, utf16);
    let text = format!("{}\n\n{}\n", wording.title, wording.body(TEXT_MAX, utf16));
    EmailAlert {
        from: from.into(),
        to: to.to_vec(),
        headers: EmailFields {
            in_reply_to: Some(thread.clone()),
            references: Some(thread),
            ..EmailFields::automatic(message)
        },
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
