//! A channel of each kind, its secrets, and an alert.

use breakwater_core::base::secret_name::SecretName;
use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::watch::alert::outbox::RETRY_DEFAULT;
use breakwater_core::watch::alert::{
    Alert, AlertChannel, AlertKind, AlertedIncident, ChannelAddress, ChannelKind, HttpAlert,
    PrepareError, PreparedAlert,
};
use breakwater_core::watch::severity::Severity;
use breakwater_testing::receivers::{Came, Service};

/// The id of each message.
pub(crate) const MESSAGE: &str = "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W";
/// When each message is sent: 2026-11-28T20:00:07.5Z.
pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_795_896_007_500);
/// When an incident began: 2026-11-28T19:55:00.25Z.
pub(crate) const SINCE: Timestamp = Timestamp::from_millis(1_795_895_700_250);

/// The secrets of all channels, by name. The words in them are found again wherever they leak.
pub(crate) const SECRETS: [(&str, &str); 11] = [
    ("WEBHOOK", "whsec_Y2FuYXJ5LW9mLXRoZS1vbGQtc2VjcmV0LTE="),
    ("WEBHOOK_NEXT", "whsec_Y2FuYXJ5LW9mLXRoZS1uZXctc2VjcmV0LTI="),
    ("SLACK_URL", "https://slack.example/services/canarySlack"),
    ("DISCORD_URL", "https://discord.example/api/webhooks/1/canaryDiscord"),
    ("TEAMS_URL", "https://teams.example/workflows/canaryTeams?sig=x"),
    ("TELEGRAM", "123456:canaryTelegram"),
    ("PAGERDUTY", "canaryPagerduty00000000000000000"),
    ("OPSGENIE", "canaryOpsgenie"),
    ("NTFY_URL", "https://ntfy.example/canaryTopic"),
    ("NTFY", "canaryNtfy"),
    ("SENTRY", "https://canarySentry@sentry.example/42"),
];

pub(crate) fn name(name: &str) -> SecretName {
    SecretName::parse(name).expect("a name")
}

/// Reads a secret, with the line feed that comes with one that was set from a file.
pub(crate) fn secret(name: &SecretName) -> Option<String> {
    let (_, value) = SECRETS.iter().find(|(known, _)| *known == name.as_str())?;
    Some(format!("{value}\n"))
}

pub(crate) fn channel(kind: ChannelKind) -> AlertChannel {
    AlertChannel {
        name: "ops".into(),
        kind,
        severities: Severity::ALL.into(),
        retry: RETRY_DEFAULT,
        spacing: Millis::from_secs(1),
        escalate_after: None,
        repeat: None,
        quiet: None,
    }
}

fn kind(service: Service) -> ChannelKind {
    let secret = |text| ChannelAddress::Secret(name(text));
    match service {
        Service::Webhook => ChannelKind::Webhook {
            address: ChannelAddress::Url("https://hooks.example/breakwater".into()),
            secrets: vec![name("WEBHOOK")],
        },
        Service::Slack => ChannelKind::Slack { address: secret("SLACK_URL") },
        Service::Discord => ChannelKind::Discord { address: secret("DISCORD_URL") },
        Service::Teams => ChannelKind::Teams { address: secret("TEAMS_URL") },
        Service::Telegram => ChannelKind::Telegram {
            api: "https://telegram.example".into(),
            token: name("TELEGRAM"),
            chat: "-1001".into(),
        },
        Service::Pagerduty => ChannelKind::Pagerduty {
            url: "https://pagerduty.example/v2/enqueue".into(),
            routing_key: name("PAGERDUTY"),
        },
        Service::Opsgenie => ChannelKind::Opsgenie {
            url: "https://opsgenie.example/v2/alerts".into(),
            key: name("OPSGENIE"),
        },
        Service::Ntfy => {
            ChannelKind::Ntfy { address: secret("NTFY_URL"), token: Some(name("NTFY")) }
        }
        Service::Sentry => ChannelKind::Sentry { dsn: name("SENTRY") },
    }
}

/// A channel to this service.
pub(crate) fn to(service: Service) -> AlertChannel {
    channel(kind(service))
}

/// A channel of e-mail.
pub(crate) fn email() -> AlertChannel {
    let to = vec!["a@ops.example".into(), "b@ops.example".into()];
    channel(ChannelKind::Email { from: "breakwater@shop.example".into(), to })
}

/// What the service knows the sender by.
pub(crate) fn known(service: Service) -> &'static str {
    match service {
        Service::Webhook => SECRETS[0].1,
        Service::Telegram => SECRETS[5].1,
        Service::Pagerduty => SECRETS[6].1,
        Service::Opsgenie => SECRETS[7].1,
        Service::Ntfy => SECRETS[9].1,
        Service::Sentry => "canarySentry",
        Service::Slack | Service::Discord | Service::Teams => "",
    }
}

pub(crate) fn http(channel: &AlertChannel, alert: &Alert) -> Result<HttpAlert, PrepareError> {
    match channel.prepare(alert, MESSAGE, &secret, NOW)? {
        PreparedAlert::Http(request) => Ok(request),
        PreparedAlert::Email(email) => panic!("an e-mail: {email:?}"),
    }
}

/// The request as it arrives.
pub(crate) fn came(request: &HttpAlert) -> Came {
    let (_, rest) = request.url.split_once("://").expect("a scheme");
    let path = rest.find('/').map_or("/", |at| &rest[at..]);
    let field = |(name, value): &(&str, String)| ((*name).to_owned(), value.clone());
    Came {
        method: request.method.into(),
        path: path.into(),
        fields: request.fields.iter().map(field).collect(),
        body: request.body.clone(),
    }
}

pub(crate) fn alert(kind: AlertKind) -> Alert {
    let is_over = kind == AlertKind::Resolved;
    Alert {
        kind,
        at: Timestamp::from_millis(1_795_896_000_000),
        incident: AlertedIncident {
            id: "2026-11-28-checkout".into(),
            title: "Checkout is down".into(),
            severity: Severity::P1,
            state: if is_over { "resolved" } else { "investigating" }.into(),
            since: SINCE,
            resolved_at: is_over.then(|| SINCE + Millis::from_secs(299)),
            checks: vec!["checkout".into(), "payments".into()],
            summary: "POST /checkout answered 503 from weur and enam.".into(),
            url: "https://shop.example/_breakwater/incidents/2026-11-28-checkout".into(),
            runbook: Some("https://shop.example/runbooks/checkout".into()),
            is_acknowledged: false,
        },
    }
}
