//! The members of an order's JSON, each taken once.

use core::fmt;

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde_json::Value;

use super::error::{OrderError, PATTERN_ALLOWED, excerpt, shown};
use super::{LASTS_MAX, LASTS_MIN, OrderReason};
use crate::base::pattern::Pattern;
use crate::base::rfc3339;
use crate::base::time::{Millis, Timestamp};
use crate::base::zone::TimeZoneRule;
use crate::cache::tag_purge::{CacheTag, TAGS_PER_PURGE};
use crate::circuit::breaker::Override;
use crate::site::config::{Site, WatchRules};
use crate::watch::maintenance::{MESSAGE_MAX, Recurrence, RecurrenceError};

const OVERRIDE_ALLOWED: &str = "one of `forced_open`, `forced_closed`, `metrics_only`, `auto`";
pub(in crate::site::operator) const REASON_ALLOWED: &str = "1 to 200 characters in one line";
const MESSAGE_ALLOWED: &str = "1 to 300 characters in one line";
const TAGS_ALLOWED: &str = "a list of 1 to 30 tags, each of 1 to 1024 printed ASCII characters \
                            without spaces and commas";
const LASTS_ALLOWED: &str = "a duration from `1s` to `7d`, such as `30m`";

/// What a body says, until it is understood.
pub(super) struct OrderBody(Vec<(String, Value)>);

impl OrderBody {
    /// The members of an object, each once and each one of `allowed`.
    pub(super) fn read(body: &[u8], allowed: &'static [&'static str]) -> Result<Self, OrderError> {
        let fields: Self = serde_json::from_slice(body)
            .map_err(|error| OrderError::NotAnObject(error.to_string()))?;
        match fields.0.iter().find(|(key, _)| !allowed.contains(&key.as_str())) {
            Some((key, _)) => Err(OrderError::UnknownKey { key: excerpt(key), allowed }),
            None => Ok(fields),
        }
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.0.iter().any(|(name, _)| name == key)
    }

    fn take(&mut self, key: &str) -> Option<Value> {
        let at = self.0.iter().position(|(name, _)| name == key)?;
        Some(self.0.swap_remove(at).1)
    }

    pub(super) fn required(
        &mut self,
        key: &'static str,
        allowed: &'static str,
    ) -> Result<Value, OrderError> {
        self.take(key).ok_or(OrderError::MissingKey { key, allowed })
    }

    pub(super) fn refuse(
        &mut self,
        key: &'static str,
        allowed: &'static str,
    ) -> Result<(), OrderError> {
        self.take(key).map_or(Ok(()), |value| Err(OrderError::refused(key, &value, allowed)))
    }

    pub(super) fn chosen(&mut self) -> Result<Option<Override>, OrderError> {
        let value = self.required("override", OVERRIDE_ALLOWED)?;
        match value.as_str() {
            Some("forced_open") => Ok(Some(Override::ForcedOpen)),
            Some("forced_closed") => Ok(Some(Override::ForcedClosed)),
            Some("metrics_only") => Ok(Some(Override::MetricsOnly)),
            Some("auto") => Ok(None),
            Some(_) | None => Err(OrderError::refused("override", &value, OVERRIDE_ALLOWED)),
        }
    }

    pub(super) fn reason(&mut self) -> Result<OrderReason, OrderError> {
        match self.required("reason", REASON_ALLOWED)? {
            Value::String(text) => text.try_into(),
            value @ (Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::Array(_)
            | Value::Object(_)) => Err(OrderError::refused("reason", &value, REASON_ALLOWED)),
        }
    }

    pub(super) fn lasts(&mut self) -> Result<Millis, OrderError> {
        let value = self.required("lasts", LASTS_ALLOWED)?;
        let span = value.as_str().and_then(|text| Millis::parse(text).ok());
        span.filter(|span| (LASTS_MIN..=LASTS_MAX).contains(span))
            .ok_or_else(|| OrderError::refused("lasts", &value, LASTS_ALLOWED))
    }

    pub(super) fn pattern(&mut self) -> Result<Pattern, OrderError> {
        let value = self.required("match", PATTERN_ALLOWED)?;
        let Some(text) = value.as_str() else {
            return Err(OrderError::refused("match", &value, PATTERN_ALLOWED));
        };
        Pattern::parse(text).map_err(|error| OrderError::Pattern { value: shown(&value), error })
    }

    /// A time from `from` to `to`, both included.
    pub(super) fn tags(&mut self) -> Result<Vec<CacheTag>, OrderError> {
        let value = self.required("tags", TAGS_ALLOWED)?;
        let tag = |value: &Value| CacheTag::parse(value.as_str()?);
        let listed = value.as_array().filter(|list| (1..=TAGS_PER_PURGE).contains(&list.len()));
        let tags = listed.and_then(|list| list.iter().map(tag).collect());
        tags.ok_or_else(|| OrderError::refused("tags", &value, TAGS_ALLOWED))
    }

    pub(super) fn time_within(
        &mut self,
        key: &'static str,
        from: Timestamp,
        to: Timestamp,
        allowed: &'static str,
    ) -> Result<Timestamp, OrderError> {
        let value = self.required(key, allowed)?;
        let time = value.as_str().and_then(rfc3339::parse);
        time.filter(|time| (from..=to).contains(time))
            .ok_or_else(|| OrderError::refused(key, &value, allowed))
    }

    pub(super) fn boolean(&mut self, key: &'static str) -> Result<bool, OrderError> {
        const ALLOWED: &str = "`true` or `false`";
        let value = self.required(key, ALLOWED)?;
        value.as_bool().ok_or_else(|| OrderError::refused(key, &value, ALLOWED))
    }

    /// The time zone, by the name that the site file gives to its own; without it, that of the site
    /// file. The Worker knows no others, since it holds no database of them.
    pub(super) fn zone(&mut self, rules: &WatchRules) -> Result<TimeZoneRule, OrderError> {
        const ALLOWED: &str = "`UTC`, or the `zone` of the site file";
        let own = rules.zone.as_ref();
        let value = self.take("zone");
        let name = value.as_ref().map_or(Some(own.map_or("UTC", |it| &it.name)), Value::as_str);
        let zone = match (name, own) {
            (Some(name), Some(own)) if name == own.name => Some(own.rule.clone()),
            (Some("UTC"), _) => Some(TimeZoneRule::utc()),
            (Some(_) | None, _) => None,
        };
        let value = value.unwrap_or_default();
        zone.ok_or_else(|| OrderError::refused("zone", &value, ALLOWED))
    }

    pub(super) fn recurrence(&mut self) -> Result<Recurrence, OrderError> {
        const ALLOWED: &str = RecurrenceError::EXPECTED;
        let value = self.required("rrule", ALLOWED)?;
        let rule = value.as_str().and_then(|text| Recurrence::parse(text).ok());
        rule.ok_or_else(|| OrderError::refused("rrule", &value, ALLOWED))
    }

    pub(super) fn message(&mut self) -> Result<String, OrderError> {
        const { assert!(MESSAGE_MAX == 300) };
        let value = self.required("message", MESSAGE_ALLOWED)?;
        let text = value.as_str().filter(|text| {
            let has_length = text.chars().take(MESSAGE_MAX + 1).count() <= MESSAGE_MAX;
            has_length && !text.trim().is_empty() && !text.contains(char::is_control)
        });
        text.map(String::from)
            .ok_or_else(|| OrderError::refused("message", &value, MESSAGE_ALLOWED))
    }

    pub(super) fn circuits(
        &mut self,
        site: &Site,
        upstream: usize,
    ) -> Result<Vec<usize>, OrderError> {
        let circuits = site.circuits.iter().enumerate();
        let of_upstream = circuits.filter(|(_, circuit)| circuit.upstream == upstream);
        let Some(value) = self.take("circuit") else {
            return Ok(of_upstream.map(|(index, _)| index).collect());
        };
        let known = of_upstream.clone();
        let mut named = of_upstream.filter(|(_, circuit)| value.as_str() == Some(&circuit.name));
        match named.next() {
            Some((index, _)) => Ok([index].into()),
            None => {
                let known = known.map(|(_, circuit)| circuit.name.clone());
                Err(OrderError::unknown("circuit", &value, known))
            }
        }
    }
}

impl<'de> Deserialize<'de> for OrderBody {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MembersVisitor;

        impl<'de> Visitor<'de> for MembersVisitor {
            type Value = OrderBody;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<OrderBody, A::Error> {
                let mut fields = OrderBody(Vec::new());
                while let Some((key, value)) = entries.next_entry::<String, Value>()? {
                    // Readers disagree on which of two counts (RFC 8259 §4).
                    if fields.has(&key) {
                        let message =
                            format_args!("`{}` is there twice", excerpt(&key)).to_string();
                        return Err(de::Error::custom(message));
                    }
                    fields.0.push((key, value));
                }
                Ok(fields)
            }
        }

        deserializer.deserialize_map(MembersVisitor)
    }
}
