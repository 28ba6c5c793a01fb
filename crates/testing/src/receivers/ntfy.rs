//! ntfy: <https://docs.ntfy.sh/publish/>.

use super::form::{body, list, object, one_of, text, url};
use super::{Came, Fault, Shown};

/// Bytes of a message; a longer one becomes a file. The JSON may have twice as many.
const MESSAGE_MAX: usize = 4096;

pub(super) fn check(came: &Came, token: &str) -> Result<Shown, Fault> {
    if !token.is_empty() && came.field("authorization") != format!("Bearer {token}") {
        return Err(Fault::new(401, "unauthorized"));
    }
    if came.path != "/" {
        return Err(Fault::new(404, "page not found"));
    }
    if came.body.len() > 2 * MESSAGE_MAX {
        return Err(Fault::new(413, "JSON body too large"));
    }
    let names = ["topic", "title", "message", "priority", "tags", "actions", "click"];
    let body = body(came, &names)?;
    let topic = text(&body["topic"], "topic", 64, str::len)?;
    if !topic.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')) {
        return Err(Fault::new(400, "topic name is not allowed"));
    }
    let title = text(&body["title"], "title", 250, str::len)?;
    let message = text(&body["message"], "message", MESSAGE_MAX, str::len)?;
    if body["priority"].as_u64().is_none_or(|priority| !(1..=5).contains(&priority)) {
        return Err(Fault::new(400, "invalid priority parameter"));
    }
    for tag in list(&body["tags"], "tags", 0, 10)? {
        text(tag, "a tag", 50, str::len)?;
    }
    let mut shown = Shown { text: format!("{title}\n{message}"), ..Shown::default() };
    if !body["click"].is_null() {
        shown.links.push(url(&body["click"], "click", 2048)?);
    }
    for action in list(&body["actions"], "actions", 0, 3)? {
        object(action, "an action", &["action", "label", "url"])?;
        one_of(&action["action"], "an action", &["view"])?;
        text(&action["label"], "a label", 100, str::len)?;
        shown.links.push(url(&action["url"], "an action's URL", 2048)?);
    }
    Ok(shown)
}
