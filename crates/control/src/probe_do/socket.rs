//! Opens a WebSocket, and listens for what a check waits for.

use breakwater_core::base::redaction::Redactor;
use breakwater_core::watch::check::Check;
use breakwater_platform::clock;
use wasm_bindgen::JsValue;

use super::answered::AnswerRead;
use super::{Answers, ProbeDo};
use crate::requests::{OwnRequest, converse};

impl ProbeDo {
    /// The last message that was waited for, as an answer, or the answer that refused the opening.
    ///
    /// # Errors
    /// What the platform throws, or a time-out (`is_timeout`) before the first message.
    pub(super) async fn converse(
        &self,
        check: &Check,
        opening: OwnRequest<'_>,
        (answers, redactor): (Answers, &Redactor),
    ) -> Result<AnswerRead, JsValue> {
        let begun = clock::now();
        let asked = opening.url;
        let (is_own, url) = self.way(check, asked);
        let opening = OwnRequest { is_own, url: &url, ..opening };
        let conversation = converse(&self.ctx, opening, check.timeout).await?;
        if let Some(refusal) = conversation.refusal() {
            return Ok(answers.shown(AnswerRead::of(&refusal), redactor));
        }
        let message = |body| answers.shown(AnswerRead::of_message(body, asked), redactor);
        let (mut heard, mut last, mut error) = (0, None::<AnswerRead>, None);
        while check.wants_message(heard, last.as_ref().map(AnswerRead::body)) {
            let left = (begun + check.timeout).since(clock::now());
            match conversation.next(left).await {
                Ok(Some(body)) => (heard, last) = (heard + 1, Some(message(body))),
                Ok(None) => break,
                Err(late) => {
                    error = Some(late);
                    break;
                }
            }
        }
        conversation.close();
        match (last, error) {
            (Some(last), _) => Ok(last),
            (None, Some(late)) => Err(late),
            (None, None) if check.wants_message(0, None) => {
                Err("the other side ended it without a message".into())
            }
            (None, None) => Ok(message(Vec::new())),
        }
    }
}
