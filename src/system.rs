//! The clock, the dice and the supervisor of the system, as values: whoever needs the time or a random
//! number, or has to tell how it goes, is given one of these, so that tests turn them by hand.

mod supervisor;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ring::rand::{SecureRandom, SystemRandom};
use rustix::time::{ClockId, clock_gettime};

use crate::domain::time::Timestamp;
pub use supervisor::Supervisor;

/// How far behind the others a thread works that nobody waits for, in steps of setpriority(2).
const NICE: i32 = 19;

/// From now on the calling thread has the processor when the threads that answer people leave it; on
/// Linux, a priority is that of a thread. Where this is refused, it works as all others do.
pub(crate) fn stand_back() {
    let _ = rustix::process::setpriority_process(None, NICE);
}

/// Tells the time of day, and how time passes.
#[derive(Clone)]
pub struct Clock {
    now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    steady: Arc<dyn Fn() -> Duration + Send + Sync>,
}

impl Clock {
    /// A clock that says what `now` says, and never jumps: so time passes.
    pub fn new(now: impl Fn() -> Timestamp + Clone + Send + Sync + 'static) -> Clock {
        let steady = now.clone();
        Clock::with_steady(now, move || Duration::from_millis(steady().0))
    }

    /// A clock whose time of day may be set, while `steady` goes on.
    pub fn with_steady(
        now: impl Fn() -> Timestamp + Send + Sync + 'static,
        steady: impl Fn() -> Duration + Send + Sync + 'static,
    ) -> Clock {
        Clock {
            now: Arc::new(now),
            steady: Arc::new(steady),
        }
    }

    /// The clock of the system. Time in which the machine sleeps passes.
    pub fn of_system() -> Clock {
        let now = || {
            let since_1970 = SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .unwrap_or_default();
            Timestamp(u64::try_from(since_1970.as_millis()).unwrap_or(u64::MAX))
        };
        let steady = || clock_gettime(ClockId::Boottime).try_into();
        Clock::with_steady(now, move || steady().unwrap_or_default())
    }

    /// The time of day; may jump.
    pub fn now(&self) -> Timestamp {
        (self.now)()
    }

    /// Goes on evenly, from any beginning.
    pub fn steady(&self) -> Duration {
        (self.steady)()
    }
}

/// Makes random bytes.
#[derive(Clone)]
pub struct Dice(Arc<Fill>);

type Fill = dyn Fn(&mut [u8]) + Send + Sync;

impl Dice {
    /// Dice that fall as `fill` says.
    pub fn new(fill: impl Fn(&mut [u8]) + Send + Sync + 'static) -> Dice {
        Dice(Arc::new(fill))
    }

    /// The secure random numbers of the system.
    ///
    /// # Panics
    ///
    /// When the system has none to give, which Linux does not do to a running process: nothing
    /// could be named or signed safely then.
    pub fn of_system() -> Dice {
        let random = SystemRandom::new();
        Dice::new(move |bytes| {
            random
                .fill(bytes)
                .unwrap_or_else(|_| panic!("the system gives no random numbers"));
        })
    }

    /// Fills `bytes`.
    pub fn fill(&self, bytes: &mut [u8]) {
        (self.0)(bytes);
    }

    /// Any number, each as likely as the others.
    pub fn number(&self) -> u64 {
        let mut bytes = [0; 8];
        self.fill(&mut bytes);
        u64::from_le_bytes(bytes)
    }

    /// `prefix` and 128 random bits in 26 characters: digits and lower-case letters.
    pub fn id(&self, prefix: &str) -> String {
        const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
        let mut bytes = [0; 16];
        self.fill(&mut bytes);
        let number = u128::from_le_bytes(bytes);
        let character = |place: u32| char::from(ALPHABET[(number >> (5 * place)) as usize & 31]);
        prefix.chars().chain((0..26).map(character)).collect()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

impl fmt::Debug for Dice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Dice")
    }
}
