//! The keys of `subscriptions` in `[status]`.

use alloc::format;
use alloc::string::ToString as _;

use super::channel::email;
use super::table::Value;
use crate::site::config::{ConfigError, Problem};
use crate::watch::subscription::{EMAILS_A_MONTH_DEFAULT, EMAILS_A_MONTH_MAX, SubscriptionRules};

pub(super) const SUBSCRIPTIONS_KEYS: &[&str] = &["email_from", "emails_a_month", "webhooks"];
/// The keys of which one has to be there: without either, nothing is offered.
const WAYS: [&str; 2] = ["email_from", "webhooks"];

/// Reads by which ways strangers may subscribe. Messages lead to the status page, where a
/// subscription ends, too.
pub(super) fn subscriptions(
    value: &Value<'_>,
    has_page: bool,
) -> Result<SubscriptionRules, ConfigError> {
    let table = value.table(SUBSCRIPTIONS_KEYS)?;
    if !has_page {
        let expected = "`status` or `status_host` in [site] beside it";
        return Err(value.refused("a table", expected));
    }
    let email_from = table.optional("email_from", email)?;
    let emails_a_month = table.optional("emails_a_month", |value| {
        let number = value.whole_number()?;
        if email_from.is_none() {
            return Err(value.refused(&number.to_string(), "`email_from` beside it"));
        }
        if !(1..=EMAILS_A_MONTH_MAX).contains(&number) {
            let allowed = format!("1 to {EMAILS_A_MONTH_MAX}");
            return Err(value.error(Problem::OutOfRange { value: number.to_string(), allowed }));
        }
        Ok(number)
    })?;
    let webhooks = table.optional("webhooks", Value::boolean)?.unwrap_or_default();
    if email_from.is_none() && !webhooks {
        return Err(value.error(Problem::MissingOneOf(&WAYS)));
    }
    let emails_a_month = emails_a_month.unwrap_or(EMAILS_A_MONTH_DEFAULT);
    Ok(SubscriptionRules { email_from, emails_a_month, webhooks })
}
