use super::*;
use crate::site::access::AccessPattern;
use alloc::format;
use alloc::string::ToString;
use alloc::vec;
use proptest::prelude::*;
use serde_json::json;

const NOW: u64 = 1_795_424_400;

fn rules() -> AccessRules {
    let patterns = |text: &str| vec![AccessPattern::parse(text).unwrap()];
    AccessRules {
        team: "shop".into(),
        audience: "aud-1".into(),
        admin: patterns("kim@shop.example"),
        responder: patterns("*@shop.example"),
        viewer: Vec::new(),
    }
}

fn header() -> Value {
    json!({ "alg": "RS256", "kid": "key-1", "typ": "JWT" })
}

fn claims() -> Value {
    json!({
        "iss": "https://shop.cloudflareaccess.com", "aud": ["aud-0", "aud-1"],
        "email": "Kim@Shop.example", "exp": NOW + 3600, "iat": NOW - 5, "nbf": NOW - 5,
        "type": "app", "identity_nonce": "x", "sub": "7335d417", "country": "DE",
    })
}

fn written(header: &Value, claims: &Value, signature: &[u8]) -> String {
    let encoded = |bytes: &[u8]| Base64UrlUnpadded::encode_string(bytes);
    let (header, claims) = (header.to_string(), claims.to_string());
    format!("{}.{}.{}", encoded(header.as_bytes()), encoded(claims.as_bytes()), encoded(signature))
}

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_millis(seconds * 1000)
}

#[track_caller]
fn refused(header: &Value, claims: &Value, error: AccessTokenError) {
    let text = written(header, claims, &[7; 256]);
    assert_eq!(AccessToken::read(&text, &rules(), at(NOW)), Err(error), "{header} {claims}");
}

/// A change of one member; null takes it away.
fn with(mut object: Value, member: &str, value: Value) -> Value {
    if value.is_null() {
        object.as_object_mut().unwrap().remove(member);
    } else {
        object[member] = value;
    }
    object
}

#[test]
fn a_token_is_someones_once_its_signature_is_right() {
    let text = written(&header(), &claims(), &[7; 256]);
    let (rules, now) = (rules(), at(NOW));
    let token = AccessToken::read(&text, &rules, now).unwrap();
    assert_eq!((token.key_id(), token.signature()), ("key-1", &[7; 256][..]));
    assert_eq!(Some(token.signed()), text.rsplit_once('.').map(|(signed, _)| signed));
    assert_eq!(token.clone().verified(false), Err(AccessTokenError::Signature));
    let (email, rank) = token.verified(true).unwrap();
    assert_eq!((email.as_str(), rank), ("kim@shop.example", Rank::Admin));
    let other = with(claims(), "email", json!("lou@shop.example"));
    let text = written(&header(), &with(other, "aud", json!("aud-1")), &[7; 512]);
    let token = AccessToken::read(&text, &rules, now).unwrap();
    assert_eq!(token.verified(true).unwrap().1, Rank::Responder);
}

#[test]
fn a_token_does_not_choose_how_it_is_checked() {
    for alg in ["none", "None", "HS256", "RS512", "PS256", "ES256", "rs256", ""] {
        refused(&with(header(), "alg", json!(alg)), &claims(), AccessTokenError::Algorithm);
    }
    refused(&with(header(), "crit", json!(["exp"])), &claims(), AccessTokenError::Algorithm);
    for (member, value) in [("alg", json!(null)), ("alg", json!(["RS256"])), ("kid", json!(null))] {
        refused(&with(header(), member, value), &claims(), AccessTokenError::Malformed);
    }
}

#[test]
fn a_token_of_others_is_refused() {
    for iss in [
        "https://evil.cloudflareaccess.com",
        "https://shop.cloudflareaccess.com/",
        "http://shop.cloudflareaccess.com",
        "https://shop.cloudflareaccess.com.evil.example",
        "",
    ] {
        refused(&header(), &with(claims(), "iss", json!(iss)), AccessTokenError::Issuer);
    }
    for aud in [json!("aud-2"), json!([]), json!({ "aud-1": 1 }), json!([["aud-1"]]), json!("")] {
        refused(&header(), &with(claims(), "aud", aud), AccessTokenError::Audience);
    }
    for email in [json!(null), json!(""), json!("kim"), json!("kim@shop.example@evil.example")] {
        refused(&header(), &with(claims(), "email", email), AccessTokenError::NoPerson);
    }
    let stranger = with(claims(), "email", json!("kim@evil.example"));
    refused(&header(), &stranger, AccessTokenError::NoRole);
}

#[test]
fn a_claim_that_is_missing_or_of_another_type_is_refused() {
    for member in ["iss", "aud", "exp", "iat"] {
        refused(&header(), &with(claims(), member, json!(null)), AccessTokenError::Malformed);
    }
    for (member, value) in [
        ("exp", json!("9999999999")),
        ("exp", json!([1])),
        ("nbf", json!("0")),
        ("iat", json!(true)),
        ("email", json!(["kim@shop.example"])),
    ] {
        refused(&header(), &with(claims(), member, value), AccessTokenError::Malformed);
    }
}

#[test]
fn what_is_no_token_is_refused() {
    let good = written(&header(), &claims(), &[7; 256]);
    let signed = good.rsplit_once('.').map(|(signed, _)| signed).unwrap();
    let twice = [r#"{"alg":"none","alg":"RS256","kid":"a"}"#, &claims().to_string()]
        .map(|json| Base64UrlUnpadded::encode_string(json.as_bytes()))
        .join(".");
    let none = signed.to_string() + ".";
    for text in [
        "",
        ".",
        "..",
        "a.b.c",
        signed,
        &none,
        &(good.clone() + "="),
        &good.replace('.', " "),
        &(good.clone() + ".x"),
        &(twice + "." + good.rsplit_once('.').unwrap().1),
        &written(&header(), &claims(), &[7; 255]),
        &written(&header(), &claims(), &[7; 513]),
        &written(&with(header(), "kid", json!("x".repeat(129))), &claims(), &[7; 256]),
    ] {
        let read = AccessToken::read(text, &rules(), at(NOW));
        assert_eq!(read, Err(AccessTokenError::Malformed), "{text}");
    }
    let long = "a".repeat(ACCESS_TOKEN_MAX + 1);
    assert_eq!(AccessToken::read(&long, &rules(), at(NOW)), Err(AccessTokenError::TooLong));
}

#[test]
fn dates_may_have_fractions_and_no_date_is_too_far_away() {
    let holds = |exp: Value, iat: Value| {
        let claims = with(with(claims(), "exp", exp), "iat", iat);
        AccessToken::read(&written(&header(), &claims, &[7; 256]), &rules(), at(NOW)).is_ok()
    };
    assert!(holds(json!(NOW as f64 - 59.5), json!(NOW as f64 + 59.5)));
    assert!(!holds(json!(NOW as f64 - 60.5), json!(0)));
    assert!(!holds(json!(1e300), json!(1e300)));
    assert!(holds(json!(1e300), json!(-1e300)));
    assert!(!holds(json!(-1e300), json!(0)));
}

proptest! {
    #[test]
    fn a_token_holds_from_its_beginning_to_its_end_with_the_leeway(
        exp in NOW - 200..NOW + 200,
        iat in NOW - 200..NOW + 200,
        nbf in proptest::option::of(NOW - 200..NOW + 200),
    ) {
        let mut claims = with(with(claims(), "exp", json!(exp)), "iat", json!(iat));
        claims = with(claims, "nbf", nbf.map_or(Value::Null, |nbf| json!(nbf)));
        let read = AccessToken::read(&written(&header(), &claims, &[7; 256]), &rules(), at(NOW))
            .map(|_| ());
        let expected = if exp + 60 <= NOW {
            Err(AccessTokenError::Expired)
        } else if iat > NOW + 60 || nbf.is_some_and(|nbf| nbf > NOW + 60) {
            Err(AccessTokenError::Early)
        } else {
            Ok(())
        };
        prop_assert_eq!(read, expected);
    }

    #[test]
    fn no_text_breaks_the_reader(text in "\\PC{0,80}") {
        prop_assert!(AccessToken::read(&text, &rules(), at(NOW)).is_err());
    }

    #[test]
    fn what_is_changed_anywhere_is_either_refused_or_has_another_signed_part(
        place in 0_usize..600,
        letter in "[A-Za-z0-9_-]",
    ) {
        let good = written(&header(), &claims(), &[7; 256]);
        let place = place % good.len();
        let mut changed = good.clone();
        changed.replace_range(place..=place, &letter);
        if let Ok(token) = AccessToken::read(&changed, &rules(), at(NOW)) {
            let (rules, now) = (rules(), at(NOW));
            let before = AccessToken::read(&good, &rules, now).unwrap();
            let parts = (before.signed(), before.signature());
            prop_assert_eq!((token.signed(), token.signature()) == parts, changed == good);
        }
    }
}
