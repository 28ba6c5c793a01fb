//! The connection of one console: whether it is taken, and how long it lasts.

use core::fmt;

use crate::base::time::{Millis, Timestamp};

/// Connections at once: 50, which is more than the operators of a site, with some tabs each.
pub const CONNECTIONS_MAX: usize = 50;
/// How long a connection lasts at most: an hour. The console connects again, and shows again that
/// its operator may read.
pub const CONNECTION_LASTS: Millis = Millis::from_secs(3600);
/// How long a console waits that was refused: a minute. It polls meanwhile.
pub const CONNECTION_RETRY: Millis = Millis::from_secs(60);
/// What a console sends to see whether the connection holds. It may send nothing else.
pub const PING: &str = "ping";
/// What the platform answers to [`PING`], without waking the object.
pub const PONG: &str = "pong";

/// A connection, as it is kept beside its socket while the object sleeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LiveConnection {
    until: Timestamp,
}

/// There are as many connections as there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooManyConnections;

impl fmt::Display for TooManyConnections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{CONNECTIONS_MAX} consoles are connected")
    }
}

impl core::error::Error for TooManyConnections {}

impl LiveConnection {
    /// Takes a connection besides these. `session_ends` is when its operator has to sign in again,
    /// if that is known.
    ///
    /// # Errors
    /// [`TooManyConnections`] if there are too many.
    pub fn admit(
        others: impl Iterator<Item = Self>,
        session_ends: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<Self, TooManyConnections> {
        if others.filter(|other| !other.is_over(now)).count() >= CONNECTIONS_MAX {
            return Err(TooManyConnections);
        }
        let longest = now + CONNECTION_LASTS;
        Ok(Self { until: session_ends.map_or(longest, |ends| ends.min(longest)) })
    }

    /// Whether it gets nothing more. One that seems to last too long was taken by a clock that ran
    /// ahead.
    pub fn is_over(self, now: Timestamp) -> bool {
        now >= self.until || self.until > now + CONNECTION_LASTS
    }

    /// How long it still lasts.
    pub fn left(self, now: Timestamp) -> Millis {
        if self.is_over(now) { Millis::ZERO } else { self.until.since(now) }
    }

    /// The end in milliseconds since the Unix epoch, as it is kept beside the socket.
    pub const fn kept(self) -> u64 {
        self.until.as_millis()
    }

    /// Reads what was kept. What cannot be read is a connection that is over.
    pub fn of_kept(until: Option<u64>) -> Self {
        Self { until: Timestamp::from_millis(until.unwrap_or_default()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use alloc::vec::Vec;

    const NOW: Timestamp = Timestamp::from_millis(1_795_424_400_000);

    fn admit(others: &[LiveConnection], session_ends: Option<Timestamp>) -> LiveConnection {
        LiveConnection::admit(others.iter().copied(), session_ends, NOW).unwrap()
    }

    #[test]
    fn a_connection_lasts_an_hour_or_until_its_session_ends() {
        let hour = Millis::from_secs(3600);
        assert_eq!(admit(&[], None).left(NOW), hour);
        assert_eq!(admit(&[], Some(NOW + Millis::from_secs(9))).left(NOW), Millis::from_secs(9));
        assert_eq!(admit(&[], Some(NOW + hour + hour)).left(NOW), hour);
        let ended = admit(&[], Some(NOW));
        assert!(ended.is_over(NOW));
        assert_eq!(ended.left(NOW), Millis::ZERO);
    }

    #[test]
    fn it_is_over_exactly_at_its_end() {
        let connection = admit(&[], None);
        assert!(!connection.is_over(NOW + Millis::new(3_599_999)));
        assert!(connection.is_over(NOW + Millis::new(3_600_000)));
    }

    #[test]
    fn a_clock_that_ran_ahead_makes_no_connection_for_good() {
        let ahead = NOW + Millis::from_secs(24 * 3600);
        let connection = LiveConnection::admit(core::iter::empty(), None, ahead).unwrap();
        assert!(connection.is_over(NOW));
    }

    #[test]
    fn the_connections_have_a_bound_among_those_that_last() {
        let others: Vec<_> = (0..CONNECTIONS_MAX).map(|_| admit(&[], None)).collect();
        let refused = LiveConnection::admit(others.iter().copied(), None, NOW).unwrap_err();
        assert_eq!(refused.to_string(), "50 consoles are connected");
        let mut some_over = others;
        some_over[7] = LiveConnection::of_kept(None);
        admit(&some_over, None);
    }

    #[test]
    fn what_is_kept_reads_back() {
        let connection = admit(&[], None);
        assert_eq!(LiveConnection::of_kept(Some(connection.kept())), connection);
    }
}
