//! The checklist of an environment: each secret and setting that the site needs, whether it is
//! there, and how to set it. It names secrets and knows no value of one.

use core::fmt::{self, Formatter};

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::{ADMIN_TOKEN, Needs, PURGE_TOKEN, RESPONDER_TOKEN, VIEWER_TOKEN};
use crate::base::trace::TraceSource;
use crate::site::config::{Site, WatchRules};

/// The name of a developer's machine among environments.
pub const LOCAL: &str = "local";
/// The name of the environment at the top of wrangler's file.
pub const DEFAULT: &str = "default";
/// The secrets that a site does without.
const OPTIONAL: [&str; 3] = [RESPONDER_TOKEN, VIEWER_TOKEN, PURGE_TOKEN];

/// What is known of an environment. A list is `None` where that could not be found out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct EnvironmentFacts {
    /// The name of wrangler's environment. It is `None` for the one at the top of its file.
    pub environment: Option<String>,
    /// Whether it is a developer's machine, which has everything but the values of secrets.
    pub is_local: bool,
    /// The names of the secrets that are set.
    pub secret_names: Option<Vec<String>>,
    /// The bindings of Durable Objects.
    pub objects: Vec<String>,
    /// The bindings of buckets.
    pub buckets: Vec<String>,
    /// The bindings that send e-mail.
    pub email: Vec<String>,
    /// When the Worker is woken.
    pub crons: Vec<String>,
    /// The compatibility flags.
    pub flags: Vec<String>,
    /// The hosts that lead to the Worker, as its routes have them.
    pub hosts: Vec<String>,
    /// The classes of Durable Objects that have storage of their own.
    pub classes: Vec<String>,
    /// Whether the platform records traces.
    pub records_traces: bool,
    /// Whether the platform keeps the log.
    pub keeps_logs: bool,
}

impl EnvironmentFacts {
    /// The name that the environment is asked for by: [`LOCAL`], [`DEFAULT`], or its own.
    pub fn name(&self) -> &str {
        match &self.environment {
            Some(name) => name,
            None if self.is_local => LOCAL,
            None => DEFAULT,
        }
    }
}

/// What an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NeedKind {
    /// The value of a secret.
    Secret,
    /// The binding of a class of Durable Objects.
    Object,
    /// A class of Durable Objects, with its storage.
    Class,
    /// The binding of a bucket.
    Bucket,
    /// The binding that sends e-mail.
    Email,
    /// A time at which the Worker is woken.
    Cron,
    /// A compatibility flag.
    Flag,
    /// A route of a host to the Worker.
    Route,
    /// The platform's traces.
    Traces,
    /// What the platform keeps of the log.
    Logs,
    /// The application of Cloudflare Access.
    Access,
}

/// Whether an item is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NeedState {
    /// It is there.
    Set,
    /// It is not there, and something does not work without it.
    Missing,
    /// It is not there, and the site works without it.
    Unset,
    /// It could not be found out.
    Unknown,
}

impl NeedState {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Set => "set",
            Self::Missing => "MISSING",
            Self::Unset => "unset",
            Self::Unknown => "unknown",
        }
    }
}

/// An item of the checklist.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChecklistItem {
    /// What it is.
    pub kind: NeedKind,
    /// Its name.
    pub name: String,
    /// Whether it is there.
    pub state: NeedState,
    /// What it is for.
    pub why: String,
    /// What sets it.
    pub how: String,
}

/// The checklist of one environment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Checklist {
    /// The environment: `local`, `default` for the top of wrangler's file, or its name.
    pub environment: String,
    /// All that is needed, what is missing among it.
    pub items: Vec<ChecklistItem>,
}

impl Needs {
    /// Returns the checklist of an environment of this site, whose needs these are.
    pub fn checklist(
        &self,
        site: &Site,
        watch: &WatchRules,
        facts: &EnvironmentFacts,
    ) -> Checklist {
        let mut items = self.secrets_of(facts);
        if !facts.is_local {
            items.extend(self.settings_of(site, watch, facts));
        }
        Checklist { environment: facts.name().into(), items }
    }

    fn secrets_of(&self, facts: &EnvironmentFacts) -> Vec<ChecklistItem> {
        let flag = facts.environment.as_ref().map_or_else(String::new, |it| format!(" --env {it}"));
        let item = |secret: &super::Secret| {
            let name = secret.name.clone();
            let state = match &facts.secret_names {
                _ if facts.is_local && name == ADMIN_TOKEN => NeedState::Set,
                None => NeedState::Unknown,
                Some(set) if set.contains(&name) => NeedState::Set,
                Some(_) if OPTIONAL.contains(&name.as_str()) => NeedState::Unset,
                Some(_) => NeedState::Missing,
            };
            let how = if facts.is_local && name == ADMIN_TOKEN {
                "`cargo xtask dev` sets it to `dev`".into()
            } else if facts.is_local {
                format!("a line `{name}=VALUE` in .dev.vars, or the variable {name}")
            } else {
                format!("wrangler secret put {name}{flag}")
            };
            ChecklistItem { kind: NeedKind::Secret, name, state, why: secret.purpose.clone(), how }
        };
        self.secrets.iter().map(item).collect()
    }

    fn settings_of(
        &self,
        site: &Site,
        watch: &WatchRules,
        facts: &EnvironmentFacts,
    ) -> Vec<ChecklistItem> {
        let at = facts.environment.as_ref().map_or_else(String::new, |it| format!("env.{it}."));
        let mut items = Vec::new();
        let mut add = |kind, name: &str, state: NeedState, why: String, how: String| {
            items.push(ChecklistItem { kind, name: name.into(), state, why, how });
        };
        let has = |list: &[String], name: &str| list.iter().any(|known| known == name);
        let needed = |is_there| if is_there { NeedState::Set } else { NeedState::Missing };
        let optional = |is_there| if is_there { NeedState::Set } else { NeedState::Unset };
        for (binding, class) in &self.objects {
            add(
                NeedKind::Object,
                binding,
                needed(has(&facts.objects, binding)),
                object_purpose(binding).into(),
                format!(
                    "[[{at}durable_objects.bindings]] with name = \"{binding}\" and \
                     class_name = \"{class}\""
                ),
            );
            add(
                NeedKind::Class,
                class,
                needed(has(&facts.classes, class)),
                format!("the class of the objects {binding}, with storage of its own"),
                format!(
                    "[{at}exports.{class}] with type = \"durable-object\" and \
                     storage = \"sqlite\""
                ),
            );
        }
        for binding in &self.buckets {
            add(
                NeedKind::Bucket,
                binding,
                needed(has(&facts.buckets, binding)),
                "keeps snapshots, or a mirror of the status page".into(),
                format!("[[{at}r2_buckets]] with binding = \"{binding}\" and a bucket_name"),
            );
        }
        for binding in &self.optional_buckets {
            add(
                NeedKind::Bucket,
                binding,
                optional(has(&facts.buckets, binding)),
                "keeps a copy of the public status; the site does without".into(),
                format!("[[{at}r2_buckets]] with binding = \"{binding}\" and a bucket_name"),
            );
        }
        for need in &self.email {
            let binding = need.binding.as_str();
            add(
                NeedKind::Email,
                binding,
                needed(has(&facts.email, binding)),
                format!("sends e-mail from {}", need.from.join(", ")),
                format!("[[{at}send_email]] with name = \"{binding}\""),
            );
        }
        for cron in &self.crons {
            add(
                NeedKind::Cron,
                cron,
                needed(has(&facts.crons, cron)),
                "wakes the Worker for its round".into(),
                format!("crons = [\"{cron}\"] in [{at}triggers]"),
            );
        }
        for flag in &self.flags {
            add(
                NeedKind::Flag,
                flag,
                needed(has(&facts.flags, flag)),
                "lets the Worker see that a visitor has left".into(),
                format!("\"{flag}\" in {at}compatibility_flags"),
            );
        }
        for host in [Some(&self.host), self.status_host.as_ref()].into_iter().flatten() {
            add(
                NeedKind::Route,
                host,
                needed(facts.hosts.iter().any(|pattern| leads(pattern, host))),
                "leads visitors to the Worker".into(),
                format!("a route of {host} in {at}routes"),
            );
        }
        if site.tracing == TraceSource::Platform {
            add(
                NeedKind::Traces,
                "observability.traces",
                needed(facts.records_traces),
                "`[tracing] source = \"platform\"`: without them traces are Breakwater's".into(),
                format!("enabled = true in [{at}observability.traces]"),
            );
        }
        if site.logs.enabled {
            add(
                NeedKind::Logs,
                "observability.logs",
                optional(facts.keeps_logs),
                "keeps the log for a week; without it only what tails the log sees it".into(),
                format!("enabled = true in [{at}observability.logs]"),
            );
        }
        if let Some(access) = &watch.access {
            // Only the account of Zero Trust knows its applications, and wrangler does not ask it.
            add(
                NeedKind::Access,
                &access.issuer(),
                NeedState::Unknown,
                "the application of Cloudflare Access that operators come by".into(),
                "in Zero Trust, a self-hosted application for the path /_breakwater whose audience \
                 tag is that of `[operators.access]`"
                    .into(),
            );
        }
        items
    }
}

impl Checklist {
    /// How many of its items are missing.
    pub fn missing(&self) -> usize {
        self.count(NeedState::Missing)
    }

    /// How many of its items are in a state.
    fn count(&self, state: NeedState) -> usize {
        self.items.iter().filter(|item| item.state == state).count()
    }

    /// Returns what it comes to.
    pub fn verdict(&self) -> NeedVerdict {
        match (self.missing(), self.count(NeedState::Unknown)) {
            (0, 0) => NeedVerdict::Complete,
            (0, _) => NeedVerdict::Unknown,
            (1.., _) => NeedVerdict::Missing,
        }
    }
}

/// What checklists come to, from the best to the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NeedVerdict {
    /// All that is required is there.
    Complete,
    /// Nothing is known to be missing, and of something it could not be found out.
    Unknown,
    /// Something that is required is missing.
    Missing,
}

impl NeedVerdict {
    /// Returns what several checklists come to: the worst of them.
    pub fn of(lists: &[Checklist]) -> Self {
        lists.iter().map(Checklist::verdict).max().unwrap_or(Self::Complete)
    }
}

impl fmt::Display for Checklist {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "What the environment `{}` must have", self.environment)?;
        for item in &self.items {
            let state = item.state.as_str();
            writeln!(f, "  {state:<8} {} ({})", item.name, item.why)?;
            if item.state != NeedState::Set {
                writeln!(f, "           {}", item.how)?;
            }
        }
        match self.missing() {
            0 => {}
            1 => writeln!(f, "One of these is missing.")?,
            count => writeln!(f, "{count} of these are missing.")?,
        }
        match self.count(NeedState::Unknown) {
            0 => Ok(()),
            1 => writeln!(f, "Of one of these it could not be found out."),
            count => writeln!(f, "Of {count} of these it could not be found out."),
        }
    }
}

/// Whether a route's host takes this one: `*.a` and `*a` as Cloudflare reads them.
fn leads(pattern: &str, host: &str) -> bool {
    match pattern.strip_prefix('*') {
        Some(rest) => host.ends_with(rest),
        None => pattern == host,
    }
}

/// What the objects of a binding are for.
fn object_purpose(binding: &str) -> &'static str {
    use crate::site::binding::{DEPENDENCIES, MONITOR, PROBES, SITE, UPSTREAMS};

    match binding {
        UPSTREAMS => "coordinate the circuits",
        SITE => "stores what operators order, and keeps the snapshots",
        DEPENDENCIES => "probe the dependencies",
        MONITOR => "schedules checks, and keeps incidents and alerts",
        PROBES => "make the checks, from each place",
        _ => "are used by the Worker",
    }
}
