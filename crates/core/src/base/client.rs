//! Who sends requests, as far as limits tell clients apart, and how often each may do something.

use core::net::{IpAddr, Ipv6Addr};

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString as _};

use serde::{Deserialize, Serialize};

use crate::base::rate_limit::RateLimit;
use crate::base::time::{Millis, Timestamp};

/// The largest number of clients that a limit tells apart. Beyond it the one is forgotten whose
/// latest request is the oldest, rather than that others wait: one who has thousands of addresses
/// could otherwise keep everyone out.
pub const CLIENTS_MAX: usize = 1_000;

/// An IPv4 address, or the network of an IPv6 address: one who has an address of a network of 64
/// bits has all of them (RFC 6177 §2).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Client(String);

impl Client {
    /// The client with this address, as the platform names it. Those without one are one client.
    ///
    /// ```
    /// use breakwater_core::base::client::Client;
    ///
    /// assert_eq!(Client::of("2001:db8::1"), Client::of("2001:DB8::ffff:2"));
    /// assert_eq!(Client::of("::ffff:192.0.2.1"), Client::of("192.0.2.1"));
    /// ```
    pub fn of(address: &str) -> Self {
        /// The bits of an IPv6 address that name its network.
        const NETWORK: u128 = !0 << 64;
        Self(match address.trim().parse::<IpAddr>().map(|address| address.to_canonical()) {
            Ok(IpAddr::V4(address)) => address.to_string(),
            Ok(IpAddr::V6(address)) => Ipv6Addr::from_bits(address.to_bits() & NETWORK).to_string(),
            Err(_) => String::new(),
        })
    }
}

/// Admits something at most `MOST` times within any `WINDOW_MS` milliseconds for each client. It is
/// kept in memory only: what it bounds is a rate, and an address of a person is not stored for it.
#[derive(Clone, Debug, Default)]
pub struct ClientLimit<const MOST: usize, const WINDOW_MS: u64> {
    clients: BTreeMap<Client, RateLimit<MOST, WINDOW_MS>>,
}

impl<const MOST: usize, const WINDOW_MS: u64> ClientLimit<MOST, WINDOW_MS> {
    /// Whether there is room for another one of this client.
    ///
    /// # Errors
    /// The time until there is.
    pub fn check(&self, client: &Client, now: Timestamp) -> Result<(), Millis> {
        self.clients.get(client).map_or(Ok(()), |limit| limit.check(now))
    }

    /// Counts one of this client.
    pub fn count(&mut self, client: Client, now: Timestamp) {
        if !self.clients.contains_key(&client) && self.clients.len() >= CLIENTS_MAX {
            self.forget_one();
        }
        self.clients.entry(client).or_default().count(now);
    }

    /// Counts one of this client if there is room for it.
    ///
    /// # Errors
    /// The time until there is.
    pub fn try_admit(&mut self, client: Client, now: Timestamp) -> Result<(), Millis> {
        self.check(&client, now)?;
        self.count(client, now);
        Ok(())
    }

    fn forget_one(&mut self) {
        let oldest = self.clients.iter().min_by_key(|(_, limit)| limit.latest());
        if let Some(client) = oldest.map(|(client, _)| client.clone()) {
            self.clients.remove(&client);
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;

    type HourlyLimit = ClientLimit<10, 3_600_000>;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_millis(1_795_000_000_000 + seconds * 1000)
    }

    #[test]
    fn a_client_is_admitted_ten_times_an_hour() {
        let mut limit = HourlyLimit::default();
        let mut admit = |address, second| limit.try_admit(Client::of(address), at(second));
        for second in 0..10 {
            assert_eq!(admit("192.0.2.1", second), Ok(()));
        }
        assert_eq!(admit("192.0.2.1", 10), Err(Millis::from_secs(3590)));
        assert_eq!(admit("192.0.2.2", 10), Ok(()));
        assert_eq!(admit("192.0.2.1", 3600), Ok(()));
        assert!(admit("192.0.2.1", 3600).is_err());
        assert_eq!(admit("192.0.2.1", 0), Ok(()), "a clock that was set back holds no one up");
    }

    #[test]
    fn a_network_is_one_client_and_so_are_all_that_are_unknown() {
        for (address, client) in [
            ("203.0.113.7", "203.0.113.7"),
            ("::ffff:203.0.113.7", "203.0.113.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
            ("2001:DB8:1:2::9", "2001:db8:1:2::"),
            ("2001:db8:1:3::9", "2001:db8:1:3::"),
            ("unknown", ""),
            ("", ""),
        ] {
            assert_eq!(Client::of(address), Client(client.into()));
        }
    }

    #[test]
    fn clients_without_end_keep_no_one_out_and_take_no_room() {
        let mut limit = HourlyLimit::default();
        for number in 0..3 * CLIENTS_MAX {
            let client = Client::of(&format!("10.0.{}.{}", number / 250, number % 250));
            assert_eq!(limit.try_admit(client, at(number as u64)), Ok(()));
        }
        assert_eq!(limit.clients.len(), CLIENTS_MAX);
    }
}
