use super::*;
use crate::cache::meta::Reuse;

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
const STALE: StoreRules<'_> = StoreRules {
    caches: false,
    stale_if_error: Some(Millis::from_secs(3600)),
    negative_ttl: None,
    is_private: false,
    unkeyed: &[],
    overrides: false,
};
const CACHE: StoreRules<'_> = StoreRules { caches: true, stale_if_error: None, ..STALE };

fn get(fields: &'static str) -> CacheRequest<'static> {
    CacheRequest {
        method: "GET",
        path: "/",
        fields: Fields::new(fields),
        requested_at: NOW,
        ..CacheRequest::default()
    }
}

fn of(rules: StoreRules<'_>, status: u16, answer: &str) -> Result<Storable, NotStorable> {
    storable(rules, get(""), ResponseHead { status, fields: Fields::new(answer) }, NOW)
}

#[track_caller]
fn refused(rules: StoreRules<'_>, answer: &str, why: NotStorable) {
    assert_eq!(of(rules, 200, answer), Err(why), "{answer}");
}

#[test]
fn a_public_page_is_kept_with_its_lifetime_and_age() {
    let kept = of(STALE, 200, "cache-control:public, MAX-AGE=60\nage:7").unwrap();
    assert_eq!(kept.stored.fresh_for, Millis::from_secs(60));
    assert_eq!(NOW.since(kept.stored.generated_at), Millis::from_secs(7));
    assert_eq!(kept.stored_for, Millis::from_secs(3660));
}

#[test]
fn nothing_of_a_personal_request_is_kept() {
    let page = ResponseHead { status: 200, fields: Fields::new("cache-control:max-age=60") };
    for rules in [STALE, CACHE] {
        let of = |asked| storable(rules, asked, page, NOW);
        assert_eq!(of(get("cookie:a=b")), Err(NotStorable::Personal));
        assert_eq!(of(get("authorization:x")), Err(NotStorable::Personal));
        assert_eq!(of(get("range:bytes=0-1")), Err(NotStorable::Method));
        assert_eq!(of(get("x-host:evil")), Err(NotStorable::Unkeyed));
        assert_eq!(of(CacheRequest { has_unkeyed: true, ..get("") }), Err(NotStorable::Unkeyed));
        assert_eq!(of(CacheRequest { method: "HEAD", ..get("") }), Err(NotStorable::Method));
        assert_eq!(
            of(CacheRequest { path: "/account/x.css", ..get("") }),
            of(get("")),
            "no type is said"
        );
    }
    let private = StoreRules { is_private: true, ..CACHE };
    assert_eq!(storable(private, get(""), page, NOW), Err(NotStorable::Route));
    assert_eq!(storable(StoreRules::default(), get(""), page, NOW), Err(NotStorable::Route));
}

#[test]
fn an_answer_that_is_somebodys_is_not_kept() {
    for rules in [STALE, CACHE] {
        refused(rules, "cache-control:max-age=9\nset-cookie:a=b", NotStorable::SetsCookie);
        for field in ["no-store", "private", "private=\"x\", max-age=9", "max-age=9, No-Store"] {
            refused(rules, &alloc::format!("cache-control:{field}"), NotStorable::Forbidden);
        }
        for vary in ["*", "accept, *", "Authorization"] {
            let answer = alloc::format!("cache-control:max-age=9\nvary:{vary}");
            refused(rules, &answer, NotStorable::Varies);
        }
        let stream = "cache-control:max-age=9\ncontent-type:Text/Event-Stream; charset=utf-8";
        refused(rules, stream, NotStorable::EventStream);
    }
    let page = ResponseHead { status: 200, fields: Fields::new("content-type:text/html") };
    let lured = CacheRequest { path: "/account/x.css", ..get("") };
    assert_eq!(storable(STALE, lured, page, NOW), Err(NotStorable::Suspect));
}

#[test]
fn what_only_some_visitors_could_read_is_not_kept() {
    for rules in [STALE, CACHE] {
        let with =
            |coding: &str| of(rules, 200, &alloc::format!("cache-control:max-age=9\n{coding}"));
        for coding in ["zstd", "compress", "x-gzip", "gzip, br"] {
            for vary in ["", "\nvary:accept-encoding"] {
                let coding = alloc::format!("content-encoding:{coding}{vary}");
                assert_eq!(with(&coding), Err(NotStorable::Coding), "{coding}");
            }
        }
        for coding in ["content-encoding:gzip", "content-encoding:br", "content-encoding:identity"]
        {
            assert_eq!(with(coding), with(""), "{coding}");
        }
    }
}

#[test]
fn what_may_not_be_used_when_stale_serves_a_cache_only() {
    for field in ["max-age=9, must-revalidate", "max-age=9, proxy-revalidate", "s-maxage=9"] {
        let answer = alloc::format!("cache-control:{field}\netag:\"a\"");
        let kept = of(StoreRules { stale_if_error: STALE.stale_if_error, ..CACHE }, 200, &answer);
        assert_eq!(kept.unwrap().stored.on_error, OnError::Never, "{field}");
        let kept = of(STALE, 200, &answer).unwrap();
        assert_eq!(kept.stored_for, Millis::from_secs(9), "while it is fresh");
    }
    for field in ["no-cache", "max-age=0, must-revalidate", "proxy-revalidate", "s-maxage=0"] {
        let answer = alloc::format!("cache-control:{field}\netag:\"a\"");
        refused(STALE, &answer, NotStorable::NeverStale);
    }
    let kept = of(CACHE, 200, "cache-control:no-cache, max-age=9\netag:\"a\"").unwrap();
    assert_eq!((kept.stored.fresh_for, kept.stored_for), (Millis::ZERO, VALIDATED_WITHIN));
}

#[test]
fn a_status_that_must_be_understood_and_is_goes_before_no_store() {
    let answer = "cache-control:max-age=60, no-store, must-understand";
    assert!(of(CACHE, 200, answer).is_ok());
    assert_eq!(of(CACHE, 599, answer), Err(NotStorable::Status));
}

#[test]
fn a_cache_keeps_nothing_that_it_could_never_use() {
    refused(CACHE, "cache-control:max-age=0", NotStorable::NoLifetime);
    refused(CACHE, "x:y", NotStorable::NoLifetime);
    assert!(of(CACHE, 200, "last-modified:Sun, 06 Nov 1994 08:49:37 GMT").is_ok());
    let named = of(CACHE, 200, "cache-control:stale-if-error=60").unwrap();
    assert_eq!(named.stored_for, Millis::from_secs(60));
}

#[test]
fn the_upstreams_word_on_stale_copies_goes_before_the_routes() {
    let kept = of(STALE, 200, "cache-control:max-age=1, stale-if-error=60").unwrap();
    assert_eq!(kept.stored.on_error, OnError::For(Millis::from_secs(60)));
    assert_eq!(kept.stored_for, Millis::from_secs(61));
    let kept = of(STALE, 200, "cache-control:max-age=1, stale-while-revalidate=9").unwrap();
    assert_eq!(kept.stored.while_revalidate, Millis::from_secs(9));
}

/// What the upstream says of stale use, and what becomes of it with a route's `stale_if_error` of
/// an hour: with the RFC alone, and where the route overrides.
#[test]
fn what_permits_stale_use_goes_before_what_implies_that_there_is_none() {
    const HOUR: u64 = 3600;
    const OVERRIDES: StoreRules<'_> = StoreRules { overrides: true, ..STALE };
    for (field, stale_for) in [
        ("max-age=9", HOUR),
        ("max-age=9, stale-if-error=60", 60),
        ("max-age=9, stale-if-error=0", 0),
        ("s-maxage=9", 0),
        ("s-maxage=9, stale-if-error=60", 60),
        ("s-maxage=9, max-age=0, stale-if-error=60", 60),
        ("s-maxage=9, stale-while-revalidate=31535940", 31_535_940),
        ("s-maxage=9, stale-while-revalidate=30, stale-if-error=60", 60),
        ("s-maxage=9, stale-while-revalidate=60, stale-if-error=30", 60),
        ("max-age=9, must-revalidate", 0),
        ("max-age=9, must-revalidate, stale-if-error=60", 0),
        ("max-age=9, proxy-revalidate, stale-if-error=60", 0),
        ("s-maxage=9, must-revalidate, stale-while-revalidate=60", 0),
        ("no-cache, stale-if-error=60, max-age=9", 0),
    ] {
        let answer = alloc::format!("cache-control:{field}");
        let fresh_for = if field.contains("no-cache") { 0 } else { 9 };
        let survives = |rules| {
            let kept = of(rules, 200, &answer).map(|kept| kept.stored.survives_for(rules));
            kept.unwrap_or_default()
        };
        assert_eq!(survives(STALE), Millis::from_secs(fresh_for + stale_for), "{field}");
        assert_eq!(survives(OVERRIDES), Millis::from_secs(fresh_for + HOUR), "{field}");
    }
    for field in ["no-store", "private", "private, stale-if-error=60", "max-age=9, no-store"] {
        refused(OVERRIDES, &alloc::format!("cache-control:{field}"), NotStorable::Forbidden);
    }
    refused(OVERRIDES, "cache-control:max-age=9\nset-cookie:a=b", NotStorable::SetsCookie);
}

#[test]
fn a_cache_revalidates_behind_what_a_shared_lifetime_and_stale_use_are_said_of() {
    let kept = of(CACHE, 200, "cache-control:s-maxage=9, stale-while-revalidate=60").unwrap();
    assert_eq!(kept.stored.while_revalidate, Millis::from_secs(60));
    let kept =
        of(CACHE, 200, "cache-control:s-maxage=9, must-revalidate, stale-while-revalidate=9");
    assert_eq!(kept.unwrap().stored.while_revalidate, Millis::ZERO);
}

#[test]
fn errors_are_not_kept_and_some_answers_only_where_they_say_for_how_long() {
    let fresh = "cache-control:max-age=60";
    for status in [206, 299, 304, 400, 401, 403, 429, 431, 499, 500, 502, 503, 504, 599] {
        assert_eq!(of(CACHE, status, fresh), Err(NotStorable::Status), "{status}");
    }
    for status in [204, 302, 307, 404, 410] {
        assert!(of(CACHE, status, fresh).is_ok(), "{status}");
        assert_eq!(of(CACHE, status, "etag:\"a\""), Err(NotStorable::Status), "{status}");
        assert_eq!(of(STALE, status, fresh), Err(NotStorable::Status), "{status}");
    }
    for status in [200, 203, 301, 308] {
        assert!(of(STALE, status, "").is_ok(), "{status}");
    }
}

/// A cache that keeps errors for ten seconds.
const NEGATIVE: StoreRules<'_> = StoreRules {
    negative_ttl: Some(Millis::from_secs(10)),
    stale_if_error: STALE.stale_if_error,
    ..CACHE
};

#[test]
fn errors_are_kept_where_a_route_says_so_and_no_longer_than_that() {
    for status in [299, 400, 499, 500, 502, 503, 504, 599] {
        let of = |lines| of(NEGATIVE, status, lines);
        let kept = of("cache-control:max-age=60\nage:7\netag:\"a\"").unwrap();
        assert_eq!(kept.stored.reuse(at(9_999)), Reuse::Fresh, "{status}");
        assert_eq!(kept.stored.reuse(at(10_000)), Reuse::Validate, "{status}");
        assert_eq!(kept.stored_for, Millis::from_secs(17), "and is forgotten then");
        assert_eq!(kept.stored.usable_on_error(NEGATIVE, at(10_000)), None);
        let short = of("cache-control:max-age=3, stale-if-error=60, stale-while-revalidate=60");
        assert_eq!(short.unwrap().stored_for, Millis::from_secs(3), "{status}");
        assert_eq!(of("etag:\"a\""), Err(NotStorable::Status), "{status} names no lifetime");
    }
    for status in [206, 304, 401, 403, 407, 412, 416, 421, 428, 429, 431, 511] {
        assert_eq!(
            of(NEGATIVE, status, "cache-control:max-age=60"),
            Err(NotStorable::Status),
            "{status}"
        );
    }
}

#[test]
fn an_error_takes_no_good_copys_place() {
    let error = ResponseHead { status: 503, fields: Fields::new("cache-control:max-age=60") };
    let beside = |beside| {
        storable(NEGATIVE, CacheRequest { stored_status: beside, ..get("") }, error, NOW)
            .map(|_| ())
    };
    assert_eq!(beside(Some(200)), Err(NotStorable::Displaces));
    assert_eq!(beside(Some(404)), Err(NotStorable::Displaces));
    assert_eq!(beside(Some(500)), Ok(()));
    assert_eq!(beside(None), Ok(()));
    let page = ResponseHead { status: 200, ..error };
    assert!(
        storable(NEGATIVE, CacheRequest { stored_status: Some(503), ..get("") }, page, NOW).is_ok()
    );
}

#[test]
fn a_status_that_must_be_understood_and_is_not_is_not_kept() {
    let answer = "cache-control:max-age=60, must-understand";
    assert!(of(NEGATIVE, 503, answer).is_ok());
    for status in [299, 499, 599] {
        assert_eq!(of(NEGATIVE, status, answer), Err(NotStorable::Status), "{status}");
    }
}

fn at(ms: u64) -> Timestamp {
    Timestamp::from_millis(NOW.as_millis() + ms)
}

#[test]
fn a_visitor_with_cookies_gets_a_copy_and_one_with_a_token_does_not() {
    assert!(may_serve(STALE, "GET", false) && may_serve(CACHE, "HEAD", false));
    assert!(!may_serve(STALE, "GET", true));
    assert!(!may_serve(STALE, "POST", false));
    assert!(!may_serve(StoreRules { is_private: true, ..CACHE }, "GET", false));
    assert!(!may_serve(StoreRules::default(), "GET", false));
}

#[test]
fn asking_again_without_cookies_is_worth_it_for_public_answers_only() {
    let of = |lines| {
        let answered = ResponseHead { status: 200, fields: Fields::new(lines) };
        is_public(STALE, "/", answered, NOW)
    };
    assert_eq!(of("cache-control:max-age=60"), Ok(()));
    assert_eq!(of("vary:cookie"), Ok(()), "who asks without any gets what all such visitors get");
    assert_eq!(of("cache-control:private"), Err(NotStorable::Forbidden));
}

#[test]
fn what_is_asked_for_again_would_have_become_a_copy() {
    let fields = Fields::new("cache-control:max-age=60");
    let of = |asked: CacheRequest<'_>| {
        anonymous(STALE, asked, ResponseHead { status: 200, fields }, NOW).is_some()
    };
    for theirs in ["cookie:a=b", "cookie:a=b\nreferer:https://a/", "referer:https://a/", "dnt:1"] {
        assert!(of(get(theirs)), "{theirs}");
    }
    for theirs in
        ["", "cookie:a=b\nx-tenant:1", "cookie:a=b\nrange:bytes=0-1", "cookie:a\nauthorization:b"]
    {
        assert!(!of(get(theirs)), "{theirs}");
    }
    assert!(!of(CacheRequest { method: "HEAD", ..get("cookie:a=b") }));
    assert!(!of(CacheRequest { has_unkeyed: true, ..get("cookie:a=b") }));
    for answer in ["cache-control:no-store", "cache-control:max-age=9\nset-cookie:a=b", "vary:*"] {
        let answered = ResponseHead { status: 200, fields: Fields::new(answer) };
        assert_eq!(anonymous(STALE, get("cookie:a=b"), answered, NOW), None, "{answer}");
    }
    let by_cookie = ResponseHead { status: 200, fields: Fields::new("vary:cookie") };
    let own = anonymous(STALE, get("cookie:a=b\naccept-language:de"), by_cookie, NOW).unwrap();
    assert!(!Fields::new(&own).has("cookie"), "{own}");
    let missing = ResponseHead { status: 404, fields };
    assert_eq!(anonymous(STALE, get("cookie:a=b"), missing, NOW), None);
}

#[test]
fn a_cache_alone_asks_without_where_visitors_came_from() {
    let request = Fields::new("accept:*/*\nreferer:https://a/");
    assert_eq!(asked_with(CACHE, request).unwrap().fields, "accept:*/*");
    assert_eq!(asked_with(STALE, request), None);
    assert_eq!(asked_with(StoreRules { is_private: true, ..CACHE }, request), None);
}
