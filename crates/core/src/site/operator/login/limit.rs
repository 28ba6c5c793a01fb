//! How many logins may fail.

use core::net::IpAddr;

use alloc::collections::{BTreeMap, VecDeque};
use alloc::string::{String, ToString as _};

use serde::{Deserialize, Serialize};

use crate::base::time::{Millis, Timestamp};

/// The largest number of logins of one client that may fail within a minute. A person mistypes a
/// token a few times; a guess at one takes far more.
pub const LOGIN_FAILURES_MAX: usize = 10;
/// The time in which they are counted, in milliseconds: a minute.
const WINDOW: Millis = Millis::from_secs(60);
/// The largest number of clients that are told apart. Beyond it the one whose failures are the
/// oldest is forgotten, rather than that others wait: one who has thousands of addresses could
/// otherwise keep operators out.
pub const LOGIN_CLIENTS_MAX: usize = 1000;
/// The longest name of a client, in bytes: that of an address.
const CLIENT_MAX: usize = 64;

/// From where a login comes: an IPv4 address, or the network of an IPv6 address. One who
/// has an address of a network of 64 bits has all of them (RFC 6177 §2).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LoginClient(String);

impl LoginClient {
    /// The client with this address, as the platform names it. Those without one are one client.
    pub fn of(address: &str) -> Self {
        /// The bits of an IPv6 address that name its network.
        const NETWORK: u128 = !0 << 64;
        Self(match address.parse::<IpAddr>().map(|address| address.to_canonical()) {
            Ok(IpAddr::V4(address)) => address.to_string(),
            Ok(IpAddr::V6(address)) => {
                core::net::Ipv6Addr::from_bits(address.to_bits() & NETWORK).to_string()
            }
            Err(_) => address.chars().take(CLIENT_MAX / 4).collect(),
        })
    }
}

/// Counts the logins that failed. It is kept in memory only: what it bounds is a rate, and no
/// object is put away more often than that.
#[derive(Clone, Debug, Default)]
pub struct LoginLimit {
    /// When the latest failures of each client were, at most [`LOGIN_FAILURES_MAX`] of each.
    failed: BTreeMap<LoginClient, VecDeque<Timestamp>>,
}

impl LoginLimit {
    /// Refuses a login, whether its token is right or not, or takes note that it failed.
    ///
    /// # Errors
    /// The time until the client may try again.
    pub fn judge(
        &mut self,
        client: LoginClient,
        is_right: bool,
        now: Timestamp,
    ) -> Result<(), Millis> {
        // A clock that was set back would hold logins up for as long.
        let counts = |failed: &Timestamp| *failed <= now && now.since(*failed) < WINDOW;
        if let Some(failed) = self.failed.get_mut(&client) {
            failed.retain(counts);
            if let Some(first) = failed.front().filter(|_| failed.len() >= LOGIN_FAILURES_MAX) {
                return Err((*first + WINDOW).since(now));
            }
        }
        if is_right {
            return Ok(());
        }
        if !self.failed.contains_key(&client) && self.failed.len() >= LOGIN_CLIENTS_MAX {
            self.forget_one();
        }
        self.failed.entry(client).or_default().push_back(now);
        Ok(())
    }

    /// Forgets the client whose last failure is the oldest.
    fn forget_one(&mut self) {
        let oldest = self.failed.iter().min_by_key(|(_, failed)| failed.back().copied());
        if let Some(client) = oldest.map(|(client, _)| client.clone()) {
            self.failed.remove(&client);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    fn at(ms: u64) -> Timestamp {
        Timestamp::from_millis(1_795_424_400_000 + ms)
    }

    fn client() -> LoginClient {
        LoginClient::of("203.0.113.7")
    }

    #[test]
    fn after_ten_failures_in_a_minute_even_the_right_token_waits() {
        let mut limit = LoginLimit::default();
        for n in 0..10 {
            assert_eq!(limit.judge(client(), true, at(n * 1000)), Ok(()), "successes do not count");
            assert_eq!(limit.judge(client(), false, at(n * 1000)), Ok(()));
        }
        for is_right in [true, false] {
            let wait = Err(Millis::from_secs(50));
            assert_eq!(limit.judge(client(), is_right, at(10_000)), wait);
        }
        assert_eq!(limit.judge(LoginClient::of("203.0.113.8"), true, at(10_000)), Ok(()));
        assert_eq!(limit.judge(client(), true, at(60_000)), Ok(()));
        assert_eq!(limit.judge(client(), false, at(60_000)), Ok(()));
        assert_eq!(limit.judge(client(), true, at(60_000)), Err(Millis::from_secs(1)));
    }

    #[test]
    fn a_clock_that_was_set_back_holds_nothing_up() {
        let mut limit = LoginLimit::default();
        for _ in 0..10 {
            assert_eq!(limit.judge(client(), false, at(500_000)), Ok(()));
        }
        assert_eq!(limit.judge(client(), true, at(0)), Ok(()));
    }

    #[test]
    fn clients_without_end_keep_no_one_out_and_take_no_room() {
        let mut limit = LoginLimit::default();
        let mut failed = |address: &str, ms| {
            limit.judge(LoginClient::of(address), false, at(ms)).unwrap();
            assert!(limit.failed.len() <= LOGIN_CLIENTS_MAX);
        };
        for n in 0..3 * LOGIN_CLIENTS_MAX as u64 {
            failed(&format!("10.{}.{}.1", n / 250, n % 250), n / 1000);
        }
        assert_eq!(limit.judge(client(), true, at(10)), Ok(()));
    }

    #[test]
    fn a_network_is_one_client() {
        for (address, client) in [
            ("203.0.113.7", "203.0.113.7"),
            ("::ffff:203.0.113.7", "203.0.113.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
            ("2001:DB8:1:2::9", "2001:db8:1:2::"),
            ("2001:db8:1:3::9", "2001:db8:1:3::"),
            ("", ""),
        ] {
            assert_eq!(LoginClient::of(address), LoginClient(client.into()));
        }
        assert!(LoginClient::of(&"€".repeat(999)).0.len() <= CLIENT_MAX);
    }
}
