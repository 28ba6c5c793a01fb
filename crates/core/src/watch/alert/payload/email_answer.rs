//! What the platform's binding for e-mail says when it does not send one.

use crate::base::time::Millis;
use crate::watch::alert::outbox::{DeliveryEnd, DeliveryError, EmailError};

/// How long nothing is sent after the day's limit was reached: an hour, since the platform does not
/// say when its day begins.
const DAY_LIMIT_WAIT: Millis = Millis::from_secs(3600);

/// What the binding threw.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EmailAnswer<'a> {
    /// The error's `code`, such as `E_RATE_LIMIT_EXCEEDED`. Bindings of Email Routing have none.
    pub code: &'a str,
    /// The error's `message`.
    pub message: &'a str,
}

impl EmailAnswer<'_> {
    /// Says what it means for the delivery. An address stays refused until an operator acts, who
    /// then sends the dead letter again: a day of attempts would count against the sender's
    /// reputation.
    pub fn judge(&self) -> DeliveryEnd {
        let refused = |error| DeliveryEnd::Refused { error: DeliveryError::Email(error) };
        let failed = |error, retry_after| DeliveryEnd::Failed {
            error: DeliveryError::Email(error),
            retry_after,
        };
        match self.code() {
            "E_SENDER_NOT_VERIFIED" | "E_SENDER_DOMAIN_NOT_AVAILABLE" => {
                refused(EmailError::Sender)
            }
            "E_RECIPIENT_NOT_ALLOWED" | "E_RECIPIENT_SUPPRESSED" => refused(EmailError::Recipient),
            "E_CONTENT_TOO_LARGE" => DeliveryEnd::Refused { error: DeliveryError::TooLarge },
            "E_VALIDATION_ERROR" | "E_FIELD_MISSING" | "E_TOO_MANY_RECIPIENTS" => {
                refused(EmailError::Message)
            }
            code if code.starts_with("E_HEADER") => refused(EmailError::Message),
            "E_RATE_LIMIT_EXCEEDED" => failed(EmailError::Limit, None),
            "E_DAILY_LIMIT_EXCEEDED" => failed(EmailError::Limit, Some(DAY_LIMIT_WAIT)),
            "" if self.names_an_address("email from ") => refused(EmailError::Sender),
            "" if self.names_an_address("email to ")
                || self.message.contains("verified address") =>
            {
                refused(EmailError::Recipient)
            }
            _ => failed(EmailError::Delivery, None),
        }
    }

    /// The code, which an error that came from another process may have in its message alone.
    fn code(&self) -> &str {
        let first = self.message.split([':', ' ']).next().unwrap_or_default();
        if self.code.is_empty() && first.starts_with("E_") { first } else { self.code }
    }

    /// Whether the message is such as `email to a@b.example not allowed`.
    fn names_an_address(&self, beginning: &str) -> bool {
        self.message.starts_with(beginning) && self.message.contains(" not allowed")
    }
}
