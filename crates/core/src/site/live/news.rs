//! What is told, and how it is written.

use alloc::collections::VecDeque;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use serde::Serialize;
use serde_json::{Value, json};

use crate::base::time::Millis;
use crate::circuit::breaker::State;
use crate::watch::incident::IncidentState;
use crate::watch::monitor::CheckState;
use crate::watch::severity::Severity;

/// News that one event tells at most: 64. After more, consoles are told to read all again, which is
/// then less work.
pub const NEWS_MAX: usize = 64;

/// Something that has happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum LiveNews {
    /// A circuit changed its state.
    Circuit {
        /// Its upstream.
        upstream: String,
        /// Its name.
        circuit: String,
        /// The state before.
        from: State,
        /// The state now.
        to: State,
    },
    /// A check changed its state.
    Check {
        /// Its name.
        check: String,
        /// The state before.
        from: CheckState,
        /// The state now.
        to: CheckState,
    },
    /// An incident was opened, or something of it changed.
    Incident {
        /// Its id.
        incident: String,
        /// Its title.
        title: String,
        /// How much it matters.
        severity: Severity,
        /// How far people are.
        state: IncidentState,
    },
    /// An attempt to deliver a message has ended.
    Delivery {
        /// The channel.
        channel: String,
        /// The message's id.
        message: String,
        /// How.
        end: DeliveryNews,
    },
    /// An operator did something.
    Order {
        /// The event, as the site's history shows it.
        event: Value,
    },
    /// More happened than is told: all has to be read again.
    More,
}

/// How an attempt to deliver a message ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryNews {
    /// It arrived.
    Delivered,
    /// It did not, and will be tried again.
    Failed,
    /// It will not be tried again.
    Dead,
}

/// What has not been told yet. It is kept in memory only.
#[derive(Clone, Debug, Default)]
pub struct NewsQueue {
    news: VecDeque<LiveNews>,
    has_more: bool,
}

impl NewsQueue {
    /// Adds what has happened, unless there is too much of it.
    pub fn push(&mut self, news: LiveNews) {
        if self.news.len() < NEWS_MAX {
            self.news.push_back(news);
        } else {
            self.has_more = true;
        }
    }

    /// Takes what has happened, the first first.
    pub fn take(&mut self) -> Vec<LiveNews> {
        let news = core::mem::take(&mut self.news);
        if core::mem::take(&mut self.has_more) {
            return [LiveNews::More].into();
        }
        news.into()
    }
}

/// The first message to a console: how long its connection lasts.
pub fn greeting(left: Millis) -> String {
    json!({ "lasts_ms": left.get(), "news": [] }).to_string()
}

/// The message that tells this.
pub fn message(news: &[LiveNews]) -> String {
    json!({ "news": news }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    fn turned(number: usize) -> LiveNews {
        LiveNews::Check { check: format!("c{number}"), from: CheckState::Up, to: CheckState::Down }
    }

    /// If this fails, consoles that are open during a deployment no longer understand what they are
    /// told.
    #[test]
    fn the_messages_are_unchanged() {
        let news = [
            LiveNews::Circuit {
                upstream: "api".into(),
                circuit: "api/orders/*".into(),
                from: State::Closed,
                to: State::HalfOpen,
            },
            turned(1),
            LiveNews::Incident {
                incident: "inc-a".into(),
                title: "Slow".into(),
                severity: Severity::P1,
                state: IncidentState::Investigating,
            },
            LiveNews::Delivery {
                channel: "ops".into(),
                message: "inc-a-1".into(),
                end: DeliveryNews::Dead,
            },
            LiveNews::Order { event: json!({ "at": 1, "event": "purge" }) },
            LiveNews::More,
        ];
        assert_eq!(
            message(&news),
            concat!(
                r#"{"news":[{"circuit":"api/orders/*","from":"closed","to":"half_open","#,
                r#""type":"circuit","upstream":"api"},"#,
                r#"{"check":"c1","from":"up","to":"down","type":"check"},"#,
                r#"{"incident":"inc-a","severity":"P1","state":"investigating","title":"Slow","#,
                r#""type":"incident"},"#,
                r#"{"channel":"ops","end":"dead","message":"inc-a-1","type":"delivery"},"#,
                r#"{"event":{"at":1,"event":"purge"},"type":"order"},"#,
                r#"{"type":"more"}]}"#
            )
        );
        assert_eq!(greeting(Millis::from_secs(3600)), r#"{"lasts_ms":3600000,"news":[]}"#);
    }

    #[test]
    fn news_are_told_once_in_the_order_in_which_they_came() {
        let mut queue = NewsQueue::default();
        queue.push(turned(1));
        queue.push(turned(2));
        assert_eq!(queue.take(), [turned(1), turned(2)]);
        assert_eq!(queue.take(), []);
    }

    #[test]
    fn of_too_many_only_that_is_told() {
        let mut queue = NewsQueue::default();
        (0..NEWS_MAX).for_each(|number| queue.push(turned(number)));
        assert_eq!(queue.clone().take().len(), NEWS_MAX);
        queue.push(turned(NEWS_MAX));
        assert_eq!(queue.take(), [LiveNews::More]);
        assert_eq!(queue.take(), [], "and then it goes on as before");
    }
}
