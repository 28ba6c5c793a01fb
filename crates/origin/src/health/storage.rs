//! The measurement of file storage over HTTP. Core decides the request and judges the answer.

use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::Request;
use breakwater_core::watch::dependency::{BODY_MAX, DependencyAnswer};
use breakwater_core::watch::health::Measurement;

use super::watch::Probe;
use crate::clock;
use crate::http_client::{HttpClient, NoAnswer};
use crate::settings;

/// Measures the storage of files.
pub(super) struct Storage {
    settings: settings::Storage,
    client: HttpClient,
    limit: Duration,
}

impl Storage {
    pub(super) fn new(settings: settings::Storage, client: HttpClient, limit: Duration) -> Self {
        Self { settings, client, limit }
    }

    fn request(&self) -> Result<Request<Body>, axum::http::Error> {
        let key = self.settings.key.as_ref().map(|key| key.expose());
        let mut request = Request::get(self.settings.url.clone());
        for (name, value) in self.settings.kind.fields(key) {
            request = request.header(name, value.as_ref());
        }
        request.body(Body::empty())
    }
}

impl Probe for Storage {
    async fn measure(&mut self) -> Vec<Measurement> {
        let start = Instant::now();
        let answered = match self.request() {
            Ok(request) => self.client.send(request, BODY_MAX, self.limit).await,
            // A key that no field can hold cannot be sent.
            Err(_) => Err(NoAnswer::Disconnected),
        };
        let answer = match &answered {
            Ok(response) => DependencyAnswer::Answered {
                status: response.status().as_u16(),
                body: response.body(),
            },
            Err(NoAnswer::TimedOut) => DependencyAnswer::TimedOut,
            Err(NoAnswer::Disconnected) => DependencyAnswer::Disconnected,
        };
        let (limit, took) = (clock::millis(self.limit), clock::millis(start.elapsed()));
        self.settings.kind.read(answer, limit, took)
    }
}
