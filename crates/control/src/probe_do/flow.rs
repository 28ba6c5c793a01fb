//! Carries out the requests of a flow, which core decides.

use breakwater_core::watch::check::{
    CHECK_BODY_MAX, CHECK_SIZE_MAX, Check, CheckAnswer, CheckObservation, FlowRun, FlowStep,
};
use breakwater_platform::clock;

use super::{Answers, ProbeDo, failure, redactor};
use crate::requests::OwnRequest;

impl ProbeDo {
    /// What a flow finds. `secrets` are all that it sends.
    pub(super) async fn run_flow(
        &self,
        (place, check, steps): (&str, &Check, &[FlowStep]),
        secrets: Vec<(String, String)>,
        answers: Answers,
    ) -> CheckObservation {
        let redactor = redactor(&secrets);
        let mut run = FlowRun::new(check, steps, place, secrets, clock::now());
        while let Some(request) = run.poll_request(clock::now()) {
            let begun = clock::now();
            let sent = OwnRequest {
                is_own: false,
                url: &request.url,
                method: &request.method,
                fields: &request.fields,
                body: request.body.as_deref(),
                follows_redirects: false,
                body_max: CHECK_BODY_MAX as u32,
                size_max: CHECK_SIZE_MAX,
            };
            let found = self.send(check, sent, request.limit).await;
            let found = found.map(|read| answers.shown(read, &redactor));
            let now = clock::now();
            let took = now.since(begun);
            let answer = match &found {
                Ok(read) => CheckAnswer::Answered(read.answer(took)),
                Err(error) => failure(error, took),
            };
            run.handle_answer(&answer, now);
        }
        run.finish(clock::now())
    }
}
