//! The answer to a call of a tool: what the operation answered, short enough for a model.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::call::AnswerWish;
use super::tool::{LEFT_OUT, Tool};
use super::traits::BestEnd;
use super::words::in_words_of_tools;
use crate::base::cut::cut;

/// Bytes of an answer's JSON at most: 32 KiB, some ten thousand tokens of a model's context. It is
/// in a result twice, as a text and as a structure.
pub const MCP_TEXT_MAX: usize = 32 * 1024;
/// Bytes of an error's text at most: 4 KiB, which hold the fifty names that an error tells.
const ERROR_MAX: usize = 4 * 1024;
/// Bytes that [`LEFT_OUT`] may need: it has a number for each list of an answer.
const LEFT_OUT_MAX: usize = 512;
/// Elements of a list within an element that are kept when an answer is too long, in the order in
/// which this is tried.
const KEPT_WITHIN: [usize; 3] = [10, 3, 1];

/// What a tool answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ToolAnswer {
    /// The operation was carried out.
    Done(Value),
    /// It was not, or it is not known; why, for the model.
    Failed(String),
}

impl ToolAnswer {
    /// The call failed for this reason.
    pub(super) fn failed(why: &str) -> Self {
        let mut why = in_words_of_tools(why).into_owned();
        cut(&mut why, ERROR_MAX);
        Self::Failed(why)
    }

    /// What the operation answered with this status.
    pub(super) fn of(tool: &Tool, wish: &AnswerWish, status: u16, body: &str) -> Self {
        let read: Option<Value> = serde_json::from_str(body).ok();
        match read {
            Some(Value::Object(answer)) if (200..300).contains(&status) => {
                Self::shortened(tool, wish, answer)
            }
            Some(problem) if problem["detail"].is_string() => {
                Self::failed(problem["detail"].as_str().unwrap_or_default())
            }
            Some(_) | None => Self::failed(&format!("the answer was a {status}")),
        }
    }

    fn shortened(tool: &Tool, wish: &AnswerWish, mut answer: Map<String, Value>) -> Self {
        let mut left_out = LeftOut::new();
        if let Some(list) = tool.traits.list {
            wish.filter(&mut answer, list.name);
            if let (Some(kept), Some(Value::Array(elements))) =
                (wish.limit.or(list.shown), answer.get_mut(list.name))
            {
                keep(elements, kept, list.best, list.name, &mut left_out);
            }
        }
        let best = |name: &str| match tool.traits.list {
            Some(list) if list.name == name => list.best,
            Some(_) | None => BestEnd::First,
        };
        if !fit(&mut answer, best, &mut left_out) {
            return Self::failed("the answer is too long to be shown");
        }
        if !left_out.is_empty() {
            answer.insert(LEFT_OUT.into(), json!(left_out));
        }
        Self::Done(Value::Object(answer))
    }

    /// The members of the result of `tools/call`.
    pub(super) fn result(self) -> Value {
        match self {
            Self::Done(value) => json!({
                "content": [{ "type": "text", "text": value.to_string() }],
                "structuredContent": value,
                "isError": false,
            }),
            Self::Failed(why) => json!({
                "content": [{ "type": "text", "text": why }],
                "isError": true,
            }),
        }
    }
}

impl AnswerWish {
    /// Leaves in the list what the filters let through.
    fn filter(&self, answer: &mut Map<String, Value>, list: &str) {
        let Some(Value::Array(elements)) = answer.get_mut(list) else { return };
        let is_wanted = |element: &Value| {
            self.filters.iter().all(|(key, wanted)| element[*key].as_str() == Some(wanted))
        };
        elements.retain(is_wanted);
    }
}

/// How many elements were left out of the lists of each name.
type LeftOut = BTreeMap<String, usize>;

/// Leaves out what is needed for the answer to have a length that may be shown. Lists within
/// elements are cut before lists of elements are: of each circuit its latest transitions are worth
/// more than all transitions of the first circuit alone.
///
/// Returns whether it has such a length now.
fn fit(
    answer: &mut Map<String, Value>,
    best: impl Fn(&str) -> BestEnd,
    left_out: &mut LeftOut,
) -> bool {
    const ROOM: usize = MCP_TEXT_MAX - LEFT_OUT_MAX;
    for kept in KEPT_WITHIN {
        if size(answer) <= ROOM {
            return true;
        }
        for value in answer.values_mut() {
            cut_within(value, kept, left_out);
        }
    }
    while size(answer) > ROOM {
        let surplus = size(answer) - ROOM;
        let lists =
            answer.iter_mut().filter_map(|(name, value)| Some((name, value.as_array_mut()?)));
        let longest = lists.filter(|(_, list)| !list.is_empty()).max_by_key(|(_, list)| size(list));
        let Some((name, list)) = longest else { return false };
        let kept = list.len() - surplus_elements(list, best(name), surplus);
        keep(list, kept, best(name), name, left_out);
    }
    true
}

/// How many elements have to go for this many bytes to go, or all. At least one does.
fn surplus_elements(list: &[Value], best: BestEnd, surplus: usize) -> usize {
    let mut going = 0;
    let has_to_go = |bytes: usize| {
        let has_to_go = going < surplus;
        // A comma goes with it.
        going += bytes + 1;
        has_to_go
    };
    let bytes = list.iter().map(size);
    match best {
        BestEnd::First => bytes.rev().map(has_to_go).take_while(|goes| *goes).count(),
        BestEnd::Last => bytes.map(has_to_go).take_while(|goes| *goes).count(),
    }
}

/// Cuts the lists of objects within the elements of a list.
fn cut_within(value: &mut Value, kept: usize, left_out: &mut LeftOut) {
    let Value::Array(elements) = value else { return };
    for members in elements.iter_mut().filter_map(Value::as_object_mut) {
        for (name, member) in members.iter_mut() {
            cut_within(member, kept, left_out);
            match member {
                Value::Array(list) if list.first().is_some_and(Value::is_object) => {
                    keep(list, kept, BestEnd::First, name, left_out);
                }
                Value::Array(_)
                | Value::Object(_)
                | Value::Null
                | Value::Bool(_)
                | Value::Number(_)
                | Value::String(_) => {}
            }
        }
    }
}

/// Keeps this many elements of a list, and counts those that it leaves out.
fn keep(list: &mut Vec<Value>, kept: usize, best: BestEnd, name: &str, left_out: &mut LeftOut) {
    let surplus = list.len().saturating_sub(kept);
    if surplus == 0 {
        return;
    }
    match best {
        BestEnd::First => list.truncate(kept),
        BestEnd::Last => drop(list.drain(..surplus)),
    }
    *left_out.entry(name.into()).or_default() += surplus;
}

/// Bytes of a value's JSON.
fn size<T: Serialize + ?Sized>(value: &T) -> usize {
    // Keys are texts, which is all that could fail.
    serde_json::to_string(value).map_or(0, |json| json.len())
}
