//! The tables of a site file with the keys that each takes, for the reference.

use super::outside::GLOBALPING_KEYS;
use super::{
    alerts, breaker, budget, channel, check, check_kind, components, dependency, expect, file,
    flow, inhibition, logs, maintenance, mirror, objectives, operators, quiet, retry, route,
    sentry, snapshots, status, subscriptions,
};

/// A table of a site file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyTable {
    /// The table as a file writes it; empty for the file itself.
    pub name: &'static str,
    /// The page of the reference that describes its keys.
    pub page: &'static str,
    /// The heading of that page below which it does.
    pub heading: &'static str,
    /// The keys, in the order in which an error lists them.
    pub keys: &'static [&'static str],
}

/// The page of all tables but those of a policy.
const SITE_FILE: &str = "site-file.md";
/// The page of policies.
const POLICY: &str = "policy.md";

/// All tables of a site file.
pub const KEY_TABLES: &[KeyTable] = &[
    of("", SITE_FILE, "## Values", file::ROOT_KEYS),
    of("[site]", SITE_FILE, "## `[site]`", file::SITE_KEYS),
    of("[upstreams.NAME]", SITE_FILE, "## `[upstreams.NAME]`", file::UPSTREAM_KEYS),
    of("breaker = { … }", POLICY, "## Circuit breaker", breaker::BREAKER_KEYS),
    of("[[routes]]", SITE_FILE, "## `[[routes]]`", route::ROUTE_KEYS),
    of("degrade = { … }", SITE_FILE, "### `degrade = { … }`", route::DEGRADE_KEYS),
    of("retry = { … }", POLICY, "## Retries", retry::RETRY_KEYS),
    of("[[dependencies]]", SITE_FILE, "## `[[dependencies]]`", dependency::DEPENDENCY_KEYS),
    of("[[snapshots]]", SITE_FILE, "## `[[snapshots]]`", snapshots::KEYS),
    of("[[maintenance]]", SITE_FILE, "## `[[maintenance]]`", maintenance::KEYS),
    of("[[checks]]", SITE_FILE, "## `[[checks]]`", check::CHECK_KEYS),
    of("[[checks.steps]]", SITE_FILE, "### `kind = \"flow\"`", flow::STEP_KEYS),
    of("headers.NAME = { … }", SITE_FILE, "### `kind = \"http\"`", check_kind::SECRET_FIELD_KEYS),
    of("expect = { … }", SITE_FILE, "### `expect = { … }` and `warn = { … }`", expect::EXPECT_KEYS),
    of(
        "expect = { … } of a `websocket`",
        SITE_FILE,
        "### `expect = { … }` and `warn = { … }`",
        expect::SOCKET_EXPECT_KEYS,
    ),
    of(
        "expect = { … } of what answers without HTTP",
        SITE_FILE,
        "### `expect = { … }` and `warn = { … }`",
        expect::BARE_EXPECT_KEYS,
    ),
    of("warn = { … }", SITE_FILE, "### `expect = { … }` and `warn = { … }`", expect::WARN_KEYS),
    of("[[components]]", SITE_FILE, "## `[[components]]`", components::COMPONENT_KEYS),
    of("[status]", SITE_FILE, "## `[status]`", status::STATUS_KEYS),
    of("mirror = { … }", SITE_FILE, "### `mirror = { … }`", mirror::MIRROR_KEYS),
    of(
        "subscriptions = { … }",
        SITE_FILE,
        "### `subscriptions = { … }`",
        subscriptions::SUBSCRIPTIONS_KEYS,
    ),
    of("[globalping]", SITE_FILE, "## `[globalping]`", GLOBALPING_KEYS),
    of("[[channels]]", SITE_FILE, "## `[[channels]]`", channel::CHANNEL_KEYS),
    of("quiet = { … }", SITE_FILE, "## `[[channels]]`", quiet::QUIET_KEYS),
    of("[alerts]", SITE_FILE, "## `[alerts]`", alerts::ALERTS_KEYS),
    of("[[alerts.inhibit]]", SITE_FILE, "## `[alerts]`", inhibition::INHIBIT_KEYS),
    of("[[objectives]]", SITE_FILE, "## `[[objectives]]`", objectives::OBJECTIVE_KEYS),
    of("[budget]", SITE_FILE, "## `[budget]`", budget::BUDGET_KEYS),
    of("[operators]", SITE_FILE, "## `[operators]`", operators::KEYS),
    of("access = { … }", SITE_FILE, "## `[operators]`", operators::ACCESS_KEYS),
    of("roles = { … }", SITE_FILE, "## `[operators]`", operators::ROLE_KEYS),
    of("[logs]", SITE_FILE, "## `[logs]`", logs::LOGS_KEYS),
    of("[tracing]", SITE_FILE, "## `[tracing]`", logs::TRACING_KEYS),
    of("[sentry]", SITE_FILE, "## `[sentry]`", sentry::SENTRY_KEYS),
    of("[[sentry.ignore]]", SITE_FILE, "## `[sentry]`", sentry::IGNORE_KEYS),
    of("tunnel = { … }", SITE_FILE, "## `[sentry]`", sentry::TUNNEL_KEYS),
];

const fn of(
    name: &'static str,
    page: &'static str,
    heading: &'static str,
    keys: &'static [&'static str],
) -> KeyTable {
    KeyTable { name, page, heading, keys }
}
