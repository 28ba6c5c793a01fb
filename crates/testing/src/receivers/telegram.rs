//! Telegram: <https://core.telegram.org/bots/api#sendmessage>.

use super::form::{body, chars, one_of, text, utf16};
use super::markup::{Piece, pieces};
use super::{Came, Fault, Shown};

/// UTF-16 code units of a text, without its tags.
const TEXT_MAX: usize = 4096;

pub(super) fn check(came: &Came, token: &str) -> Result<Shown, Fault> {
    if came.path != format!("/bot{token}/sendMessage") {
        return Err(Fault::new(404, "Not Found"));
    }
    let body = body(came, &["chat_id", "text", "parse_mode", "link_preview_options"])?;
    one_of(&body["parse_mode"], "parse_mode", &["HTML"])?;
    text(&body["chat_id"], "chat_id", 64, chars)?;
    let mut shown = Shown::default();
    let mut open: Vec<&str> = Vec::new();
    for piece in pieces(text(&body["text"], "text", usize::MAX, chars)?)? {
        match piece {
            Piece::Text(text) => shown.text.push_str(&text),
            Piece::Tag(tag) => match tag.as_str() {
                "b" => open.push("b"),
                "/b" | "/a"
                    if open.pop() == tag.get(1..).map(|tag| if tag == "b" { "b" } else { "a" }) => {
                }
                tag => {
                    let url = tag.strip_prefix("a href=\"").and_then(|it| it.strip_suffix('"'));
                    let Some(url) = url.filter(|url| !url.contains('"')) else {
                        return Err(Fault::new(400, format!("can't parse entities: <{tag}>")));
                    };
                    shown.links.push(url.into());
                    open.push("a");
                }
            },
        }
    }
    if !open.is_empty() {
        return Err(Fault::new(400, "can't parse entities: a tag does not end"));
    }
    match utf16(shown.text.trim()) > TEXT_MAX {
        true => Err(Fault::new(400, "message is too long")),
        false => Ok(shown),
    }
}
