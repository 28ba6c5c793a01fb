//! The keys of `[operators]`.

use alloc::string::String;
use alloc::vec::Vec;

use super::table::{Table, Value};
use crate::site::access::{AccessPattern, AccessPatternError, AccessRules};
use crate::site::config::{ConfigError, Problem};

pub(super) const KEYS: &[&str] = &["access"];
pub(super) const ACCESS_KEYS: &[&str] = &["team", "audience", "roles"];
pub(super) const ROLE_KEYS: &[&str] = &["admin", "responder", "viewer"];
/// The longest name of a team, in bytes: that of a label (RFC 1035 §2.3.4).
const TEAM_MAX: usize = 63;
/// The lengths of the tag of an audience, in bytes. Those of Cloudflare have 64.
const AUDIENCE_BYTES: core::ops::RangeInclusive<usize> = 16..=128;
/// The largest number of patterns of one role.
const PATTERNS_MAX: usize = 100;

/// Reads how operators come by Cloudflare Access, if they do.
pub(super) fn access(value: &Value<'_>) -> Result<Option<AccessRules>, ConfigError> {
    value.table(KEYS)?.optional("access", rules)
}

fn rules(value: &Value<'_>) -> Result<AccessRules, ConfigError> {
    let table = value.table(ACCESS_KEYS)?;
    let (team, audience) = (table.required("team", team)?, table.required("audience", audience)?);
    table.required("roles", |value| {
        let roles = value.table(ROLE_KEYS)?;
        let rules = AccessRules {
            team,
            audience,
            admin: patterns(&roles, "admin")?,
            responder: patterns(&roles, "responder")?,
            viewer: patterns(&roles, "viewer")?,
        };
        if [&rules.admin, &rules.responder, &rules.viewer].iter().all(|role| role.is_empty()) {
            const EXPECTED: &str = "at least one of `admin`, `responder`, `viewer`";
            return Err(value.error(Problem::Empty { expected: EXPECTED }));
        }
        Ok(rules)
    })
}

fn team(value: &Value<'_>) -> Result<String, ConfigError> {
    const EXPECTED: &str =
        "the first label of the team's domain, such as `shop` of `shop.cloudflareaccess.com`";
    let team = value.string()?;
    let is_label = (1..=TEAM_MAX).contains(&team.len())
        && team.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'))
        && !team.starts_with('-')
        && !team.ends_with('-');
    if is_label { Ok(team.into()) } else { Err(value.refused(team, EXPECTED)) }
}

fn audience(value: &Value<'_>) -> Result<String, ConfigError> {
    const EXPECTED: &str =
        "the application's audience tag: 16 to 128 of a-z, A-Z, 0-9, `_` and `-`";
    let audience = value.string()?;
    let is_tag = AUDIENCE_BYTES.contains(&audience.len())
        && audience.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
    if is_tag { Ok(audience.into()) } else { Err(value.refused(audience, EXPECTED)) }
}

fn patterns(roles: &Table<'_>, role: &'static str) -> Result<Vec<AccessPattern>, ConfigError> {
    let patterns =
        roles.optional(role, |list| {
            let mut read = Vec::new();
            for value in list.strings()? {
                value.room_for(read.len(), PATTERNS_MAX, "patterns of a role")?;
                let text = value.string()?;
                let pattern = AccessPattern::parse(text);
                read.push(pattern.map_err(|AccessPatternError| {
                    value.refused(text, AccessPatternError::EXPECTED)
                })?);
            }
            Ok(read)
        })?;
    Ok(patterns.unwrap_or_default())
}
