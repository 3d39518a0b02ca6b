//! What the supervisor hears: that leads are taken, how it goes, and that nothing hangs.

use std::ffi::OsStr;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use leadhook::system::Supervisor;
use rustix::process::Signal;

use crate::client::ask;
use crate::daemon::{Directory, LIMIT, Setting, TestDaemon, WEBSITE, wait_until, webhook};
use crate::process::Place;
use crate::receiver::{Receiver, Reply};
use crate::still_disk::StillDisk;

/// How often the tests want a sign of life.
const PERIOD: Duration = Duration::from_millis(400);

/// The supervisor's end of the line.
struct Ear {
    socket: UnixDatagram,
    name: String,
}

impl Ear {
    /// In a directory, or where there is none, under an abstract name.
    fn at(name: String) -> Ear {
        let address = match name.strip_prefix('@') {
            Some(name) => SocketAddr::from_abstract_name(name.as_bytes()),
            None => SocketAddr::from_pathname(&name),
        };
        let socket = address.and_then(|address| UnixDatagram::bind_addr(&address));
        let socket = socket.expect("a socket");
        socket.set_read_timeout(Some(LIMIT)).expect("a limit");
        Ear { socket, name }
    }

    fn supervisor(&self) -> Supervisor {
        Supervisor::at(OsStr::new(&self.name), Some(PERIOD)).expect("a supervisor")
    }

    /// The next message.
    fn hear(&self) -> String {
        let mut message = [0; 4096];
        let n = self.socket.recv(&mut message).expect("a message");
        String::from_utf8_lossy(&message[..n]).into_owned()
    }

    /// What has come and was not heard yet.
    fn heard(&self) -> Vec<String> {
        self.socket.set_nonblocking(true).expect("a socket");
        let mut messages = Vec::new();
        let mut message = [0; 4096];
        while let Ok(n) = self.socket.recv(&mut message) {
            messages.push(String::from_utf8_lossy(&message[..n]).into_owned());
        }
        messages
    }

    /// Messages up to one that begins so.
    fn hear_until(&self, begin: &str) -> Vec<String> {
        let mut messages = vec![self.hear()];
        while !messages.last().is_some_and(|last| last.starts_with(begin)) {
            messages.push(self.hear());
        }
        messages
    }
}

#[test]
fn a_supervisor_hears_of_ready_reload_and_stop_in_their_order() {
    let place = Place::with_config("");
    let named = [
        place.path("notify").display().to_string(),
        format!("@leadhook-test-{}", std::process::id()),
    ];
    for name in named {
        let ear = Ear::at(name);
        let env = [("NOTIFY_SOCKET", ear.name.as_str())];
        let mut daemon = place.start_with(&env);
        ear.hear_until("READY=1");
        assert_eq!(daemon.post("website"), 201, "ready, and takes no lead");
        daemon.signal(Signal::HUP);
        daemon.wait_for("config taken over");
        let reload = ear.hear_until("READY=1");
        let (begin, monotonic) = reload[0].split_once('\n').expect("two lines");
        assert_eq!(begin, "RELOADING=1");
        let since_boot = monotonic.strip_prefix("MONOTONIC_USEC=").expect("a time");
        assert!(
            since_boot.parse::<u64>().is_ok_and(|us| us > 0),
            "{since_boot}"
        );
        assert_eq!(reload[1], "STATUS=the store takes leads");
        daemon.stop();
        ear.hear_until("STOPPING=1");
    }
}

#[test]
fn a_reload_that_fails_ends_too_and_the_status_says_so() {
    let place = Place::with_config("");
    let ear = Ear::at(place.path("notify").display().to_string());
    let daemon = place.start_with(&[("NOTIFY_SOCKET", ear.name.as_str())]);
    ear.hear_until("READY=1");
    place.write("leadhook.toml", "no config");
    daemon.signal(Signal::HUP);
    let reload = ear.hear_until("READY=1");
    assert!(
        reload[1].starts_with("STATUS=the config was not taken over"),
        "{reload:?}"
    );
    daemon.stop();
}

#[test]
fn a_watchdog_of_the_environment_gets_signs_of_life_and_one_of_another_process_none() {
    let place = Place::with_config("");
    let ear = Ear::at(place.path("notify").display().to_string());
    let env = |pid| {
        [
            ("NOTIFY_SOCKET", ear.name.as_str()),
            ("WATCHDOG_USEC", "50000"),
            ("WATCHDOG_PID", pid),
        ]
    };
    // `1` is the first process of the system.
    let daemon = place.start_with(&env("1"));
    ear.hear_until("READY=1");
    daemon.stop();
    let heard = ear.hear_until("STOPPING=1");
    assert!(!heard.contains(&"WATCHDOG=1".to_owned()), "{heard:?}");
    let daemon = place.start_with(&env(""));
    ear.hear_until("WATCHDOG=1");
    ear.hear_until("WATCHDOG=1");
    daemon.stop();
}

/// The daemon waits for events until `holds`.
fn run_until(daemon: &mut TestDaemon, what: &str, mut holds: impl FnMut(&TestDaemon) -> bool) {
    let until = Instant::now() + LIMIT;
    while !holds(daemon) {
        assert!(Instant::now() < until, "did not come: {what}");
        let running = daemon.daemon.as_mut().expect("a daemon at work");
        assert!(running.next_event(Duration::from_millis(10)).is_none());
    }
}

/// Signs of life come no more once the log says that this hangs, and come again when `free` has freed it.
fn hangs(daemon: &mut TestDaemon, ear: &Ear, what: &str, free: impl FnOnce()) {
    let line = format!("hangs=\"{what}\"");
    let mut heard = Vec::new();
    run_until(daemon, &line, |daemon| {
        heard.extend(ear.heard());
        daemon.setting.log().contains(&line)
    });
    heard.extend(ear.heard());
    assert!(heard.contains(&format!("STATUS={what} hangs")), "{heard:?}");
    let running = daemon.daemon.as_mut().expect("a daemon at work");
    assert!(running.next_event(2 * PERIOD).is_none());
    assert_eq!(ear.heard(), [""; 0]);
    free();
    let alive = |_: &TestDaemon| ear.heard().contains(&"WATCHDOG=1".to_owned());
    run_until(daemon, "a sign of life", alive);
}

#[test]
fn a_writer_that_hangs_ends_the_signs_of_life() {
    let directory = Directory::new();
    let ear = Ear::at(directory.0.join("notify").display().to_string());
    let disk = StillDisk::default();
    let mut setting = Setting::default();
    setting.location = Some(disk.location());
    setting.supervisor = ear.supervisor();
    let mut daemon = TestDaemon::start_with(setting, WEBSITE);
    let alive = |_: &TestDaemon| ear.heard().contains(&"WATCHDOG=1".to_owned());
    run_until(&mut daemon, "a sign of life", alive);
    disk.set(true);
    let ingest = daemon.ingest();
    let post =
        thread::spawn(move || ask(ingest, "POST", "/in/website", &[], b"email=a@example.com"));
    wait_until("a commit that hangs", || disk.is_waited_for());
    hangs(&mut daemon, &ear, "the writer of the store", || {
        disk.set(false)
    });
    assert_eq!(post.join().expect("an answer").status, 201);
}

#[test]
fn a_crew_that_hangs_ends_the_signs_of_life() {
    let directory = Directory::new();
    let ear = Ear::at(directory.0.join("notify").display().to_string());
    let gate = Arc::new((Mutex::new(false), Condvar::new()));
    let shut = gate.clone();
    let receiver = Receiver::script(move |_, _| {
        // From now on the crew does not get the time, which it asks for after the answer.
        *shut.0.lock().expect("a gate") = true;
        Reply::status(200)
    });
    let asked = gate.clone();
    let mut setting = Setting::default();
    setting.supervisor = ear.supervisor();
    setting.on_time = Arc::new(move || {
        if thread::current().name() == Some("crew-crm") {
            let shut = asked.0.lock().expect("a gate");
            drop(asked.1.wait_while(shut, |shut| *shut).expect("a gate"));
        }
    });
    let crm = webhook("crm", &receiver.url(), "timeout = \"1s\"\nin_flight = 1\n");
    let mut daemon = TestDaemon::start_with(setting, &format!("{WEBSITE}{crm}"));
    assert_eq!(
        daemon
            .post("website", r#"{"email":"a@example.com"}"#)
            .status,
        201
    );
    hangs(&mut daemon, &ear, "the crew of webhook crm", || {
        *gate.0.lock().expect("a gate") = false;
        gate.1.notify_all();
    });
    daemon.wait_until_drained();
}
