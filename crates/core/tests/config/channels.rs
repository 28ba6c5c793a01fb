//! The channels and the rules for alerts that are accepted, and those that are refused.

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
    SecretName::parse(name).unwrap()
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
         `to`, `severities`, `spacing`, `escalate_after`, `repeat`",
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
fn an_address_is_secure_and_never_shown() {
    for (url, expected) in [
        ("http://hooks.example/secret", "`https://`, since `http://` is for localhost only"),
        ("https://user:secret@hooks.example/", "no user and no password in it"),
        ("https://hooks.example/a b/secret", "a normalised path, then a query if need be"),
        ("hooks.example/secret", "`https://` and a host"),
    ] {
        for kind in ["webhook", "slack", "discord", "teams", "ntfy", "pagerduty", "opsgenie"] {
            check(
                kind,
                &format!(
                    "url = \"{url}\"\n{}",
                    match kind {
                        "pagerduty" => "routing_key = \"K\"",
                        "opsgenie" => "key = \"K\"",
                        _ => "",
                    }
                ),
                &format!("4:7: channels[0].url: `…` is not allowed, expected {expected}"),
            );
        }
        check_below(
            &format!("[alerts]\ndead_mans_switch = \"{url}\"\n"),
            &format!("2:20: alerts.dead_mans_switch: `…` is not allowed, expected {expected}"),
        );
    }
    check(
        "telegram",
        "api = \"https://api.telegram.org/bot1:secret/\"",
        "4:7: channels[0].api: `…` is not allowed, expected no trailing slash",
    );
}

#[test]
fn an_address_stands_in_one_place() {
    check_slack(
        "url = \"https://a.example\"",
        "4:14: channels[0].secret_url: `URL` is not allowed, \
         expected `url` or `secret_url`, not both",
    );
    check_below(
        "[alerts]\ndead_mans_switch = \"https://a.example\"\ndead_mans_switch_secret = \"S\"\n",
        "3:27: alerts.dead_mans_switch_secret: `S` is not allowed, \
         expected `dead_mans_switch` or `dead_mans_switch_secret`, not both",
    );
}

#[test]
fn a_secret_is_named_and_never_written_down() {
    const EXPECTED: &str = "`…` is not allowed, \
         expected the name of a Worker's secret, such as `SUPABASE_KEY`, never its value";
    for (kind, lines, place) in [
        ("slack", "secret_url = \"https://hooks.slack.com/x\"", "4:14: channels[0].secret_url"),
        ("webhook", "secret_url = \"U\"\nsecret = \"whsec_a\"", "5:10: channels[0].secret"),
        (
            "webhook",
            "secret_url = \"U\"\nsecret = [\"S\", \"whsec_a\"]",
            "5:16: channels[0].secret[1]",
        ),
        ("telegram", "token = \"1:secret\"", "4:9: channels[0].token"),
        ("pagerduty", "routing_key = \"r0\"", "4:15: channels[0].routing_key"),
        ("opsgenie", "key = \"k-1\"", "4:7: channels[0].key"),
        ("ntfy", "secret_url = \"U\"\ntoken = \"tk_a\"", "5:9: channels[0].token"),
        ("sentry", "dsn = \"https://key@sentry.example/1\"", "4:7: channels[0].dsn"),
    ] {
        check(kind, lines, &format!("{place}: {EXPECTED}"));
    }
    check_below(
        "[alerts]\ndead_mans_switch_secret = \"https://hc.example/ping/1\"\n",
        &format!("2:27: alerts.dead_mans_switch_secret: {EXPECTED}"),
    );
}

#[test]
fn a_webhook_has_a_few_secrets_each_once() {
    for (secrets, expected) in [
        (
            "[]",
            "5:10: channels[0].secret: there is none, \
             expected the name of a secret, or a list of names",
        ),
        (
            "[\"A\", \"A\"]",
            "5:16: channels[0].secret[1]: `A` is not allowed, expected each secret once",
        ),
        (
            "[\"A\", \"B\", \"C\", \"D\", \"E\"]",
            "5:31: channels[0].secret[4]: `5` is out of range, expected 4 secrets at most",
        ),
    ] {
        check("webhook", &format!("secret_url = \"U\"\nsecret = {secrets}"), expected);
    }
}

#[test]
fn a_chat_is_an_id_or_a_public_name() {
    for chat in ["", "@", "shop", "1:secret", "-", "@a b"] {
        check(
            "telegram",
            &format!("token = \"T\"\nchat = \"{chat}\""),
            "5:8: channels[0].chat: `…` is not allowed, \
             expected a chat's id such as `\"-1001234567890\"`, or `\"@name\"`",
        );
    }
}

#[test]
fn addresses_of_mail_are_plain() {
    for address in [
        "ops",
        "Ops <ops@shop.example>",
        "a@b@c.example",
        "@shop.example",
        "ops@",
        ".ops@shop.example",
        "ops@Shop.example",
        "a@b.example,c@d.example",
        "a@b.example\\r\\nBcc: c@d.example",
    ] {
        check(
            "email",
            &format!("from = \"{address}\"\nto = [\"a@b.example\"]"),
            &format!(
                "4:8: channels[0].from: `{address}` is not allowed, \
                 expected an address such as `ops@shop.example`, with its host in lower case"
            ),
        );
    }
    let eleven: Vec<_> = (0..11).map(|n| format!("\"a{n}@b.example\"")).collect();
    for (to, expected) in [
        ("[]".into(), "5:6: channels[0].to: there is none, expected at least one address"),
        (
            "\"a@b.example\"".into(),
            "5:6: channels[0].to: found the string `\"a@b.example\"`, expected a list of strings",
        ),
        (
            "[\"a@b.example\", \"a@b.example\"]".into(),
            "5:22: channels[0].to[1]: `a@b.example` is not allowed, expected each address once",
        ),
        (
            format!("[{}]", eleven.join(", ")),
            "5:167: channels[0].to[10]: `11` is out of range, expected 10 addresses at most",
        ),
    ] {
        check("email", &format!("from = \"a@b.example\"\nto = {to}"), expected);
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
            "2:1: alerts: unknown key `wait`, expected one of `group_wait`, `dead_mans_switch`, \
             `dead_mans_switch_secret`, `runbooks_url`",
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
