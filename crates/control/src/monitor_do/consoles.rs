//! The WebSockets of consoles. The platform keeps them while the object sleeps, with the end of
//! each beside it ("WebSocket Hibernation API"), and answers their pings by itself.

use std::rc::Rc;

use breakwater_core::base::json;
use breakwater_core::base::time::Timestamp;
use breakwater_core::site::live::{self, LiveConnection, PING, PONG};
use breakwater_core::telemetry::log::LogEvent;
use breakwater_platform::bindings::Caught as _;
use breakwater_platform::clock;
use breakwater_platform::log;
use breakwater_platform::object::{ObjectError, ObjectResult};
use js_sys::Array;
use wasm_bindgen::prelude::*;

use super::Inner;
use crate::faults;

/// The state of a socket that is open (WebSockets, "readyState").
const OPEN: u16 = 1;
/// The connection has done what it was for (RFC 6455 §7.4.1).
const NORMAL_CLOSURE: u16 = 1000;

#[wasm_bindgen]
extern "C" {
    /// The object's end of a console's WebSocket.
    #[wasm_bindgen(typescript_type = "WebSocket")]
    pub type ConsoleSocket;
    #[wasm_bindgen(method, getter, js_name = readyState)]
    fn ready_state(this: &ConsoleSocket) -> u16;
    #[wasm_bindgen(method, catch)]
    fn send(this: &ConsoleSocket, text: &str) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch)]
    fn close(this: &ConsoleSocket, code: u16, reason: &str) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch, js_name = serializeAttachment)]
    fn keep(this: &ConsoleSocket, until: f64) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch, js_name = deserializeAttachment)]
    fn kept(this: &ConsoleSocket) -> Result<Option<f64>, JsValue>;

    /// The object's state, as far as sockets are concerned.
    type SocketKeeper;
    #[wasm_bindgen(method, catch, js_name = acceptWebSocket)]
    fn accept(this: &SocketKeeper, socket: &ConsoleSocket) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch, js_name = getWebSockets)]
    fn sockets(this: &SocketKeeper) -> Result<Option<Array>, JsValue>;
    #[wasm_bindgen(method, catch, js_name = setWebSocketAutoResponse)]
    fn answer(this: &SocketKeeper, pair: &AnswerPair) -> Result<(), JsValue>;

    #[wasm_bindgen(js_name = WebSocketRequestResponsePair)]
    type AnswerPair;
    #[wasm_bindgen(constructor, js_class = WebSocketRequestResponsePair)]
    fn new(request: &str, response: &str) -> AnswerPair;
}

/// Takes a console's socket. `told` is when its operator has to sign in again, as JSON. Returns
/// whether there was room.
pub(super) async fn take(
    inner: &Rc<Inner>,
    socket: &ConsoleSocket,
    told: &str,
) -> ObjectResult<bool> {
    faults::fail_object_if_asked(&inner.env).await?;
    let session_ends: Option<Timestamp> = json::read(told)?;
    inner.load().await?;
    inner.event(|host, _, now| host.handle_console(now)).await?;
    let now = clock::now();
    let others = open(inner)?.into_iter().map(|(_, connection)| connection);
    let Ok(connection) = LiveConnection::admit(others, session_ends, now) else {
        return Ok(false);
    };
    let keeper: &SocketKeeper = inner.ctx.unchecked_ref();
    keeper.answer(&AnswerPair::new(PING, PONG)).map_err(failed)?;
    keeper.accept(socket).map_err(failed)?;
    // Milliseconds since 1970 are below 2^53.
    socket.keep(connection.kept() as f64).map_err(failed)?;
    socket.send(&live::greeting(connection.left(now))).map_err(failed)?;
    Ok(true)
}

/// Tells all consoles what has happened, and ends the connections that are over. A failure is only
/// logged: what has happened is stored, and consoles ask for it again.
pub(super) fn tell(inner: &Inner) {
    if let Err(error) = try_to_tell(inner) {
        log::error(LogEvent::ConsoleUntold, &[], format_args!("monitor: {error}"));
    }
}

fn try_to_tell(inner: &Inner) -> ObjectResult<()> {
    let news = inner.with_host(|host| host.poll_news())?;
    let consoles = open(inner)?;
    if consoles.is_empty() {
        return Ok(());
    }
    let (now, message) = (clock::now(), live::message(&news));
    for (socket, connection) in consoles {
        let told = if connection.is_over(now) {
            socket.close(NORMAL_CLOSURE, "connect again")
        } else if news.is_empty() {
            Ok(())
        } else {
            socket.send(&message)
        };
        if told.is_err() {
            // It has just been closed from the other side. Its console connects again.
            log::warn(
                LogEvent::ConsoleUntold,
                &[],
                format_args!("a console was not told of something"),
            );
        }
    }
    Ok(())
}

/// The consoles that are connected.
fn open(inner: &Inner) -> ObjectResult<Vec<(ConsoleSocket, LiveConnection)>> {
    let keeper: &SocketKeeper = inner.ctx.unchecked_ref();
    let sockets = keeper.sockets().caught().map_err(failed)?;
    let sockets = sockets.iter().map(JsCast::unchecked_into::<ConsoleSocket>);
    let open = sockets.filter(|socket| socket.ready_state() == OPEN);
    Ok(open
        .map(|socket| {
            let until = socket.kept().ok().flatten().map(|until| until as u64);
            (socket, LiveConnection::of_kept(until))
        })
        .collect())
}

fn failed(thrown: JsValue) -> ObjectError {
    ObjectError::Storage(format!("sockets of consoles: {thrown:?}"))
}
