//! The keys of `steps = [{ … }]` of a check whose kind is `flow`.

use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use super::check_kind::{
    CheckKindName, SECRET_FIELDS, body, each_field, method, plain, secret_field,
};
use super::expect::expectation;
use super::table::{Table, Value};
use super::text::{URL_MAX, bounded, new_name};
use crate::base::origin::origin_of;
use crate::base::time::Millis;
use crate::site::config::{ConfigError, Problem};
use crate::watch::check::{
    ASSERTION_MAX, FLOW_ALWAYS_TIMEOUT_DEFAULT, FLOW_CAPTURES_MAX, FLOW_STEPS_MAX, FlowCapture,
    FlowStep, FlowTemplate,
};
use crate::watch::dependency::{DependencyKind, DependencyUrl};

pub(super) const STEP_KEYS: &[&str] = &[
    "name",
    "url",
    "method",
    "headers",
    "body",
    "redirects",
    "expect",
    "warn",
    "capture",
    "timeout",
    "always",
];

/// Reads the steps, which share the `timeout` of their check.
pub(super) fn steps(list: &Value<'_>, timeout: Millis) -> Result<Vec<FlowStep>, ConfigError> {
    let mut steps: Vec<FlowStep> = Vec::new();
    let mut left = timeout;
    for value in list.items()? {
        value.room_for(steps.len(), FLOW_STEPS_MAX, "steps")?;
        let table = value.table(STEP_KEYS)?;
        let step = step(&table, &steps, timeout)?;
        if step.always {
            left = Millis::new(left.get().saturating_sub(step.timeout.get()));
            if left == Millis::ZERO {
                const EXPECTED: &str = "time that is left for the other steps: what steps with \
                                        `always` may take is taken off the check's `timeout`";
                let value = step.timeout.to_string();
                return Err(
                    table.error_at("timeout", Problem::Refused { value, expected: EXPECTED })
                );
            }
        }
        steps.push(step);
    }
    if steps.is_empty() {
        return Err(list.error(Problem::Empty { expected: "at least one step" }));
    }
    Ok(steps)
}

/// Reads the step that comes after these.
fn step(table: &Table<'_>, before: &[FlowStep], timeout: Millis) -> Result<FlowStep, ConfigError> {
    let name = table.optional("name", |value| {
        let names = before.iter().map(|step| step.name.as_str());
        new_name(value, names, "a name that no other step has")
    })?;
    let always = table.optional("always", Value::boolean)?.unwrap_or_default();
    let default = if always { FLOW_ALWAYS_TIMEOUT_DEFAULT.min(timeout) } else { timeout };
    let step_timeout = table
        .optional("timeout", |value| value.duration_within(timeout, ", the check's `timeout`"))?;
    let timeout = step_timeout.unwrap_or(default);
    let method = table.optional("method", method)?.unwrap_or_else(|| "GET".into());
    let mut fields = Vec::new();
    table.optional("headers", |value| {
        each_field(value, &mut |name, value| {
            let read = field(value, &name, before)?;
            fields.push((name, read));
            Ok(())
        })
    })?;
    Ok(FlowStep {
        name: name.unwrap_or_else(|| (before.len() + 1).to_string()),
        url: table.required("url", |value| url(value, before))?,
        fields,
        body: table.optional("body", |value| template(value, &body(value, &method)?, before))?,
        method,
        follows_redirects: table.optional("redirects", Value::boolean)?.unwrap_or(true),
        expect: expectation(table, CheckKindName::Http, timeout)?,
        capture: table.optional("capture", |value| captures(value, before))?.unwrap_or_default(),
        timeout,
        always,
    })
}

/// Reads a text with placeholders. The errors do not show it, since it may hold a secret.
fn template(
    value: &Value<'_>,
    text: &str,
    before: &[FlowStep],
) -> Result<FlowTemplate, ConfigError> {
    let read =
        FlowTemplate::parse(text).map_err(|error| value.refused(&error.value, error.expected))?;
    let known = || before.iter().flat_map(|step| &step.capture).map(|(name, _)| name);
    if let Some(name) = read.captured().find(|name| !known().any(|it| it == name)) {
        let mut known: Vec<String> = known().cloned().collect();
        known.sort();
        known.dedup();
        let what = "captured value";
        return Err(value.error(Problem::UnknownName { what, value: name.into(), known }));
    }
    Ok(read)
}

/// Reads a URL. Its host is always as the file says, so that no answer decides who is sent what.
fn url(value: &Value<'_>, before: &[FlowStep]) -> Result<FlowTemplate, ConfigError> {
    const BEHIND_HOST: &str = "placeholders only in the path and the query";
    const NO_SECRET: &str = "no secret in a URL, since URLs end up in logs; send it in a field or \
                             in the body";
    let read = template(value, bounded(value, URL_MAX)?, before)?;
    if read.secrets().next().is_some() {
        return Err(value.refused("…", NO_SECRET));
    }
    // Anything may be captured. What is sent of it are escapes and unreserved characters.
    let filled = read.with_all("x");
    let parsed = DependencyUrl::parse(&filled, DependencyKind::Http)
        .map_err(|error| value.error(Problem::DependencyUrl(error)))?;
    if !read.has_placeholder() {
        return Ok(FlowTemplate::of_text(parsed.into()));
    }
    let beginning = read.beginning();
    if origin_of(beginning).len() < beginning.len() {
        Ok(read)
    } else {
        Err(value.refused("…", BEHIND_HOST))
    }
}

fn field(value: &Value<'_>, name: &str, before: &[FlowStep]) -> Result<FlowTemplate, ConfigError> {
    if let Some((prefix, name)) = secret_field(value)? {
        return Ok(FlowTemplate::of_secret(prefix, name));
    }
    let text = value.text("a text, or `{ secret = \"NAME\" }`")?;
    let read = template(value, &plain(value, text)?, before)?;
    if SECRET_FIELDS.contains(&name) && !read.has_placeholder() {
        const EXPECTED: &str = "`{ secret = \"NAME\", prefix = \"Bearer \" }` or \
                                `Bearer {{token}}`, never the secret";
        return Err(value.refused("…", EXPECTED));
    }
    Ok(read)
}

/// Reads what is captured, in the order of the file.
fn captures(
    value: &Value<'_>,
    before: &[FlowStep],
) -> Result<Vec<(String, FlowCapture)>, ConfigError> {
    const NAME_EXPECTED: &str = "a letter a-z, then up to 31 of a-z, 0-9 and `_`";
    let taken: usize = before.iter().map(|step| step.capture.len()).sum();
    let mut captures = Vec::new();
    for (key, value) in value.entries()? {
        if !FlowCapture::may_be_named(key.text) {
            return Err(key.refused(NAME_EXPECTED));
        }
        value.room_for(taken + captures.len(), FLOW_CAPTURES_MAX, "captured values of a flow")?;
        let text = bounded(&value, ASSERTION_MAX)?;
        let read = FlowCapture::parse(text).map_err(|error| value.refused(text, error.expected))?;
        captures.push((key.text.into(), read));
    }
    Ok(captures)
}
