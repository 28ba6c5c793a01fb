//! The definition of a check: what is asked, from where, and how much evidence it takes.

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::errand::DOMAIN_REQUESTS_MAX;
use super::{CronSchedule, DomainQuestion, Expectation, ExpiryLimits, FlowStep};
use crate::base::secret_name::SecretName;
use crate::base::time::Millis;
use crate::watch::monitor::MonitorPolicy;
use crate::watch::severity::Severity;

/// Checks of one site.
pub const CHECKS_MAX: usize = 2000;
/// Places of one check.
pub const PLACES_MAX: usize = 6;
/// How long an answer is waited for where the file does not say.
pub const CHECK_TIMEOUT_DEFAULT: Millis = Millis::from_secs(10);
/// The longest time-out of a check.
pub const CHECK_TIMEOUT_MAX: Millis = Millis::from_secs(30);
/// The shortest interval: alarms of objects are no finer.
pub const CHECK_EVERY_MIN: Millis = Millis::from_secs(1);
/// The longest interval.
pub const CHECK_EVERY_MAX: Millis = Millis::from_secs(24 * 3600);
/// The name under which the monitor itself is in an incident: no place has answered for a while. No
/// check has it.
pub const PROBER: &str = "prober";
/// The name under which its budget is in an incident: work was held back. No check has it.
pub const BUDGET: &str = "budget";
/// The names of what is in incidents and is no check.
pub const OWN_NAMES: [&str; 2] = [PROBER, BUDGET];
/// The place from which findings of circuits and probers count as observations.
pub const TRAFFIC: &str = "traffic";

/// A check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// `[a-z][a-z0-9_-]{0,31}`; no other check has it.
    pub name: String,
    /// What is asked.
    pub kind: CheckKind,
    /// What is expected of the answer.
    pub expect: Expectation,
    /// How long the answer is waited for.
    pub timeout: Millis,
    /// The platform's places from which it is asked, each once. It has at least one place, here or
    /// in [`outside`](Self::outside).
    pub from: Vec<CheckPlace>,
    /// The names of the places outside the platform from which it is asked, each once:
    /// [`OUTSIDE`](super::OUTSIDE), and Globalping's word for the place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outside: Vec<String>,
    /// The circuit or the dependency whose findings count as those of the place [`TRAFFIC`].
    pub traffic: Option<TrafficSource>,
    /// How often it is asked, and how much evidence it takes.
    pub policy: MonitorPolicy,
    /// The name of the check without which this one cannot be well. Following it from check to
    /// check ends.
    pub depends_on: Option<String>,
    /// How much an incident of this check matters.
    pub severity: Severity,
    /// How long an incident has to last before people are told.
    pub alert_after: Millis,
    /// What to do: a path in the repository, or a URL.
    pub runbook: Option<String>,
}

/// What a check asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckKind {
    /// A request.
    Http(CheckRequest),
    /// A connection that is accepted.
    Tcp {
        /// A host name or an address.
        host: String,
        /// The port.
        port: u16,
    },
    /// The records of a name, asked by DNS over HTTPS (RFC 8484's JSON form).
    Dns {
        /// The name.
        name: String,
        /// The kind of its records, such as `A`.
        record: DnsRecord,
        /// The resolver's URL.
        resolver: String,
        /// A value that has to be among the answers; any answer suffices without it.
        contains: Option<String>,
    },
    /// How long a domain is still registered, by RDAP.
    Domain(DomainQuestion),
    /// The certificate of a server, which a place outside the platform shows.
    Tls {
        /// A host name or an address.
        host: String,
        /// The port.
        port: u16,
        /// How long before its end the check says so.
        limits: ExpiryLimits,
    },
    /// A WebSocket (RFC 6455) that is opened.
    Websocket {
        /// The request that opens it, but for the fields of the opening itself. Its URL begins with
        /// `https` or `http`.
        request: CheckRequest,
        /// The text that is sent as soon as it is open.
        send: Option<String>,
    },
    /// Nothing: a job reports by itself, and is `down` if it does not in time.
    Heartbeat {
        /// How late a report may be.
        grace: Millis,
        /// When it runs, if that is not once in each interval.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        schedule: Option<Box<CronSchedule>>,
        /// The secret that a report shows. It opens nothing else.
        token: SecretName,
    },
    /// Requests that follow each other, at least one.
    Flow(Vec<FlowStep>),
}

impl CheckKind {
    /// Its name in the site file.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Http(_) => "http",
            Self::Tcp { .. } => "tcp",
            Self::Dns { .. } => "dns",
            Self::Domain(_) => "domain",
            Self::Tls { .. } => "tls",
            Self::Websocket { .. } => "websocket",
            Self::Heartbeat { .. } => "heartbeat",
            Self::Flow(_) => "flow",
        }
    }
}

impl CheckKind {
    /// The request by which it is asked, if one of HTTP suffices.
    pub fn request(&self) -> Option<Cow<'_, CheckRequest>> {
        match self {
            Self::Http(request) | Self::Websocket { request, .. } => Some(Cow::Borrowed(request)),
            Self::Dns { name, record, resolver, .. } => {
                let mark = if resolver.contains('?') { '&' } else { '?' };
                let url = format!("{resolver}{mark}name={name}&type={}", record.as_str());
                let request = CheckRequest::get(url, "application/dns-json");
                Some(Cow::Owned(CheckRequest { follows_redirects: false, ..request }))
            }
            Self::Tcp { .. }
            | Self::Domain(_)
            | Self::Tls { .. }
            | Self::Heartbeat { .. }
            | Self::Flow(_) => None,
        }
    }

    /// The largest number of requests that making it once at a place of the platform takes, without
    /// redirects that the platform follows.
    pub fn requests_max(&self) -> usize {
        match self {
            Self::Flow(steps) => steps.iter().map(FlowStep::requests_max).sum(),
            Self::Http(_) | Self::Tcp { .. } | Self::Dns { .. } | Self::Websocket { .. } => 1,
            Self::Domain(_) => DOMAIN_REQUESTS_MAX,
            // Only places outside make it.
            Self::Tls { .. } => 0,
            Self::Heartbeat { .. } => 0,
        }
    }
}

/// A request of a check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckRequest {
    /// The method.
    pub method: String,
    /// An absolute URL, `https` or, to the machine itself, `http`.
    pub url: String,
    /// Its fields, with names in lower case.
    pub fields: Vec<(String, CheckFieldValue)>,
    /// Its body.
    pub body: Option<String>,
    /// Whether redirects are followed.
    pub follows_redirects: bool,
}

impl CheckRequest {
    /// A request for what is in this form at a URL, or where redirects lead from there.
    pub(super) fn get(url: String, accept: &str) -> Self {
        let accept = CheckFieldValue::Plain(accept.into());
        Self {
            method: "GET".into(),
            url,
            fields: Vec::from([("accept".into(), accept)]),
            body: None,
            follows_redirects: true,
        }
    }

    /// The path that it asks of this host; `None` if it is for another one.
    pub fn path_on(&self, host: &str) -> Option<&str> {
        path_on(&self.url, host)
    }
}

/// The path that a URL asks of this host; `None` if it is for another one.
pub fn path_on<'a>(url: &'a str, host: &str) -> Option<&'a str> {
    let path = url.strip_prefix("https://")?.strip_prefix(host)?;
    let end = path.find(['?', '#']).unwrap_or(path.len());
    path.get(..end).filter(|path| path.starts_with('/'))
}

/// The value of a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckFieldValue {
    /// As the file says.
    Plain(String),
    /// The value of a secret behind this text, such as `Bearer `.
    Secret {
        /// What stands before it.
        prefix: String,
        /// The secret.
        name: SecretName,
    },
}

/// Kinds of records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DnsRecord {
    /// Addresses of IPv4.
    A,
    /// Addresses of IPv6.
    #[serde(rename = "AAAA")]
    Aaaa,
    /// Another name.
    #[serde(rename = "CNAME")]
    Cname,
    /// Where mail goes.
    #[serde(rename = "MX")]
    Mx,
    /// Texts.
    #[serde(rename = "TXT")]
    Txt,
    /// The name's servers.
    #[serde(rename = "NS")]
    Ns,
}

/// From where a check is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CheckPlace {
    /// Where the monitor itself runs.
    Edge,
    /// Western North America.
    Wnam,
    /// Eastern North America.
    Enam,
    /// South America.
    Sam,
    /// Western Europe.
    Weur,
    /// Eastern Europe.
    Eeur,
    /// Asia and the Pacific.
    Apac,
    /// The north-east of Asia.
    ApacNe,
    /// The south-east of Asia.
    ApacSe,
    /// Oceania.
    Oc,
    /// Africa.
    Afr,
    /// The Middle East.
    Me,
}

impl CheckPlace {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Edge,
        Self::Wnam,
        Self::Enam,
        Self::Sam,
        Self::Weur,
        Self::Eeur,
        Self::Apac,
        Self::ApacNe,
        Self::ApacSe,
        Self::Oc,
        Self::Afr,
        Self::Me,
    ];

    /// The name that the site file uses. But for `edge` it is the platform's location hint
    /// (developers.cloudflare.com/durable-objects/reference/data-location).
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Edge => "edge",
            Self::Wnam => "wnam",
            Self::Enam => "enam",
            Self::Sam => "sam",
            Self::Weur => "weur",
            Self::Eeur => "eeur",
            Self::Apac => "apac",
            Self::ApacNe => "apac-ne",
            Self::ApacSe => "apac-se",
            Self::Oc => "oc",
            Self::Afr => "afr",
            Self::Me => "me",
        }
    }

    /// Where the platform is asked to put the prober of this place.
    pub const fn location_hint(self) -> Option<&'static str> {
        if matches!(self, Self::Edge) { None } else { Some(self.as_str()) }
    }
}

/// What counts as the place [`TRAFFIC`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrafficSource {
    /// The circuits of the upstream of this name: `down` while one of them is open.
    Upstream(String),
    /// The prober of the dependency of this name.
    Dependency(String),
}
