//! What came of a request, and the answer to it.

use alloc::borrow::ToOwned as _;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::exchange::{ConfirmReply, SubscribeReply, SubscriptionView, WebhookAsked};
use super::message::{SubscriptionForm, SubscriptionMessage};
use super::texts::{SubscriptionTexts, TitledText, filled};
use crate::base::json;
use crate::base::rfc3339::Rfc3339;
use crate::base::time::Millis;
use crate::site::status::StatusPlace;
use crate::site::status::notice::{SubscriptionLinks, confirm_link};
use crate::site::status::page::{MessageChoice, STATUS_CONTENT_SECURITY_POLICY, StatusPages};
use crate::watch::component::PublishedComponent;
use crate::watch::subscription::SubscriptionToken;

/// What goes along with the button that ends a subscription, as RFC 8058 §3.2 has it.
const ONE_CLICK: &[(&str, &str)] = &[("List-Unsubscribe", "One-Click")];
/// What an answer to a challenge looks like.
const EXAMPLE: &str = "{\"challenge\": \"…\"}";

/// What came of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubscriptionOutcome {
    /// An e-mail is on its way, as far as a stranger may know.
    Asked,
    /// A webhook waits to be confirmed.
    Webhook(WebhookAsked),
    /// There is too much of it now.
    Busy(Millis),
    /// What was sent is no address.
    NoAddress,
    /// What was sent is no form of ours.
    Malformed,
    /// This way is not offered.
    Off,
    /// The form was sent from another site's page.
    Foreign,
    /// The monitor could not be asked.
    Failed,
    /// What a button would confirm.
    Confirm(SubscriptionView, String),
    /// It is confirmed.
    Confirmed(SubscriptionView),
    /// The link is not valid.
    Expired,
    /// The receiver of a webhook has not answered the challenge.
    Unanswered(u32, SubscriptionToken),
    /// What may be changed.
    Manage(SubscriptionView),
    /// It was changed.
    Saved(SubscriptionView),
    /// What a button would end.
    Unsubscribe(SubscriptionView),
    /// It has ended.
    Unsubscribed,
}

/// An answer. Caches do not store it, and browsers do not tell where its reader came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubscriptionAnswer {
    /// The status.
    pub status: u16,
    /// The fields.
    pub fields: Vec<(&'static str, String)>,
    /// The body.
    pub body: String,
}

impl From<SubscribeReply> for SubscriptionOutcome {
    fn from(reply: SubscribeReply) -> Self {
        match reply {
            SubscribeReply::Asked => Self::Asked,
            SubscribeReply::Webhook(asked) => Self::Webhook(asked),
            SubscribeReply::Busy(wait) => Self::Busy(wait),
            SubscribeReply::Off => Self::Off,
        }
    }
}

impl From<ConfirmReply> for SubscriptionOutcome {
    fn from(reply: ConfirmReply) -> Self {
        match reply {
            ConfirmReply::Confirmed(view) => Self::Confirmed(view),
            ConfirmReply::Expired => Self::Expired,
            ConfirmReply::Unanswered { left, confirm } => Self::Unanswered(left, confirm),
            ConfirmReply::Busy(wait) => Self::Busy(wait),
        }
    }
}

impl SubscriptionOutcome {
    /// The status of the answer, and its name in JSON.
    const fn status(&self) -> (u16, &'static str) {
        match self {
            Self::Asked | Self::Webhook(_) => (202, "asked"),
            Self::Busy(_) => (429, "busy"),
            Self::NoAddress => (400, "no_address"),
            Self::Malformed => (400, "malformed"),
            Self::Off => (404, "off"),
            Self::Foreign => (403, "foreign"),
            Self::Failed => (503, "failed"),
            Self::Confirm(..) => (200, "pending"),
            Self::Confirmed(_) => (200, "confirmed"),
            Self::Expired => (410, "expired"),
            Self::Unanswered(..) => (409, "unanswered"),
            Self::Manage(_) | Self::Saved(_) | Self::Unsubscribe(_) => (200, "subscribed"),
            Self::Unsubscribed => (200, "unsubscribed"),
        }
    }

    /// How long the client is to wait.
    const fn wait(&self) -> Option<Millis> {
        match self {
            Self::Busy(wait) => Some(*wait),
            Self::Asked
            | Self::Webhook(_)
            | Self::NoAddress
            | Self::Malformed
            | Self::Off
            | Self::Foreign
            | Self::Failed
            | Self::Confirm(..)
            | Self::Confirmed(_)
            | Self::Expired
            | Self::Unanswered(..)
            | Self::Manage(_)
            | Self::Saved(_)
            | Self::Unsubscribe(_)
            | Self::Unsubscribed => None,
        }
    }

    /// The answer in JSON, for programs.
    pub fn in_json(&self, place: &StatusPlace<'_>) -> SubscriptionAnswer {
        let (status, name) = self.status();
        let mut body = json!({ "status": name });
        let view = match self {
            Self::Webhook(asked) => {
                let links = SubscriptionLinks::new(place.url, &asked.id, &asked.manage);
                body["id"] = asked.id.as_str().into();
                body["secret"] = asked.secret.as_str().into();
                body["confirm_url"] = confirm_link(place.url, &asked.confirm).into();
                body["manage_url"] = links.manage().into();
                body["expires_at"] = json!(Rfc3339(asked.until));
                None
            }
            Self::Unanswered(left, confirm) => {
                body["attempts_left"] = (*left).into();
                body["confirm_url"] = confirm_link(place.url, confirm).into();
                None
            }
            Self::Confirm(view, _)
            | Self::Confirmed(view)
            | Self::Manage(view)
            | Self::Saved(view)
            | Self::Unsubscribe(view) => Some(view),
            Self::Asked
            | Self::Busy(_)
            | Self::NoAddress
            | Self::Malformed
            | Self::Off
            | Self::Foreign
            | Self::Failed
            | Self::Expired
            | Self::Unsubscribed => None,
        };
        if let Some(view) = view {
            body["id"] = view.id.as_str().into();
            body["contact"] = view.contact.as_str().into();
            body["components"] = Value::from(view.components.clone());
        }
        let mut fields = self.fields("application/json");
        fields.push(("content-security-policy", "default-src 'none'".into()));
        let mut body = json::indented(&body.to_string());
        body.push('\n');
        SubscriptionAnswer { status, fields, body }
    }

    /// The answer as a page.
    pub fn in_html(
        &self,
        pages: &StatusPages<'_>,
        components: &[PublishedComponent],
    ) -> SubscriptionAnswer {
        let texts = SubscriptionTexts::of(pages.texts.lang);
        let message = self.message(pages.place, components, texts);
        let mut fields = self.fields("text/html; charset=utf-8");
        fields.push(("content-language", texts.lang.into()));
        fields.push(("content-security-policy", STATUS_CONTENT_SECURITY_POLICY.into()));
        let body = message.html(pages);
        SubscriptionAnswer { status: self.status().0, fields, body }
    }

    fn fields(&self, content_type: &str) -> Vec<(&'static str, String)> {
        let mut fields = vec![
            ("content-type", content_type.to_owned()),
            ("cache-control", "no-store".into()),
            ("referrer-policy", "no-referrer".into()),
            ("x-content-type-options", "nosniff".into()),
            ("x-robots-tag", "noindex".into()),
            ("vary", "Accept, Accept-Language, Content-Type".into()),
        ];
        let wait = self.wait().map(|wait| wait.as_secs_ceil().to_string());
        fields.extend(wait.map(|seconds| ("retry-after", seconds)));
        fields
    }

    /// What the page says.
    fn message<'a>(
        &self,
        place: &StatusPlace<'_>,
        components: &'a [PublishedComponent],
        texts: &SubscriptionTexts,
    ) -> SubscriptionMessage<'a> {
        let page = &texts.page;
        match self {
            Self::Asked => plain(page.asked),
            Self::Busy(_) => plain(page.busy),
            Self::NoAddress | Self::Malformed => plain(page.no_address),
            Self::Off => plain(page.off),
            Self::Foreign => plain(page.foreign),
            Self::Failed => plain(page.failed),
            Self::Expired => plain(page.expired),
            Self::Unsubscribed => plain(page.unsubscribed),
            Self::Webhook(asked) => {
                let values = [("secret", asked.secret.as_str()), ("example", EXAMPLE)];
                let action = confirm_link(place.base, &asked.confirm);
                with_button(said(page.webhook, &values), action, page.webhook_button)
            }
            Self::Unanswered(left, confirm) => {
                let message = said(page.unanswered, &[("left", &format!("{left}"))]);
                match left {
                    0 => message,
                    _ => {
                        with_button(message, confirm_link(place.base, confirm), page.webhook_button)
                    }
                }
            }
            Self::Confirm(view, token) => {
                let mut action = String::from(place.base);
                action.push_str("/subscriptions/confirm?token=");
                crate::base::percent::push(&mut action, token);
                with_button(of(page.confirm, view), action, page.confirm_button)
            }
            Self::Confirmed(view) => {
                let mut message = of(page.confirmed, view);
                let links = SubscriptionLinks::new(place.base, &view.id, &view.manage);
                message.links.push((page.manage_button, links.manage()));
                message
            }
            Self::Manage(view) => to_manage(of(page.manage, view), view, place, components, texts),
            Self::Saved(view) => to_manage(of(page.saved, view), view, place, components, texts),
            Self::Unsubscribe(view) => {
                let mut message = of(page.unsubscribe, view);
                message.forms.push(unsubscribing(view, place, texts));
                message
            }
        }
    }
}

fn plain<'a>(text: TitledText) -> SubscriptionMessage<'a> {
    said(text, &[])
}

fn said<'a>((title, text): TitledText, values: &[(&str, &str)]) -> SubscriptionMessage<'a> {
    let text = filled(text, values);
    SubscriptionMessage { title, text, forms: Vec::new(), links: Vec::new() }
}

fn of<'a>(text: TitledText, view: &SubscriptionView) -> SubscriptionMessage<'a> {
    said(text, &[("contact", &view.contact)])
}

fn with_button<'a>(
    mut message: SubscriptionMessage<'a>,
    action: String,
    button: &'static str,
) -> SubscriptionMessage<'a> {
    message.forms.push(SubscriptionForm { action, fields: &[], choices: Vec::new(), button });
    message
}

/// The choice of components, if the site has several, and the button that ends the subscription.
fn to_manage<'a>(
    mut message: SubscriptionMessage<'a>,
    view: &SubscriptionView,
    place: &StatusPlace<'_>,
    components: &'a [PublishedComponent],
    texts: &SubscriptionTexts,
) -> SubscriptionMessage<'a> {
    let links = SubscriptionLinks::new(place.base, &view.id, &view.manage);
    if components.len() > 1 {
        let choices = components.iter().map(|component| MessageChoice {
            name: &component.name,
            title: &component.title,
            is_chosen: view.components.contains(&component.name),
        });
        message.forms.push(SubscriptionForm {
            action: links.manage(),
            fields: &[],
            choices: choices.collect(),
            button: texts.page.save_button,
        });
    }
    message.forms.push(unsubscribing(view, place, texts));
    message
}

fn unsubscribing<'a>(
    view: &SubscriptionView,
    place: &StatusPlace<'_>,
    texts: &SubscriptionTexts,
) -> SubscriptionForm<'a> {
    let links = SubscriptionLinks::new(place.base, &view.id, &view.manage);
    SubscriptionForm {
        action: links.unsubscribe(),
        fields: ONE_CLICK,
        choices: Vec::new(),
        button: texts.page.unsubscribe_button,
    }
}
