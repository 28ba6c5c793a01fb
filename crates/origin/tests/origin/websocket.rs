use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::support::{Server, within};

async fn connect(server: &Server, protocols: &str) -> (WebSocketStream<TcpStream>, Option<String>) {
    let mut request = "ws://stolentee.test/ws".into_client_request().unwrap();
    if !protocols.is_empty() {
        request.headers_mut().insert("sec-websocket-protocol", protocols.parse().unwrap());
    }
    let stream = TcpStream::connect(server.address).await.unwrap();
    let (socket, response) = within(client_async(request, stream)).await.unwrap();
    let protocol = response.headers().get("sec-websocket-protocol");
    (socket, protocol.map(|protocol| protocol.to_str().unwrap().to_owned()))
}

#[tokio::test]
async fn text_and_binary_come_back() {
    let server = Server::start().await;
    let (mut socket, protocol) = connect(&server, "").await;
    assert_eq!(protocol, None);
    for message in [Message::text("tee"), Message::binary(vec![0, 255, 7])] {
        socket.send(message.clone()).await.unwrap();
        assert_eq!(within(socket.next()).await.unwrap().unwrap(), message);
    }
}

#[tokio::test]
async fn subprotocol_is_echoed_if_asked_for() {
    let server = Server::start().await;
    let (_socket, protocol) = connect(&server, "chat, echo").await;
    assert_eq!(protocol.as_deref(), Some("echo"));
}

#[tokio::test]
async fn close_is_answered_with_its_own_code_and_releases_the_connection() {
    let server = Server::start().await;
    let (mut socket, _) = connect(&server, "").await;
    server.until_open(1, 0).await;
    let frame = CloseFrame { code: 4001.into(), reason: "enough".into() };
    socket.send(Message::Close(Some(frame))).await.unwrap();
    let Message::Close(Some(frame)) = within(socket.next()).await.unwrap().unwrap() else {
        panic!("no close frame")
    };
    assert_eq!(u16::from(frame.code), 4001);
    server.until_open(0, 0).await;
}

#[tokio::test]
async fn plain_request_is_told_to_upgrade() {
    let server = Server::start().await;
    let answer = server.get("/ws").await;
    assert_eq!((answer.status, answer.header("upgrade")), (426, Some("websocket")));
}

#[tokio::test]
async fn shutdown_says_going_away() {
    let server = Server::start().await;
    let (mut socket, _) = connect(&server, "").await;
    server.shutdown.send(()).unwrap();
    let Message::Close(Some(frame)) = within(socket.next()).await.unwrap().unwrap() else {
        panic!("no close frame")
    };
    assert_eq!(u16::from(frame.code), 1001);
    within(server.task).await.unwrap();
}
