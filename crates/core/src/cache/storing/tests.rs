use super::*;
use crate::base::fields::Fields;
use alloc::string::ToString;

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
const RULES: StoreRules<'_> = StoreRules {
    caches: false,
    stale_if_error: Some(Millis::from_secs(3600)),
    negative_ttl: None,
    is_private: false,
    unkeyed: &[],
    overrides: false,
};

fn asked(fields: &str) -> CacheRequest<'_> {
    let fields = Fields::new(fields);
    CacheRequest { method: "GET", path: "/", fields, requested_at: NOW, ..CacheRequest::default() }
}

fn of(request: &str, answer: &str, body: BodyExtent) -> Result<Storing, NotStorable> {
    let answered = ResponseHead { status: 200, fields: Fields::new(answer) };
    storing(RULES, asked(request), answered, body, NOW)
}

fn head(answer: &str) -> Result<Storing, NotStorable> {
    of("", answer, BodyExtent::Whole(1))
}

#[test]
fn what_is_left_of_a_lifetime_counts_from_now_on() {
    let it = head("cache-control:max-age=60\nage:20").unwrap();
    assert_eq!((it.fresh_for, it.survives_for), (Millis::from_secs(40), Millis::from_secs(3640)));
    let old = head("cache-control:max-age=60\nage:100").unwrap();
    assert_eq!((old.fresh_for, old.survives_for), (Millis::ZERO, Millis::from_secs(3560)));
}

#[test]
fn an_answer_that_varies_by_cookies_is_for_who_sends_none() {
    let it = head("vary:Cookie, RSC, Accept-Encoding").unwrap();
    assert_eq!((it.audience, it.varies_by()), (Audience::WithoutCookies, alloc::vec!["rsc"]));
    assert_eq!(it.storable.vary, ["cookie", "rsc"]);
    assert_eq!(head("vary:accept-encoding").unwrap().audience, Audience::All);
    let theirs = of("cookie:session=1", "vary:cookie", BodyExtent::Whole(1));
    assert_eq!(theirs, Err(NotStorable::Personal));
}

#[test]
fn a_body_that_says_nothing_or_was_not_read_is_not_stored() {
    let of = |lines: &str, body| of("", lines, body).map(|_| ());
    assert_eq!(of("", BodyExtent::Whole(0)), Err(NotStorable::Empty));
    assert_eq!(of("content-length:0", BodyExtent::Passing), Err(NotStorable::Empty));
    assert_eq!(of("", BodyExtent::Whole(u64::from(stored::WHOLE_MAX))), Ok(()));
    let longer = u64::from(stored::WHOLE_MAX) + 1;
    assert_eq!(of("", BodyExtent::Whole(longer)), Err(NotStorable::TooLong));
    let lines = alloc::format!("content-length:{longer}");
    assert_eq!(of(&lines, BodyExtent::Passing), Err(NotStorable::TooLong));
    assert_eq!(of("content-length:9", BodyExtent::Passing), Err(NotStorable::Streamed));
    assert_eq!(of("cache-control:private", BodyExtent::Whole(0)), Err(NotStorable::Forbidden));
}

#[test]
fn a_redirect_has_no_body_to_say_anything() {
    let answered = ResponseHead { status: 301, fields: Fields::new("location:/b") };
    assert!(storing(RULES, asked(""), answered, BodyExtent::Whole(0), NOW).is_ok());
}

#[test]
fn the_length_that_a_reason_names_is_the_bound() {
    let kib = alloc::format!("{} KiB", stored::WHOLE_MAX / 1024);
    assert!(NotStorable::TooLong.to_string().contains(&kib));
}
