//! What the forms of all services have in common.

use serde_json::{Map, Value};

use super::{Came, Fault};

/// The body as a JSON object with no names but these, so that a misspelt one is noticed.
pub(super) fn body(came: &Came, names: &[&str]) -> Result<Value, Fault> {
    let body = serde_json::from_str(&came.body).map_err(|_| Fault::new(400, "no JSON"))?;
    object(&body, "the body", names)?;
    Ok(body)
}

/// An object with no names but these.
pub(super) fn object<'a>(
    value: &'a Value,
    what: &str,
    names: &[&str],
) -> Result<&'a Map<String, Value>, Fault> {
    let object =
        value.as_object().ok_or_else(|| Fault::new(400, format!("{what} is no object")))?;
    match object.keys().find(|name| !names.contains(&name.as_str())) {
        Some(name) => Err(Fault::new(400, format!("{what} has {name}"))),
        None => Ok(object),
    }
}

/// The items of a list of `min` to `max`.
pub(super) fn list<'a>(
    value: &'a Value,
    what: &str,
    min: usize,
    max: usize,
) -> Result<&'a [Value], Fault> {
    let list = value.as_array().ok_or_else(|| Fault::new(400, format!("{what} is no list")))?;
    match (min..=max).contains(&list.len()) {
        true => Ok(list),
        false => {
            Err(Fault::new(400, format!("{what} has {} items, not {min} to {max}", list.len())))
        }
    }
}

/// A text of 1 to `max` as `count` counts, with more in it than spaces.
pub(super) fn text<'a>(
    value: &'a Value,
    what: &str,
    max: usize,
    count: fn(&str) -> usize,
) -> Result<&'a str, Fault> {
    let text = value.as_str().ok_or_else(|| Fault::new(400, format!("{what} is no text")))?;
    let size = count(text);
    if text.trim().is_empty() {
        return Err(Fault::new(400, format!("{what} is empty")));
    }
    if size > max {
        return Err(Fault::new(400, format!("{what} has {size}, not 1 to {max}")));
    }
    Ok(text)
}

/// One of these texts.
pub(super) fn one_of(value: &Value, what: &str, allowed: &[&str]) -> Result<(), Fault> {
    match value.as_str().is_some_and(|text| allowed.contains(&text)) {
        true => Ok(()),
        false => Err(Fault::new(400, format!("{what} is {value}, not one of {allowed:?}"))),
    }
}

/// An absolute URL with nothing in it that would have to be encoded.
pub(super) fn url(value: &Value, what: &str, max: usize) -> Result<String, Fault> {
    let url = text(value, what, max, str::len)?;
    let has_scheme = url.starts_with("https://") || url.starts_with("http://");
    let is_plain = |b: u8| b.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&b);
    match has_scheme && url.bytes().all(is_plain) {
        true => Ok(url.into()),
        false => Err(Fault::new(400, format!("{what} is no URL: {url}"))),
    }
}

/// An RFC 3339 time in UTC, to the millisecond: 24 characters.
pub(super) fn time(value: &Value, what: &str) -> Result<(), Fault> {
    let time = value.as_str().unwrap_or_default();
    let is_time = time.len() == 24
        && time.bytes().zip(b"0000-00-00T00:00:00.000Z".iter()).all(|(b, form)| match form {
            b'0' => b.is_ascii_digit(),
            form => b == *form,
        });
    match is_time {
        true => Ok(()),
        false => Err(Fault::new(400, format!("{what} is no time: {value}"))),
    }
}

/// Characters.
pub(super) fn chars(text: &str) -> usize {
    text.chars().count()
}

/// UTF-16 code units.
pub(super) fn utf16(text: &str) -> usize {
    text.encode_utf16().count()
}
