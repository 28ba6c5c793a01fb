//! `/ws`: a WebSocket that echoes messages.

use std::sync::Arc;

use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use tokio::sync::watch;

use super::Shop;
use crate::problem::Problem;
use crate::server::Phase;

/// A message has at most 1 MiB, which is the limit of Cloudflare's WebSockets.
const MAX_MESSAGE_BYTES: usize = 1024 * 1024;
/// The server speaks this subprotocol if the client asks for it.
const SUBPROTOCOL: &str = "echo";

/// `GET /ws`.
pub(super) async fn echo(
    State(shop): State<Arc<Shop>>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    match upgrade {
        Ok(upgrade) => {
            let phase = shop.phase.clone();
            upgrade
                .protocols([SUBPROTOCOL])
                .max_message_size(MAX_MESSAGE_BYTES)
                .on_upgrade(move |socket| attend(socket, phase))
        }
        Err(rejection) => {
            let problem = Problem::new(StatusCode::UPGRADE_REQUIRED, rejection.body_text());
            let mut response = problem.into_response();
            let headers = response.headers_mut();
            headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
            headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
            response
        }
    }
}

async fn attend(mut socket: WebSocket, mut phase: watch::Receiver<Phase>) {
    loop {
        let message = tokio::select! {
            message = socket.recv() => message,
            () = shutdown(&mut phase) => {
                let frame = CloseFrame { code: close_code::AWAY, reason: "shutting down".into() };
                let _ = socket.send(Message::Close(Some(frame))).await;
                return;
            }
        };
        match message {
            Some(Ok(message @ (Message::Text(_) | Message::Binary(_)))) => {
                if socket.send(message).await.is_err() {
                    return;
                }
            }
            // Further reads answer pings, and a close frame with its own code.
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Close(_))) => {}
            Some(Err(_)) | None => return,
        }
    }
}

async fn shutdown(phase: &mut watch::Receiver<Phase>) {
    // An error means that the server is gone, which is a shutdown too.
    let _ = phase.wait_for(|phase| *phase != Phase::Serving).await;
}
