//! E-mails to subscribers.
//!
//! Each says who sent it and why, holds no picture and no link that tells the sender that it was
//! read, and ends the subscription by one click (RFC 8058). Messages of one incident are one
//! conversation. `Precedence` is left out: it is no standard, and `Auto-Submitted` and `List-Id`
//! keep programs from answering (RFC 3834 §2).

use core::fmt::Write as _;

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use super::words::{affected, listed, text, time, title};
use super::{NoticeContent, NoticeSender, Recipient, SubscriptionLinks, confirm_link};
use crate::base::cut::cut;
use crate::site::page::escaped;
use crate::site::status::subscribe::{SubscriptionTexts, filled};
use crate::site::status::{PublicIncident, PublicMaintenance, PublicUpdate};
use crate::watch::alert::{EmailAlert, EmailFields, EmailListFields, line, lines};
use crate::watch::subscription::SubscriberAddress;

/// What says that one `POST` ends the subscription (RFC 8058 §3.1).
const ONE_CLICK: &str = "List-Unsubscribe=One-Click";
/// The longest subject, in bytes. A longer one ends in `…`; programs show less.
const SUBJECT_MAX: usize = 200;

/// A part of an e-mail.
enum MailPart {
    /// Text, whose empty lines part paragraphs.
    Words(String),
    /// A label, and what it says.
    Fact(&'static str, String),
    /// A link that stands alone.
    Link(String),
}

/// An e-mail before it is written as text and as HTML.
struct Letter {
    subject: String,
    parts: Vec<MailPart>,
    /// What the messages of one conversation have in common.
    thread: Option<String>,
}

/// The e-mail to a recipient.
pub(super) fn message(
    content: &NoticeContent,
    sender: &NoticeSender<'_>,
    to: &Recipient,
    address: &SubscriberAddress,
) -> Option<EmailAlert> {
    let from = sender.email_from?;
    let texts = SubscriptionTexts::of(to.subscriber.locale());
    let letter = match content {
        NoticeContent::Asked => asked(texts, sender, to),
        NoticeContent::Incident { .. } => {
            let (incident, update) = content.update()?;
            of_incident(texts, sender, incident, update)
        }
        NoticeContent::Maintenance(maintenance) => of_maintenance(texts, sender, maintenance),
    };
    let host = sender.place.site_url.rsplit_once("://").map_or("", |(_, host)| host);
    let mut list = EmailListFields {
        id: format!("<status.{host}>"),
        unsubscribe: None,
        unsubscribe_post: None,
        language: texts.lang,
    };
    let mut headers = EmailFields::automatic(&to.message);
    if let Some(thread) = &letter.thread {
        let domain = from.rsplit_once('@').map_or(host, |(_, domain)| domain);
        let thread = format!("<status-{thread}@{domain}>");
        headers.in_reply_to = Some(thread.clone());
        headers.references = Some(thread);
    }
    let mut subject = line(&letter.subject);
    cut(&mut subject, SUBJECT_MAX);
    let letter = Letter { subject, ..letter };
    let links = SubscriptionLinks::new(sender.place.url, to.subscriber.id(), &to.manage);
    let mut footer = Vec::new();
    // There is nothing to end before it is confirmed.
    if to.subscriber.is_confirmed() {
        list.unsubscribe = Some(format!("<{}>", links.unsubscribe()));
        list.unsubscribe_post = Some(ONE_CLICK);
        let because = filled(texts.mail.because, &[("site", sender.place.site_name)]);
        footer.push(MailPart::Words(because));
        footer.push(MailPart::Fact(texts.mail.manage, links.manage()));
    }
    headers.list = Some(Box::new(list));
    Some(EmailAlert {
        from: from.into(),
        to: vec![address.as_str().into()],
        text: as_text(&letter.parts, &footer),
        html: as_html(texts.lang, &letter, &footer),
        subject: letter.subject,
        headers,
    })
}

/// What an address is told that someone has asked for.
fn asked(texts: &SubscriptionTexts, sender: &NoticeSender<'_>, to: &Recipient) -> Letter {
    let site = [("site", sender.place.site_name)];
    let mail = &texts.mail;
    let told_of = match to.subscriber.components() {
        [] => mail.told_of_all.into(),
        names => {
            let names = listed(sender, names.iter().map(String::as_str));
            filled(mail.told_of, &[("components", &names)])
        }
    };
    let (subject, parts) = match &to.confirm {
        Some(token) => {
            let link = confirm_link(sender.place.url, token);
            let parts = vec![
                MailPart::Words(filled(mail.confirm_lead, &site)),
                MailPart::Link(link),
                MailPart::Words(mail.confirm_expires.into()),
                MailPart::Words(told_of),
            ];
            (mail.confirm_subject, parts)
        }
        None => {
            let links = SubscriptionLinks::new(sender.place.url, to.subscriber.id(), &to.manage);
            let parts = vec![
                MailPart::Words(filled(mail.already_lead, &site)),
                MailPart::Link(links.manage()),
                MailPart::Words(told_of),
            ];
            (mail.already_subject, parts)
        }
    };
    Letter { subject: filled(subject, &site), parts, thread: None }
}

fn of_incident(
    texts: &SubscriptionTexts,
    sender: &NoticeSender<'_>,
    incident: &PublicIncident,
    update: &PublicUpdate,
) -> Letter {
    let (title, state) = (title(texts, sender, incident), texts.state(update.state));
    let mut parts = vec![
        MailPart::Words(line(&format!("{state}: {title}"))),
        MailPart::Words(lines(text(texts, update))),
    ];
    let affected = affected(texts, sender, incident);
    if !affected.is_empty() {
        parts.push(MailPart::Fact(texts.mail.affected, affected));
    }
    parts.push(MailPart::Fact(texts.mail.since, time(incident.since)));
    let details = format!("{}/incidents/{}", sender.place.url, incident.id);
    parts.push(MailPart::Fact(texts.mail.details, details));
    let subject = format!("[{}] {state}: {title}", sender.place.site_name);
    Letter { subject, parts, thread: Some(incident.id.clone()) }
}

fn of_maintenance(
    texts: &SubscriptionTexts,
    sender: &NoticeSender<'_>,
    maintenance: &PublicMaintenance,
) -> Letter {
    let mail = &texts.mail;
    let (start, end) = (time(maintenance.start), time(maintenance.end));
    let closed = match maintenance.is_whole_site {
        true => mail.maintenance_whole,
        false => mail.maintenance_parts,
    };
    let message = maintenance.message.as_deref().unwrap_or(mail.maintenance_lead);
    let times = [("start", &*start), ("end", &*end), ("site", sender.place.site_name)];
    let parts = vec![
        MailPart::Words(line(message)),
        MailPart::Words(filled(mail.maintenance_time, &times)),
        MailPart::Words(closed.into()),
        MailPart::Fact(mail.details, sender.place.url.into()),
    ];
    let thread = Some(maintenance.id.clone());
    Letter { subject: filled(mail.maintenance_subject, &times), parts, thread }
}

/// `-- ` parts what follows from the message (RFC 3676 §4.3).
fn as_text(parts: &[MailPart], footer: &[MailPart]) -> String {
    let mut out = String::new();
    push_text(&mut out, parts);
    if !footer.is_empty() {
        out.push_str("\n-- \n");
        push_text(&mut out, footer);
    }
    out
}

fn push_text(out: &mut String, parts: &[MailPart]) {
    let mut was_fact = true;
    for part in parts {
        let is_fact = matches!(part, MailPart::Fact(..));
        // Facts stand together, and anything else apart.
        let is_beginning = out.is_empty() || out.ends_with("-- \n");
        let is_joined = is_fact && was_fact;
        if !is_beginning && !is_joined {
            out.push('\n');
        }
        was_fact = is_fact;
        // Writing to a `String` does not fail.
        let _ = match part {
            MailPart::Words(words) => writeln!(out, "{}", words.trim_end()),
            MailPart::Fact(label, value) => writeln!(out, "{label}: {value}"),
            MailPart::Link(url) => writeln!(out, "{url}"),
        };
    }
}

fn as_html(lang: &str, letter: &Letter, footer: &[MailPart]) -> String {
    let subject = escaped(&letter.subject);
    let mut out = format!(
        "<!doctype html>\n<html lang=\"{lang}\">\n<meta charset=\"utf-8\">\n\
         <title>{subject}</title>\n<body style=\"font-family: sans-serif\">\n"
    );
    push_html(&mut out, &letter.parts);
    if !footer.is_empty() {
        out.push_str("<hr>\n");
        push_html(&mut out, footer);
    }
    out.push_str("</body>\n</html>\n");
    out
}

fn push_html(out: &mut String, parts: &[MailPart]) {
    for part in parts {
        match part {
            MailPart::Words(words) => {
                for paragraph in words.split("\n\n").filter(|it| !it.trim().is_empty()) {
                    let lines: Vec<Cow<'_, str>> = paragraph.lines().map(escaped).collect();
                    // Writing to a `String` does not fail.
                    let _ = writeln!(out, "<p>{}</p>", lines.join("<br>\n"));
                }
            }
            MailPart::Fact(label, value) => {
                let value = escaped(value);
                let _ = match value.starts_with("https://") {
                    true => writeln!(out, "<p>{label}: <a href=\"{value}\">{value}</a></p>"),
                    false => writeln!(out, "<p>{label}: {value}</p>"),
                };
            }
            MailPart::Link(url) => {
                let url = escaped(url);
                let _ = writeln!(out, "<p><a href=\"{url}\">{url}</a></p>");
            }
        }
    }
}
