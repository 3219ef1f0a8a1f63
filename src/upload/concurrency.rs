//! How many requests may be under way: fewer after the store said that they are too many, and slowly more again.

/// Additive increase, multiplicative decrease, as TCP does it.
#[derive(Debug)]
pub struct Concurrency {
    limit: f64,
    most: f64,
    /// When it last went down, in milliseconds.
    slowed_at: f64,
}

impl Concurrency {
    pub fn new(most: usize) -> Self {
        Concurrency { limit: most as f64, most: most as f64, slowed_at: f64::NEG_INFINITY }
    }

    pub fn limit(&self) -> usize {
        self.limit as usize
    }

    /// A request succeeded: as many as are under way together make it one more.
    pub fn succeeded(&mut self) {
        self.limit = (self.limit + 1.0 / self.limit).min(self.most);
    }

    /// The store asked for fewer, of a request that was sent at `sent_at`. Those that were sent before the last time say
    /// nothing new.
    pub fn slow_down(&mut self, sent_at: f64, now: f64) {
        if sent_at >= self.slowed_at {
            self.limit = (self.limit / 2.0).max(1.0);
            self.slowed_at = now;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_halves_once_for_requests_that_were_sent_together_and_recovers_slowly() {
        let mut concurrency = Concurrency::new(8);
        for _ in 0..8 {
            concurrency.slow_down(10.0, 20.0);
        }
        assert_eq!(concurrency.limit(), 4);
        concurrency.slow_down(21.0, 30.0);
        concurrency.slow_down(31.0, 40.0);
        concurrency.slow_down(41.0, 50.0);
        assert_eq!(concurrency.limit(), 1);
        concurrency.succeeded();
        assert_eq!(concurrency.limit(), 2);
        concurrency.succeeded();
        assert_eq!(concurrency.limit(), 2);
        (0..100).for_each(|_| concurrency.succeeded());
        assert_eq!(concurrency.limit(), 8);
    }
}
