//! Where alerts are sent to, and by which secrets.

use super::super::check_below;
use super::{check, check_slack};

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
