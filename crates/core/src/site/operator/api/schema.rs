//! The JSON Schemas (draft 2020-12) of what the API takes and answers with.

use alloc::vec::Vec;

use serde_json::{Map, Value, json};

use super::{Member, ValueForm};
use crate::site::operator::REASON_MAX;
use crate::watch::incident::{Impact, IncidentState};
use crate::watch::severity::Severity;

/// The schema of a JSON object that has these members, each with what it means.
pub fn object_schema(members: &[Member]) -> Value {
    let properties: Map<_, _> =
        members.iter().map(|member| (member.name.into(), member_schema(member))).collect();
    let required: Vec<_> =
        members.iter().filter(|member| member.required).map(|member| member.name).collect();
    let mut schema = json!({ "type": "object", "properties": properties });
    if !required.is_empty() {
        schema["required"] = required.into();
    }
    schema
}

/// The schema of a member's value, with what the member means.
pub(in crate::site::operator) fn member_schema(member: &Member) -> Value {
    let mut schema = value_schema(member);
    schema["description"] = member.about.into();
    schema
}

fn value_schema(member: &Member) -> Value {
    match member.form {
        ValueForm::Text if member.name == "reason" => {
            json!({ "type": "string", "minLength": 1, "maxLength": REASON_MAX })
        }
        ValueForm::Text => json!({ "type": "string" }),
        ValueForm::Duration => json!({ "type": "string", "examples": ["30m"] }),
        ValueForm::Time => json!({ "type": "string", "format": "date-time" }),
        ValueForm::Pattern => json!({ "type": "string", "examples": ["/products/*"] }),
        ValueForm::Override => json!({
            "type": "string",
            "enum": ["forced_open", "forced_closed", "metrics_only", "auto"],
        }),
        ValueForm::Severity => {
            json!({ "type": "string", "enum": Severity::ALL.map(|it| it.as_str()) })
        }
        ValueForm::OpenState => {
            json!({ "type": "string", "enum": IncidentState::OPEN.map(|it| it.as_str()) })
        }
        ValueForm::Flag => json!({ "type": "boolean" }),
        ValueForm::Count => json!({ "type": "integer", "minimum": 0 }),
        ValueForm::Texts => json!({ "type": "array", "items": { "type": "string" } }),
        ValueForm::Impacts => json!({
            "type": "object",
            "additionalProperties": {
                "type": "string",
                "enum": Impact::ALL.map(|it| it.as_str()),
            },
        }),
        ValueForm::List => json!({ "type": "array", "items": { "type": "object" } }),
        ValueForm::Object => json!({ "type": "object" }),
    }
}
