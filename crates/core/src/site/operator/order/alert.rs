//! Operators' orders about alerts, read from JSON.

use alloc::string::String;

use super::OrderError;
use super::fields::OrderBody;
use crate::site::config::WatchRules;
use crate::watch::alert::outbox::DeliveryKey;

const TEST_KEYS: &[&str] = &["channel"];
const RESEND_KEYS: &[&str] = &["message", "channel"];

/// The longest id of a message, in bytes; those that Breakwater makes are far shorter.
const MESSAGE_ID_MAX: usize = 200;
const MESSAGE_ALLOWED: &str = "the id of a message, as `GET /_breakwater/alerts` shows it";
const CHANNEL_ALLOWED: &str = "the name of a channel of the site file";

/// Reads which channel is tried.
///
/// # Errors
/// [`OrderError`] for the first thing that is wrong.
pub fn parse_alert_test(body: &[u8], rules: &WatchRules) -> Result<String, OrderError> {
    OrderBody::read(body, TEST_KEYS)?.channel(rules)
}

/// Reads which dead letter is sent again.
///
/// # Errors
/// [`OrderError`] for the first thing that is wrong.
pub fn parse_alert_resend(body: &[u8], rules: &WatchRules) -> Result<DeliveryKey, OrderError> {
    let mut fields = OrderBody::read(body, RESEND_KEYS)?;
    Ok(DeliveryKey { message: fields.message_id()?, channel: fields.channel(rules)? })
}

impl OrderBody {
    fn message_id(&mut self) -> Result<String, OrderError> {
        let value = self.required("message", MESSAGE_ALLOWED)?;
        let id = value.as_str().filter(|id| (1..=MESSAGE_ID_MAX).contains(&id.len()));
        id.map(String::from).ok_or_else(|| OrderError::refused("message", &value, MESSAGE_ALLOWED))
    }

    fn channel(&mut self, rules: &WatchRules) -> Result<String, OrderError> {
        let value = self.required("channel", CHANNEL_ALLOWED)?;
        let known = rules.channels.iter().map(|channel| &channel.name);
        let named = known.clone().find(|name| value.as_str() == Some(name));
        named.cloned().ok_or_else(|| OrderError::unknown("channel", &value, known.cloned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::operator::watch_rules;
    use alloc::string::ToString;

    #[test]
    fn an_order_names_a_channel_of_the_site_file() {
        let rules = watch_rules();
        assert_eq!(parse_alert_test(br#"{"channel":"ops"}"#, &rules), Ok("ops".into()));
        let key = DeliveryKey { message: "inc-a.opened".into(), channel: "ops".into() };
        let body = br#"{"message":"inc-a.opened","channel":"ops"}"#;
        assert_eq!(parse_alert_resend(body, &rules), Ok(key));
    }

    #[test]
    fn an_unknown_channel_is_told_those_that_there_are() {
        let rules = watch_rules();
        for (value, shown) in [(r#""sms""#, "sms"), ("7", "7"), ("null", "null")] {
            let body = alloc::format!(r#"{{"channel":{value}}}"#);
            let error = parse_alert_test(body.as_bytes(), &rules).unwrap_err().to_string();
            let expected = alloc::format!("`channel` cannot be `{shown}`, expected one of `ops`");
            assert_eq!(error, expected);
        }
        let none = parse_alert_test(br#"{"channel":"ops"}"#, &WatchRules::default()).unwrap_err();
        assert_eq!(none.to_string(), "`channel` cannot be `ops`: the site file has none");
    }

    #[test]
    fn a_message_has_an_id() {
        let rules = watch_rules();
        for id in [r#""""#, "7"] {
            let body = alloc::format!(r#"{{"message":{id},"channel":"ops"}}"#);
            let error = parse_alert_resend(body.as_bytes(), &rules).unwrap_err().to_string();
            assert!(error.starts_with("`message` cannot be"), "{error}");
        }
    }
}
