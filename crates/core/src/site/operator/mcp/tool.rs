//! The tools: the operations of the API, as a model sees them.

use alloc::string::String;
use alloc::vec::Vec;

use serde_json::{Value, json};

use super::argument::ToolArgument;
use super::traits::ToolTraits;
use super::words::{in_words_of_tools, without_bodies};
use crate::site::access::Rank;
use crate::site::operator::api::places;
use crate::site::operator::{API, Access, Endpoint, Role, object_schema};

/// The member of an answer that says what was cut from it.
pub(super) const LEFT_OUT: &str = "left_out";

/// An operation that is offered as a tool.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tool {
    /// The operation's line of the table.
    pub(super) endpoint: &'static Endpoint,
    /// What the table does not say of it.
    pub(super) traits: ToolTraits,
}

/// Whether a caller may use an operation as a tool; it is told of no other. The reports of jobs are
/// no tools.
pub fn may(caller: Rank, endpoint: &Endpoint) -> bool {
    match endpoint.role {
        Role::Operator(needed) => caller >= needed,
        Role::Anyone | Role::Heartbeat => false,
    }
}

impl Tool {
    /// All tools, in the order of the table.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        API.iter().filter_map(|endpoint| {
            Some(Self { endpoint, traits: ToolTraits::of(endpoint.operation)? })
        })
    }

    /// The tool of this name.
    pub(super) fn named(name: &str) -> Option<Self> {
        Self::all().find(|tool| tool.name() == name)
    }

    /// Its name.
    pub(super) const fn name(&self) -> &'static str {
        self.endpoint.operation.name()
    }

    /// Whether it changes anything.
    pub(super) fn writes(&self) -> bool {
        self.endpoint.access == Access::Write
    }

    /// The arguments that it takes: what its path names, the members of its body, and what is for
    /// tools alone.
    pub(super) fn arguments(&self) -> Vec<ToolArgument> {
        let pattern = self.endpoint.path;
        let named = places(pattern, pattern).map(|(place, _)| ToolArgument::of_path(place));
        let body = self.endpoint.body.iter().map(ToolArgument::of_body);
        let mut arguments: Vec<_> = named.chain(body).collect();
        if self.writes() {
            match arguments.iter_mut().find(|argument| argument.name == "reason") {
                Some(reason) => reason.is_required = true,
                None => arguments.push(ToolArgument::reason()),
            }
        }
        if self.traits.tells {
            arguments.push(ToolArgument::confirmation());
        }
        if let Some(list) = self.traits.list.filter(|_| !self.writes()) {
            arguments.extend(list.keys.iter().map(|key| ToolArgument::filter(key, list.name)));
            arguments.push(ToolArgument::limit(list.name));
        }
        arguments
    }

    /// Its entry in the list of tools.
    pub(super) fn entry(&self) -> Value {
        let mut annotations = json!({
            "title": self.title(),
            "readOnlyHint": !self.writes(),
            "openWorldHint": self.traits.is_open,
        });
        if self.writes() {
            annotations["destructiveHint"] = self.traits.is_destructive.into();
            annotations["idempotentHint"] = self.traits.is_idempotent.into();
        }
        json!({
            "name": self.name(),
            "description": in_words_of_tools(&without_bodies(self.endpoint.about)),
            "inputSchema": self.input_schema(),
            "outputSchema": self.output_schema(),
            "annotations": annotations,
        })
    }

    /// `set_override` becomes `Set override`.
    fn title(&self) -> String {
        let (first, rest) = self.name().split_at(1);
        first.to_uppercase() + &rest.replace('_', " ")
    }

    fn input_schema(&self) -> Value {
        let mut schema = json!({ "type": "object", "additionalProperties": false });
        let arguments = self.arguments();
        let required: Vec<_> =
            arguments.iter().filter(|it| it.is_required).map(|it| it.name).collect();
        if !required.is_empty() {
            schema["required"] = required.into();
        }
        if !arguments.is_empty() {
            let properties = arguments.into_iter().map(|it| (it.name.into(), it.schema));
            schema["properties"] = Value::Object(properties.collect());
        }
        schema
    }

    /// What it answers. What the members mean is said of what a tool shows, and not again of what
    /// it shows after a change.
    fn output_schema(&self) -> Value {
        let mut schema = object_schema(self.endpoint.answer);
        let Value::Object(members) = &mut schema["properties"] else { return schema };
        for member in members.values_mut().filter_map(Value::as_object_mut) {
            match member.get_mut("description") {
                Some(Value::String(about)) if !self.writes() => {
                    *about = in_words_of_tools(about).into_owned();
                }
                Some(_) | None => {
                    member.remove("description");
                }
            }
        }
        let counts = json!({ "type": "object", "additionalProperties": { "type": "integer" } });
        members.insert(LEFT_OUT.into(), counts);
        schema
    }
}
