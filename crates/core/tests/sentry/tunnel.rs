//! What browsers send is framed, and never read.

use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::telemetry::sentry::{
    ENVELOPE_MAX, MinuteThrottle, SentryDsn, TUNNEL_ITEMS_MAX, TunnelRefusal, frame,
};
use proptest::collection::vec;
use proptest::prelude::*;

const DSN: &str = "https://key@sentry.example/7";
const HEAD: &str = r#"{"event_id":"9ec79c33ec9942ab8353589fcb2e04dc","dsn":"https://key@sentry.example/7","sent_at":"2026-11-23T08:00:00Z"}"#;
const EVENT: &str = "\n{\"type\":\"event\"}\n{\"message\":\"a\"}\n";

fn framed(body: &[u8]) -> Result<usize, TunnelRefusal> {
    let allowed = SentryDsn::parse(DSN).expect("a DSN");
    let forward = frame(body, &allowed)?;
    assert_eq!(forward.url, "https://sentry.example/api/7/envelope/");
    assert_eq!(forward.fields, allowed.fields());
    assert_eq!(forward.body, body, "it goes on as it came");
    Ok(forward.items)
}

#[track_caller]
fn check(items: &str, expected: Result<usize, TunnelRefusal>) {
    assert_eq!(framed(format!("{HEAD}{items}").as_bytes()), expected, "{items}");
}

#[test]
fn items_end_with_their_lines_or_after_their_lengths() {
    check("\n{\"type\":\"event\"}\n{\"message\":\"a\"}\n", Ok(1));
    check("\n{\"type\":\"event\"}\n{\"message\":\"a\"}", Ok(1));
    check("\n{\"type\":\"session\"}\n{}\n{\"type\":\"feedback\"}\n{}\n", Ok(2));
    check("\n{\"type\":\"attachment\",\"length\":6}\na\nb\r\n\n\n{\"type\":\"event\"}\n{}", Ok(2));
    check(
        "\n{\"type\":\"attachment\",\"length\":0}\n\n{\"type\":\"attachment\",\"length\":0}\n\n",
        Ok(2),
    );
    check("\n{\"type\":\"attachment\",\"length\":0}\n", Ok(1));
    check("\n{\"type\":\"anything\"}\nno JSON at all\n", Ok(1));
}

#[test]
fn what_is_no_envelope_is_refused() {
    let malformed = Err(TunnelRefusal::Malformed);
    assert_eq!(framed(b""), malformed);
    assert_eq!(framed(b"[]\n"), malformed);
    assert_eq!(framed(b"{}"), malformed, "without an item there is nothing to forward");
    check("", malformed);
    check("\n", malformed);
    assert_eq!(framed(b"\xff\xfe"), malformed);
    check("\n\n", malformed);
    check("\n{}\n{}\n", malformed);
    check("\n{\"type\":5}\n{}\n", malformed);
    check("\n{\"type\":\"event\"}", malformed);
    check("\n{\"type\":\"attachment\",\"length\":9}\nshort", malformed);
    check("\n{\"type\":\"attachment\",\"length\":2}\nlong\n", malformed);
    check("\n{\"type\":\"attachment\",\"length\":-1}\n\n", malformed);
    check("\n{\"type\":\"attachment\",\"length\":18446744073709551615}\n\n", malformed);
}

#[test]
fn only_the_sites_own_project_is_forwarded_to() {
    let other = Err(TunnelRefusal::OtherProject);
    let with = |dsn: &str| framed(format!("{{\"dsn\":{dsn}}}{EVENT}").as_bytes());
    assert_eq!(with("\"https://key@sentry.example/7\""), Ok(1));
    assert_eq!(with("\"https://key:old@sentry.example/7\""), Ok(1));
    for dsn in [
        "\"https://key@sentry.example/8\"",
        "\"https://other@sentry.example/7\"",
        "\"https://key@evil.example/7\"",
        "\"https://key@sentry.example/prefix/7\"",
        "\"http://key@localhost/7\"",
        "\"\"",
        "null",
        "7",
    ] {
        assert_eq!(with(dsn), other, "{dsn}");
    }
    assert_eq!(TunnelRefusal::OtherProject.status(), 403);
}

#[test]
fn an_envelope_that_names_no_project_is_for_the_sites_own() {
    assert_eq!(framed(format!("{{}}{EVENT}").as_bytes()), Ok(1));
    assert_eq!(
        framed(format!("{{\"sent_at\":\"2026-11-23T08:00:00Z\"}}{EVENT}").as_bytes()),
        Ok(1)
    );
}

#[test]
fn size_and_number_are_limited() {
    let long = format!("{HEAD}\n{{\"type\":\"event\"}}\n{}", "a".repeat(ENVELOPE_MAX));
    assert_eq!(framed(long.as_bytes()), Err(TunnelRefusal::TooLong));
    check(&"\n{\"type\":\"a\"}\n{}".repeat(TUNNEL_ITEMS_MAX), Ok(TUNNEL_ITEMS_MAX));
    let more = "\n{\"type\":\"a\"}\n{}".repeat(TUNNEL_ITEMS_MAX + 1);
    check(&more, Err(TunnelRefusal::TooManyItems));
}

proptest! {
    #[test]
    fn payloads_are_never_read(payloads in vec(vec(any::<u8>(), 0..50), 1..6)) {
        let mut body = HEAD.as_bytes().to_vec();
        for payload in &payloads {
            let head = format!("\n{{\"type\":\"attachment\",\"length\":{}}}\n", payload.len());
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(payload);
        }
        prop_assert_eq!(framed(&body), Ok(payloads.len()));
    }

    #[test]
    fn no_bytes_break_it(bytes in vec(any::<u8>(), 0..200), cut in 0_usize..200) {
        let _ = framed(&bytes);
        let mut body = format!("{HEAD}\n{{\"type\":\"event\"}}\n").into_bytes();
        body.extend_from_slice(&bytes);
        body.truncate(cut);
        let _ = framed(&body);
    }

    #[test]
    fn a_minute_has_so_much_room(times in vec(0_u64..400_000, 0..60), room in 1_u32..5) {
        let mut times = times;
        times.sort_unstable();
        let mut throttle = MinuteThrottle::default();
        let mut admitted = std::collections::BTreeMap::new();
        for ms in times {
            let count = admitted.entry(ms / 60_000).or_insert(0);
            let answer = throttle.admit(room, Timestamp::from_millis(ms));
            if *count < room {
                *count += 1;
                prop_assert_eq!(answer, Ok(()));
            } else {
                prop_assert_eq!(answer, Err(Millis::new(60_000 - ms % 60_000)));
            }
        }
    }
}
