//! What a check asks: the keys of `[[checks]]` that only some kinds have.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use serde::Deserialize;

use super::expiry;
use super::flow::steps;
use super::table::{Table, Value};
use super::text::{bounded, secret, socket_url, url};
use crate::base::origin::host_and_port;
use crate::base::secret_name::SecretName;
use crate::base::time::Millis;
use crate::site::config::{ConfigError, Problem};
use crate::watch::check::{
    CHECK_EVERY_MAX, CheckFieldValue, CheckKind, CheckRequest, CronSchedule, DnsRecord,
};

/// The keys that only some kinds have, each with these kinds.
const KINDS_OF_KEYS: &[(&str, &[&str])] = &[
    ("url", &["http", "websocket"]),
    ("method", &["http"]),
    ("headers", &["http", "websocket"]),
    ("body", &["http"]),
    ("redirects", &["http"]),
    ("target", &["tcp", "tls"]),
    ("domain", &["dns", "domain"]),
    ("record", &["dns"]),
    ("resolver", &["dns"]),
    ("contains", &["dns"]),
    ("rdap", &["domain"]),
    ("warn_before", &["domain", "tls"]),
    ("down_before", &["domain", "tls"]),
    ("send", &["websocket"]),
    ("grace", &["heartbeat"]),
    ("schedule", &["heartbeat"]),
    ("zone", &["heartbeat"]),
    ("token", &["heartbeat"]),
    ("steps", &["flow"]),
    ("expect", &["http", "tcp", "dns", "websocket", "flow"]),
    ("warn", &["http"]),
    ("timeout", &["http", "tcp", "dns", "domain", "tls", "websocket", "flow"]),
    ("from", &["http", "tcp", "dns", "domain", "tls", "websocket", "flow"]),
    ("upstream", &["http", "tcp", "dns", "websocket", "flow"]),
    ("dependency", &["http", "tcp", "dns", "websocket", "flow"]),
];
pub(super) const SECRET_FIELD_KEYS: &[&str] = &["secret", "prefix"];

/// The methods of requests that a check may send.
const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
/// The fields that the platform sets, or that are about the connection.
const RESERVED_FIELDS: [&str; 8] = [
    "connection",
    "content-length",
    "host",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];
/// The fields whose values are always secrets.
pub(super) const SECRET_FIELDS: [&str; 2] = ["authorization", "proxy-authorization"];
/// The largest number of fields of a request.
const FIELDS_MAX: usize = 32;
/// The longest value of a field, and the longest text before a secret, in bytes.
const FIELD_VALUE_MAX: usize = 500;
/// The longest body of a request, and the longest text that is sent over a WebSocket, in bytes.
const REQUEST_BODY_MAX: usize = 4096;
/// The resolver of DNS over HTTPS if the check does not set `resolver`.
const RESOLVER_DEFAULT: &str = "https://cloudflare-dns.com/dns-query";
/// The longest value that is looked for among a name's records, in bytes.
const RECORD_MAX: usize = 500;
/// The longest name of DNS, in characters, and the longest of its labels (RFC 1035 §2.3.4).
const DOMAIN_MAX: (usize, usize) = (253, 63);
/// The shortest `grace` if the check does not set it, in milliseconds.
const GRACE_DEFAULT_MIN: Millis = Millis::from_secs(1);
/// The share of `every` that `grace` is if the check does not set it: a tenth.
const GRACE_DIVISOR: u64 = 10;
/// The port of mail between servers, to which the platform opens no connection
/// (developers.cloudflare.com/workers/runtime-apis/tcp-sockets).
const SMTP_PORT: u16 = 25;

/// The names of the kinds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum CheckKindName {
    #[default]
    Http,
    Tcp,
    Dns,
    Domain,
    Tls,
    Websocket,
    Heartbeat,
    Flow,
}

impl CheckKindName {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Tcp => "tcp",
            Self::Dns => "dns",
            Self::Domain => "domain",
            Self::Tls => "tls",
            Self::Websocket => "websocket",
            Self::Heartbeat => "heartbeat",
            Self::Flow => "flow",
        }
    }
}

/// Reads `kind`, and refuses the keys of other kinds.
pub(super) fn kind_name(table: &Table<'_>) -> Result<CheckKindName, ConfigError> {
    let name = table.optional("kind", |value| value.name_of::<CheckKindName>("kind"))?;
    let name = name.unwrap_or_default();
    table.check_kind(name.as_str(), KINDS_OF_KEYS)?;
    Ok(name)
}

/// Reads what a check of this kind asks, on this schedule, with the shortest time between two runs,
/// and within this time.
pub(super) fn kind(
    table: &Table<'_>,
    name: CheckKindName,
    (schedule, shortest): (Option<CronSchedule>, Millis),
    timeout: Millis,
) -> Result<CheckKind, ConfigError> {
    match name {
        CheckKindName::Http => request(table).map(CheckKind::Http),
        CheckKindName::Tcp => {
            let (host, port) = table.required("target", target)?;
            Ok(CheckKind::Tcp { host, port })
        }
        CheckKindName::Dns => Ok(CheckKind::Dns {
            name: table.required("domain", domain)?,
            record: table
                .optional("record", |value| value.name_of("record"))?
                .unwrap_or(DnsRecord::A),
            resolver: table.optional("resolver", url)?.unwrap_or_else(|| RESOLVER_DEFAULT.into()),
            contains: table
                .optional("contains", |value| bounded(value, RECORD_MAX).map(String::from))?,
        }),
        CheckKindName::Domain => expiry::domain(table).map(CheckKind::Domain),
        CheckKindName::Tls => {
            let (host, port) = table.required("target", target)?;
            Ok(CheckKind::Tls { host, port, limits: expiry::of_certificate(table)? })
        }
        CheckKindName::Websocket => Ok(CheckKind::Websocket {
            request: CheckRequest {
                method: "GET".into(),
                url: table.required("url", socket_url)?,
                fields: table.optional("headers", fields)?.unwrap_or_default(),
                body: None,
                follows_redirects: false,
            },
            send: table
                .optional("send", |value| bounded(value, REQUEST_BODY_MAX).map(String::from))?,
        }),
        CheckKindName::Heartbeat => {
            let grace = table
                .optional("grace", |value| value.duration_between(Millis::ZERO, CHECK_EVERY_MAX))?;
            Ok(CheckKind::Heartbeat {
                grace: grace.unwrap_or_else(|| grace_for(shortest)),
                schedule: schedule.map(Box::new),
                token: table.required("token", secret)?,
            })
        }
        CheckKindName::Flow => {
            table.required("steps", |value| steps(value, timeout)).map(CheckKind::Flow)
        }
    }
}

fn grace_for(shortest: Millis) -> Millis {
    Millis::new(shortest.get() / GRACE_DIVISOR).max(GRACE_DEFAULT_MIN)
}

fn request(table: &Table<'_>) -> Result<CheckRequest, ConfigError> {
    let url = table.required("url", url)?;
    let method = table.optional("method", method)?.unwrap_or_else(|| "GET".into());
    Ok(CheckRequest {
        url,
        fields: table.optional("headers", fields)?.unwrap_or_default(),
        body: table.optional("body", |value| body(value, &method))?,
        method,
        follows_redirects: table.optional("redirects", Value::boolean)?.unwrap_or(true),
    })
}

pub(super) fn method(value: &Value<'_>) -> Result<String, ConfigError> {
    let method = value.string()?;
    if METHODS.contains(&method) {
        return Ok(method.into());
    }
    let known = METHODS.map(String::from).into();
    Err(value.error(Problem::UnknownName { what: "method", value: method.into(), known }))
}

/// Reads the body of a request. The errors do not show it, since it may have a secret.
pub(super) fn body(value: &Value<'_>, method: &str) -> Result<String, ConfigError> {
    let body = bounded(value, REQUEST_BODY_MAX)?;
    if matches!(method, "GET" | "HEAD") {
        return Err(value.refused("…", "another `method` than `GET` and `HEAD` beside it"));
    }
    Ok(body.into())
}

/// Reads the fields of a request, in the order of the file.
fn fields(value: &Value<'_>) -> Result<Vec<(String, CheckFieldValue)>, ConfigError> {
    let mut fields = Vec::new();
    each_field(value, &mut |name, value| {
        let read = field_value(value, &name)?;
        fields.push((name, read));
        Ok(())
    })?;
    Ok(fields)
}

/// Hands on the fields of a request, with names in lower case, in the order of the file. The errors
/// show no value of a field, since it may be a secret.
pub(super) fn each_field(
    value: &Value<'_>,
    take: &mut dyn FnMut(String, &Value<'_>) -> Result<(), ConfigError>,
) -> Result<(), ConfigError> {
    if !value.is_table() {
        return Err(value.refused("…", "a table such as `{ accept = \"text/html\" }`"));
    }
    let mut names: Vec<String> = Vec::new();
    for (key, value) in value.entries()? {
        // This is the alphabet of RFC 9110 §5.6.2.
        let is_part = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
        let name = key.text.to_ascii_lowercase();
        if name.is_empty() || name.len() > FIELD_VALUE_MAX || !name.bytes().all(is_part) {
            return Err(key.refused("the name of a request field"));
        }
        if RESERVED_FIELDS.contains(&name.as_str()) {
            return Err(key.refused("a field that says nothing of the connection"));
        }
        if names.contains(&name) {
            return Err(key.refused("each field once, whatever its capitals"));
        }
        if names.len() == FIELDS_MAX {
            let count = (FIELDS_MAX + 1).to_string();
            let allowed = format!("at most {FIELDS_MAX} of them");
            return Err(value.error(Problem::OutOfRange { value: count, allowed }));
        }
        take(name.clone(), &value)?;
        names.push(name);
    }
    Ok(())
}

fn field_value(value: &Value<'_>, name: &str) -> Result<CheckFieldValue, ConfigError> {
    if let Some((prefix, name)) = secret_field(value)? {
        return Ok(CheckFieldValue::Secret { prefix, name });
    }
    let text = value.text("a text, or `{ secret = \"NAME\" }`")?;
    if SECRET_FIELDS.contains(&name) {
        const EXPECTED: &str = "`{ secret = \"NAME\", prefix = \"Bearer \" }`, never the secret";
        return Err(value.refused("…", EXPECTED));
    }
    plain(value, text).map(CheckFieldValue::Plain)
}

/// Reads `{ secret = "NAME", prefix = "Bearer " }`; `None` if it is no table.
pub(super) fn secret_field(value: &Value<'_>) -> Result<Option<(String, SecretName)>, ConfigError> {
    if !value.is_table() {
        return Ok(None);
    }
    let table = value.table(SECRET_FIELD_KEYS)?;
    let prefix = table.optional("prefix", |value| plain(value, value.string()?))?;
    let name = table.required("secret", secret)?;
    Ok(Some((prefix.unwrap_or_default(), name)))
}

/// Reads a field's value, or the beginning of one.
pub(super) fn plain(value: &Value<'_>, text: &str) -> Result<String, ConfigError> {
    let is_value =
        text.len() <= FIELD_VALUE_MAX && text.bytes().all(|b| b == b' ' || b.is_ascii_graphic());
    if is_value {
        Ok(text.into())
    } else {
        const { assert!(FIELD_VALUE_MAX == 500) };
        Err(value.refused("…", "up to 500 characters of ASCII in one line"))
    }
}

fn target(value: &Value<'_>) -> Result<(String, u16), ConfigError> {
    const EXPECTED: &str =
        "a host and a port such as `db.example:5432`, without a scheme and in lower case";
    let text = value.string()?;
    let (host, port) = host_and_port(text).ok_or_else(|| {
        // What stands before an `@` may be a password.
        let shown = if text.contains('@') { "…" } else { text };
        value.refused(shown, EXPECTED)
    })?;
    if port == SMTP_PORT {
        const EXPECTED: &str = "another port than 25, which the platform does not connect to";
        return Err(value.refused(text, EXPECTED));
    }
    Ok((host.into(), port))
}

/// Reads a name of DNS, which unlike a host's may have `_`, as `_dmarc.shop.example` has.
pub(super) fn domain(value: &Value<'_>) -> Result<String, ConfigError> {
    const EXPECTED: &str = "a name in lower case, such as `shop.example`";
    let (longest, label_max) = DOMAIN_MAX;
    let is_label = |label: &str| {
        (1..=label_max).contains(&label.len())
            && label.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-'))
    };
    let name = value.string()?;
    let is_name = name.len() <= longest && name.split('.').all(is_label);
    if is_name { Ok(name.into()) } else { Err(value.refused(name, EXPECTED)) }
}
