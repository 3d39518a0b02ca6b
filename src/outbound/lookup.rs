//! Looks up names: few threads for all receivers, and what they found is remembered.
//!
//! The look-up of the operating system cannot be interrupted, so it runs in a thread of its own and
//! whoever asks waits only as long as its deadline allows. There are at most eight such threads,
//! started when a name has to be asked for and ended when there is nothing to do. Everyone who asks
//! for the same name at the same time waits for the same answer. A found address is believed for as
//! long as the asker says, a failure for five seconds.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::io;
use std::net::{IpAddr, ToSocketAddrs};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::fault;

/// How a name is turned into addresses; may take its time.
pub type Ask = dyn Fn(&str) -> io::Result<Vec<IpAddr>> + Send + Sync;

/// Threads that wait for the DNS at the same time. More would help only if names fail one by one;
/// when the DNS is silent, all wait.
const THREADS_MAX: usize = 8;
/// How long a thread without work waits for more.
const THREAD_IDLE: Duration = Duration::from_secs(10);
/// How long a failure is believed.
const FAILURE_KEPT: Duration = Duration::from_secs(5);
/// Names that are remembered; far more than a config has.
const NAMES_MAX: usize = 1024;

/// The look-ups of a process; clones share threads and memory.
#[derive(Clone)]
pub struct Lookups {
    shared: Arc<Shared>,
}

struct Shared {
    ask: Box<Ask>,
    state: Mutex<State>,
    /// An answer has come, or somebody is to stop waiting.
    answered: Condvar,
    /// There is a name to ask for.
    wanted: Condvar,
}

#[derive(Default)]
struct State {
    names: HashMap<String, Name>,
    queue: VecDeque<String>,
    threads: usize,
    idle: usize,
}

#[derive(Default)]
struct Name {
    /// Queued, or being asked for.
    pending: bool,
    last: Option<Found>,
}

#[derive(Clone)]
struct Found {
    at: Instant,
    addresses: Result<Arc<[IpAddr]>, String>,
}

/// Why there are no addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// The look-up failed, for this reason.
    Unknown(String),
    /// No answer until the deadline.
    Late,
    /// The asker was told to stop.
    Stopped,
}

impl Failure {
    /// What the look-up of `host` met, for the person who has to do something about it. `limit` is
    /// the time that the request had.
    pub(super) fn words(self, host: &str, limit: Duration) -> String {
        match self {
            Failure::Unknown(why) => {
                format!("{host}: {why}; is the name right, and the DNS in order?")
            }
            Failure::Late => {
                let limit = fault::limit_words(limit);
                format!("{host}: the DNS did not answer within {limit}")
            }
            Failure::Stopped => fault::STOPPED.to_owned(),
        }
    }
}

impl Lookups {
    /// Look-ups as the operating system does them: hosts file, DNS, search domains.
    pub fn of_system() -> Lookups {
        Lookups::new(|name: &str| {
            let found = (name, 0).to_socket_addrs()?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }

    /// Look-ups by `ask`, which gets a name in lower case.
    pub fn new(ask: impl Fn(&str) -> io::Result<Vec<IpAddr>> + Send + Sync + 'static) -> Lookups {
        Lookups {
            shared: Arc::new(Shared {
                ask: Box::new(ask),
                state: Mutex::default(),
                answered: Condvar::new(),
                wanted: Condvar::new(),
            }),
        }
    }

    /// The addresses of `name`: at least one. What was found up to `believe` ago is taken; else the
    /// caller waits for an answer until `deadline` or until `stop` is set (see [`Lookups::wake`]).
    pub(super) fn addresses(
        &self,
        name: &str,
        believe: Duration,
        deadline: Instant,
        stop: &AtomicBool,
    ) -> Result<Arc<[IpAddr]>, Failure> {
        let asked = Instant::now();
        let mut state = self.shared.lock();
        loop {
            if stop.load(Ordering::Acquire) {
                return Err(Failure::Stopped);
            }
            let known = state.names.get(name);
            if let Some(found) = known.and_then(|name| name.last.as_ref())
                && found.holds(asked, believe)
            {
                return found.addresses.clone().map_err(Failure::Unknown);
            }
            if !known.is_some_and(|name| name.pending) {
                self.want(&mut state, name)?;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Failure::Late);
            }
            state = match self.shared.answered.wait_timeout(state, left) {
                Ok((state, _)) => state,
                Err(poisoned) => poisoned.into_inner().0,
            };
        }
    }

    /// Wakes everyone who waits, so that they see whether they are to stop.
    pub(super) fn wake(&self) {
        // Taken so that nobody can be between looking at its flag and falling asleep.
        let _state = self.shared.lock();
        self.shared.answered.notify_all();
    }

    /// Puts a name into the queue and sees to it that a thread will come for it.
    fn want(&self, state: &mut State, name: &str) -> Result<(), Failure> {
        if state.idle < state.queue.len() + 1 && state.threads < THREADS_MAX {
            let shared = Arc::clone(&self.shared);
            let started = thread::Builder::new()
                .name("lookup".into())
                .spawn(move || shared.work());
            match started {
                Ok(_) => state.threads += 1,
                // The others will get to it.
                Err(_) if state.threads > 0 => {}
                Err(error) => return Err(Failure::Unknown(format!("no thread for it: {error}"))),
            }
        }
        if state.names.len() >= NAMES_MAX {
            state.names.retain(|_, name| name.pending);
        }
        state.names.entry(name.to_owned()).or_default().pending = true;
        state.queue.push_back(name.to_owned());
        self.shared.wanted.notify_one();
        Ok(())
    }
}

impl Found {
    /// Whether it may still be believed by someone who asked then.
    fn holds(&self, asked: Instant, believe: Duration) -> bool {
        let kept = match self.addresses {
            Ok(_) => believe,
            Err(_) => FAILURE_KEPT,
        };
        self.at >= asked || asked.duration_since(self.at) < kept
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The life of a thread: ask for what is in the queue, end when nothing comes for a while.
    fn work(&self) {
        let mut state = self.lock();
        loop {
            if let Some(name) = state.queue.pop_front() {
                drop(state);
                let addresses = self.look_up(&name);
                state = self.lock();
                let at = Instant::now();
                let entry = state.names.entry(name).or_default();
                entry.pending = false;
                entry.last = Some(Found { at, addresses });
                self.answered.notify_all();
                continue;
            }
            state.idle += 1;
            let (back, wait) = match self.wanted.wait_timeout(state, THREAD_IDLE) {
                Ok(woken) => woken,
                Err(poisoned) => poisoned.into_inner(),
            };
            state = back;
            state.idle -= 1;
            if wait.timed_out() && state.queue.is_empty() {
                state.threads -= 1;
                return;
            }
        }
    }

    fn look_up(&self, name: &str) -> Result<Arc<[IpAddr]>, String> {
        match catch_unwind(AssertUnwindSafe(|| (self.ask)(name))) {
            Ok(Ok(addresses)) if addresses.is_empty() => Err("it has no address".into()),
            Ok(Ok(addresses)) => Ok(addresses.into()),
            Ok(Err(error)) => Err(plain(&error)),
            Err(_) => Err("the look-up panicked".into()),
        }
    }
}

/// Without the words in front that say what everyone knows.
fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    let known = "failed to lookup address information: ";
    text.strip_prefix(known).unwrap_or(&text).to_owned()
}

impl fmt::Debug for Lookups {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Lookups")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicUsize;
    use std::sync::mpsc;

    const LIMIT: Duration = Duration::from_secs(10);
    const HERE: [IpAddr; 1] = [IpAddr::V4(std::net::Ipv4Addr::LOCALHOST)];

    fn ask(lookups: &Lookups, name: &str, believe: Duration) -> Result<Arc<[IpAddr]>, Failure> {
        let deadline = Instant::now() + LIMIT;
        lookups.addresses(name, believe, deadline, &AtomicBool::new(false))
    }

    /// Look-ups that count, and give `answer`.
    fn counting(answer: io::Result<Vec<IpAddr>>) -> (Lookups, Arc<AtomicUsize>) {
        let count = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&count);
        let lookups = Lookups::new(move |_| {
            counter.fetch_add(1, Ordering::SeqCst);
            match &answer {
                Ok(addresses) => Ok(addresses.clone()),
                Err(error) => Err(io::Error::new(error.kind(), error.to_string())),
            }
        });
        (lookups, count)
    }

    #[test]
    fn an_answer_is_believed_for_as_long_as_the_asker_says() {
        let (lookups, count) = counting(Ok(HERE.to_vec()));
        for _ in 0..3 {
            assert_eq!(ask(&lookups, "a.example", LIMIT).as_deref(), Ok(&HERE[..]));
        }
        assert_eq!(count.load(Ordering::SeqCst), 1);
        assert!(ask(&lookups, "a.example", Duration::ZERO).is_ok());
        assert_eq!(count.load(Ordering::SeqCst), 2);
    }

    #[test]
    fn a_failure_is_kept_for_a_while_whatever_the_asker_believes() {
        let error = io::Error::other("failed to lookup address information: unknown");
        let (lookups, count) = counting(Err(error));
        for _ in 0..3 {
            let failed = ask(&lookups, "a.example", Duration::ZERO);
            assert_eq!(failed, Err(Failure::Unknown("unknown".into())));
        }
        assert_eq!(count.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn a_name_without_an_address_and_a_panic_are_failures() {
        let (lookups, _) = counting(Ok(Vec::new()));
        assert!(ask(&lookups, "a.example", LIMIT).is_err());
        let lookups = Lookups::new(|_| panic!("on purpose"));
        assert!(ask(&lookups, "a.example", LIMIT).is_err());
        assert!(ask(&lookups, "b.example", LIMIT).is_err());
    }

    #[test]
    fn silence_holds_eight_threads_at_most_and_nobody_beyond_its_deadline() {
        let (started, starts) = mpsc::channel();
        let (release, released) = mpsc::channel::<()>();
        let released = Mutex::new(released);
        let lookups = Lookups::new(move |name| {
            started.send(name.to_owned()).map_err(io::Error::other)?;
            let _ = released.lock().map(|released| released.recv());
            Ok(HERE.to_vec())
        });
        for n in 0..40 {
            let deadline = Instant::now() + Duration::from_millis(2);
            let name = format!("{}.example", n % 20);
            let never = AtomicBool::new(false);
            let late = lookups.addresses(&name, LIMIT, deadline, &never);
            assert_eq!(late, Err(Failure::Late));
        }
        for _ in 0..THREADS_MAX {
            starts.recv_timeout(LIMIT).expect("a look-up");
        }
        assert!(starts.try_recv().is_err());
        assert_eq!(lookups.shared.lock().threads, THREADS_MAX);
        drop(release);
        assert!(ask(&lookups, "19.example", LIMIT).is_ok());
    }

    #[test]
    fn those_who_ask_for_the_same_name_share_one_look_up_and_can_be_told_to_stop() {
        let (release, released) = mpsc::channel::<()>();
        let released = Mutex::new(released);
        let count = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&count);
        let lookups = Lookups::new(move |_| {
            counter.fetch_add(1, Ordering::SeqCst);
            let _ = released.lock().map(|released| released.recv());
            Ok(HERE.to_vec())
        });
        let stop = AtomicBool::new(false);
        thread::scope(|scope| {
            let patient: Vec<_> = (0..4)
                .map(|_| scope.spawn(|| ask(&lookups, "a.example", Duration::ZERO)))
                .collect();
            let other = scope.spawn(|| {
                let deadline = Instant::now() + LIMIT;
                lookups.addresses("a.example", LIMIT, deadline, &stop)
            });
            stop.store(true, Ordering::Release);
            lookups.wake();
            assert_eq!(other.join().expect("no panic"), Err(Failure::Stopped));
            drop(release);
            for asker in patient {
                assert!(asker.join().expect("no panic").is_ok());
            }
        });
        assert!(count.load(Ordering::SeqCst) <= 4);
    }
}
