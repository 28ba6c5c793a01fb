//! How the first call of a request on the ladder is sent.

use breakwater_core::base::fields::Fields;
use breakwater_core::site::request::Shape;

use crate::site;

const STORED: Fields<'_> = Fields::new("etag:\"a\"");

/// Whether a `GET` of this path and with these fields is changed, whether it validates, and
/// whether it can be repeated.
fn shape(path: &str, request: &str, shed: &str, stored: Option<Fields<'_>>) -> &'static str {
    let site = site();
    match Shape::of(site.route(path).1, "GET", Fields::new(request), shed, stored) {
        Shape::Once => "once",
        Shape::Repeatable => "repeatable",
        Shape::Changed { validators: Some(_), .. } => "validates",
        Shape::Changed { validators: None, .. } => "sheds",
    }
}

#[test]
fn a_request_that_no_stored_response_comes_of_goes_as_it_came() {
    assert_eq!(shape("/cached/a", "", "", None), "once");
    assert_eq!(shape("/retried/a", "", "", None), "repeatable");
    assert_eq!(shape("/backed/a", "", "", None), "repeatable");
}

#[test]
fn a_cache_validates_what_it_has_and_sheds_what_it_does_not_ask_with() {
    assert_eq!(shape("/cached/a", "", "", Some(STORED)), "validates");
    assert_eq!(shape("/cached/a", "", " referer", Some(STORED)), "validates");
    assert_eq!(shape("/cached/a", "", " referer", None), "sheds");
    assert_eq!(shape("/cached/a", "range:bytes=0-1", "", Some(STORED)), "once");
    assert_eq!(shape("/cached/a", "", "", Some(Fields::new("x-a:1"))), "once");
}

#[test]
fn a_request_with_a_cookie_goes_as_it_came() {
    assert_eq!(shape("/cached/a", "cookie:a=b", " referer", Some(STORED)), "once");
    assert_eq!(shape("/retried/a", "cookie:a=b", " referer", Some(STORED)), "repeatable");
}
