//! The keys of `[[routes]]`.

use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use super::breaker::breaker;
use super::retry::retry;
use super::table::{Table, Value};
use crate::base::pattern::Pattern;
use crate::base::time::Millis;
use crate::site::config::{
    Circuit, ConfigError, DEADLINE_MAX, Degrade, IDLE_DEFAULT, LINGER, NEGATIVE_TTL_MAX,
    PATIENCE_DEFAULT, Problem, Route, STALE_IF_ERROR_MAX, Site, TIMEOUT_DEFAULT, TIMEOUT_MAX,
    UPLOAD_IDLE_DEFAULT, Upstream,
};
use crate::site::degrade::{BannerRule, Fallback};

pub(super) const ROUTE_KEYS: &[&str] = &[
    "match",
    "upstream",
    "escaped_slashes",
    "backup",
    "timeout",
    "deadline",
    "idle",
    "upload_idle",
    "patience",
    "retry",
    "private",
    "cache",
    "negative_ttl",
    "unkeyed",
    "override_cache_control",
    "breaker",
    "banner",
    "degrade",
];
pub(super) const DEGRADE_KEYS: &[&str] = &["stale_if_error", "fallback"];

pub(super) fn routes(list: &Value<'_>, site: &mut Site) -> Result<(), ConfigError> {
    let mut matches: Vec<Value<'_>> = Vec::new();
    for value in list.items()? {
        let table = value.table(ROUTE_KEYS)?;
        let written = table.required_value("match")?;
        let pattern = pattern(&written, site, &matches)?;
        let route = route(&table, pattern, site)?;
        site.routes.push(route);
        matches.push(written);
    }
    match (site.routes.last(), matches.last()) {
        (Some(route), _) if route.pattern.matches_everything() => Ok(()),
        (Some(route), Some(written)) => {
            let pattern = route.pattern.as_str().into();
            Err(written.error(Problem::NotLast { pattern }))
        }
        _ => Err(list.error(Problem::Empty { expected: "a route with `match = \"/*\"`" })),
    }
}

/// Reads a pattern, which neither a route above it nor the public status may cover. `matches` are
/// the `match` values of those routes.
fn pattern(value: &Value<'_>, site: &Site, matches: &[Value<'_>]) -> Result<Pattern, ConfigError> {
    const NOT_STATUS: &str = "a path that is not below `site.status`, where the public status is";
    let pattern =
        Pattern::parse(value.string()?).map_err(|error| value.error(Problem::Pattern(error)))?;
    let status = site.status.as_deref().map(Pattern::at_and_below);
    if status.is_some_and(|status| status.covers(&pattern)) {
        return Err(value.refused(pattern.as_str(), NOT_STATUS));
    }
    for (index, (route, written)) in site.routes.iter().zip(matches).enumerate() {
        if route.pattern.covers(&pattern) {
            return Err(value.error(Problem::Unreachable {
                pattern: pattern.into(),
                route: index,
                by: route.pattern.as_str().into(),
                line: written.line(),
            }));
        }
    }
    Ok(pattern)
}

/// Reads a route. If it has its own circuit, that is added to the site.
fn route(table: &Table<'_>, pattern: Pattern, site: &mut Site) -> Result<Route, ConfigError> {
    let upstream = table.required("upstream", |value| upstream_index(value, &site.upstreams))?;
    let timeout = table
        .optional("timeout", |value| value.duration_within(TIMEOUT_MAX, ""))?
        .unwrap_or(TIMEOUT_DEFAULT);
    let patience = table
        .optional("patience", |value| value.duration_within(timeout, ", the route's `timeout`"))?
        .unwrap_or(PATIENCE_DEFAULT.min(timeout));
    let escaped_slashes = table
        .optional("escaped_slashes", |value| value.name_of("way with escaped slashes"))?
        .unwrap_or_default();
    let retry = table.optional("retry", retry)?;
    let backup = table.optional("backup", |value| backup(value, upstream, &site.upstreams))?;
    let in_turn = Millis::new(timeout.get() * if backup.is_some() { 2 } else { 1 });
    let deadline = table
        .optional("deadline", |value| deadline(value, timeout))?
        .unwrap_or(in_turn.min(TIMEOUT_MAX));
    let idle = table
        .optional("idle", |value| value.duration_within(TIMEOUT_MAX, ""))?
        .unwrap_or(IDLE_DEFAULT);
    let upload_idle = table
        .optional("upload_idle", |value| value.duration_within(TIMEOUT_MAX, ""))?
        .unwrap_or(UPLOAD_IDLE_DEFAULT);
    let private = table.optional("private", Value::boolean)?.unwrap_or_default();
    let cache = table.optional("cache", |value| cache(value, private))?.unwrap_or_default();
    let negative_ttl = table.optional("negative_ttl", |value| negative_ttl(value, cache))?;
    let unkeyed = table.optional("unkeyed", unkeyed)?.unwrap_or_default();
    let circuit = match table.optional("breaker", breaker)? {
        // An upstream and its circuit have the same index.
        None => upstream,
        Some(policy) => {
            let name = site.upstreams.get(upstream).map_or("", |upstream| &upstream.name);
            let name = format!("{name}{pattern}");
            site.circuits.push(Circuit { name, upstream, policy });
            site.circuits.len() - 1
        }
    };
    let banner = table.optional("banner", banner)?;
    let has_status_page = site.status_link().is_some();
    let degrade = table
        .optional("degrade", |value| degrade(value, private, has_status_page))?
        .unwrap_or_default();
    let override_cache_control = table
        .optional("override_cache_control", |value| override_cache_control(value, degrade))?
        .unwrap_or_default();
    let answers_early = cache || degrade.stale_if_error.is_some();
    let deadline = if answers_early { lasting(table, deadline, patience)? } else { deadline };
    Ok(Route {
        pattern,
        upstream,
        backup,
        circuit,
        timeout,
        deadline,
        idle,
        upload_idle,
        patience,
        escaped_slashes,
        retry,
        private,
        cache,
        negative_ttl,
        unkeyed,
        override_cache_control,
        banner,
        degrade,
    })
}

/// Limits the calls of a route on which a stored response may answer after `patience`. The platform
/// cancels work that continues for too long after that answer, and the breaker would not learn its
/// outcome, so that a hanging upstream would never be noticed. A time that the site file sets is
/// therefore refused if it is too long, and a deadline that it leaves out is shortened.
fn lasting(table: &Table<'_>, deadline: Millis, patience: Millis) -> Result<Millis, ConfigError> {
    const _: () = assert!(TIMEOUT_DEFAULT.get() <= LINGER.get(), "a default would be too long");
    const WHY: &str = ", since a copy may answer after `patience`, and the platform ends what \
                       still runs 30s later";
    let longest = lasting_at_most(patience);
    for key in ["timeout", "deadline"] {
        table.optional(key, |value| value.duration_within(longest, WHY))?;
    }
    Ok(deadline.min(longest))
}

/// Returns the longest time that calls may last if a visitor may be answered after this `patience`.
pub(super) fn lasting_at_most(patience: Millis) -> Millis {
    patience.saturating_add(LINGER)
}

fn upstream_index(value: &Value<'_>, upstreams: &[Upstream]) -> Result<usize, ConfigError> {
    let name = value.string()?;
    upstreams.iter().position(|upstream| upstream.name == name).ok_or_else(|| {
        let known = upstreams.iter().map(|upstream| upstream.name.clone()).collect();
        value.error(Problem::UnknownName { what: "upstream", value: name.into(), known })
    })
}

/// Reads the limit for all calls of a request, which must not be shorter than the limit of one
/// call.
fn deadline(value: &Value<'_>, timeout: Millis) -> Result<Millis, ConfigError> {
    let deadline = value.duration()?;
    if deadline < timeout || deadline > DEADLINE_MAX {
        let allowed = format!("{timeout}, the route's `timeout`, to {DEADLINE_MAX}");
        let value_written = value.string()?.into();
        return Err(value.error(Problem::OutOfRange { value: value_written, allowed }));
    }
    Ok(deadline)
}

fn backup(
    value: &Value<'_>,
    upstream: usize,
    upstreams: &[Upstream],
) -> Result<usize, ConfigError> {
    let backup = upstream_index(value, upstreams)?;
    if backup == upstream {
        return Err(value.refused(value.string()?, "another upstream than the route's own"));
    }
    Ok(backup)
}

fn cache(value: &Value<'_>, private: bool) -> Result<bool, ConfigError> {
    let cache = value.boolean()?;
    if cache && private {
        return Err(value.refused("true", "no copies on a route with `private = true`"));
    }
    Ok(cache)
}

/// Reads how long errors are stored. The key requires `cache`, since without a cache the upstream
/// is asked each time.
fn negative_ttl(value: &Value<'_>, cache: bool) -> Result<Millis, ConfigError> {
    let negative_ttl = value.duration_within(NEGATIVE_TTL_MAX, "")?;
    if !cache {
        return Err(value.refused(value.string()?, "`cache = true` on the route beside it"));
    }
    Ok(negative_ttl)
}

/// Reads whether the route's word on stale use goes before an answer's. Without a word of its own
/// there is nothing that could.
fn override_cache_control(value: &Value<'_>, degrade: Degrade) -> Result<bool, ConfigError> {
    let overrides = value.boolean()?;
    if overrides && degrade.stale_if_error.is_none() {
        return Err(value.refused("true", "`degrade = { stale_if_error = ... }` on the route"));
    }
    Ok(overrides)
}

/// Reads a list of field names, in the form in which the platform writes them.
fn unkeyed(list: &Value<'_>) -> Result<Vec<String>, ConfigError> {
    const EXPECTED: &str = "the name of a request field in lower case, other than `cookie` and \
                            `authorization`";
    let name = |value: &Value<'_>| {
        let name = value.string()?;
        // This is the alphabet of RFC 9110 §5.6.2 without capitals.
        let is_part =
            |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"!#$%&'*+-.^_`|~".contains(&b);
        let is_name = !name.is_empty() && name.bytes().all(is_part);
        if !is_name || matches!(name, "cookie" | "authorization") {
            return Err(value.refused(name, EXPECTED));
        }
        Ok(name.to_string())
    };
    list.list("a list of field names")?.iter().map(name).collect()
}

/// Reads which visitors see the banner: all, none, or those with one of these cookies.
fn banner(value: &Value<'_>) -> Result<BannerRule, ConfigError> {
    const EXPECTED: &str = "`true`, `false`, or a list of names of cookies";
    const NAME: &str = "the name of a cookie, with `*` at its end at most";
    if let Ok(is_shown) = value.boolean() {
        return Ok(if is_shown { BannerRule::All } else { BannerRule::Off });
    }
    let name = |value: &Value<'_>| {
        let name = value.string()?;
        let stem = name.strip_suffix('*').unwrap_or(name);
        // A cookie's name is a token (RFC 6265 §4.1.1), in which an asterisk would be one, too.
        let is_part = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'+-.^_`|~".contains(&b);
        if stem.is_empty() || !stem.bytes().all(is_part) {
            return Err(value.refused(name, NAME));
        }
        Ok(name.to_string())
    };
    let names: Result<Vec<String>, _> = value.list(EXPECTED)?.iter().map(name).collect();
    Ok(BannerRule::Cookies(names?))
}

fn degrade(
    value: &Value<'_>,
    private: bool,
    has_status_page: bool,
) -> Result<Degrade, ConfigError> {
    let table = value.table(DEGRADE_KEYS)?;
    let stale_if_error = table.optional("stale_if_error", |value| {
        let age = value.duration_within(STALE_IF_ERROR_MAX, "")?;
        if private {
            return Err(
                value.refused(value.string()?, "no copies on a route with `private = true`")
            );
        }
        Ok(age)
    })?;
    let fallback = table.optional("fallback", |value| fallback(value, has_status_page))?;
    Ok(Degrade { stale_if_error, fallback: fallback.unwrap_or_default() })
}

/// Reads the fallback. A redirect needs a status page to lead to.
fn fallback(value: &Value<'_>, has_status_page: bool) -> Result<Fallback, ConfigError> {
    let fallback = value.name_of("fallback")?;
    if fallback == Fallback::Redirect && !has_status_page {
        return Err(value.refused(value.string()?, "`status` or `status_host` in [site] beside it"));
    }
    Ok(fallback)
}
