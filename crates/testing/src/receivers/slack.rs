//! Slack: <https://docs.slack.dev/reference/block-kit/blocks>.

use serde_json::Value;

use super::form::{body, chars, list, object, one_of, text};
use super::markup::{Piece, pieces};
use super::{Came, Fault, Shown};

/// Characters in all, beyond which Slack answers `msg_blocks_too_long`. It is not documented; above
/// 13,000 it was seen.
const TOTAL_MAX: usize = 12_000;

pub(super) fn check(came: &Came) -> Result<Shown, Fault> {
    let body = body(came, &["text", "blocks"])?;
    let fallback = text(&body["text"], "text", 4000, chars)?;
    let mut shown = Shown::default();
    marked_up(fallback, &mut shown)?;
    let mut total = chars(fallback);
    for block in list(&body["blocks"], "blocks", 1, 50)? {
        object(block, "a block", &["type", "text"])?;
        one_of(&block["type"], "a block", &["header", "section"])?;
        total += match block["type"] == "header" {
            true => header(&block["text"], &mut shown)?,
            false => section(&block["text"], &mut shown)?,
        };
    }
    match total > TOTAL_MAX {
        true => Err(Fault::new(400, format!("the message has {total} characters"))),
        false => Ok(shown),
    }
}

fn header(header: &Value, shown: &mut Shown) -> Result<usize, Fault> {
    object(header, "a header", &["type", "text", "emoji"])?;
    one_of(&header["type"], "a header", &["plain_text"])?;
    let header = text(&header["text"], "a header", 150, chars)?;
    shown.text.push_str(header);
    shown.text.push('\n');
    Ok(chars(header))
}

fn section(section: &Value, shown: &mut Shown) -> Result<usize, Fault> {
    object(section, "a section", &["type", "text", "verbatim"])?;
    one_of(&section["type"], "a section", &["mrkdwn"])?;
    if section["verbatim"] != true {
        shown.mentions.push("names are looked for".into());
    }
    let section = text(&section["text"], "a section", 3000, chars)?;
    marked_up(section, shown)?;
    Ok(chars(section))
}

/// Whatever stands between `<` and `>` is a link or calls people: `<!channel>`, `<@U1>`, `<#C1>`.
fn marked_up(text: &str, shown: &mut Shown) -> Result<(), Fault> {
    for piece in pieces(text)? {
        match piece {
            Piece::Text(text) => shown.text.push_str(&text),
            Piece::Tag(tag) if tag.starts_with("http") => {
                let (url, label) = tag.split_once('|').unwrap_or((&tag, &tag));
                shown.links.push(url.into());
                shown.text.push_str(label);
            }
            Piece::Tag(tag) => shown.mentions.push(tag),
        }
    }
    shown.text.push('\n');
    Ok(())
}
