//! What the outbox keeps of one channel.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::base::time::Timestamp;

/// A channel, as far as deliveries wait for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Channel {
    pub(super) name: String,
    /// The next attempt keeps its distance from the last one.
    pub(super) busy_until: Timestamp,
    /// The receiver wants to be left alone until then.
    pub(super) paused_until: Timestamp,
    /// The receiver has said that it is gone (410).
    pub(super) is_gone: bool,
}

impl Channel {
    /// When the next attempt may begin.
    pub(super) fn free_at(&self) -> Timestamp {
        self.busy_until.max(self.paused_until)
    }
}

/// The channel of this name, which is made if it is new. There are as many as the site file has.
pub(super) fn of<'a>(channels: &'a mut Vec<Channel>, name: &str) -> &'a mut Channel {
    let index = channels.iter().position(|it| it.name == name).unwrap_or(channels.len());
    if index == channels.len() {
        channels.push(Channel {
            name: name.into(),
            busy_until: Timestamp::default(),
            paused_until: Timestamp::default(),
            is_gone: false,
        });
    }
    &mut channels[index]
}
