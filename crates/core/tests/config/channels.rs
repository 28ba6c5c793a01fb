//! The channels and the rules for alerts that are accepted, and those that are refused.

#[path = "channels/addresses.rs"]
mod addresses;
#[path = "channels/holds.rs"]
mod holds;

use breakwater_core::base::json;
use breakwater_core::base::secret_name::SecretName;
use breakwater_core::site::config::{WatchRules, parse_file};
use breakwater_core::watch::alert::{AlertChannel, CHANNELS_MAX, ChannelAddress, ChannelKind};
use breakwater_core::watch::severity::Severity;

use super::{VALID, check_below, millis};

/// A channel of each kind. It stands below `VALID`.
const FULL: &str = r#"[[channels]]
name = "ops"
kind = "webhook"
url = "https://hooks.example/breakwater?key=1"
secret = ["OPS_OLD", "OPS_NEW"]
severities = ["P2", "P0"]
spacing = "5s"
escalate_after = "15m"
repeat = "4h"
quiet = { from = "22:00", to = "07:00", zone = "Europe/Berlin", severities = ["P3"] }
[[channels]]
name = "slack"
kind = "slack"
secret_url = "SLACK_URL"
[[channels]]
name = "discord"
kind = "discord"
url = "http://localhost:9000"
[[channels]]
name = "teams"
kind = "teams"
secret_url = "TEAMS_URL"
[[channels]]
name = "telegram"
kind = "telegram"
api = "http://127.0.0.1:9000"
token = "BOT_TOKEN"
chat = "-1001234567890"
[[channels]]
name = "pagerduty"
kind = "pagerduty"
url = "https://events.eu.pagerduty.com/v2/enqueue"
routing_key = "PD_KEY"
[[channels]]
name = "opsgenie"
kind = "opsgenie"
url = "https://api.eu.opsgenie.com/v2/alerts"
key = "OPSGENIE_KEY"
[[channels]]
name = "ntfy"
kind = "ntfy"
url = "https://ntfy.sh/shop-alerts"
token = "NTFY_TOKEN"
[[channels]]
name = "sentry"
kind = "sentry"
dsn = "SENTRY_DSN"
[[channels]]
name = "mail"
kind = "email"
from = "breakwater@shop.example"
to = ["ops@shop.example", "on-call+p0@shop.example"]
[alerts]
group_wait = "1m"
group_interval = "10m"
inhibit = [{ while_severity = "P0", severities = ["P3"] }]
dead_mans_switch_secret = "SWITCH_URL"
runbooks_url = "https://code.example/shop/blob/main"
"#;

fn watch(text: &str) -> WatchRules {
    let file = format!("{VALID}{text}");
    parse_file("breakwater.toml", &file).unwrap_or_else(|error| panic!("{error}")).watch
}

fn channels(text: &str) -> Vec<AlertChannel> {
    watch(text).channels
}

/// Checks that a channel of this kind with these lines is refused. They begin on line 4.
#[track_caller]
fn check(kind: &str, lines: &str, expected: &str) {
    check_below(&format!("[[channels]]\nname = \"a\"\nkind = \"{kind}\"\n{lines}\n"), expected);
}

/// Checks that a channel to Slack with these lines below its address is refused. They begin on
/// line 5.
#[track_caller]
fn check_slack(lines: &str, expected: &str) {
    check("slack", &format!("secret_url = \"URL\"\n{lines}"), expected);
}

fn secret(name: &str) -> SecretName {
    SecretName::parse(name).expect("the name of a secret")
}

#[test]
fn what_is_written_is_what_is_read() {
    let channels = channels(FULL);
    let text = String::from;
    let named = |name: &str| ChannelAddress::Secret(secret(name));
    let written = |url: &str| ChannelAddress::Url(url.into());
    let kinds: Vec<_> = channels.iter().map(|channel| channel.kind.clone()).collect();
    assert_eq!(
        kinds,
        [
            ChannelKind::Webhook {
                address: written("https://hooks.example/breakwater?key=1"),
                secrets: vec![secret("OPS_OLD"), secret("OPS_NEW")],
            },
            ChannelKind::Slack { address: named("SLACK_URL") },
            ChannelKind::Discord { address: written("http://localhost:9000/") },
            ChannelKind::Teams { address: named("TEAMS_URL") },
            ChannelKind::Telegram {
                api: text("http://127.0.0.1:9000"),
                token: secret("BOT_TOKEN"),
                chat: text("-1001234567890"),
            },
            ChannelKind::Pagerduty {
                url: text("https://events.eu.pagerduty.com/v2/enqueue"),
                routing_key: secret("PD_KEY"),
            },
            ChannelKind::Opsgenie {
                url: text("https://api.eu.opsgenie.com/v2/alerts"),
                key: secret("OPSGENIE_KEY"),
            },
            ChannelKind::Ntfy {
                address: written("https://ntfy.sh/shop-alerts"),
                token: Some(secret("NTFY_TOKEN")),
            },
            ChannelKind::Sentry { dsn: secret("SENTRY_DSN") },
            ChannelKind::Email {
                from: text("breakwater@shop.example"),
                to: vec![text("ops@shop.example"), text("on-call+p0@shop.example")],
            },
        ]
    );
    let names = channels.iter().map(|channel| channel.kind.as_str());
    assert!(names.eq([
        "webhook",
        "slack",
        "discord",
        "teams",
        "telegram",
        "pagerduty",
        "opsgenie",
        "ntfy",
        "sentry",
        "email",
    ]));
    let ops = &channels[0];
    assert_eq!(ops.severities, [Severity::P2, Severity::P0]);
    assert_eq!(ops.spacing, millis("5s"));
    assert_eq!((ops.escalate_after, ops.repeat), (Some(millis("15m")), Some(millis("4h"))));
}

#[test]
fn a_channel_is_told_of_everything_at_once_by_default() {
    let text = "[[channels]]\nname = \"a\"\nkind = \"telegram\"\ntoken = \"T\"\nchat = \"@shop\"\n\
                [[channels]]\nname = \"b\"\nkind = \"pagerduty\"\nrouting_key = \"K\"\n\
                [[channels]]\nname = \"c\"\nkind = \"opsgenie\"\nkey = \"K\"\n\
                [[channels]]\nname = \"d\"\nkind = \"ntfy\"\nurl = \"https://ntfy.sh/a\"\n\
                [[channels]]\nname = \"e\"\nkind = \"webhook\"\nurl = \"https://a.example\"\n\
                secret = \"S\"\n";
    let channels = channels(text);
    for channel in &channels {
        assert_eq!(channel.severities, Severity::ALL);
        assert_eq!(channel.spacing, millis("1s"));
        assert_eq!((channel.escalate_after, channel.repeat), (None, None));
    }
    let kinds: Vec<_> = channels.into_iter().map(|channel| channel.kind).collect();
    assert_eq!(
        kinds,
        [
            ChannelKind::Telegram {
                api: "https://api.telegram.org".into(),
                token: secret("T"),
                chat: "@shop".into(),
            },
            ChannelKind::Pagerduty {
                url: "https://events.pagerduty.com/v2/enqueue".into(),
                routing_key: secret("K"),
            },
            ChannelKind::Opsgenie {
                url: "https://api.opsgenie.com/v2/alerts".into(),
                key: secret("K"),
            },
            ChannelKind::Ntfy {
                address: ChannelAddress::Url("https://ntfy.sh/a".into()),
                token: None,
            },
            ChannelKind::Webhook {
                address: ChannelAddress::Url("https://a.example/".into()),
                secrets: vec![secret("S")],
            },
        ]
    );
}

#[test]
fn alerts_wait_for_each_other_for_five_seconds_by_default() {
    for text in ["", "[alerts]\n"] {
        let watch = watch(text);
        assert_eq!(watch.group_wait, millis("5s"));
        assert_eq!((watch.dead_mans_switch, watch.runbooks_url), (None, None));
        assert_eq!(watch.channels, []);
    }
    let full = watch(FULL);
    assert_eq!(full.group_wait, millis("1m"));
    assert_eq!(full.dead_mans_switch, Some(ChannelAddress::Secret(secret("SWITCH_URL"))));
    assert_eq!(full.runbooks_url.as_deref(), Some("https://code.example/shop/blob/main"));
    let written = watch("[alerts]\ndead_mans_switch = \"https://hc.example/ping/1\"\n");
    let url = ChannelAddress::Url("https://hc.example/ping/1".into());
    assert_eq!(written.dead_mans_switch, Some(url));
}

#[test]
fn channels_survive_json() {
    let watch = watch(FULL);
    let text = serde_json::to_string(&watch).unwrap();
    assert_eq!(serde_json::from_str::<WatchRules>(&text).unwrap(), watch);
    assert_eq!(json::read::<WatchRules>(&text).unwrap(), watch);
}

#[test]
fn a_damaged_file_shows_nothing_of_an_address() {
    for (at, _) in FULL.char_indices().step_by(2) {
        let (before, after) = FULL.split_at(at);
        for put in ["\"", "\n", " ", "é", "@", "#"] {
            let damaged = format!("{VALID}{before}{put}{after}");
            if let Err(error) = parse_file("breakwater.toml", &damaged) {
                let line = error.to_string();
                assert!(!line.contains('\n') && !line.contains("hooks"), "{line}");
            }
        }
    }
}

#[test]
fn a_name_is_one_that_no_other_channel_has() {
    let one = "[[channels]]\nname = \"a\"\nkind = \"slack\"\nsecret_url = \"URL\"\n";
    check_below(
        &format!("{one}{one}"),
        "6:8: channels[1].name: `a` is not allowed, expected a name that no other channel has",
    );
    check_below(
        &one.replace("\"a\"", "\"A\""),
        "2:8: channels[0].name: `A` is not allowed, \
         expected a letter a-z, then up to 31 of a-z, 0-9, `_` and `-`",
    );
}

#[test]
fn an_unknown_key_or_kind_is_refused_with_the_known_ones() {
    check_slack(
        "severity = \"P0\"",
        "5:1: channels[0]: unknown key `severity`, expected one of `name`, `kind`, `url`, \
         `secret_url`, `secret`, `api`, `token`, `chat`, `routing_key`, `key`, `dsn`, `from`, \
         `to`, `severities`, `spacing`, `retry`, `escalate_after`, `repeat`, `quiet`",
    );
    check(
        "sms",
        "",
        "3:8: channels[0].kind: unknown kind `sms`, expected one of `webhook`, `slack`, \
         `discord`, `teams`, `telegram`, `pagerduty`, `opsgenie`, `ntfy`, `sentry`, `email`",
    );
    check_below("[[channels]]\nname = \"a\"\n", "1:1: channels[0]: missing key `kind`");
}

#[test]
fn what_a_channel_needs_is_named() {
    for (kind, lines, key) in [
        ("webhook", "", ", expected one of `url`, `secret_url`"),
        ("slack", "", ", expected one of `url`, `secret_url`"),
        ("ntfy", "", ", expected one of `url`, `secret_url`"),
        ("webhook", "url = \"https://a.example\"", " `secret`"),
        ("telegram", "", " `token`"),
        ("telegram", "token = \"T\"", " `chat`"),
        ("pagerduty", "", " `routing_key`"),
        ("opsgenie", "", " `key`"),
        ("sentry", "", " `dsn`"),
        ("email", "", " `from`"),
        ("email", "from = \"a@b.example\"", " `to`"),
    ] {
        check(kind, lines, &format!("1:1: channels[0]: missing key{key}"));
    }
}

#[test]
fn a_kind_refuses_the_keys_of_other_kinds() {
    for (kind, line, kinds) in [
        ("slack", "secret = \"S\"", "`webhook`"),
        ("pagerduty", "secret_url = \"U\"", "`webhook`, `slack`, `discord`, `teams`, `ntfy`"),
        ("sentry", "token = \"T\"", "`telegram`, `ntfy`"),
        ("telegram", "key = \"K\"", "`opsgenie`"),
    ] {
        let (key, _) = line.split_once(' ').unwrap();
        check(
            kind,
            line,
            &format!(
                "4:1: channels[0]: `{key}` is not allowed with the kind `{kind}`, \
                 expected one of {kinds}"
            ),
        );
    }
}

#[test]
fn severities_and_times_have_limits() {
    for (line, expected) in [
        (
            "severities = []",
            "14: channels[0].severities: there is none, expected at least one severity",
        ),
        (
            "severities = [\"high\"]",
            "15: channels[0].severities[0]: unknown severity `high`, \
             expected one of `P0`, `P1`, `P2`, `P3`",
        ),
        (
            "severities = [\"P0\", \"P0\"]",
            "21: channels[0].severities[1]: `P0` is not allowed, expected each severity once",
        ),
        ("spacing = \"61m\"", "11: channels[0].spacing: `61m` is out of range, expected 0ms to 1h"),
        (
            "escalate_after = \"0s\"",
            "18: channels[0].escalate_after: `0s` is out of range, expected 1s to 1d",
        ),
        ("repeat = \"25h\"", "10: channels[0].repeat: `25h` is out of range, expected 1s to 1d"),
    ] {
        check_slack(line, &format!("5:{expected}"));
    }
}

#[test]
fn the_rules_for_alerts_have_limits() {
    for (line, expected) in [
        (
            "group_wait = \"301s\"",
            "2:14: alerts.group_wait: `301s` is out of range, expected 0ms to 5m",
        ),
        (
            "runbooks_url = \"https://code.example/\"",
            "2:16: alerts.runbooks_url: `https://code.example/` is not allowed, \
             expected no trailing slash",
        ),
        (
            "runbooks_url = \"docs\"",
            "2:16: alerts.runbooks_url: `docs` is not allowed, expected `https://` and a host",
        ),
        (
            "wait = \"1s\"",
            "2:1: alerts: unknown key `wait`, expected one of `group_wait`, `group_interval`, \
             `inhibit`, `dead_mans_switch`, `dead_mans_switch_secret`, `runbooks_url`",
        ),
    ] {
        check_below(&format!("[alerts]\n{line}\n"), expected);
    }
}

#[test]
fn channels_are_bounded() {
    let one = |n: usize| {
        format!("[[channels]]\nname = \"c{n}\"\nkind = \"slack\"\nsecret_url = \"URL\"\n")
    };
    let most: String = (0..CHANNELS_MAX).map(one).collect();
    assert_eq!(channels(&most).len(), CHANNELS_MAX);
    check_below(
        &(most + &one(CHANNELS_MAX)),
        "81:1: channels[20]: `21` is out of range, expected 20 channels at most",
    );
}
