//! The arguments of tools.

use alloc::format;

use serde_json::{Value, json};

use super::words::in_words_of_tools;
use crate::site::operator::Member;
use crate::site::operator::api::{AS_IN_THE_FILE, Placeholder, REASON, member_schema};

/// The largest number of elements of a list that a client can ask for.
pub(super) const LIMIT_MAX: usize = 500;

/// An argument of a tool.
#[derive(Clone, Debug)]
pub(super) struct ToolArgument {
    /// Its name, which no other argument of its tool has.
    pub(super) name: &'static str,
    /// What it is for.
    pub(super) place: ArgumentPlace,
    /// Whether it has to be there.
    pub(super) is_required: bool,
    /// The schema of its value, with what it means.
    pub(super) schema: Value,
}

/// What an argument is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ArgumentPlace {
    /// It stands in the path.
    Path,
    /// It is a member of the body.
    Body,
    /// It says why, for the site's history. The operation itself does not ask for that.
    Reason,
    /// It confirms that people are told.
    Confirmation,
    /// It filters the list of the answer.
    Filter,
    /// It bounds the list of the answer.
    Limit,
}

impl ToolArgument {
    /// What stands in a place of the path.
    pub(super) fn of_path(place: Placeholder) -> Self {
        let schema = json!({ "type": "string", "description": place.about() });
        Self { name: place.as_str(), place: ArgumentPlace::Path, is_required: true, schema }
    }

    /// A member of the body.
    pub(super) fn of_body(member: &Member) -> Self {
        let mut schema = member_schema(member);
        match schema.as_object_mut() {
            // The tool itself says so, and forty times that would be half of its length.
            Some(members) if member.about == AS_IN_THE_FILE => drop(members.remove("description")),
            Some(_) | None => schema["description"] = in_words_of_tools(member.about).into(),
        }
        let is_required = member.required;
        Self { name: member.name, place: ArgumentPlace::Body, is_required, schema }
    }

    /// Why, where the operation itself does not ask for that.
    pub(super) fn reason() -> Self {
        let schema = member_schema(&REASON);
        Self { name: REASON.name, place: ArgumentPlace::Reason, is_required: true, schema }
    }

    /// That people are told, where the operation does nothing else.
    pub(super) fn confirmation() -> Self {
        let schema = json!({
            "type": "boolean",
            "const": true,
            "description": "Has to be `true`: people get a message.",
        });
        Self { name: "notify", place: ArgumentPlace::Confirmation, is_required: true, schema }
    }

    /// What a member of the elements of a list has to be.
    pub(super) fn filter(key: &'static str, list: &str) -> Self {
        let about = format!("Only those of `{list}` whose `{key}` is this.");
        let schema = json!({ "type": "string", "description": about });
        Self { name: key, place: ArgumentPlace::Filter, is_required: false, schema }
    }

    /// How many elements of a list are shown.
    pub(super) fn limit(list: &str) -> Self {
        let about = format!("At most this many of `{list}`.");
        let schema = json!({
            "type": "integer",
            "minimum": 1,
            "maximum": LIMIT_MAX,
            "description": about,
        });
        Self { name: "limit", place: ArgumentPlace::Limit, is_required: false, schema }
    }

    /// What it means.
    pub(super) fn about(&self) -> &str {
        self.schema["description"].as_str().unwrap_or_default()
    }
}
