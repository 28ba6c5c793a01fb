//! Sends what an errand asks for, which core decides.

use breakwater_core::telemetry::log::{LogAttribute, LogEvent};
use breakwater_core::watch::check::{
    Check, CheckAnswer, CheckErrand, CheckObservation, ErrandStep,
};
use breakwater_platform::clock;
use breakwater_platform::log;
use breakwater_platform::timer::sleep;

use super::{Answers, ProbeDo, failure, redactor};
use crate::watch_rules::rules;

impl ProbeDo {
    /// What an errand finds, or says in the log why it finds nothing. `secrets` are those that the
    /// check sends.
    pub(super) async fn run_errand(
        &self,
        (place, check): (&str, &Check),
        mut errand: CheckErrand,
        mut secrets: Vec<(String, String)>,
        answers: Answers,
    ) -> Option<CheckObservation> {
        let account = rules().globalping.as_ref();
        if let Some(token) = errand.secret(account) {
            secrets.push(self.secret(check, token)?);
        }
        let redactor = redactor(&secrets);
        loop {
            let begun = clock::now();
            match errand.poll(check, place, account, begun) {
                ErrandStep::Wait(span) => sleep(span).await,
                ErrandStep::Ask { request, within } => {
                    let found = self.ask(check, &request, &secrets, within).await;
                    let found = found.map(|read| answers.shown(read, &redactor));
                    let now = clock::now();
                    let took = now.since(begun);
                    let answer = match &found {
                        Ok(read) => CheckAnswer::Answered(read.answer(took)),
                        Err(error) => failure(error, took),
                    };
                    errand.handle_answer(check, place, &answer, &redactor, now);
                }
                ErrandStep::End(Ok(observation)) => return Some(observation),
                ErrandStep::End(Err(why)) => {
                    log::error(
                        LogEvent::CheckFailed,
                        &[LogAttribute::Check.text(&check.name)],
                        format_args!("check {} at {place}: {why}", check.name),
                    );
                    return None;
                }
            }
        }
    }
}
