//! Microsoft Teams: <https://adaptivecards.io/explorer/> for the card, and the limits of
//! <https://learn.microsoft.com/microsoftteams/limits-specifications-teams>.

use serde_json::Value;

use super::form::{body, chars, list, object, one_of, text, url, utf16};
use super::{Came, Fault, Shown};

/// Bytes of a message.
const SIZE_MAX: usize = 28 * 1024;

pub(super) fn check(came: &Came) -> Result<Shown, Fault> {
    // Which of both encodings is counted is not documented.
    if came.body.len().max(2 * utf16(&came.body)) > SIZE_MAX {
        return Err(Fault::new(413, "the message has more than 28 KB"));
    }
    let body = body(came, &["type", "attachments"])?;
    one_of(&body["type"], "type", &["message"])?;
    let mut shown = Shown::default();
    for attachment in list(&body["attachments"], "attachments", 1, 10)? {
        object(attachment, "an attachment", &["contentType", "contentUrl", "content"])?;
        let card_type = "application/vnd.microsoft.card.adaptive";
        one_of(&attachment["contentType"], "contentType", &[card_type])?;
        card(&attachment["content"], &mut shown)?;
    }
    Ok(shown)
}

fn card(card: &Value, shown: &mut Shown) -> Result<(), Fault> {
    let names = ["$schema", "type", "version", "fallbackText", "body", "actions", "msteams"];
    let card = object(card, "the card", &names)?;
    one_of(&card["type"], "the card", &["AdaptiveCard"])?;
    one_of(&card["version"], "version", &["1.4"])?;
    if card.contains_key("msteams") {
        shown.mentions.push("the card names people".into());
    }
    text(&card["fallbackText"], "fallbackText", 1000, chars)?;
    for element in list(&card["body"], "body", 1, 100)? {
        object(element, "an element", &["type", "inlines"])?;
        one_of(&element["type"], "an element", &["RichTextBlock"])?;
        for run in list(&element["inlines"], "inlines", 1, 10)? {
            object(run, "a run", &["type", "text", "weight", "size", "color"])?;
            one_of(&run["type"], "a run", &["TextRun"])?;
            shown.text.push_str(text(&run["text"], "a run", SIZE_MAX, chars)?);
        }
        shown.text.push('\n');
    }
    for action in list(&card["actions"], "actions", 0, 6)? {
        object(action, "an action", &["type", "title", "url"])?;
        one_of(&action["type"], "an action", &["Action.OpenUrl"])?;
        text(&action["title"], "an action's title", 100, chars)?;
        shown.links.push(url(&action["url"], "an action's URL", 2048)?);
    }
    Ok(())
}
