//! HTTP servers on free ports.
//!
//! They run on a thread of their own: a test that waits for the stack blocks its thread, but
//! requests of the Worker must be answered meanwhile.

use std::error::Error;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::OnceLock;

use anyhow::{Context, Result};
use hyper::Response;
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

/// A server that accepts connections until it is dropped.
#[derive(Debug)]
pub struct Listener {
    url: String,
    task: JoinHandle<()>,
}

impl Listener {
    /// Starts a server with a handler of requests; if the handler returns an error, the connection
    /// is closed.
    pub fn start<F, B, E>(
        answer: impl Fn(hyper::Request<Incoming>) -> F + Clone + Send + 'static,
    ) -> Result<Self>
    where
        F: Future<Output = Result<Response<B>, E>> + Send + 'static,
        B: Body<Data: Send, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
        E: Into<Box<dyn Error + Send + Sync>> + 'static,
    {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let url = format!("http://{}", listener.local_addr()?);
        listener.set_nonblocking(true)?;
        let runtime = runtime()?;
        let _entered = runtime.enter();
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let task = runtime.spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let service = service_fn(answer.clone());
                // A broken connection shows in the Worker's answer.
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(socket), service));
            }
        });
        Ok(Self { url, task })
    }

    /// `http://host:port`.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The runtime for all servers of the process.
pub(crate) fn runtime() -> Result<&'static Runtime> {
    static RUNTIME: OnceLock<Option<Runtime>> = OnceLock::new();
    let build = || Builder::new_multi_thread().worker_threads(1).enable_all().build().ok();
    RUNTIME.get_or_init(build).as_ref().context("no thread for the servers of tests")
}
