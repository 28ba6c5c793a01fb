//! What a site needs of the platform: bindings, secrets, and what else a deployment must have.
//!
//! The code owns this list, and a deployment is checked against it. It holds names only, never the
//! value of a secret.

mod checklist;
mod wrangler;

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

use crate::base::secret_name::SecretName;
use crate::site::binding::{DEPENDENCIES, EMAIL, MONITOR, PROBES, SITE, SNAPSHOTS, UPSTREAMS};
use crate::site::config::{Site, WatchRules};
use crate::watch::alert::{AlertChannel, ChannelAddress, ChannelKind};
use crate::watch::check::{Check, CheckKind};

pub use checklist::{
    Checklist, ChecklistItem, DEFAULT, EnvironmentFacts, LOCAL, NeedKind, NeedState, NeedVerdict,
};
pub use wrangler::{environments_in, names_in};

/// The secret that operators show who may do everything.
pub const ADMIN_TOKEN: &str = "ADMIN_TOKEN";
/// The secret that operators show who act in trouble.
pub const RESPONDER_TOKEN: &str = "RESPONDER_TOKEN";
/// The secret that operators show who only look.
pub const VIEWER_TOKEN: &str = "VIEWER_TOKEN";
/// The secret that programs show which may purge, and nothing else: what editors use tells of a
/// change by it, and is not trusted with more.
pub const PURGE_TOKEN: &str = "PURGE_TOKEN";

/// When the round comes: each minute.
const CRON: &str = "* * * * *";
/// Without this flag the Worker does not learn that a visitor has left, and the visitor's call
/// counts against the upstream.
const FLAG: &str = "enable_request_signal";

/// What must be there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Needs {
    /// The site's host.
    pub host: String,
    /// The status page's host.
    pub status_host: Option<String>,
    /// Bindings of Durable Objects, and their classes.
    pub objects: Vec<(String, String)>,
    /// Bindings of R2 buckets.
    pub buckets: Vec<String>,
    /// Bindings of R2 buckets that are used if they are there.
    pub optional_buckets: Vec<String>,
    /// The bindings that send e-mail.
    pub email: Vec<EmailNeed>,
    /// When the Worker is to be woken.
    pub crons: Vec<String>,
    /// Compatibility flags.
    pub flags: Vec<String>,
    /// Secrets.
    pub secrets: Vec<Secret>,
    /// What the colo's cache is used for: it does nothing on workers.dev.
    pub cache: Vec<String>,
}

/// A binding that sends e-mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmailNeed {
    /// Its name.
    pub binding: String,
    /// The addresses that it sends from.
    pub from: Vec<String>,
    /// The addresses that it sends to.
    pub to: Vec<String>,
    /// Whether it sends to anyone else, too: to subscribers.
    #[serde(default)]
    pub to_anyone: bool,
}

/// A secret of the Worker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Secret {
    /// Its name.
    pub name: String,
    /// What it is for, and what there is without it.
    pub purpose: String,
}

impl Needs {
    /// What a site needs, and what is watched of it.
    pub fn of(site: &Site, watch: &WatchRules) -> Self {
        let object = |binding: &str, class: &str| (binding.to_string(), class.to_string());
        Self {
            host: site.host.clone(),
            status_host: site.status_host.clone(),
            objects: vec![
                object(UPSTREAMS, "UpstreamDo"),
                object(SITE, "SiteDo"),
                object(DEPENDENCIES, "DependencyDo"),
                object(MONITOR, "MonitorDo"),
                object(PROBES, "ProbeDo"),
            ],
            buckets: buckets(site, watch),
            optional_buckets: optional_buckets(site, watch),
            email: email(watch),
            crons: vec![CRON.into()],
            flags: vec![FLAG.into()],
            secrets: secrets(site, watch),
            cache: cache(site),
        }
    }
}

/// Returns the bindings of buckets.
fn buckets(site: &Site, watch: &WatchRules) -> Vec<String> {
    let snapshots = (!site.snapshots.list.is_empty()).then(|| SNAPSHOTS.into());
    let mirror = watch.status.mirror.as_ref().and_then(|mirror| mirror.bucket.clone());
    snapshots.into_iter().chain(mirror).collect()
}

/// Returns the bindings of buckets that the site does without: the copy of the public status is in
/// that of snapshots.
fn optional_buckets(site: &Site, watch: &WatchRules) -> Vec<String> {
    let has_copy = site.status_addresses().is_some() && watch.needs_monitor();
    let is_needed = !site.snapshots.list.is_empty();
    (has_copy && !is_needed).then(|| SNAPSHOTS.into()).into_iter().collect()
}

/// Returns the binding that channels and messages to subscribers are sent by, if there are such.
fn email(watch: &WatchRules) -> Vec<EmailNeed> {
    let offered = watch.status.subscriptions.as_ref();
    let subscribers = offered.and_then(|offered| offered.email_from.as_ref());
    let to_anyone = subscribers.is_some();
    let mut need = EmailNeed { binding: EMAIL.into(), from: Vec::new(), to: Vec::new(), to_anyone };
    let add = |addresses: &mut Vec<String>, address: &String| {
        if !addresses.contains(address) {
            addresses.push(address.clone());
        }
    };
    for channel in &watch.channels {
        if let ChannelKind::Email { from, to } = &channel.kind {
            add(&mut need.from, from);
            to.iter().for_each(|address| add(&mut need.to, address));
        }
    }
    if let Some(from) = subscribers {
        add(&mut need.from, from);
    }
    if need.from.is_empty() { Vec::new() } else { vec![need] }
}

/// Returns the secrets that the file names, each once, with the first of its purposes.
fn secrets(site: &Site, watch: &WatchRules) -> Vec<Secret> {
    let mut secrets = Vec::new();
    let mut add = |name: &str, purpose: String| {
        if !secrets.iter().any(|known: &Secret| known.name == name) {
            secrets.push(Secret { name: name.into(), purpose });
        }
    };
    add(
        ADMIN_TOKEN,
        "the admins' bearer token; without any operators' token `/_breakwater/*` answers 401 to \
         all"
        .into(),
    );
    add(
        RESPONDER_TOKEN,
        "the bearer token of operators who act in trouble, if there are such".into(),
    );
    add(VIEWER_TOKEN, "the bearer token of operators who only look, if there are such".into());
    add(PURGE_TOKEN, "the bearer token of programs that may only purge, if there are such".into());
    if let Some(name) = &site.maintenance.secret {
        add(name, "lets its bearers see the site during maintenance".into());
    }
    if let Some(sentry) = &site.sentry {
        add(sentry.dsn.as_str(), "the DSN that errors are reported to".into());
        if let Some(tunnel) = &sentry.tunnel {
            add(tunnel.dsn.as_str(), "the DSN that pages report their errors to".into());
        }
    }
    for dependency in &site.dependencies {
        if let Some(name) = &dependency.secret {
            add(name.as_str(), format!("asks the dependency `{}`", dependency.name));
        }
    }
    for check in &watch.checks {
        for (name, purpose) in secrets_of_check(check) {
            add(name.as_str(), purpose);
        }
    }
    if let Some(account) = &watch.globalping {
        add(account.token.as_str(), "names the account of Globalping, for outside places".into());
    }
    for channel in &watch.channels {
        for (name, purpose) in secrets_of_channel(channel) {
            add(name.as_str(), purpose);
        }
    }
    if let Some(ChannelAddress::Secret(name)) = &watch.dead_mans_switch {
        add(name.as_str(), "the address of the dead man's switch".into());
    }
    if let Some(storage) = watch.status.mirror.as_ref().and_then(|mirror| mirror.storage.as_ref()) {
        add(storage.access_key.as_str(), "the id of the key of the status page's mirror".into());
        add(storage.secret_key.as_str(), "signs what is written to that mirror".into());
    }
    secrets
}

fn secrets_of_check(check: &Check) -> Vec<(&SecretName, String)> {
    match &check.kind {
        CheckKind::Heartbeat { token, .. } => {
            vec![(token, format!("is shown by reports to the check `{}`", check.name))]
        }
        CheckKind::Http(_)
        | CheckKind::Flow(_)
        | CheckKind::Tcp { .. }
        | CheckKind::Dns { .. }
        | CheckKind::Domain(_)
        | CheckKind::Tls { .. }
        | CheckKind::Websocket { .. } => {
            let sent = |name| (name, format!("is sent by the check `{}`", check.name));
            check.secrets().map(sent).collect()
        }
    }
}

fn secrets_of_channel(channel: &AlertChannel) -> Vec<(&SecretName, String)> {
    let named = |does: &str| format!("{does} the channel `{}`", channel.name);
    let opens = |name| (name, named("sends alerts to"));
    let of_address = |address| match address {
        &ChannelAddress::Url(_) => None,
        ChannelAddress::Secret(name) => Some((name, named("the address of"))),
    };
    match &channel.kind {
        ChannelKind::Webhook { address, secrets } => {
            let signs = secrets.iter().map(|name| (name, named("signs alerts to")));
            of_address(address).into_iter().chain(signs).collect()
        }
        ChannelKind::Slack { address }
        | ChannelKind::Discord { address }
        | ChannelKind::Teams { address } => of_address(address).into_iter().collect(),
        ChannelKind::Ntfy { address, token } => {
            of_address(address).into_iter().chain(token.as_ref().map(opens)).collect()
        }
        ChannelKind::Telegram { token: name, .. }
        | ChannelKind::Pagerduty { routing_key: name, .. }
        | ChannelKind::Opsgenie { key: name, .. }
        | ChannelKind::Sentry { dsn: name } => vec![opens(name)],
        ChannelKind::Email { .. } => Vec::new(),
    }
}

fn cache(site: &Site) -> Vec<String> {
    let keeps = site.routes.iter().filter(|route| route.store_rules().stores());
    let routes: Vec<&str> = keeps.map(|route| route.pattern.as_str()).collect();
    // Verdicts are shared through it whatever the site says.
    let mut uses = vec!["circuits, which isolates of a colo share".to_string()];
    if !routes.is_empty() {
        uses.push(format!("copies of {}", routes.join(", ")));
    }
    if site.status_addresses().is_some() {
        uses.push("the public status".into());
    }
    uses
}

#[cfg(all(test, feature = "toml"))]
mod tests {
    use super::*;
    use crate::site::config::parse_file;

    fn needs(extra: &str) -> Needs {
        let text = format!(
            "[site]\nname = \"Shop\"\nhost = \"shop.example\"\nmaintenance_secret = \"PASS\"\n\
             [upstreams.web]\norigin = \"https://web.example\"\n\
             [[routes]]\nmatch = \"/a/*\"\nupstream = \"web\"\n\
             [[routes]]\nmatch = \"/*\"\nupstream = \"web\"\n{extra}"
        );
        let file = parse_file("test", &text).expect("a site file");
        Needs::of(&file.site, &file.watch)
    }

    #[test]
    fn a_bucket_is_needed_for_snapshots_alone() {
        assert_eq!(needs("").buckets, [""; 0]);
        let rule = "[[snapshots]]\nmatch = \"/\"\nevery = \"1h\"\n";
        assert_eq!(needs(rule).buckets, [SNAPSHOTS]);
    }

    #[test]
    fn a_copy_of_the_public_status_is_kept_where_there_is_a_bucket() {
        assert_eq!(needs("").optional_buckets, [""; 0]);
        let check = "[[checks]]\nname = \"home\"\nurl = \"https://shop.example/\"\n";
        assert_eq!(needs(check).optional_buckets, [SNAPSHOTS]);
        let rule = [check, "[[snapshots]]\nmatch = \"/\"\nevery = \"1h\"\n"].concat();
        assert_eq!(needs(&rule).optional_buckets, [""; 0]);
    }

    #[test]
    fn a_binding_for_email_is_needed_for_channels_of_that_kind_alone() {
        let channel = |name: &str, from: &str| {
            format!(
                "[[channels]]\nname = \"{name}\"\nkind = \"email\"\nfrom = \"{from}\"\n\
                 to = [\"c@d.example\"]\n"
            )
        };
        assert_eq!(needs("").email, []);
        let two = [channel("one", "a@b.example"), channel("two", "a@b.example")].concat();
        let addresses = |address: &str| vec![address.to_string()];
        let (from, to) = (addresses("a@b.example"), addresses("c@d.example"));
        let need = EmailNeed { binding: EMAIL.into(), from, to, to_anyone: false };
        assert_eq!(needs(&two).email, [need]);
        let subscribers = "[status]\nsubscriptions = { email_from = \"s@b.example\" }\n";
        let from = vec!["a@b.example".to_string(), "s@b.example".to_string()];
        let to = addresses("c@d.example");
        let need = EmailNeed { binding: EMAIL.into(), from, to, to_anyone: true };
        assert_eq!(needs(&[&two, subscribers].concat()).email, [need]);
        assert_eq!(needs("[status]\nsubscriptions = { webhooks = true }\n").email, []);
    }

    #[test]
    fn secrets_are_those_that_the_file_names_each_once() {
        let names: Vec<_> = needs("").secrets.into_iter().map(|secret| secret.name).collect();
        assert_eq!(names, [ADMIN_TOKEN, RESPONDER_TOKEN, VIEWER_TOKEN, PURGE_TOKEN, "PASS"]);
    }

    #[test]
    fn secrets_of_checks_and_channels_are_listed_with_their_purposes() {
        let needs = needs(
            "[[checks]]\nname = \"api\"\nurl = \"https://a.example/\"\n\
             headers = { key = { secret = \"KEY\" } }\n\
             [[checks]]\nname = \"job\"\nkind = \"heartbeat\"\ntoken = \"JOB\"\n\
             [[checks]]\nname = \"job2\"\nkind = \"heartbeat\"\ntoken = \"JOB\"\n\
             [[checks]]\nname = \"db\"\nkind = \"tcp\"\ntarget = \"db.example:5432\"\n\
             [[channels]]\nname = \"ops\"\nkind = \"webhook\"\nsecret_url = \"OPS_URL\"\n\
             secret = [\"OLD\", \"NEW\"]\n\
             [[channels]]\nname = \"chat\"\nkind = \"slack\"\nsecret_url = \"SLACK_URL\"\n\
             [[channels]]\nname = \"room\"\nkind = \"discord\"\nurl = \"https://d.example\"\n\
             [[channels]]\nname = \"page\"\nkind = \"pagerduty\"\nrouting_key = \"PD\"\n\
             [[channels]]\nname = \"push\"\nkind = \"ntfy\"\nurl = \"https://n.example/t\"\n\
             token = \"NTFY\"\n\
             [[channels]]\nname = \"errors\"\nkind = \"sentry\"\ndsn = \"DSN\"\n\
             [[channels]]\nname = \"mail\"\nkind = \"email\"\nfrom = \"a@b.example\"\n\
             to = [\"c@d.example\"]\n\
             [alerts]\ndead_mans_switch_secret = \"SWITCH\"\n",
        );
        let listed: Vec<_> = needs
            .secrets
            .iter()
            .skip(5)
            .map(|secret| (secret.name.as_str(), secret.purpose.as_str()))
            .collect();
        assert_eq!(
            listed,
            [
                ("KEY", "is sent by the check `api`"),
                ("JOB", "is shown by reports to the check `job`"),
                ("OPS_URL", "the address of the channel `ops`"),
                ("OLD", "signs alerts to the channel `ops`"),
                ("NEW", "signs alerts to the channel `ops`"),
                ("SLACK_URL", "the address of the channel `chat`"),
                ("PD", "sends alerts to the channel `page`"),
                ("NTFY", "sends alerts to the channel `push`"),
                ("DSN", "sends alerts to the channel `errors`"),
                ("SWITCH", "the address of the dead man's switch"),
            ]
        );
    }

    #[test]
    fn a_mirror_needs_its_bucket_and_its_keys() {
        let needs = needs(
            "[status]\nmirror = { url = \"https://s3.example/a/\", access_key = \"MIRROR_ID\", \
             secret_key = \"MIRROR_KEY\", bucket = \"MIRROR\" }\n",
        );
        assert_eq!(needs.buckets, ["MIRROR"]);
        let names: Vec<_> = needs.secrets.iter().map(|secret| secret.name.as_str()).collect();
        assert_eq!(names[4..], ["PASS", "MIRROR_ID", "MIRROR_KEY"]);
    }

    #[test]
    fn routes_with_copies_are_named() {
        assert_eq!(needs("").cache.len(), 2);
        let uses = needs("degrade = { stale_if_error = \"1h\" }\n").cache;
        assert_eq!(uses[1], "copies of /*");
    }
}
