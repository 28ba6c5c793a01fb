//! Opsgenie: <https://docs.opsgenie.com/docs/alert-api>.

use super::form::{body, chars, list, one_of, text};
use super::{Came, Fault, Shown};

pub(super) fn check(came: &Came, key: &str) -> Result<Shown, Fault> {
    if came.field("authorization") != format!("GenieKey {key}") {
        return Err(Fault::new(403, "You are not authorized to take this action"));
    }
    let invalid = |fault: Fault| Fault { status: 422, ..fault };
    if let Some(rest) = came.path.strip_prefix("/v2/alerts/") {
        let alias = rest.strip_suffix("/close?identifierType=alias");
        let alias = alias.filter(|alias| !alias.is_empty() && !alias.contains(['/', '?', '#']));
        let alias = alias.ok_or_else(|| Fault::new(404, "no such path"))?;
        let body = body(came, &["source", "note", "user"])?;
        text(&body["source"], "source", 100, chars).map_err(invalid)?;
        let note = text(&body["note"], "note", 25_000, chars).map_err(invalid)?;
        return Ok(Shown { text: note.into(), key: Some(alias.into()), ..Shown::default() });
    }
    if came.path != "/v2/alerts" {
        return Err(Fault::new(404, "no such path"));
    }
    create(came).map_err(invalid)
}

fn create(came: &Came) -> Result<Shown, Fault> {
    let names = [
        "message",
        "alias",
        "description",
        "responders",
        "tags",
        "details",
        "entity",
        "source",
        "priority",
        "user",
        "note",
    ];
    let body = body(came, &names)?;
    let message = text(&body["message"], "message", 130, chars)?;
    let alias = text(&body["alias"], "alias", 512, chars)?;
    let description = text(&body["description"], "description", 15_000, chars)?;
    text(&body["source"], "source", 100, chars)?;
    text(&body["note"], "note", 25_000, chars)?;
    one_of(&body["priority"], "priority", &["P1", "P2", "P3", "P4", "P5"])?;
    if body["entity"].as_str().is_none_or(|entity| chars(entity) > 512) {
        return Err(Fault::new(400, "entity has more than 512 characters"));
    }
    for tag in list(&body["tags"], "tags", 0, 20)? {
        text(tag, "a tag", 50, chars)?;
    }
    let details = body["details"].as_object().ok_or_else(|| Fault::new(400, "details"))?;
    let size: usize = details.iter().map(|(k, v)| chars(k) + chars(&v.to_string())).sum();
    if size > 8000 || details.values().any(|detail| !detail.is_string()) {
        return Err(Fault::new(400, "details have more than 8000 characters"));
    }
    Ok(Shown {
        text: format!("{message}\n{description}"),
        links: Vec::new(),
        mentions: Vec::new(),
        key: Some(alias.into()),
    })
}
