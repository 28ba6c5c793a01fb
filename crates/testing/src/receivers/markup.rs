//! Text with tags and entities, as Telegram and Slack read it.

use super::Fault;

/// A piece of marked up text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// Text, without its entities.
    Text(String),
    /// What stands between `<` and `>`.
    Tag(String),
}

/// Reads `&amp;`, `&lt;`, `&gt;`, `&quot;`, and what stands between `<` and `>`.
pub(super) fn pieces(mut rest: &str) -> Result<Vec<Piece>, Fault> {
    let mut pieces = Vec::new();
    let mut text = String::new();
    while let Some(at) = rest.find(['&', '<', '>']) {
        text.push_str(&rest[..at]);
        let mark = &rest[at..];
        if mark.starts_with('<') {
            let end = mark.find('>').ok_or_else(|| Fault::new(400, "a tag does not end"))?;
            if !text.is_empty() {
                pieces.push(Piece::Text(std::mem::take(&mut text)));
            }
            pieces.push(Piece::Tag(entities(&mark[1..end])?));
            rest = &mark[end + 1..];
            continue;
        }
        let (c, size) = entity(mark)?;
        text.push(c);
        rest = &mark[size..];
    }
    text.push_str(rest);
    if !text.is_empty() {
        pieces.push(Piece::Text(text));
    }
    Ok(pieces)
}

fn entities(mut rest: &str) -> Result<String, Fault> {
    let mut text = String::new();
    while let Some(at) = rest.find('&') {
        text.push_str(&rest[..at]);
        let (c, size) = entity(&rest[at..])?;
        text.push(c);
        rest = &rest[at + size..];
    }
    text.push_str(rest);
    Ok(text)
}

fn entity(mark: &str) -> Result<(char, usize), Fault> {
    for (entity, c) in [("&amp;", '&'), ("&lt;", '<'), ("&gt;", '>'), ("&quot;", '"')] {
        if mark.starts_with(entity) {
            return Ok((c, entity.len()));
        }
    }
    let begin: String = mark.chars().take(8).collect();
    Err(Fault::new(400, format!("not escaped: {begin}")))
}
