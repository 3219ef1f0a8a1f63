//! When to try again.

/// The first wait, in milliseconds, and the least.
const BASE: f64 = 200.0;
/// The longest wait of our own.
const CAP: f64 = 20_000.0;
/// The longest wait that a store's `Retry-After` gets.
const RETRY_AFTER_CAP: f64 = 120_000.0;

/// A pseudo-random sequence: SplitMix64, of a seed that the driver gives.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Random(seed)
    }

    /// A number from 0 up to 1.
    pub fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((bits ^ (bits >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// The next wait in milliseconds: "decorrelated jitter" of the AWS Architecture Blog's "Exponential Backoff And
/// Jitter", or what the store asked for where that is longer.
pub fn backoff(previous: Option<f64>, retry_after: Option<f64>, random: &mut Random) -> f64 {
    let most = previous.unwrap_or(BASE) * 3.0;
    let wait = (BASE + random.unit() * (most - BASE)).min(CAP);
    wait.max(retry_after.unwrap_or(0.0).min(RETRY_AFTER_CAP))
}

/// What further tries a job has left over all its requests, so that one that fails everywhere ends soon: each costs
/// one, and each success gives back a half.
#[derive(Debug)]
pub struct Budget {
    left: f64,
    most: f64,
}

impl Budget {
    /// For requests that may each be tried so many times more.
    pub fn new(retries: u32) -> Self {
        let most = 10.0 * f64::from(retries);
        Budget { left: most, most }
    }

    /// Takes one, if there is one.
    pub fn take(&mut self) -> bool {
        let is_left = self.left >= 1.0;
        if is_left {
            self.left -= 1.0;
        }
        is_left
    }

    pub fn succeeded(&mut self) {
        self.left = (self.left + 0.5).min(self.most);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_within_their_bounds_and_differ_by_seed() {
        let waits = |seed| {
            let mut random = Random::new(seed);
            let next = |previous: &Option<f64>| Some(Some(backoff(*previous, None, &mut random)));
            std::iter::successors(Some(None), {
                let mut next = next;
                move |previous| next(previous)
            })
            .skip(1)
            .take(50)
            .map(Option::unwrap)
            .collect::<Vec<_>>()
        };
        assert!(waits(1).iter().all(|wait| (BASE..=CAP).contains(wait)));
        assert!(waits(1).iter().any(|wait| *wait > CAP / 4.0));
        assert_eq!(waits(7), waits(7));
        assert_ne!(waits(7), waits(8));
    }

    #[test]
    fn retry_after_is_heeded_up_to_a_cap() {
        let mut random = Random::new(1);
        assert_eq!(backoff(None, Some(30_000.0), &mut random), 30_000.0);
        assert_eq!(backoff(None, Some(86_400_000.0), &mut random), RETRY_AFTER_CAP);
    }

    #[test]
    fn a_budget_is_spent_and_earned() {
        let mut budget = Budget::new(2);
        assert_eq!((0..25).filter(|_| budget.take()).count(), 20);
        budget.succeeded();
        assert!(!budget.take());
        budget.succeeded();
        assert!(budget.take() && !budget.take());
        (0..1000).for_each(|_| budget.succeeded());
        assert_eq!((0..25).filter(|_| budget.take()).count(), 20);
    }
}
