//! How many logins may fail.

use crate::base::client::{Client, ClientLimit};
use crate::base::time::{Millis, Timestamp};

/// The largest number of logins of one client that may fail within a minute. A person mistypes a
/// token a few times; a guess at one takes far more.
pub const LOGIN_FAILURES_MAX: usize = 10;

/// Counts the logins that failed.
#[derive(Clone, Debug, Default)]
pub struct LoginLimit {
    failed: ClientLimit<LOGIN_FAILURES_MAX, 60_000>,
}

impl LoginLimit {
    /// Refuses a login, whether its token is right or not, or takes note that it failed.
    ///
    /// # Errors
    /// The time until the client may try again.
    pub fn judge(&mut self, client: Client, is_right: bool, now: Timestamp) -> Result<(), Millis> {
        self.failed.check(&client, now)?;
        if !is_right {
            self.failed.count(client, now);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Timestamp {
        Timestamp::from_millis(1_795_424_400_000 + ms)
    }

    fn client() -> Client {
        Client::of("203.0.113.7")
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
        assert_eq!(limit.judge(Client::of("203.0.113.8"), true, at(10_000)), Ok(()));
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
}
