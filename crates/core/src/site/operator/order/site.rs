//! Operators' orders to the whole site: purges, and maintenance.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::fields::OrderBody;
use super::{LASTS_MAX, LASTS_MIN, OrderError, OrderReason};
use crate::base::pattern::Pattern;
use crate::base::time::{Millis, Timestamp};
use crate::site::standing::{SiteState, TooMany};
use crate::watch::maintenance::{Maintenance, Window};

/// How far ahead maintenance may be ordered, in milliseconds: later maintenance belongs in the site
/// file.
pub const AHEAD_MAX: Millis = Millis::from_secs(30 * 24 * 3600);

const PURGE_KEYS: &[&str] = &["match", "reason"];
const MAINTENANCE_KEYS: &[&str] = &["match", "start", "end", "lasts", "message", "reason"];
const LIFT_KEYS: &[&str] = &["match", "reason"];

/// What an operator has the site do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SiteOrder {
    /// Forget the copies of these paths.
    Purge {
        /// The paths.
        pattern: Pattern,
        /// Why.
        reason: OrderReason,
    },
    /// Tell visitors that the site is being worked on.
    Maintenance {
        /// When, and for which paths.
        window: Window,
        /// Why, for the history; visitors are told the window's message.
        reason: OrderReason,
    },
    /// Stop telling them.
    LiftMaintenance {
        /// Of which windows; without it, of those that hold now.
        pattern: Option<Pattern>,
        /// Why, if the operator says so.
        reason: Option<OrderReason>,
    },
}

impl SiteOrder {
    /// Reads a purge.
    ///
    /// # Errors
    /// [`OrderError`] for the first thing that is wrong.
    pub fn parse_purge(body: &[u8]) -> Result<Self, OrderError> {
        let mut fields = OrderBody::read(body, PURGE_KEYS)?;
        Ok(Self::Purge { pattern: fields.pattern()?, reason: fields.reason()? })
    }

    /// Reads maintenance, which begins at `now` if it does not say when.
    ///
    /// # Errors
    /// [`OrderError`] for the first thing that is wrong.
    pub fn parse_maintenance(body: &[u8], now: Timestamp) -> Result<Self, OrderError> {
        let mut fields = OrderBody::read(body, MAINTENANCE_KEYS)?;
        let pattern = if fields.has("match") { fields.pattern()? } else { Pattern::everything() };
        let start = if fields.has("start") {
            fields.time_within("start", now, now + AHEAD_MAX, START_ALLOWED)?
        } else {
            now
        };
        let end = match (fields.has("end"), fields.has("lasts")) {
            (true, false) => {
                fields.time_within("end", start + LASTS_MIN, start + LASTS_MAX, END_ALLOWED)?
            }
            (true, true) => {
                fields.refuse("lasts", "nothing beside `end`, which says the same")?;
                start
            }
            (false, _) => start + fields.lasts()?,
        };
        let message = if fields.has("message") { Some(fields.message()?) } else { None };
        let window = Window { pattern, start, end, message };
        Ok(Self::Maintenance { window, reason: fields.reason()? })
    }

    /// Reads the end of maintenance; the body may be empty.
    ///
    /// # Errors
    /// [`OrderError`] for the first thing that is wrong.
    pub fn parse_lift_maintenance(body: &[u8]) -> Result<Self, OrderError> {
        if body.is_empty() {
            return Ok(Self::LiftMaintenance { pattern: None, reason: None });
        }
        let mut fields = OrderBody::read(body, LIFT_KEYS)?;
        let pattern = if fields.has("match") { Some(fields.pattern()?) } else { None };
        let reason = if fields.has("reason") { Some(fields.reason()?) } else { None };
        Ok(Self::LiftMaintenance { pattern, reason })
    }

    /// Has the standing orders follow it from `now` on, and returns the windows that it lifts.
    ///
    /// # Errors
    /// [`TooMany`] if there is no room for another window.
    pub fn give_to(
        &self,
        standing: &mut SiteState,
        file: &Maintenance,
        now: Timestamp,
    ) -> Result<Vec<Window>, TooMany> {
        match self {
            Self::Purge { pattern, .. } => standing.purge(pattern),
            Self::Maintenance { window, .. } => standing.order(window.clone(), now)?,
            Self::LiftMaintenance { pattern, .. } => {
                return Ok(standing.lift(file, pattern.as_ref(), now));
            }
        }
        Ok(Vec::new())
    }

    /// Why.
    pub const fn reason(&self) -> Option<&OrderReason> {
        match self {
            Self::Purge { reason, .. } | Self::Maintenance { reason, .. } => Some(reason),
            Self::LiftMaintenance { reason, .. } => reason.as_ref(),
        }
    }
}

const START_ALLOWED: &str = "a time from now on, within 30 days, such as `2026-12-24T20:00:00Z`";
const END_ALLOWED: &str = "a time after `start`, within 7 days, such as `2026-12-24T22:00:00Z`";

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::string::{String, ToString};

    const NOW: Timestamp = Timestamp::from_millis(1_795_424_400_000);

    fn maintenance(body: &str) -> Result<SiteOrder, String> {
        SiteOrder::parse_maintenance(body.as_bytes(), NOW).map_err(|error| error.to_string())
    }

    fn window(body: &str) -> (String, u64, u64, Option<String>) {
        let Ok(SiteOrder::Maintenance { window, .. }) = maintenance(body) else {
            panic!("{:?}", maintenance(body))
        };
        let since = |at: Timestamp| at.since(NOW).get() / 1000;
        (window.pattern.to_string(), since(window.start), since(window.end), window.message)
    }

    #[track_caller]
    fn refused(body: &str, message: &str) {
        assert_eq!(maintenance(body), Err(message.into()), "{body}");
    }

    #[test]
    fn maintenance_begins_now_and_is_for_everything_unless_it_says_otherwise() {
        assert_eq!(window(r#"{"reason":"a","lasts":"30m"}"#), ("/*".into(), 0, 1800, None));
        let body = r#"{"reason":"a","match":"/api/*","start":"2026-11-23T10:00:00Z",
            "end":"2026-11-23T11:00:00Z","message":"Back soon."}"#;
        assert_eq!(window(body), ("/api/*".into(), 3600, 7200, Some("Back soon.".into())));
        let body = r#"{"reason":"a","start":"2026-11-23T10:00:00Z","lasts":"1h"}"#;
        assert_eq!(window(body), ("/*".into(), 3600, 7200, None));
    }

    #[test]
    fn maintenance_has_an_end_and_only_one() {
        refused(
            r#"{"reason":"a"}"#,
            "`lasts` is missing, expected a duration from `1s` to `7d`, such as `30m`",
        );
        refused(
            r#"{"reason":"a","lasts":"1h","end":"2026-11-23T10:00:00Z"}"#,
            "`lasts` cannot be `1h`, expected nothing beside `end`, which says the same",
        );
        for end in ["2026-11-23T09:00:00Z", "2026-11-22T09:00:00Z", "2026-11-30T09:00:01Z", "soon"]
        {
            refused(
                &format!(r#"{{"reason":"a","end":"{end}"}}"#),
                &format!("`end` cannot be `{end}`, expected {END_ALLOWED}"),
            );
        }
        for start in ["2026-11-23T08:59:59Z", "2027-01-01T00:00:00Z", "2026-11-23"] {
            refused(
                &format!(r#"{{"reason":"a","lasts":"1m","start":"{start}"}}"#),
                &format!("`start` cannot be `{start}`, expected {START_ALLOWED}"),
            );
        }
    }

    #[test]
    fn a_message_is_a_line() {
        for (value, shown) in [(r#""""#, ""), (r#""a\nb""#, "a\\nb"), ("7", "7")] {
            refused(
                &format!(r#"{{"reason":"a","lasts":"1m","message":{value}}}"#),
                &format!("`message` cannot be `{shown}`, expected 1 to 300 characters in one line"),
            );
        }
    }

    #[test]
    fn a_purge_names_its_paths_and_its_reason() {
        let parsed = SiteOrder::parse_purge(br#"{"match":"/products/*","reason":"prices"}"#);
        let Ok(SiteOrder::Purge { pattern, reason }) = parsed else { panic!("{parsed:?}") };
        assert_eq!((pattern.as_str(), reason.as_str()), ("/products/*", "prices"));
        for (body, message) in [
            (r#"{"reason":"a"}"#, "`match` is missing, expected a pattern such as `/products/*`"),
            (
                r#"{"reason":"a","match":"products"}"#,
                "`match` cannot be `products`, expected a pattern such as `/products/*`: \
                 `products` has no leading slash, expected `/…`",
            ),
            (
                r#"{"reason":"a","match":1}"#,
                "`match` cannot be `1`, expected a pattern such as `/products/*`",
            ),
            (r#"{"match":"/*"}"#, "`reason` is missing, expected 1 to 200 characters in one line"),
            (
                r#"{"match":"/*","reason":"a","all":true}"#,
                "unknown key `all`, expected one of `match`, `reason`",
            ),
        ] {
            let error = SiteOrder::parse_purge(body.as_bytes()).unwrap_err().to_string();
            assert_eq!(error, message, "{body}");
        }
    }

    #[test]
    fn the_end_of_maintenance_may_say_nothing() {
        let lift = |body: &[u8]| SiteOrder::parse_lift_maintenance(body);
        let nothing = SiteOrder::LiftMaintenance { pattern: None, reason: None };
        assert_eq!(lift(b""), Ok(nothing.clone()));
        assert_eq!(lift(b"{}"), Ok(nothing));
        let some = lift(br#"{"match":"/api/*","reason":"done"}"#).unwrap();
        assert_eq!(some.reason().map(OrderReason::as_str), Some("done"));
        assert!(lift(br#"{"why":"done"}"#).is_err());
    }

    #[test]
    fn an_order_is_followed() {
        let (mut standing, file) = (SiteState::default(), Maintenance::default());
        let mut give = |order: SiteOrder| order.give_to(&mut standing, &file, NOW).unwrap().len();
        assert_eq!(give(SiteOrder::parse_purge(br#"{"match":"/*","reason":"a"}"#).unwrap()), 0);
        assert_eq!(give(maintenance(r#"{"reason":"a","lasts":"1h"}"#).unwrap()), 0);
        assert_eq!(give(SiteOrder::parse_lift_maintenance(b"").unwrap()), 1);
        assert_eq!((standing.epoch("/"), standing.sequence()), (1, 3));
    }
}
