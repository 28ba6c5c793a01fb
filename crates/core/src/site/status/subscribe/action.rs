//! What a request asks for.

use alloc::borrow::ToOwned as _;
use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::exchange::SubscribeAsk;
use super::form::{SentForm, query_of};
use super::outcome::SubscriptionOutcome;
use crate::base::locale;
use crate::base::negotiation::{Offer, preferred};
use crate::base::origin::origin_of;
use crate::base::rate_limit::RateLimit;
use crate::site::config::Site;
use crate::site::status::StatusEndpoint;
use crate::watch::component::PublishedComponent;
use crate::watch::subscription::{
    Contact, SUBSCRIBED_COMPONENTS_MAX, SubscriberAddress, SubscriberId, WebhookUrl,
};

/// Bytes of a body that are read: 8 KiB. An address and the names of all components are a third of
/// that.
pub const SUBSCRIBE_BODY_MAX: usize = 8 * 1024;
/// The field that people do not see and leave empty. Programs that fill in all fields of a form are
/// answered as if they had subscribed.
pub const HONEYPOT: &str = "website";
/// Requests to the links of subscribers within a minute, for each isolate. There is one monitor,
/// and no one who makes up links keeps it busy.
pub const LINKS_A_MINUTE: usize = 600;

/// Bounds the requests to the links of subscribers by [`LINKS_A_MINUTE`].
pub type LinkLimit = RateLimit<LINKS_A_MINUTE, 60_000>;

/// The form of a page, as browsers send it.
const FORM: &str = "application/x-www-form-urlencoded";
/// The form of a program.
const JSON: &str = "application/json";

/// What is asked for below the base of the public status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubscriptionEndpoint<'a> {
    /// `subscribe`.
    Subscribe,
    /// `subscriptions/confirm`.
    Confirm,
    /// `subscriptions/ID`.
    Manage(&'a str),
    /// `subscriptions/ID/unsubscribe`.
    Unsubscribe(&'a str),
}

impl<'a> SubscriptionEndpoint<'a> {
    /// What an endpoint of the public status is here, if it is one of subscriptions.
    pub fn of(endpoint: StatusEndpoint<'a>) -> Option<Self> {
        if endpoint == StatusEndpoint::Subscribe {
            return Some(Self::Subscribe);
        }
        let StatusEndpoint::Subscription(rest) = endpoint else { return None };
        Self::below(rest)
    }

    /// The endpoint of what follows `subscriptions/` in a path.
    fn below(rest: &'a str) -> Option<Self> {
        if rest == "confirm" {
            return Some(Self::Confirm);
        }
        let (id, what) = rest.split_once('/').unwrap_or((rest, ""));
        match what {
            "" if !rest.ends_with('/') => Some(Self::Manage(id)),
            "unsubscribe" => Some(Self::Unsubscribe(id)),
            _ => None,
        }
    }
}

/// What is known of a request, its body apart. A field that is not there is empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SubscriptionFacts<'a> {
    /// The method.
    pub method: &'a str,
    /// The whole URL.
    pub url: &'a str,
    /// The field `Content-Type`.
    pub content_type: &'a str,
    /// The field `Accept`.
    pub accept: &'a str,
    /// The field `Accept-Language`.
    pub accept_language: &'a str,
    /// The field `Origin`.
    pub origin: &'a str,
    /// The field `Sec-Fetch-Site`.
    pub fetch_site: &'a str,
    /// The IP address of the client, as the platform names it.
    pub client: &'a str,
}

/// What of the site a request is read by.
#[derive(Clone, Copy, Debug)]
pub struct SubscriptionContext<'a> {
    /// The site.
    pub site: &'a Site,
    /// The components of the site file.
    pub components: &'a [PublishedComponent],
    /// Whether webhooks of this machine may be subscribed, as in development.
    pub allows_local: bool,
}

/// What a request asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubscriptionAction {
    /// Asks for status updates.
    Subscribe(SubscribeAsk),
    /// Shows the button that confirms an address.
    ShowConfirm {
        /// The token of the link.
        token: String,
    },
    /// Confirms an address.
    Confirm {
        /// The token of the link.
        token: String,
    },
    /// Shows what may be changed.
    Show {
        /// The subscriber.
        id: SubscriberId,
        /// The token of the link.
        token: String,
    },
    /// Changes what the subscriber is told of.
    Choose {
        /// The subscriber.
        id: SubscriberId,
        /// The token of the link.
        token: String,
        /// Of which components; of all, if there is none.
        components: Vec<String>,
    },
    /// Shows the button that ends the subscription.
    ShowUnsubscribe {
        /// The subscriber.
        id: SubscriberId,
        /// The token of the link.
        token: String,
    },
    /// Ends the subscription.
    Unsubscribe {
        /// The subscriber.
        id: SubscriberId,
        /// The token of the link.
        token: String,
    },
}

/// The body of a program's request to subscribe.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct JsonAsk {
    email: Option<String>,
    webhook: Option<String>,
    #[serde(default)]
    components: Vec<String>,
    locale: Option<String>,
}

impl SubscriptionAction {
    /// The language that the one who asks has chosen on a page, if that is known.
    pub fn locale(&self) -> Option<&str> {
        let Self::Subscribe(ask) = self else { return None };
        Some(&ask.locale)
    }

    /// Reads a request whose method its endpoint takes.
    ///
    /// # Errors
    /// The outcome, if the monitor has nothing to do.
    pub fn read(
        endpoint: SubscriptionEndpoint<'_>,
        facts: &SubscriptionFacts<'_>,
        body: &[u8],
        context: &SubscriptionContext<'_>,
    ) -> Result<Self, SubscriptionOutcome> {
        let is_post = facts.method == "POST";
        let query = query_of(facts.url);
        let token = query.get("token").to_owned();
        let id = |text: &str| SubscriberId::parse(text).ok_or(SubscriptionOutcome::Expired);
        // A program for e-mail that ends a subscription may run in a page (RFC 8058 §3.2), and
        // shows a token that no other page knows.
        let is_guarded = is_post && !matches!(endpoint, SubscriptionEndpoint::Unsubscribe(_));
        if is_guarded && facts.is_foreign() {
            return Err(SubscriptionOutcome::Foreign);
        }
        match (endpoint, is_post) {
            (SubscriptionEndpoint::Subscribe, _) => {
                ask(facts, body, context).map(SubscriptionAction::Subscribe)
            }
            (SubscriptionEndpoint::Confirm, false) => Ok(Self::ShowConfirm { token }),
            (SubscriptionEndpoint::Confirm, true) => Ok(Self::Confirm { token }),
            (SubscriptionEndpoint::Manage(text), false) => Ok(Self::Show { id: id(text)?, token }),
            (SubscriptionEndpoint::Manage(text), true) => {
                let id = id(text)?;
                let components = match facts.is_json() {
                    true => read_json(body)?.components,
                    false => SentForm::read(body).all("components").map(String::from).collect(),
                };
                let components = chosen(components, context)?;
                Ok(Self::Choose { id, token, components })
            }
            (SubscriptionEndpoint::Unsubscribe(text), false) => {
                Ok(Self::ShowUnsubscribe { id: id(text)?, token })
            }
            // The body says `List-Unsubscribe=One-Click`, in one of two forms; the method says as
            // much.
            (SubscriptionEndpoint::Unsubscribe(text), true) => {
                Ok(Self::Unsubscribe { id: id(text)?, token })
            }
        }
    }
}

impl SubscriptionFacts<'_> {
    /// Whether the body is JSON.
    fn is_json(&self) -> bool {
        let kind = self.content_type.split(';').next().unwrap_or_default();
        kind.trim().eq_ignore_ascii_case(JSON)
    }

    fn is_form(&self) -> bool {
        let kind = self.content_type.split(';').next().unwrap_or_default();
        kind.trim().eq_ignore_ascii_case(FORM)
    }

    /// Whether a program asks, which is answered in JSON.
    pub fn wants_json(&self) -> bool {
        let offer = |kind| Offer { kind, others: &[], is_named_only: false };
        let offers = [offer("text/html"), offer(JSON)];
        self.is_json() || preferred(self.accept, &offers) == Some(1)
    }

    /// The language of the answer, and of messages to one who subscribes.
    pub fn locale<'a>(&self, site: &'a Site) -> &'a str {
        let at = locale::lookup(&site.locales, Some(self.accept_language));
        site.locales.get(at).map_or("en", String::as_str)
    }

    /// Whether the request comes from another site's page. Browsers name the relation themselves
    /// (Fetch Metadata, §2.2); older ones name the origin, which is `null` where the page is one of
    /// ours, since those send no `Referer`.
    fn is_foreign(&self) -> bool {
        match (self.fetch_site, self.origin) {
            ("same-origin" | "none", _) | ("", "" | "null") => false,
            ("", origin) => origin != origin_of(self.url),
            _ => true,
        }
    }
}

fn read_json(body: &[u8]) -> Result<JsonAsk, SubscriptionOutcome> {
    serde_json::from_slice(body).map_err(|_| SubscriptionOutcome::Malformed)
}

fn ask(
    facts: &SubscriptionFacts<'_>,
    body: &[u8],
    context: &SubscriptionContext<'_>,
) -> Result<SubscribeAsk, SubscriptionOutcome> {
    let mut asked = if facts.is_json() {
        read_json(body)?
    } else if facts.is_form() {
        let form = SentForm::read(body);
        if !form.get(HONEYPOT).is_empty() {
            return Err(SubscriptionOutcome::Asked);
        }
        let filled = |name: &str| Some(form.get(name)).filter(|it| !it.is_empty());
        JsonAsk {
            email: filled("email").map(String::from),
            webhook: filled("webhook").map(String::from),
            components: form.all("components").map(String::from).collect(),
            locale: filled("locale").map(String::from),
        }
    } else {
        return Err(SubscriptionOutcome::Malformed);
    };
    let contact = match (asked.email.take(), asked.webhook.take()) {
        (Some(email), None) => SubscriberAddress::parse(&email).map(Contact::Email),
        (None, Some(url)) => WebhookUrl::parse(&url, context.allows_local).map(Contact::Webhook),
        (Some(_), Some(_)) | (None, None) => return Err(SubscriptionOutcome::Malformed),
    };
    let contact = contact.map_err(|_| SubscriptionOutcome::NoAddress)?;
    if is_own(&contact, context.site) {
        return Err(SubscriptionOutcome::NoAddress);
    }
    let known = |locale: &String| context.site.locales.contains(locale);
    let locale = asked.locale.filter(known);
    Ok(SubscribeAsk {
        contact,
        components: chosen(asked.components, context)?,
        locale: locale.unwrap_or_else(|| facts.locale(context.site).into()),
        client: facts.client.into(),
    })
}

/// Whether a webhook leads back to this site, which would tell itself.
fn is_own(contact: &Contact, site: &Site) -> bool {
    match contact {
        Contact::Email(_) => false,
        Contact::Webhook(url) => {
            url.host() == site.host || Some(url.host()) == site.status_host.as_deref()
        }
    }
}

/// The components that the site has. A page may be older than the site file; but where none is left
/// of a choice, that does not mean all.
fn chosen(
    names: Vec<String>,
    context: &SubscriptionContext<'_>,
) -> Result<Vec<String>, SubscriptionOutcome> {
    let is_choice = !names.is_empty();
    let is_known = |name: &String| context.components.iter().any(|it| it.name == *name);
    let known = names.into_iter().take(SUBSCRIBED_COMPONENTS_MAX).filter(is_known);
    let known: Vec<String> = known.collect();
    if is_choice && known.is_empty() { Err(SubscriptionOutcome::Malformed) } else { Ok(known) }
}
