//! A server on a free port.

use std::net::SocketAddr;

use breakwater_origin::{Ended, Settings};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, yield_now};

pub(crate) use crate::client::{Answer, Client, within};

/// A server that ends with the test.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) shutdown: oneshot::Sender<()>,
    pub(crate) task: JoinHandle<Ended>,
}

impl Server {
    pub(crate) async fn start() -> Self {
        Self::start_with(Settings::default()).await
    }

    pub(crate) async fn start_with(settings: Settings) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (shutdown, stop) = oneshot::channel();
        let task = tokio::spawn(async move {
            let stop = async { stop.await.unwrap_or_default() };
            breakwater_origin::serve(listener, settings, stop).await.unwrap()
        });
        Self { address, shutdown, task }
    }

    pub(crate) async fn connect(&self) -> Client {
        Client::connect(self.address).await
    }

    /// Sends one request on a connection of its own.
    pub(crate) async fn send(&self, head: &str, body: &str) -> Answer {
        let mut client = self.connect().await;
        client.send(head, body).await;
        client.answer(head.starts_with("HEAD ")).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(&format!("GET {path}"), "").await
    }

    /// Injects a fault, and returns its id.
    pub(crate) async fn fault(&self, fault: Value) -> u64 {
        let answer = self.send("POST /__faults", &fault.to_string()).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        let id = answer.json()["id"].as_u64().unwrap();
        assert_eq!(answer.header("location"), Some(format!("/__faults/{id}").as_str()));
        id
    }

    /// Asks until `/__open` reports these numbers.
    pub(crate) async fn until_open(&self, connections: u64, requests: u64) {
        let mut client = self.connect().await;
        within(async {
            loop {
                client.send("GET /__open", "").await;
                let open = client.answer(false).await.json();
                if open["connections"] == connections && open["requests"] == requests {
                    return;
                }
                yield_now().await;
            }
        })
        .await;
    }
}
