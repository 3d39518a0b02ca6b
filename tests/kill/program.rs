//! The real binary as a process of its own, which tells its addresses in its log.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::client::{Answer, Connection, ask};
use crate::daemon::{LIMIT, WEBSITE, webhook};

/// The name of the database in its directory.
pub(crate) const FILE: &str = "leads.redb";

/// Retries come soon, so that the test ends soon.
const RETRY: &str = "retry = [\"1s\", \"1s\", \"1s\", \"1s\", \"1s\", \"1s\"]\njitter_percent = 0";

/// A process, of which nobody knows yet whether it has come up.
pub(crate) struct Program {
    child: Child,
    /// Reads its log, and panics where it tells of a panic.
    log: Option<JoinHandle<()>>,
    began: Instant,
    /// Its addresses, once it has told them.
    addresses: Receiver<(SocketAddr, SocketAddr)>,
    pub(crate) ingest: SocketAddr,
    admin: SocketAddr,
    /// From the spawn until it listened, with its store open.
    pub(crate) start: Duration,
}

impl Program {
    /// Starts it on the database in `directory`.
    pub(crate) fn spawn(directory: &Path, urls: &[String; 2]) -> Program {
        let ground = format!(
            "[ingest]\nlisten = \"127.0.0.1:0\"\n\
             [admin]\nlisten = \"127.0.0.1:0\"\ntoken = \"0123456789abcdef\"\n\
             [store]\npath = \"{FILE}\"\nlow_space = 0\nvery_low_space = 0\nstart_delay = \"0s\"\n\
             [backup]\ndirectory = \"backups\"\nevery = \"0s\"\nkeep = 2\n"
        );
        let webhooks = [
            webhook("steady", &urls[0], ""),
            webhook("moody", &urls[1], RETRY),
        ];
        Program::spawn_as(directory, &(ground + WEBSITE + &webhooks.concat()))
    }

    /// Starts it with this config, of which it takes the database from `directory`.
    pub(crate) fn spawn_as(directory: &Path, text: &str) -> Program {
        let config = directory.join("leadhook.toml");
        fs::write(&config, text).expect("a config");
        let began = Instant::now();
        let mut child = Command::new(binary())
            .args(["run", "--config"])
            .arg(config)
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let log = BufReader::new(child.stderr.take().expect("a log"));
        let (sender, addresses) = mpsc::channel();
        let log = thread::spawn(move || {
            for line in log.lines().map_while(Result::ok) {
                if let Some(addresses) = listening(&line) {
                    let _ = sender.send(addresses);
                }
                assert!(!line.contains("panicked"), "{line}");
            }
        });
        let nowhere = SocketAddr::from(([127, 0, 0, 1], 1));
        Program {
            child,
            log: Some(log),
            began,
            addresses,
            ingest: nowhere,
            admin: nowhere,
            start: Duration::ZERO,
        }
    }

    /// Waits until it has come up.
    pub(crate) fn up(mut self) -> Program {
        let addresses = self.addresses.recv_timeout(LIMIT);
        (self.ingest, self.admin) = addresses.expect("a program that comes up");
        self.start = self.began.elapsed();
        self
    }

    /// How many deliveries wait.
    pub(crate) fn pending(&self) -> Option<u64> {
        self.health()?.json()["store"]["pending"].as_u64()
    }

    /// What it says of itself, if it answers.
    pub(crate) fn health(&self) -> Option<Answer> {
        let mut connection = Connection::open(self.admin).ok()?;
        connection.ask("GET", "/healthz", &[], b"").ok()
    }

    /// Asks for a backup, which goes on while the program may be killed.
    pub(crate) fn begin_backup(&self) {
        self.post("/api/v1/backup");
    }

    /// Lets webhooks go on that a restore has stopped.
    pub(crate) fn resume(&self) {
        for name in ["steady", "moody"] {
            self.hold(name, "resume");
        }
    }

    /// Pauses or resumes a webhook.
    pub(crate) fn hold(&self, webhook: &str, action: &str) {
        self.post(&format!("/api/v1/webhooks/{webhook}/{action}"));
    }

    /// How `steady` and `moody` are, in one word each.
    pub(crate) fn conditions(&self) -> [String; 2] {
        let health = self.health().expect("a program that answers").json();
        let webhooks = health["webhooks"].as_array().expect("webhooks");
        ["steady", "moody"].map(|name| {
            let mut found = webhooks.iter().filter(|webhook| webhook["name"] == name);
            let webhook = found.next().expect("the webhook");
            webhook["condition"].as_str().expect("a word").to_owned()
        })
    }

    fn post(&self, path: &str) {
        let token = [("authorization", "Bearer 0123456789abcdef")];
        let answer = ask(self.admin, "POST", path, &token, b"");
        assert!(matches!(answer.status, 200 | 202), "{}", answer.body);
    }

    /// Its process.
    pub(crate) fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// kill -9
    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("a process to kill");
        self.wait();
    }

    /// Asks it to stop; gives its exit code.
    pub(crate) fn stop(&mut self) -> Option<i32> {
        kill_process(self.pid(), Signal::TERM).expect("a signal");
        self.wait()
    }

    fn wait(&mut self) -> Option<i32> {
        let code = self.child.wait().expect("its end").code();
        let log = self.log.take().expect("a log");
        log.join().expect("a log without a panic");
        code
    }
}

/// The program as it is built for the tests; the trials name the one that is built for use.
fn binary() -> OsString {
    env::var_os("LEADHOOK_PROGRAM").unwrap_or(env!("CARGO_BIN_EXE_leadhook").into())
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `… listening ingest=127.0.0.1:1234 admin=127.0.0.1:5678`
fn listening(line: &str) -> Option<(SocketAddr, SocketAddr)> {
    let (_, values) = line.split_once(" listening ingest=")?;
    let (ingest, admin) = values.split_once(" admin=")?;
    Some((ingest.parse().ok()?, admin.trim().parse().ok()?))
}
