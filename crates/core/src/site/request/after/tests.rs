use super::*;
use crate::base::time::Millis;
use crate::cache::kind::VisitorKind;
use crate::cache::meta::OnError;
use proptest::prelude::*;
use std::sync::LazyLock;

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
const AS_CACHE: StoreRules<'_> = StoreRules {
    caches: true,
    stale_if_error: None,
    negative_ttl: Some(Millis::from_secs(60)),
    is_private: false,
    unkeyed: &[],
    overrides: false,
};
const ON_ERROR: StoreRules<'_> = StoreRules {
    caches: false,
    stale_if_error: Some(Millis::from_secs(3600)),
    negative_ttl: None,
    is_private: false,
    unkeyed: &[],
    overrides: false,
};
const PAGE: ResponseHead<'_> =
    ResponseHead { status: 200, fields: Fields::new("cache-control:max-age=60\nx-a:1") };

fn get(fields: &str) -> CacheRequest<'_> {
    CacheRequest {
        method: "GET",
        path: "/",
        fields: Fields::new(fields),
        requested_at: NOW,
        ..CacheRequest::default()
    }
}

/// A visitor's `GET` without any fields that brought a whole page, on a route that is a cache.
fn finished() -> Finished<'static, &'static str, &'static str> {
    Finished {
        rules: AS_CACHE,
        asked: get(""),
        answered: PAGE,
        whom: Target::Origin,
        asker: Asker::Visitor,
        body: Some(whole()),
        validating: None,
    }
}

fn whole() -> WholeBody<'static, &'static str> {
    static KEY: LazyLock<CacheKey> =
        LazyLock::new(|| CacheKey::new(0, "https", "shop.example", "/", VisitorKind::default()));
    WholeBody { body: &"a body", length: 7, is_as_labelled: true, key: &KEY }
}

fn decided<'a>(
    finished: Finished<'a, &'static str, &'static str>,
) -> After<'a, &'static str, &'static str> {
    after(finished, || true, NOW)
}

fn is_stored(after: &After<'_, &str, &str>) -> bool {
    matches!(after, After::Store { body, .. } if **body == "a body")
}

#[test]
fn an_answer_that_may_be_stored_is_stored_with_its_own_length() {
    let After::Store { storable, fields, .. } = decided(finished()) else { panic!("not stored") };
    assert_eq!((storable.stored.status, storable.stored.fresh_for), (200, Millis::from_secs(60)));
    assert_eq!(fields, "cache-control:max-age=60\nx-a:1\ncontent-length:7");
}

#[test]
fn only_a_whole_body_of_the_origin_is_stored() {
    let long = ResponseHead {
        fields: Fields::new("cache-control:max-age=60\ncontent-length:262145"),
        ..PAGE
    };
    let mislabelled = Some(WholeBody { is_as_labelled: false, ..whole() });
    let empty = Some(WholeBody { length: 0, ..whole() });
    for (finished, why) in [
        (Finished { body: None, ..finished() }, NotStorable::Streamed),
        (Finished { body: None, answered: long, ..finished() }, NotStorable::TooLong),
        (Finished { body: mislabelled, ..finished() }, NotStorable::Coding),
        (Finished { body: empty, ..finished() }, NotStorable::Empty),
        (Finished { whom: Target::Backup, ..finished() }, NotStorable::Backup),
    ] {
        assert_eq!(decided(finished), After::NotStored(why), "{finished:?}");
    }
}

#[test]
fn what_no_key_can_name_is_not_stored_and_not_said_to_be() {
    let answered = ResponseHead {
        fields: Fields::new("cache-control:max-age=60\nvary:accept-language"),
        ..PAGE
    };
    let long = alloc::format!("accept-language:{}", "x".repeat(5_000));
    for (fields, is_stored) in [("accept-language:de", true), (long.as_str(), false)] {
        let after = decided(Finished { asked: get(fields), answered, ..finished() });
        assert_eq!(self::is_stored(&after), is_stored);
        let is_refused = after == After::NotStored(NotStorable::LongKey);
        assert_eq!(is_refused, !is_stored);
    }
}

#[test]
fn where_the_upstream_is_asked_each_time_the_same_answer_is_stored_now_and_then() {
    let finished = Finished { rules: ON_ERROR, ..finished() };
    assert!(is_stored(&after(finished, || true, NOW)));
    assert_eq!(after(finished, || false, NOW), After::NotStored(NotStorable::Recent));
    let own = Finished { asker: Asker::Breakwater, ..finished };
    assert!(is_stored(&after(own, || panic!("not asked"), NOW)));
    let cached = Finished { rules: AS_CACHE, ..finished };
    assert!(is_stored(&after(cached, || panic!("not asked"), NOW)));
}

#[test]
fn no_note_of_storing_is_taken_for_what_is_not_stored() {
    let answered = ResponseHead { fields: Fields::new("cache-control:no-store"), ..PAGE };
    for finished in [
        Finished { rules: ON_ERROR, answered, ..finished() },
        Finished { rules: ON_ERROR, body: None, ..finished() },
        Finished {
            rules: ON_ERROR,
            body: Some(WholeBody { is_as_labelled: false, ..whole() }),
            ..finished()
        },
    ] {
        let after = after(finished, || panic!("noted"), NOW);
        assert!(matches!(after, After::NotStored(_)), "{after:?}");
    }
}

#[test]
fn an_error_is_stored_for_a_visitor_and_never_in_advance() {
    let answered = ResponseHead { status: 503, ..PAGE };
    assert!(is_stored(&decided(Finished { answered, ..finished() })));
    let own = Finished { answered, asker: Asker::Breakwater, ..finished() };
    assert_eq!(decided(own), After::NotStored(NotStorable::Status));
}

#[test]
fn a_visitor_who_makes_no_stored_response_has_one_made() {
    let asked = get("cookie:a=b");
    let After::Refresh { fields, why } = decided(Finished { asked, ..finished() }) else {
        panic!("no refresh")
    };
    assert_eq!(why, NotStorable::Personal);
    assert!(!Fields::new(&fields).has("cookie"), "{fields}");
    for finished in [
        Finished { asked, asker: Asker::Breakwater, ..finished() },
        Finished { asked, answered: ResponseHead { status: 503, ..PAGE }, ..finished() },
        Finished { asked, body: None, ..finished() },
        Finished { asked, whom: Target::Backup, ..finished() },
    ] {
        assert!(matches!(decided(finished), After::NotStored(_)), "{finished:?}");
    }
}

const STORED: StoredMeta = StoredMeta {
    generated_at: Timestamp::from_millis(1_799_999_000_000),
    fresh_for: Millis::from_secs(60),
    on_error: OnError::AsTheRouteSays,
    while_revalidate: Millis::ZERO,
    status: 200,
    requested_at: Timestamp::from_millis(1_799_999_000_000),
    tag_purges: 0,
};

#[test]
fn a_304_validates_what_it_was_asked_for_whoever_asked() {
    let fields = Fields::new("etag:\"a\"\nx-a:1\ncontent-length:7");
    let validating = Some(Validating { response: "stored", stored: STORED, fields });
    let answered =
        ResponseHead { status: 304, fields: Fields::new("cache-control:max-age=9\nx-a:2") };
    for asker in [Asker::Visitor, Asker::Breakwater] {
        let finished = Finished { answered, validating, asker, body: None, ..finished() };
        let After::Validated(validated) = decided(finished) else { panic!("not validated") };
        assert_eq!(validated.response, "stored");
        assert_eq!(
            validated.fields,
            "etag:\"a\"\ncontent-length:7\ncache-control:max-age=9\nx-a:2"
        );
        let storable = validated.storable.unwrap();
        assert_eq!(
            (storable.stored, storable.stored.fresh_for),
            (validated.stored, Millis::from_secs(9))
        );
    }
    let unasked = Finished { answered, body: None, ..finished() };
    assert_eq!(decided(unasked), After::NotStored(NotStorable::Status));
}

#[test]
fn a_304_that_forbids_storing_still_answers_by_what_was_stored() {
    let validating =
        Some(Validating { response: "stored", stored: STORED, fields: Fields::new("etag:\"a\"") });
    let answered = ResponseHead { status: 304, fields: Fields::new("cache-control:no-store") };
    let finished = Finished { answered, validating, body: None, ..finished() };
    let After::Validated(validated) = decided(finished) else { panic!("not validated") };
    assert_eq!((validated.storable, validated.stored), (None, STORED));
}

#[test]
fn what_changes_something_invalidates_unless_it_failed() {
    for (method, status, expected) in [
        ("POST", 200, After::Invalidate),
        ("DELETE", 303, After::Invalidate),
        ("POST", 404, After::NotStored(NotStorable::Method)),
        ("POST", 503, After::NotStored(NotStorable::Method)),
        ("OPTIONS", 200, After::NotStored(NotStorable::Method)),
    ] {
        // The straight path reads neither fields nor body.
        let asked = CacheRequest { method, ..CacheRequest::default() };
        let answered = ResponseHead { status, ..ResponseHead::default() };
        let finished = Finished { asked, answered, body: None, ..finished() };
        assert_eq!(decided(finished), expected, "{method} {status}");
    }
}

#[test]
fn a_page_that_everybody_sees_is_noted_for_snapshots() {
    let noted = |finished: Finished<'_, &str, &str>| is_noted(&finished);
    assert!(noted(finished()));
    for finished in [
        Finished { asked: get("cookie:a=b"), ..finished() },
        Finished { answered: ResponseHead { status: 404, ..PAGE }, ..finished() },
        Finished { whom: Target::Backup, ..finished() },
        Finished { body: None, ..finished() },
    ] {
        assert!(!noted(finished), "{finished:?}");
    }
}

#[test]
fn a_page_in_demand_is_refreshed_while_the_upstream_is_well() {
    assert!(may_refresh(true, State::Closed));
    assert!(!may_refresh(false, State::Closed) && !may_refresh(true, State::HalfOpen));
    let just = Millis::new(REFRESH_EVERY.get() - 1);
    assert!(is_young(just, false) && !is_young(just, true) && !is_young(REFRESH_EVERY, false));
}

#[test]
fn a_part_is_read_whole_where_the_whole_could_be_stored() {
    let of = |status| reads_whole(AS_CACHE, "/", ResponseHead { status, ..PAGE }, NOW);
    assert_eq!((of(200), of(206), of(416)), (Ok(()), Ok(()), Err(NotStorable::Status)));
}

proptest! {
    #[test]
    fn nothing_personal_and_nothing_unsafe_is_ever_stored(
        method in prop::sample::select(alloc::vec!["GET", "HEAD", "POST", "PUT", "DELETE"]),
        request in prop::sample::select(alloc::vec!["", "cookie:a=b", "authorization:x", "x-a:b"]),
        status in 200u16..600,
        answer in prop::sample::select(alloc::vec![
            "cache-control:max-age=60", "cache-control:max-age=60\nset-cookie:a=b", "",
            "cache-control:private", "cache-control:max-age=60\nvary:cookie",
        ]),
        caches: bool,
        is_own: bool,
        has_body: bool,
    ) {
        let finished = Finished {
            rules: if caches { AS_CACHE } else { ON_ERROR },
            asked: CacheRequest { method, ..get(request) },
            answered: ResponseHead { status, fields: Fields::new(answer) },
            asker: if is_own { Asker::Breakwater } else { Asker::Visitor },
            body: has_body.then(whole),
            ..finished()
        };
        let after = decided(finished);
        if is_stored(&after) {
            prop_assert_eq!((method, request, has_body), ("GET", "", true));
            prop_assert!(!answer.contains("cookie") && !answer.contains("private"));
        }
        let is_unsafe = !matches!(method, "GET" | "HEAD");
        prop_assert_eq!(after == After::Invalidate, is_unsafe && status < 400);
        prop_assert!(!is_own || !matches!(after, After::Refresh { .. }), "it asks for itself");
    }
}

#[test]
fn there_is_nothing_for_all_only_where_nothing_in_the_request_may_have_hidden_it() {
    fn of(
        rules: StoreRules<'_>,
        asked: CacheRequest<'_>,
        status: u16,
        whom: Target,
    ) -> Option<Absent> {
        let answered = ResponseHead { status, ..ResponseHead::default() };
        absent(rules, asked, answered, whom)
    }
    fn here(asked: CacheRequest<'_>) -> Option<Absent> {
        of(ON_ERROR, asked, 404, Target::Origin)
    }
    let for_all = Some(Absent::ForAll(Absence::Missing));
    assert_eq!(here(get("accept:*/*")), for_all);
    assert_eq!(of(AS_CACHE, get(""), 410, Target::Origin), Some(Absent::ForAll(Absence::Gone)));
    for theirs in ["cookie:a=b", "referer:https://a/", "cookie:a=b\nreferer:https://a/"] {
        let Some(Absent::Unsure(fields)) = here(get(theirs)) else { panic!("{theirs}") };
        assert!(!fields.contains("cookie") && !fields.contains("referer"), "{fields}");
        assert_eq!(here(get(&fields)), for_all, "what Breakwater asks by itself is sure");
    }
    for theirs in ["x-host:evil", "cookie:a\nauthorization:b", "range:bytes=0-1"] {
        assert_eq!(here(get(theirs)), None, "{theirs}");
    }
    assert_eq!(here(CacheRequest { has_unkeyed: true, ..get("") }), None);
    assert_eq!(here(CacheRequest { method: "POST", ..get("") }), None);
    assert_eq!(of(ON_ERROR, get(""), 404, Target::Backup), None);
    assert_eq!(of(StoreRules::default(), get(""), 404, Target::Origin), None);
    for status in [200, 301, 403, 451, 500, 503] {
        assert_eq!(of(ON_ERROR, get(""), status, Target::Origin), None, "{status}");
    }
}
