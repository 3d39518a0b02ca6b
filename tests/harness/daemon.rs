//! A daemon inside the test: the real one, on free ports, with a database in a directory of its own
//! and a clock that the test turns.

#![allow(dead_code, unreachable_pub)]

use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use leadhook::config::{self, Config, Env};
use leadhook::daemon::{Daemon, Event, StartError, System};
use leadhook::domain::time::Timestamp;
use leadhook::log::{Format, Level, Log};
use leadhook::outbound::Lookups;
use leadhook::store::{FreeSpace, Location, Store};
use leadhook::system::{Clock, Dice, Supervisor};

use crate::client::{Answer, ask};

/// How long a test waits for something that must happen.
pub const LIMIT: Duration = Duration::from_secs(20);

/// 2026-02-01T14:09:01Z, when every test begins.
pub const BEGIN: Timestamp = Timestamp(1_769_954_941_000);

/// Waits until `holds`, and fails the test if that does not come.
pub fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let until = Instant::now() + LIMIT;
    while !holds() {
        assert!(Instant::now() < until, "did not come: {what}");
        std::thread::yield_now();
        std::thread::park_timeout(Duration::from_millis(1));
    }
}

/// A directory that is removed with the value.
pub struct Directory(pub PathBuf);

impl Directory {
    /// A new, empty one.
    pub fn new() -> Directory {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let name = format!(
            "leadhook-test-{}-{}",
            std::process::id(),
            NEXT.fetch_add(1, Ordering::Relaxed)
        );
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).expect("a directory for the test");
        Directory(path)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// What a daemon needs besides its config, as tests want it.
#[derive(Clone)]
pub struct Setting {
    now_ms: Arc<AtomicU64>,
    /// How much of that has not passed: the clock was set.
    set_by_ms: Arc<AtomicI64>,
    lines: Arc<Mutex<Vec<u8>>>,
    /// Where the database is, if not in a file.
    pub location: Option<Location>,
    /// Free bytes on the disk, if the system is not to be asked.
    pub free_space: Option<FreeSpace>,
    /// Looks names up.
    pub lookups: Lookups,
    /// Who is told how it goes.
    pub supervisor: Supervisor,
    /// Called whenever somebody asks for the time.
    pub on_time: Arc<dyn Fn() + Send + Sync>,
    /// What is put before the config.
    ground: String,
}

impl Default for Setting {
    fn default() -> Setting {
        Setting {
            now_ms: Arc::new(AtomicU64::new(BEGIN.0)),
            set_by_ms: Arc::default(),
            lines: Arc::default(),
            location: None,
            free_space: None,
            lookups: Lookups::of_system(),
            supervisor: Supervisor::none(),
            on_time: Arc::new(|| {}),
            ground: GROUND.to_owned(),
        }
    }
}

struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("the log").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Setting {
    /// With this line in a section of [`GROUND`], in place of the one that has its key.
    pub fn with(mut self, section: &str, line: &str) -> Setting {
        let (key, _) = line.split_once('=').expect("key = value");
        let mut inside = false;
        let mut ground = String::new();
        for known in self.ground.lines() {
            let opens = known == format!("[{section}]");
            inside = opens || (inside && !known.starts_with('['));
            if !(inside && known.starts_with(key)) {
                ground.push_str(&format!("{known}\n"));
            }
            if opens {
                ground.push_str(&format!("{line}\n"));
            }
        }
        assert!(ground.contains(line), "no section {section}");
        self.ground = ground;
        self
    }

    /// What the daemon has from outside.
    pub fn system(&self) -> System {
        let (set, passing) = (self.clone(), self.clone());
        let clock = Clock::with_steady(
            move || {
                (set.on_time)();
                set.now()
            },
            move || {
                let set_by_ms = passing.set_by_ms.load(Ordering::SeqCst);
                Duration::from_millis(passing.now().0.saturating_add_signed(-set_by_ms))
            },
        );
        let lines = Box::new(Lines(self.lines.clone()));
        System {
            log: Log::new(Format::Text, Level::Debug, false, clock.clone(), lines),
            clock,
            dice: Dice::of_system(),
            lookups: self.lookups.clone(),
            location: self.location.clone(),
            free_space: self.free_space.clone(),
            supervisor: self.supervisor.clone(),
        }
    }

    /// Lets time pass and tells nobody.
    pub fn advance(&self, by: Duration) {
        let ms = u64::try_from(by.as_millis()).expect("a short time");
        self.now_ms.fetch_add(ms, Ordering::SeqCst);
    }

    /// What was logged so far.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&self.lines.lock().expect("the log")).into_owned()
    }

    /// The time of day.
    pub fn now(&self) -> Timestamp {
        Timestamp(self.now_ms.load(Ordering::SeqCst))
    }
}

/// A daemon at work.
pub struct TestDaemon {
    /// The daemon.
    pub daemon: Option<Daemon>,
    /// What it has from outside.
    pub setting: Setting,
    config: String,
    directory: Directory,
}

/// Put before every config: free ports, a token, a file in the test's own directory, no delay.
const GROUND: &str = "\
[ingest]
listen = \"127.0.0.1:0\"
[admin]
listen = \"127.0.0.1:0\"
token = \"test-admin-token-0123\"
[store]
low_space = 0
very_low_space = 0
start_delay = \"0s\"
";

/// A public source, for tests that need no other.
pub const WEBSITE: &str = "
[[source]]
name = \"website\"
auth = \"none\"
rate_per_minute = 0
";

/// A signing secret for tests.
pub const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A webhook of this name to `url`, with further lines of TOML.
pub fn webhook(name: &str, url: &str, more: &str) -> String {
    format!(
        "\n[[webhook]]\nname = \"{name}\"\nurl = \"{url}\"\nsecret = \"{SECRET}\"\nallow_private = true\n{more}\n"
    )
}

impl TestDaemon {
    /// Starts a daemon whose config is [`GROUND`] and `config`.
    pub fn start(config: &str) -> TestDaemon {
        TestDaemon::start_with(Setting::default(), config)
    }

    /// Starts one in this setting.
    pub fn start_with(setting: Setting, config: &str) -> TestDaemon {
        let directory = Directory::new();
        let mut daemon = TestDaemon {
            daemon: None,
            setting,
            config: config.to_owned(),
            directory,
        };
        daemon
            .start_again()
            .unwrap_or_else(|error| panic!("{error}"));
        daemon
    }

    /// Starts it, after it was stopped.
    pub fn start_again(&mut self) -> Result<(), StartError> {
        let config = self.read(&self.config);
        self.daemon = Some(Daemon::start(config, self.setting.system())?);
        Ok(())
    }

    fn read(&self, config: &str) -> Config {
        let text = format!("{}{config}", self.setting.ground);
        config::parse(&text, "test.toml", &self.directory.0, &Env::default())
            .unwrap_or_else(|problems| panic!("{problems}"))
    }

    /// Goes over to another config.
    pub fn reload(&mut self, config: &str) -> Result<Vec<&'static str>, String> {
        let config = self.read(config);
        self.daemon
            .as_mut()
            .expect("a daemon at work")
            .reload(config)
    }

    /// Runs it as the program does while `work` goes on: whoever asks for a reload is given one, with the
    /// config that it began with.
    pub fn run_while<T: Send>(&mut self, work: impl FnOnce() -> T + Send) -> T {
        let mut daemon = self.daemon.take().expect("a daemon at work");
        let done = std::thread::scope(|scope| {
            let work = scope.spawn(work);
            while !work.is_finished() {
                if let Some(Event::Reload(asker)) = daemon.next_event(Duration::from_millis(10)) {
                    let reloaded = daemon.read_again(|| Ok(self.read(&self.config)));
                    asker.map(|asker| asker.send(reloaded));
                }
            }
            work.join()
        });
        self.daemon = Some(daemon);
        done.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }

    /// Stops it in order.
    pub fn stop(&mut self) {
        self.daemon.take().expect("a daemon at work").stop();
    }

    /// Stops it in order and starts it again on the same database.
    pub fn restart(&mut self) {
        self.stop();
        self.start_again().unwrap_or_else(|error| panic!("{error}"));
    }

    /// Ends it as a crash would, with a database that nobody has closed.
    pub fn crash(&mut self) {
        let crashed = std::fs::read(self.file()).expect("a database");
        self.stop();
        std::fs::write(self.file(), crashed).expect("a database");
    }

    fn running(&self) -> &Daemon {
        self.daemon.as_ref().expect("a daemon at work")
    }

    /// Where leads are posted to.
    pub fn ingest(&self) -> SocketAddr {
        self.running().ingest_address()
    }

    /// Where health is.
    pub fn admin(&self) -> SocketAddr {
        self.running().admin_address()
    }

    /// Its store.
    pub fn store(&self) -> &Arc<Store> {
        self.running().store()
    }

    /// The database file.
    pub fn file(&self) -> PathBuf {
        self.directory.0.join("leadhook.redb")
    }

    /// The test's own directory.
    pub fn directory(&self) -> &Path {
        &self.directory.0
    }

    /// Posts a JSON body to a source.
    pub fn post(&self, source: &str, body: &str) -> Answer {
        self.post_with(source, &[], body)
    }

    /// Posts a JSON body with further headers.
    pub fn post_with(&self, source: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let headers = [&[("content-type", "application/json")], headers].concat();
        ask(
            self.ingest(),
            "POST",
            &format!("/in/{source}"),
            &headers,
            body.as_bytes(),
        )
    }

    /// Asks the admin listener, with the token.
    pub fn get(&self, path: &str) -> Answer {
        ask(
            self.admin(),
            "GET",
            path,
            &[("authorization", "Bearer test-admin-token-0123")],
            b"",
        )
    }

    /// Lets time pass and the crews look at the clock.
    pub fn turn_clock(&self, by: Duration) {
        self.setting.advance(by);
        self.running().ring();
    }

    /// Rings all crews.
    pub fn clock_rings(&self) {
        self.running().ring();
    }

    /// Sets the clock, while no time passes.
    pub fn set_clock(&self, to: Timestamp) {
        let before = self.setting.now_ms.swap(to.0, Ordering::SeqCst);
        let by_ms = to.0 as i64 - before as i64;
        self.setting.set_by_ms.fetch_add(by_ms, Ordering::SeqCst);
        self.look_at_clock();
    }

    /// Has the daemon look whether its clock has jumped, as it does now and then.
    pub fn look_at_clock(&self) {
        self.running().look_at_clock();
    }

    /// Waits until nothing is pending.
    pub fn wait_until_drained(&self) {
        wait_until("an empty queue", || {
            self.store()
                .counts()
                .is_ok_and(|counts| counts.pending == 0)
        });
    }

    /// Checks the invariants of the whole database.
    pub fn verify(&self) {
        let problems = self.store().verify().expect("a store that can be read");
        assert!(problems.is_empty(), "{problems:#?}");
    }
}

impl Drop for TestDaemon {
    fn drop(&mut self) {
        if let Some(daemon) = self.daemon.take() {
            daemon.stop();
        }
    }
}
