//! How often somebody may try to log in.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Duration;

use crate::model::Timestamp;

/// Attempts in a row that cost nothing, per address and altogether.
const FREE: u32 = 5;
const FREE_ALTOGETHER: u32 = 50;

/// The longest wait: of one address, and of everybody, where it could keep the owner out.
const LONGEST: Duration = Duration::from_secs(15 * 60);
const LONGEST_ALTOGETHER: Duration = Duration::from_secs(30);

/// Failures are forgotten after so long without another.
const MEMORY: Duration = Duration::from_secs(60 * 60);

/// How many addresses are remembered.
const MOST_ADDRESSES: usize = 1_024;

/// Counts attempts; each counts as failed until it is known to have succeeded, so that attempts made at
/// the same moment count as well.
#[derive(Debug, Default)]
pub(super) struct Limiter {
    by_address: HashMap<IpAddr, Failures>,
    altogether: Failures,
}

#[derive(Debug, Clone, Copy, Default)]
struct Failures {
    count: u32,
    last: Timestamp,
}

impl Failures {
    fn wait(self, now: Timestamp, free: u32, longest: Duration) -> Duration {
        if self.count < free {
            return Duration::ZERO;
        }
        let seconds = 1_u64.checked_shl(self.count - free).unwrap_or(u64::MAX);
        let pause = Duration::from_secs(seconds).min(longest);
        pause.saturating_sub(now.since(self.last))
    }

    /// Also when the clock was set back: a wait must never outlast its pause by years.
    fn is_old(self, now: Timestamp) -> bool {
        now.since(self.last) > MEMORY || self.last.since(now) > MEMORY
    }

    fn add(&mut self, now: Timestamp) {
        let before = if self.is_old(now) { 0 } else { self.count };
        *self = Self { count: before.saturating_add(1), last: now };
    }
}

impl Limiter {
    /// Counts an attempt, or says how long to wait before the next.
    pub(super) fn attempt(&mut self, address: IpAddr, now: Timestamp) -> Result<(), Duration> {
        let key = network(address);
        if self.altogether.is_old(now) {
            self.altogether = Failures::default();
        }
        let own =
            self.by_address.get(&key).copied().filter(|failures| !failures.is_old(now)).unwrap_or_default();
        let wait =
            own.wait(now, FREE, LONGEST).max(self.altogether.wait(now, FREE_ALTOGETHER, LONGEST_ALTOGETHER));
        if !wait.is_zero() {
            return Err(wait);
        }
        self.make_room(key, now);
        self.by_address.entry(key).or_default().add(now);
        self.altogether.add(now);
        Ok(())
    }

    /// The attempt that was counted last for this address was right.
    pub(super) fn succeeded(&mut self, address: IpAddr) {
        self.by_address.remove(&network(address));
        self.altogether.count = self.altogether.count.saturating_sub(1);
    }

    fn make_room(&mut self, key: IpAddr, now: Timestamp) {
        if self.by_address.len() < MOST_ADDRESSES || self.by_address.contains_key(&key) {
            return;
        }
        self.by_address.retain(|_, failures| !failures.is_old(now));
        if self.by_address.len() >= MOST_ADDRESSES
            && let Some(oldest) =
                self.by_address.iter().min_by_key(|(_, failures)| failures.last).map(|(key, _)| *key)
        {
            self.by_address.remove(&oldest);
        }
    }
}

/// One household has a /64 of IPv6; a single address of it means nothing.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() & (u128::MAX << 64)).into()),
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOME: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 168, 1, 5));

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1_000)
    }

    #[test]
    fn waits_double_up_to_a_limit() {
        let mut limiter = Limiter::default();
        for _ in 0..FREE {
            assert_eq!(limiter.attempt(HOME, at(0)), Ok(()));
        }
        assert_eq!(limiter.attempt(HOME, at(0)), Err(Duration::from_secs(1)));
        assert_eq!(limiter.attempt(HOME, at(1)), Ok(()));
        assert_eq!(limiter.attempt(HOME, at(1)), Err(Duration::from_secs(2)));
        let mut now = 1;
        for _ in 0..20 {
            let wait = limiter.attempt(HOME, at(now)).unwrap_err();
            assert!(wait <= LONGEST);
            now += i64::try_from(wait.as_secs()).unwrap();
            assert_eq!(limiter.attempt(HOME, at(now)), Ok(()));
        }
        assert_eq!(limiter.attempt(HOME, at(now)), Err(LONGEST));
    }

    #[test]
    fn success_and_time_forgive() {
        let mut limiter = Limiter::default();
        for _ in 0..FREE {
            limiter.attempt(HOME, at(0)).unwrap();
        }
        limiter.succeeded(HOME);
        for _ in 0..FREE {
            limiter.attempt(HOME, at(0)).unwrap();
        }
        assert!(limiter.attempt(HOME, at(0)).is_err());
        assert_eq!(limiter.attempt(HOME, at(3_601)), Ok(()));
        assert_eq!(limiter.attempt(HOME, at(3_601)), Ok(()));
    }

    #[test]
    fn many_addresses_are_limited_together_and_remembered_in_bounded_room() {
        let mut limiter = Limiter::default();
        let address = |n: u32| IpAddr::V4(n.to_be_bytes().into());
        for n in 0..FREE_ALTOGETHER {
            limiter.attempt(address(n), at(0)).unwrap();
        }
        assert!(limiter.attempt(address(99), at(0)).is_err());
        let mut now = 0;
        for n in 100..3_000 {
            now += 31;
            limiter.attempt(address(n), at(now)).unwrap();
        }
        assert!(limiter.by_address.len() <= MOST_ADDRESSES);
    }

    #[test]
    fn a_network_of_ipv6_is_one() {
        let mut limiter = Limiter::default();
        for n in 0..FREE {
            limiter.attempt(format!("2001:db8::{n}").parse().unwrap(), at(0)).unwrap();
        }
        assert!(limiter.attempt("2001:db8::ffff".parse().unwrap(), at(0)).is_err());
        assert!(limiter.attempt("2001:db8:0:1::1".parse().unwrap(), at(0)).is_ok());
        assert_eq!(network("::ffff:10.0.0.1".parse().unwrap()), "10.0.0.1".parse::<IpAddr>().unwrap());
    }
}
