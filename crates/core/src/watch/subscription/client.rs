//! How often one client may ask.

use core::net::{IpAddr, Ipv6Addr};

use alloc::collections::{BTreeMap, VecDeque};
use alloc::string::{String, ToString as _};

use crate::base::time::{Millis, Timestamp};

/// How often one client may ask within an hour.
pub const ASKS_AN_HOUR: usize = 10;
/// Clients that are remembered. Of more, the one goes that asked last the longest ago.
pub const CLIENTS_MAX: usize = 1_000;
/// The time, in milliseconds, in which a client's requests are counted: an hour.
const WINDOW: Millis = Millis::from_secs(3600);

/// Counts what clients ask, by their IP addresses. It is kept in memory only: an address of a
/// person is not stored for this.
#[derive(Clone, Debug, Default)]
pub struct ClientLimit {
    asked: BTreeMap<String, VecDeque<Timestamp>>,
}

impl ClientLimit {
    /// Admits a request of the client at this IP address, or says how long to wait. Requests of
    /// which no address is known count together.
    ///
    /// # Errors
    /// The time until the next request is admitted.
    pub fn try_admit(&mut self, address: &str, now: Timestamp) -> Result<(), Millis> {
        let client = client(address);
        if !self.asked.contains_key(&client) && self.asked.len() >= CLIENTS_MAX {
            self.forget_one();
        }
        let asked = self.asked.entry(client).or_default();
        // A clock that was set back would hold requests up for as long.
        asked.retain(|at| *at <= now && now.since(*at) < WINDOW);
        match asked.front() {
            Some(first) if asked.len() >= ASKS_AN_HOUR => Err((*first + WINDOW).since(now)),
            Some(_) | None => {
                asked.push_back(now);
                Ok(())
            }
        }
    }

    fn forget_one(&mut self) {
        let last = |(client, asked): (&String, &VecDeque<Timestamp>)| {
            (asked.back().copied().unwrap_or_default(), client.clone())
        };
        if let Some((_, client)) = self.asked.iter().map(last).min() {
            self.asked.remove(&client);
        }
    }
}

/// What one client is: an address of IPv4, or a network of 64 bits of IPv6, whose addresses one
/// client may have all (RFC 7421).
fn client(address: &str) -> String {
    match address.trim().parse() {
        Ok(IpAddr::V4(address)) => address.to_string(),
        Ok(IpAddr::V6(address)) => match address.to_ipv4_mapped() {
            Some(address) => address.to_string(),
            None => {
                let [a, b, c, d, ..] = address.segments();
                Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).to_string()
            }
        },
        Err(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_millis(1_795_000_000_000 + seconds * 1000)
    }

    #[test]
    fn a_client_asks_ten_times_an_hour() {
        let mut limit = ClientLimit::default();
        for second in 0..10 {
            assert_eq!(limit.try_admit("192.0.2.1", at(second)), Ok(()));
        }
        assert_eq!(limit.try_admit("192.0.2.1", at(10)), Err(Millis::from_secs(3590)));
        assert_eq!(limit.try_admit("192.0.2.2", at(10)), Ok(()));
        assert_eq!(limit.try_admit("192.0.2.1", at(3600)), Ok(()));
        assert!(limit.try_admit("192.0.2.1", at(3600)).is_err());
    }

    #[test]
    fn a_network_of_ipv6_is_one_client_and_so_are_all_that_are_unknown() {
        for addresses in [["2001:db8::1", "2001:db8::ffff:2"], ["", "unknown"]] {
            let mut limit = ClientLimit::default();
            for number in 0..10 {
                assert_eq!(limit.try_admit(addresses[number % 2], at(0)), Ok(()));
            }
            assert!(limit.try_admit(addresses[1], at(1)).is_err());
            assert_eq!(limit.try_admit("2001:db8:0:1::1", at(1)), Ok(()));
        }
    }

    #[test]
    fn many_clients_do_not_fill_the_memory() {
        let mut limit = ClientLimit::default();
        for number in 0..3 * CLIENTS_MAX {
            let address = format!("10.0.{}.{}", number / 250, number % 250);
            assert_eq!(limit.try_admit(&address, at(number as u64)), Ok(()));
        }
        assert_eq!(limit.asked.len(), CLIENTS_MAX);
    }

    #[test]
    fn a_clock_that_was_set_back_holds_no_client_up() {
        let mut limit = ClientLimit::default();
        for _ in 0..10 {
            assert_eq!(limit.try_admit("192.0.2.1", at(9000)), Ok(()));
        }
        assert_eq!(limit.try_admit("192.0.2.1", at(0)), Ok(()));
    }
}
