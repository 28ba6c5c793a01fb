//! One request to the endpoint, from its body to its answer.

use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use serde_json::Value;

use super::answer::ToolAnswer;
use super::call::{AnswerWish, McpCall};
use super::fields::McpFields;
use super::message::{McpError, McpErrorCode, McpMessage, McpRequest};
use super::method::{McpCaller, MethodOutcome};
use super::tool::Tool;
use super::version::{CLAIM_KEY, McpVersion};
use crate::base::rate_limit::RateLimit;
use crate::base::time::Timestamp;

/// Bytes of a body that are read at most: 64 KiB. The longest text about an incident fits, as long
/// as its characters are not all escaped.
pub const MCP_BODY_MAX: usize = 64 * 1024;
/// Messages of a batch at most.
pub const MCP_BATCH_MAX: usize = 20;
/// Calls of tools that an isolate admits within a minute. A person reads along with less than one a
/// second, and a program that runs wild is slowed down to that.
pub const MCP_CALLS_MAX: usize = 60;

/// Counts the calls of tools.
pub type McpLimit = RateLimit<MCP_CALLS_MAX, 60_000>;

/// One request to the endpoint. It is answered once each call that [`poll_call`](Self::poll_call)
/// returns was carried out, and what became of it was given to
/// [`handle_answer`](Self::handle_answer) or [`handle_refusal`](Self::handle_refusal).
#[derive(Clone, Debug)]
pub struct McpExchange {
    version: McpVersion,
    is_batch: bool,
    /// The status of the answer, if there is something to say.
    status: u16,
    /// For each message that wants an answer, at most [`MCP_BATCH_MAX`].
    slots: Vec<AnswerSlot>,
}

/// What is answered to one message.
#[derive(Clone, Debug)]
enum AnswerSlot {
    /// This.
    Ready(Value),
    /// What this call comes to.
    Due(McpCall, AnswerTask),
    /// The same, and the call was handed out.
    Called(AnswerTask),
}

/// What is needed to make an answer of what a call comes to.
#[derive(Clone, Debug)]
struct AnswerTask {
    id: Value,
    tool: Tool,
    wish: AnswerWish,
}

/// The answer to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct McpReply {
    /// Its status.
    pub status: u16,
    /// Its body, which is JSON; none where there is nothing to say.
    pub body: Option<String>,
}

/// An error, with the status of an answer that consists of it.
type McpRefusal = (u16, McpError);

impl McpExchange {
    /// Receives a request by `POST`, whose sender was let in.
    pub fn receive(fields: &McpFields<'_>, body: &[u8], caller: &McpCaller<'_>) -> Self {
        let mut exchange =
            Self { version: McpVersion::UNSAID, is_batch: false, status: 200, slots: Vec::new() };
        if !fields.say_json() {
            let error = invalid("`Content-Type` has to be `application/json`");
            exchange.refuse(None, (415, error));
            return exchange;
        }
        let received = match serde_json::from_slice(body) {
            Ok(Value::Array(messages)) => exchange.receive_batch(fields, messages, caller),
            Ok(message) => exchange.receive_one(fields, McpMessage::read(message), caller),
            Err(error) => {
                let error = McpError::new(McpErrorCode::Parse, format!("no JSON: {error}"));
                Err((None, (400, error)))
            }
        };
        if let Err((id, refused)) = received {
            exchange.refuse(id.as_ref(), refused);
        }
        exchange
    }

    /// The next call to carry out, if there is one left.
    pub fn poll_call(&mut self, limit: &mut McpLimit, now: Timestamp) -> Option<McpCall> {
        for slot in &mut self.slots {
            let AnswerSlot::Due(call, task) = slot else { continue };
            match limit.try_admit(now) {
                Ok(()) => {
                    let (call, task) = (call.clone(), task.clone());
                    *slot = AnswerSlot::Called(task);
                    return Some(call);
                }
                Err(wait) => {
                    let seconds = wait.as_secs_ceil();
                    let why = format!("too many calls, expected the next one in {seconds}s");
                    let answer = ToolAnswer::failed(&why);
                    *slot = AnswerSlot::Ready(task.response(self.version, answer));
                }
            }
        }
        None
    }

    /// Takes what the operation answered for which the last call stands: its status and its body.
    pub fn handle_answer(&mut self, status: u16, body: &str) {
        self.finish_call(|task| ToolAnswer::of(&task.tool, &task.wish, status, body));
    }

    /// Takes that the last call names something that there is not.
    pub fn handle_refusal(&mut self, why: &str) {
        self.finish_call(|_| ToolAnswer::failed(why));
    }

    /// The answer. A call that was not carried out is left out of it.
    pub fn reply(self) -> McpReply {
        let mut answers: Vec<Value> =
            self.slots.into_iter().filter_map(AnswerSlot::ready).collect();
        let body = match (self.is_batch, answers.pop()) {
            (_, None) => return McpReply { status: 202, body: None },
            (false, Some(answer)) => answer,
            (true, Some(last)) => {
                answers.push(last);
                answers.into()
            }
        };
        McpReply { status: self.status, body: Some(body.to_string()) }
    }

    /// Receives a message that stands alone.
    fn receive_one(
        &mut self,
        fields: &McpFields<'_>,
        message: McpMessage,
        caller: &McpCaller<'_>,
    ) -> Result<(), (Option<Value>, McpRefusal)> {
        let request = match message {
            McpMessage::Request(request) => request,
            McpMessage::Invalid { id, why } => return Err((id, (400, invalid(why)))),
            McpMessage::Notification | McpMessage::Response => {
                return match fields.version.map(McpVersion::spoken) {
                    Some(Err(error)) => Err((None, (400, error))),
                    Some(Ok(_)) | None => Ok(()),
                };
            }
        };
        let id = request.id.clone();
        match version_of(fields, &request) {
            Ok(version) => self.version = version,
            Err(error) => return Err((Some(id), (400, error))),
        }
        match caller.ask(self.version, &request) {
            Ok(outcome) => self.take(id, outcome),
            Err(error) => {
                // The earlier versions have one status for whatever a well-formed request comes to.
                let is_missing = error.code == McpErrorCode::MethodNotFound;
                let status = if self.version.is_stateless() && is_missing { 404 } else { 200 };
                return Err((Some(id), (status, error)));
            }
        }
        Ok(())
    }

    /// Receives messages that came together.
    fn receive_batch(
        &mut self,
        fields: &McpFields<'_>,
        messages: Vec<Value>,
        caller: &McpCaller<'_>,
    ) -> Result<(), (Option<Value>, McpRefusal)> {
        let refused = |error| Err((None, (400, error)));
        let version = match fields.version.map_or(Ok(McpVersion::UNSAID), McpVersion::spoken) {
            Ok(version) if version.takes_batches() => version,
            Ok(version) => {
                let version = version.as_str();
                return refused(invalid(format!("{version} has no batches, expected an object")));
            }
            Err(error) => return refused(error),
        };
        if !(1..=MCP_BATCH_MAX).contains(&messages.len()) {
            let why = format!("a batch has 1 to {MCP_BATCH_MAX} messages");
            return refused(invalid(why));
        }
        self.version = version;
        self.is_batch = true;
        for message in messages {
            match McpMessage::read(message) {
                McpMessage::Request(request) if request.method == "initialize" => {
                    let error = invalid("`initialize` stands alone");
                    self.slots.push(AnswerSlot::Ready(error.response(Some(&request.id))));
                }
                McpMessage::Request(request) => match caller.ask(version, &request) {
                    Ok(outcome) => self.take(request.id, outcome),
                    Err(error) => {
                        self.slots.push(AnswerSlot::Ready(error.response(Some(&request.id))));
                    }
                },
                McpMessage::Invalid { id, why } => {
                    self.slots.push(AnswerSlot::Ready(invalid(why).response(id.as_ref())));
                }
                McpMessage::Notification | McpMessage::Response => {}
            }
        }
        Ok(())
    }

    fn take(&mut self, id: Value, outcome: MethodOutcome) {
        self.slots.push(match outcome {
            MethodOutcome::Result(result) => AnswerSlot::Ready(self.version.response(&id, result)),
            MethodOutcome::Call { call, tool, wish } => {
                AnswerSlot::Due(call, AnswerTask { id, tool, wish })
            }
        });
    }

    fn refuse(&mut self, id: Option<&Value>, (status, error): McpRefusal) {
        self.status = status;
        self.slots.push(AnswerSlot::Ready(error.response(id)));
    }

    fn finish_call(&mut self, finish: impl FnOnce(&AnswerTask) -> ToolAnswer) {
        let mut slots = self.slots.iter_mut();
        let called = slots.find_map(|slot| match slot {
            AnswerSlot::Called(task) => Some((task.clone(), slot)),
            AnswerSlot::Ready(_) | AnswerSlot::Due(..) => None,
        });
        if let Some((task, slot)) = called {
            *slot = AnswerSlot::Ready(task.response(self.version, finish(&task)));
        }
    }
}

impl AnswerSlot {
    fn ready(self) -> Option<Value> {
        match self {
            Self::Ready(answer) => Some(answer),
            Self::Due(..) | Self::Called(_) => None,
        }
    }
}

impl AnswerTask {
    fn response(&self, version: McpVersion, answer: ToolAnswer) -> Value {
        version.response(&self.id, answer.result())
    }
}

/// The version that a request speaks. The body says it, or else a field does; a handshake is
/// of a version that has one.
fn version_of(fields: &McpFields<'_>, request: &McpRequest) -> Result<McpVersion, McpError> {
    let invalid_params = |message: String| McpError::new(McpErrorCode::InvalidParams, message);
    match (request.claim(), fields.version) {
        (Some(Value::String(claim)), _) => {
            fields.check_version(claim)?;
            let version = McpVersion::spoken(claim)?;
            if version.is_stateless() {
                request.check_capabilities()?;
                fields.check_names(request)?;
            }
            Ok(version)
        }
        (Some(_), _) => Err(invalid_params(format!("`_meta`: `{CLAIM_KEY}` is no text"))),
        (None, _) if request.method == "initialize" => Ok(McpVersion::UNSAID),
        (None, None) => Ok(McpVersion::UNSAID),
        (None, Some(said)) => match McpVersion::spoken(said)? {
            version if version.is_stateless() => {
                Err(invalid_params(format!("`_meta`: `{CLAIM_KEY}` is missing")))
            }
            version => Ok(version),
        },
    }
}

fn invalid(why: impl Into<String>) -> McpError {
    McpError::new(McpErrorCode::InvalidRequest, why)
}
