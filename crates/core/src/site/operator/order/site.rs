//! Operators' orders to the whole site: purges, and maintenance.

use alloc::boxed::Box;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::fields::OrderBody;
use super::{LASTS_MAX, LASTS_MIN, OrderError, OrderReason};
use crate::base::pattern::Pattern;
use crate::base::rfc3339;
use crate::base::time::{Millis, Timestamp};
use crate::cache::tag_purge::CacheTag;
use crate::site::config::WatchRules;
use crate::site::standing::{SiteState, TooMany};
use crate::watch::maintenance::{Maintenance, MaintenanceSeries, Window};

/// How far ahead maintenance may be ordered, in milliseconds: later maintenance belongs in the site
/// file.
pub const AHEAD_MAX: Millis = Millis::from_secs(30 * 24 * 3600);

const PURGE_KEYS: &[&str] = &["match", "tags", "reason"];
const MAINTENANCE_KEYS: &[&str] =
    &["match", "start", "end", "lasts", "rrule", "zone", "message", "reason"];
const LIFT_KEYS: &[&str] = &["match", "series", "reason"];

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
    /// Forget the copies of all answers with one of these tags.
    PurgeTags {
        /// The tags.
        tags: Vec<CacheTag>,
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
    /// Tell them again and again, by a rule.
    Series {
        /// When, and for which paths.
        series: Box<MaintenanceSeries>,
        /// Why, for the history.
        reason: OrderReason,
    },
    /// Stop telling them.
    LiftMaintenance {
        /// Of which windows; without it, of those that hold now.
        pattern: Option<Pattern>,
        /// Whether what recurs ends for good, and not only the time that holds or comes next.
        is_series: bool,
        /// Why, if the operator says so.
        reason: Option<OrderReason>,
    },
}

impl SiteOrder {
    /// Reads a purge, of paths or of tags.
    ///
    /// # Errors
    /// [`OrderError`] for the first thing that is wrong.
    pub fn parse_purge(body: &[u8]) -> Result<Self, OrderError> {
        let mut fields = OrderBody::read(body, PURGE_KEYS)?;
        if fields.has("tags") {
            fields.refuse("match", "nothing beside `tags`")?;
            return Ok(Self::PurgeTags { tags: fields.tags()?, reason: fields.reason()? });
        }
        Ok(Self::Purge { pattern: fields.pattern()?, reason: fields.reason()? })
    }

    /// Reads maintenance, which begins at `now` if it does not say when.
    ///
    /// # Errors
    /// [`OrderError`] for the first thing that is wrong.
    pub fn parse_maintenance(
        body: &[u8],
        rules: &WatchRules,
        now: Timestamp,
    ) -> Result<Self, OrderError> {
        let mut fields = OrderBody::read(body, MAINTENANCE_KEYS)?;
        if fields.has("rrule") {
            return series(fields, rules, now);
        }
        fields.refuse("zone", "nothing without `rrule`")?;
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
            return Ok(Self::LiftMaintenance { pattern: None, is_series: false, reason: None });
        }
        let mut fields = OrderBody::read(body, LIFT_KEYS)?;
        let pattern = if fields.has("match") { Some(fields.pattern()?) } else { None };
        let is_series = fields.has("series") && fields.boolean("series")?;
        let reason = if fields.has("reason") { Some(fields.reason()?) } else { None };
        Ok(Self::LiftMaintenance { pattern, is_series, reason })
    }

    /// Has the standing orders follow it from `now` on, and returns the windows that it lifts. What
    /// recurs is not among them: see
    /// [`MaintenanceSchedule`](crate::site::operator::MaintenanceSchedule).
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
            Self::PurgeTags { tags, .. } => standing.purge_tags(tags),
            Self::Series { .. } => {}
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
            Self::Purge { reason, .. }
            | Self::PurgeTags { reason, .. }
            | Self::Maintenance { reason, .. }
            | Self::Series { reason, .. } => Some(reason),
            Self::LiftMaintenance { reason, .. } => reason.as_ref(),
        }
    }
}

/// Reads maintenance that recurs.
fn series(
    mut fields: OrderBody,
    rules: &WatchRules,
    now: Timestamp,
) -> Result<SiteOrder, OrderError> {
    let pattern = if fields.has("match") { fields.pattern()? } else { Pattern::everything() };
    fields.refuse("end", "`lasts` beside `rrule`")?;
    let shown = fields.required("start", LOCAL_ALLOWED)?;
    let local = shown.as_str().filter(|text| text.len() == LOCAL_LENGTH);
    let local = local.and_then(|text| rfc3339::parse(&[text, "Z"].concat()));
    let local = local.ok_or_else(|| OrderError::refused("start", &shown, LOCAL_ALLOWED))?;
    let series = MaintenanceSeries {
        pattern,
        start: local.unix_seconds(),
        zone: fields.zone(rules)?,
        lasts: fields.lasts()?,
        rule: fields.recurrence()?,
        message: if fields.has("message") { Some(fields.message()?) } else { None },
        skipped: Vec::new(),
    };
    let has_windows = series.windows(now).next().is_some();
    if !series.begins_with_rule() || !has_windows {
        return Err(OrderError::refused("start", &shown, FIRST_ALLOWED));
    }
    Ok(SiteOrder::Series { series: Box::new(series), reason: fields.reason()? })
}

/// The length of a time without its offset, in bytes.
const LOCAL_LENGTH: usize = "2026-12-07T02:00:00".len();
const LOCAL_ALLOWED: &str =
    "what the clocks of `zone` show, without an offset, such as `2026-12-07T02:00:00`";
const FIRST_ALLOWED: &str = "a time that `rrule` itself meets, and after which more are to come";
const START_ALLOWED: &str = "a time from now on, within 30 days, such as `2026-12-24T20:00:00Z`";
const END_ALLOWED: &str = "a time after `start`, within 7 days, such as `2026-12-24T22:00:00Z`";

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::string::{String, ToString};

    const NOW: Timestamp = Timestamp::from_millis(1_795_424_400_000);

    fn maintenance(body: &str) -> Result<SiteOrder, String> {
        SiteOrder::parse_maintenance(body.as_bytes(), &WatchRules::default(), NOW)
            .map_err(|error| error.to_string())
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
                "unknown key `all`, expected one of `match`, `tags`, `reason`",
            ),
        ] {
            let error = SiteOrder::parse_purge(body.as_bytes()).unwrap_err().to_string();
            assert_eq!(error, message, "{body}");
        }
    }

    #[test]
    fn a_purge_of_tags_names_some_and_no_paths() {
        let parsed = SiteOrder::parse_purge(br#"{"tags":["post-7","front"],"reason":"edited"}"#);
        let Ok(SiteOrder::PurgeTags { tags, .. }) = parsed else { panic!("{parsed:?}") };
        assert_eq!(tags.iter().map(CacheTag::as_str).collect::<Vec<_>>(), ["post-7", "front"]);
        let allowed = "a list of 1 to 30 tags, each of 1 to 1024 printed ASCII characters without \
                       spaces and commas";
        for (tags, shown) in [
            ("[]".to_string(), "[]"),
            (r#"["a b"]"#.into(), r#"["a b"]"#),
            (r#"["a",7]"#.into(), r#"["a",7]"#),
            (r#""a""#.into(), "a"),
        ] {
            let body = format!(r#"{{"tags":{tags},"reason":"a"}}"#);
            let error = SiteOrder::parse_purge(body.as_bytes()).unwrap_err().to_string();
            assert_eq!(error, format!("`tags` cannot be `{shown}`, expected {allowed}"));
        }
        let both = SiteOrder::parse_purge(br#"{"tags":["a"],"match":"/*","reason":"a"}"#);
        assert_eq!(
            both.unwrap_err().to_string(),
            "`match` cannot be `/*`, expected nothing beside `tags`"
        );
    }

    #[test]
    fn the_end_of_maintenance_may_say_nothing() {
        let lift = |body: &[u8]| SiteOrder::parse_lift_maintenance(body);
        let nothing = SiteOrder::LiftMaintenance { pattern: None, is_series: false, reason: None };
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
