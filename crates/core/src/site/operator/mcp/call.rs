//! The call of a tool, as the operation that it stands for.

use core::fmt;

use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use serde_json::{Map, Value};

use super::argument::{ArgumentPlace, LIMIT_MAX, ToolArgument};
use super::tool::Tool;
use super::traits::OtherEnd;
use crate::base::time::Timestamp;
use crate::site::config::{Site, WatchRules};
use crate::site::operator::api::write_names;
use crate::site::operator::order::{REASON_ALLOWED, shown};
use crate::site::operator::{
    Endpoint, Event, FoundEndpoint, Operator, OrderReason, Unanswerable, What, find,
};

/// An operation that a tool was called for. The handler of the API carries it out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct McpCall {
    /// The operation's line of the table.
    pub endpoint: &'static Endpoint,
    /// The path of the request that asks for it.
    pub path: String,
    /// The body of that request; none for an operation that takes no members.
    pub body: Option<String>,
    /// Why it is asked for, where the operation itself does not ask for that.
    pub reason: Option<OrderReason>,
    /// What the site's history keeps of it, where the operation leaves nothing there.
    kept: Option<Vec<(&'static str, Value)>>,
}

impl McpCall {
    /// Finds what it is about, by the rules of the API.
    ///
    /// # Errors
    /// [`Unanswerable`] if it names something that there is not.
    pub fn find<'a>(
        &'a self,
        site: &'a Site,
        rules: &'a WatchRules,
    ) -> Result<FoundEndpoint<'a>, Unanswerable<'a>> {
        find(site, rules, self.endpoint.method, &self.path)
    }

    /// What the site's history keeps of it once it is done, where the operation leaves nothing
    /// there.
    pub fn event(&self, by: Operator, now: Timestamp) -> Option<Event> {
        let about = self.kept.clone()?;
        let what = What::Tool { operation: self.endpoint.operation, about };
        Some(Event { at: now, what, reason: self.reason.clone(), by })
    }
}

/// How much of an answer is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct AnswerWish {
    /// What members of the list's elements have to be.
    pub(super) filters: Vec<(&'static str, String)>,
    /// How many elements of the list.
    pub(super) limit: Option<usize>,
}

impl Tool {
    /// Reads the arguments of a call. An argument that is `null` is left out: a model has to write
    /// something where it has nothing to say.
    pub(super) fn read(
        &self,
        mut given: Map<String, Value>,
    ) -> Result<(McpCall, AnswerWish), ToolArgumentError> {
        given.retain(|_, value| !value.is_null());
        let arguments = self.arguments();
        if let Some(name) = given.keys().find(|key| arguments.iter().all(|it| it.name != **key)) {
            let allowed = arguments.iter().map(|it| it.name).collect();
            return Err(ToolArgumentError::Unknown { name: shown(&name.as_str().into()), allowed });
        }
        for argument in &arguments {
            if self.needs(argument, &given) && !given.contains_key(argument.name) {
                let about = argument.about().into();
                return Err(ToolArgumentError::Missing { name: argument.name, about });
            }
        }
        let mut path = String::from(self.endpoint.path);
        let (mut reason, mut wish) = (None, AnswerWish::default());
        let mut kept = Vec::new();
        for ToolArgument { name, place, .. } in &arguments {
            if *place == ArgumentPlace::Body {
                continue;
            }
            let Some(value) = given.remove(*name) else { continue };
            match place {
                ArgumentPlace::Path => {
                    let segment = segment(name, &value)?;
                    path = path.replace(&["{", name, "}"].concat(), segment);
                    kept.push((*name, value));
                }
                ArgumentPlace::Reason => reason = Some(reason_of(value)?),
                ArgumentPlace::Confirmation => confirm(name, &value)?,
                ArgumentPlace::Filter => wish.filters.push((*name, text(name, &value)?.into())),
                ArgumentPlace::Limit => wish.limit = Some(limit(name, &value)?),
                ArgumentPlace::Body => {}
            }
        }
        let of_body = |key: &&'static str| Some((*key, given.get(*key)?.clone()));
        let kept = self.traits.kept.map(|keys| {
            kept.extend(keys.iter().filter_map(of_body));
            kept
        });
        let body = (!self.endpoint.body.is_empty()).then(|| Value::Object(given).to_string());
        Ok((McpCall { endpoint: self.endpoint, path, body, reason, kept }, wish))
    }

    /// Whether an argument has to be there, beside these others. The end of an order has to be, if
    /// the order does not end otherwise.
    fn needs(&self, argument: &ToolArgument, given: &Map<String, Value>) -> bool {
        let ends_otherwise = match self.traits.ends_by_itself {
            Some(OtherEnd::Auto) => given.get("override").is_some_and(|chosen| chosen == "auto"),
            Some(OtherEnd::End) => given.contains_key("end"),
            None => return argument.is_required,
        };
        argument.is_required || (argument.name == "lasts" && !ends_otherwise)
    }
}

fn text<'a>(name: &'static str, value: &'a Value) -> Result<&'a str, ToolArgumentError> {
    value.as_str().ok_or_else(|| refused(name, value, "a text"))
}

/// What stands in a place of the path is one segment of it.
fn segment<'a>(name: &'static str, value: &'a Value) -> Result<&'a str, ToolArgumentError> {
    let text = value.as_str().filter(|text| !text.contains(['/', '{', '}']));
    text.ok_or_else(|| refused(name, value, "a name"))
}

fn confirm(name: &'static str, value: &Value) -> Result<(), ToolArgumentError> {
    if value.as_bool() == Some(true) { Ok(()) } else { Err(refused(name, value, "`true`")) }
}

fn limit(name: &'static str, value: &Value) -> Result<usize, ToolArgumentError> {
    const { assert!(LIMIT_MAX == 500) };
    let number = value.as_u64().and_then(|number| usize::try_from(number).ok());
    let number = number.filter(|number| (1..=LIMIT_MAX).contains(number));
    number.ok_or_else(|| refused(name, value, "a whole number from 1 to 500"))
}

fn reason_of(value: Value) -> Result<OrderReason, ToolArgumentError> {
    let reason = value.as_str().and_then(|text| String::from(text).try_into().ok());
    reason.ok_or_else(|| refused("reason", &value, REASON_ALLOWED))
}

fn refused(name: &'static str, value: &Value, allowed: &'static str) -> ToolArgumentError {
    ToolArgumentError::Refused { name, value: shown(value), allowed }
}

/// Why the arguments of a tool are refused: a model reads it, and can do better.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ToolArgumentError {
    /// An argument that the tool does not take.
    Unknown {
        /// Its name, cut if it is long.
        name: String,
        /// Those that it takes.
        allowed: Vec<&'static str>,
    },
    /// An argument that has to be there.
    Missing {
        /// Its name.
        name: &'static str,
        /// What it means.
        about: String,
    },
    /// A value that an argument does not take.
    Refused {
        /// The argument's name.
        name: &'static str,
        /// The value as JSON, cut if it is long.
        value: String,
        /// What it takes.
        allowed: &'static str,
    },
}

impl fmt::Display for ToolArgumentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { name, allowed } if allowed.is_empty() => {
                write!(f, "unknown argument `{name}`, expected none")
            }
            Self::Unknown { name, allowed } => {
                write!(f, "unknown argument `{name}`")?;
                write_names(f, allowed.iter().copied())
            }
            Self::Missing { name, about } => write!(f, "`{name}` is missing. {about}"),
            Self::Refused { name, value, allowed } => {
                write!(f, "`{name}` cannot be `{value}`, expected {allowed}")
            }
        }
    }
}

impl core::error::Error for ToolArgumentError {}
