//! Turns the text of `breakwater.toml` into a [`Site`], or into the first error in it.

use alloc::string::String;
use alloc::vec::Vec;

use toml::de::DeTable;

use super::breaker::breaker;
use super::dependency::dependencies;
use super::route::routes;
use super::table::{Document, FileKey, Table, Value};
use super::tree::Node;
use super::{
    NAME_EXPECTED, alerts, budget, channel, checks, components, is_name, locales, logs,
    maintenance, objectives, operators, outside, quiet, sentry, snapshots, status,
};
use crate::base::host::is_host_name;
use crate::base::origin::{Origin, OriginError, redacted};
use crate::base::path::is_target;
use crate::base::pattern::Pattern;
use crate::base::trace::TraceSource;
use crate::cache::snapshot::SnapshotRules;
use crate::site::config::site::default_locales;
use crate::site::config::{
    Circuit, ConfigError, HEALTH_DEFAULT, NamedZone, Problem, STATUS_DEFAULT, Site, Upstream,
    WatchRules,
};
use crate::telemetry::log::LogRules;
use crate::watch::maintenance::Maintenance;

pub(super) const ROOT_KEYS: &[&str] = &[
    "site",
    "upstreams",
    "routes",
    "dependencies",
    "snapshots",
    "maintenance",
    "checks",
    "components",
    "status",
    "channels",
    "alerts",
    "globalping",
    "budget",
    "operators",
    "logs",
    "tracing",
    "objectives",
    "sentry",
];
pub(super) const SITE_KEYS: &[&str] = &[
    "name",
    "host",
    "status_host",
    "status",
    "health",
    "locales",
    "banner",
    "plan",
    "zone",
    "maintenance_secret",
];
pub(super) const UPSTREAM_KEYS: &[&str] =
    &["origin", "insecure", "host", "critical", "probe", "dialect", "breaker"];

/// Reads a site. `file` is the name by which errors refer to `text`.
///
/// # Errors
/// Returns [`ConfigError`] for the first problem in the text.
///
/// ```
/// use breakwater_core::site::config::parse;
///
/// let site = parse(
///     "breakwater.toml",
///     r#"
///         site = { name = "Shop", host = "shop.example" }
///         upstreams.web = { origin = "https://web.example" }
///         routes = [{ match = "/*", upstream = "web" }]
///     "#,
/// )?;
/// let (_, route) = site.route("/products/1");
/// assert_eq!(site.upstreams[route.upstream].name, "web");
/// # Ok::<(), breakwater_core::site::config::ConfigError>(())
/// ```
pub fn parse(file: &str, text: &str) -> Result<Site, ConfigError> {
    parse_file(file, text).map(|read| read.site)
}

/// All that a site file says.
#[derive(Clone, Debug, PartialEq)]
pub struct SiteFile {
    /// What serves visitors.
    pub site: Site,
    /// What is watched, and whom to tell.
    pub watch: WatchRules,
    /// The tables `[[checks]]` as JSON, from which [`WatchRules::embedded`] reads them again.
    pub checks_json: String,
}

/// Reads all that a site file says. `file` is the name by which errors refer to `text`.
///
/// # Errors
/// Returns [`ConfigError`] for the first problem in the text.
pub fn parse_file(file: &str, text: &str) -> Result<SiteFile, ConfigError> {
    let document = Document { file, text };
    let tree = DeTable::parse(text).map_err(|error| document.syntax_error(&error))?;
    let tree = Node::of_toml(tree, text);
    let root = Value::root(&document, &tree).table(ROOT_KEYS)?;
    let mut site = root.required("site", site)?;
    root.required("upstreams", |value| upstreams(value, &mut site))?;
    root.required("routes", |value| routes(value, &mut site))?;
    site.sentry = root.optional("sentry", |value| sentry::settings(value, &site.routes))?;
    let dependencies =
        root.optional("dependencies", |value| dependencies(value, &site.upstreams))?;
    site.dependencies = dependencies.unwrap_or_default();
    root.optional("snapshots", |value| snapshots::read(value, &mut site))?;
    site.logs = root.optional("logs", logs::logs)?.unwrap_or_default();
    site.tracing = root.optional("tracing", logs::tracing)?.unwrap_or_default();
    let windows = root.optional("maintenance", maintenance::windows)?;
    site.maintenance.windows = windows.unwrap_or_default();
    let zone = root.required("site", own_zone)?;
    let globalping = root.optional("globalping", outside::account)?;
    let checks = root.optional("checks", |value| {
        checks::checks(value, &site, zone.as_ref(), globalping.is_some())
    })?;
    let (checks, checks_json) = checks.unwrap_or_else(|| (Vec::new(), "[]".into()));
    let components = root.optional("components", |value| {
        components::components(value, &checks, &site.dependencies)
    })?;
    let components = components.unwrap_or_else(|| components::of_checks(&checks));
    let objectives =
        root.optional("objectives", |value| objectives::objectives(value, &site, &checks))?;
    let objectives = objectives.unwrap_or_default();
    site.objectives = objectives::of_traffic(&objectives, &site);
    let channels = root.optional("channels", channel::channels)?;
    let alerts = root.optional("alerts", |value| alerts::alerts(value, &checks))?;
    let alerts = alerts.unwrap_or_default();
    let has_page = site.status_link().is_some();
    let status = root.optional("status", |value| status::status(value, has_page))?;
    let watch = WatchRules {
        checks,
        components,
        status: status.unwrap_or_default(),
        globalping,
        channels: channels.unwrap_or_default(),
        group_wait: alerts.group_wait,
        group_interval: alerts.group_interval,
        inhibitions: alerts.inhibitions,
        dead_mans_switch: alerts.dead_mans_switch,
        incidents_url: site.incidents_url(),
        runbooks_url: alerts.runbooks_url,
        zone,
        headroom: root.optional("budget", budget::headroom)?.unwrap_or_default(),
        access: root.optional("operators", operators::access)?.flatten(),
        objectives,
    };
    Ok(SiteFile { site, watch, checks_json })
}

/// Reads the site's time zone. It is no part of the site, since the isolates that serve visitors do
/// not need it.
fn own_zone(value: &Value<'_>) -> Result<Option<NamedZone>, ConfigError> {
    value.table(SITE_KEYS)?.optional("zone", |value| {
        Ok(NamedZone { name: value.string()?.into(), rule: quiet::zone(value)? })
    })
}

/// Reads the site without upstreams and routes, which are added to it later.
fn site(value: &Value<'_>) -> Result<Site, ConfigError> {
    let table = value.table(SITE_KEYS)?;
    let name = table.required("name", site_name)?;
    let site_host = table.required("host", host)?;
    let status_host = table.optional("status_host", |value| {
        let status_host = host(value)?;
        if status_host == site_host {
            return Err(value.refused(&status_host, "another host than `site.host`"));
        }
        Ok(status_host)
    })?;
    let locales = table.optional("locales", locales::locales)?.unwrap_or_else(default_locales);
    let secret = table.optional("maintenance_secret", maintenance::secret_name)?;
    let plan = table.optional("plan", |value| value.name_of("plan"))?.unwrap_or_default();
    let health = table.optional("health", health)?.unwrap_or_else(|| Some(HEALTH_DEFAULT.into()));
    let status = table.optional("status", status)?.unwrap_or_else(|| Some(STATUS_DEFAULT.into()));
    check_apart(&table, status.as_deref(), health.as_deref())?;
    Ok(Site {
        name,
        host: site_host,
        status_host,
        status,
        health,
        upstreams: Vec::new(),
        circuits: Vec::new(),
        routes: Vec::new(),
        dependencies: Vec::new(),
        locales,
        banner: table.optional("banner", Value::boolean)?.unwrap_or_default(),
        snapshots: SnapshotRules::none(plan),
        maintenance: Maintenance { secret, windows: Vec::new() },
        logs: LogRules::default(),
        tracing: TraceSource::default(),
        objectives: Vec::new(),
        sentry: None,
    })
}

/// Reads `health`, which is a path or `false`.
fn health(value: &Value<'_>) -> Result<Option<String>, ConfigError> {
    path_or_none(value, "`false`, or a path without a slash at its end, such as `/health`")
}

/// Reads `status`, which is a path or `false`.
fn status(value: &Value<'_>) -> Result<Option<String>, ConfigError> {
    path_or_none(value, "`false`, or a path without a slash at its end, such as `/status`")
}

fn path_or_none(value: &Value<'_>, expected: &'static str) -> Result<Option<String>, ConfigError> {
    if value.boolean().is_ok_and(|is_told| !is_told) {
        return Ok(None);
    }
    let path = value.text(expected)?;
    let is_path = Pattern::parse(path).is_ok() && !path.ends_with(['/', '*']);
    if is_path { Ok(Some(path.into())) } else { Err(value.refused(path, expected)) }
}

/// Refuses a public status at a path that leads to the site's health, or the other way round: one
/// of them would never be asked for.
fn check_apart(
    table: &Table<'_>,
    status: Option<&str>,
    health: Option<&str>,
) -> Result<(), ConfigError> {
    const EXPECTED: &str = "a path that is not below `site.health`, and not above it";
    let (Some(status), Some(health)) = (status, health) else { return Ok(()) };
    let covers = |path: &str, other: &str| Pattern::at_and_below(path).matches(other);
    if covers(status, health) || covers(health, status) {
        let problem = Problem::Refused { value: status.into(), expected: EXPECTED };
        return Err(table.error_at("status", problem));
    }
    Ok(())
}

fn site_name(value: &Value<'_>) -> Result<String, ConfigError> {
    let name = value.string()?;
    if name.trim().is_empty() || name.contains(char::is_control) {
        return Err(value.refused(name, "a name in one line"));
    }
    Ok(name.into())
}

fn host(value: &Value<'_>) -> Result<String, ConfigError> {
    const EXPECTED: &str = "a bare host name in lower case, such as `shop.example`";
    let host = value.string()?;
    if !is_host_name(host) {
        return Err(value.refused(&redacted(host), EXPECTED));
    }
    Ok(host.into())
}

fn upstreams(value: &Value<'_>, site: &mut Site) -> Result<(), ConfigError> {
    for (name, value) in value.entries()? {
        check_upstream_name(&name)?;
        let table = value.table(UPSTREAM_KEYS)?;
        let index = site.upstreams.len();
        site.upstreams.push(Upstream {
            name: name.text.into(),
            origin: table.required("origin", |value| origin(value, &table))?,
            host: table.optional("host", |value| asked_as(value, &site.host))?.flatten(),
            critical: table.optional("critical", Value::boolean)?.unwrap_or_default(),
            probe: table.optional("probe", probe)?,
            dialect: table
                .optional("dialect", |value| value.name_of("dialect"))?
                .unwrap_or_default(),
            circuit: index,
        });
        let policy = table.optional("breaker", breaker)?.unwrap_or_default();
        site.circuits.push(Circuit { name: name.text.into(), upstream: index, policy });
    }
    if site.upstreams.is_empty() {
        return Err(value.error(Problem::Empty { expected: "a table `[upstreams.NAME]`" }));
    }
    Ok(())
}

/// Reads where an upstream is. What is sent in clear text to another machine can be read and
/// changed on the way, so that the file has to allow it.
fn origin(value: &Value<'_>, upstream: &Table<'_>) -> Result<Origin, ConfigError> {
    const INSECURE: &str = "`https://`; or `insecure = true` beside it, with which cookies, \
                            passwords and pages can be read and changed on the way";
    const IS_SECURE: &str = "none, since what is sent to this `origin` cannot be read on the way";
    let text = value.string()?;
    let allowed = upstream.optional("insecure", Value::boolean)?.unwrap_or_default();
    let error = |error| value.error(Problem::Origin(error));
    let origin = Origin::parse_insecure(text).map_err(error)?;
    match (origin.is_insecure(), allowed) {
        (true, false) => Err(error(OriginError { value: text.into(), expected: INSECURE })),
        (false, true) => {
            let problem = Problem::Refused { value: "true".into(), expected: IS_SECURE };
            Err(upstream.error_at("insecure", problem))
        }
        (true, true) | (false, false) => Ok(origin),
    }
}

/// Reads the name by which an upstream is asked.
fn asked_as(value: &Value<'_>, site_host: &str) -> Result<Option<String>, ConfigError> {
    const EXPECTED: &str =
        "`site`, `upstream`, or a bare host name in lower case, such as `shop.example`";
    match value.text(EXPECTED)? {
        "site" => Ok(Some(site_host.into())),
        "upstream" => Ok(None),
        name if is_host_name(name) => Ok(Some(name.into())),
        other => Err(value.refused(&redacted(other), EXPECTED)),
    }
}

fn check_upstream_name(name: &FileKey<'_>) -> Result<(), ConfigError> {
    if is_name(name.text) { Ok(()) } else { Err(name.refused(NAME_EXPECTED)) }
}

pub(super) fn probe(value: &Value<'_>) -> Result<String, ConfigError> {
    let probe = value.string()?;
    if !is_target(probe) {
        return Err(value.refused(&redacted(probe), "a normalised path that begins with `/`"));
    }
    Ok(probe.into())
}
