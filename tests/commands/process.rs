//! Runs the binary: once to its end, or as a daemon that is watched through its log.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::client::{Answer, ask};

/// How long a test waits for something that must happen.
const LIMIT: Duration = Duration::from_secs(20);

pub(crate) const TOKEN: &str = "test-admin-token-0123";

/// Free ports, a database beside the config, no delay; sources follow.
pub(crate) const GROUND: &str = "
[ingest]
listen = \"127.0.0.1:0\"
[admin]
listen = \"127.0.0.1:0\"
token = \"test-admin-token-0123\"
[store]
path = \"leadhook.redb\"
low_space = 0
very_low_space = 0
start_delay = \"0s\"
";

pub(crate) const WEBSITE: &str = "
[[source]]
name = \"website\"
auth = \"none\"
";

/// A directory that is removed with the value; commands run in it.
pub(crate) struct Place(PathBuf);

impl Place {
    /// A new, empty one.
    pub(crate) fn new() -> Place {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("leadhook-commands-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).expect("a directory for the test");
        Place(path)
    }

    /// One with a config of [`GROUND`], [`WEBSITE`] and `more`.
    pub(crate) fn with_config(more: &str) -> Place {
        let place = Place::new();
        place.write("leadhook.toml", &format!("{GROUND}{WEBSITE}{more}"));
        place
    }

    /// The same with an admin listener that commands can find.
    pub(crate) fn with_admin(more: &str) -> Place {
        let place = Place::with_config(more);
        let free = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr());
        let listen = format!("[admin]\nlisten = \"{}\"", free.expect("a free port"));
        let config = place.read("leadhook.toml");
        place.write(
            "leadhook.toml",
            &config.replace("[admin]\nlisten = \"127.0.0.1:0\"", &listen),
        );
        place
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub(crate) fn write(&self, name: &str, content: &str) {
        let path = self.path(name);
        fs::write(&path, content).expect("a written file");
        let for_its_owner = fs::Permissions::from_mode(0o600);
        fs::set_permissions(&path, for_its_owner).expect("a mode");
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).expect(name)
    }

    /// Runs a command to its end.
    #[track_caller]
    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        Daemon::spawn(&self.0, arguments, &[]).ended()
    }

    /// Starts the daemon with `leadhook.toml` and waits until it listens.
    #[track_caller]
    pub(crate) fn start(&self) -> Daemon {
        self.start_with(&[])
    }

    /// The same with these variables of the environment.
    #[track_caller]
    pub(crate) fn start_with(&self, env: &[(&str, &str)]) -> Daemon {
        let mut daemon = self.spawn(&["run", "--config", "leadhook.toml"], env);
        daemon.wait_for("listening");
        daemon
    }

    pub(crate) fn spawn(&self, arguments: &[&str], env: &[(&str, &str)]) -> Daemon {
        Daemon::spawn(&self.0, arguments, env)
    }
}

impl Place {
    /// Starts a command whose output is read line by line.
    pub(crate) fn watch(&self, arguments: &[&str]) -> Daemon {
        Daemon::watched(&self.0, arguments, &[])
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// What a command printed that did what it should.
#[track_caller]
pub(crate) fn well(ended: Ended) -> String {
    assert_eq!(ended.code, Some(0), "{}{}", ended.out, ended.err);
    ended.out
}

/// A place with an admin listener, and its daemon.
pub(crate) fn with_daemon() -> (Place, Daemon) {
    let place = Place::with_admin("");
    let daemon = place.start();
    (place, daemon)
}

/// A process at work; killed with the value.
pub(crate) struct Daemon {
    child: Child,
    coming: Receiver<String>,
    out: Option<thread::JoinHandle<String>>,
    reader: Option<BufReader<ChildStdout>>,
    /// What it logged so far.
    pub(crate) lines: Vec<String>,
}

impl Daemon {
    fn spawn(dir: &Path, arguments: &[&str], env: &[(&str, &str)]) -> Daemon {
        let mut spawned = Daemon::watched(dir, arguments, env);
        let out = spawned.reader.take().expect("its stdout");
        let out = thread::spawn(move || std::io::read_to_string(out).unwrap_or_default());
        spawned.out = Some(out);
        spawned
    }

    /// One whose output is read line by line.
    fn watched(dir: &Path, arguments: &[&str], env: &[(&str, &str)]) -> Daemon {
        let mut command = Command::new(env!("CARGO_BIN_EXE_leadhook"));
        for unwanted in ["JOURNAL_STREAM", "STATE_DIRECTORY", "CREDENTIALS_DIRECTORY"] {
            command.env_remove(unwanted);
        }
        command
            .args(arguments)
            .current_dir(dir)
            .envs(env.iter().copied());
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("the binary");
        let (sender, coming) = mpsc::channel();
        let err = BufReader::new(child.stderr.take().expect("its stderr"));
        thread::spawn(move || {
            err.lines()
                .map_while(Result::ok)
                .try_for_each(|line| sender.send(line))
        });
        let out = child.stdout.take().expect("its stdout");
        Daemon {
            child,
            coming,
            out: None,
            reader: Some(BufReader::new(out)),
            lines: Vec::new(),
        }
    }

    /// Waits for a line with `text` among those that come, and gives it.
    #[track_caller]
    pub(crate) fn wait_for(&mut self, text: &str) -> String {
        let until = Instant::now() + LIMIT;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match self.coming.recv_timeout(left) {
                Ok(line) => self.lines.push(line.clone()),
                Err(_) => panic!("no {text:?} in\n{}", self.lines.join("\n")),
            }
            if let Some(line) = self.lines.last().filter(|line| line.contains(text)) {
                return line.clone();
            }
        }
    }

    /// The address behind `name` in the line that says where it listens.
    fn address(&self, name: &str) -> SocketAddr {
        let mut lines = self.lines.iter();
        let line = lines
            .find(|line| line.contains("listening"))
            .expect("it listens");
        let (_, rest) = line.rsplit_once(name).expect(name);
        let of_address = |c: char| c.is_ascii_digit() || matches!(c, '.' | ':');
        let begin = rest.find("127").expect("an address");
        let address = rest[begin..].split(|c| !of_address(c)).next();
        address
            .and_then(|address| address.parse().ok())
            .expect("an address")
    }

    pub(crate) fn ingest(&self) -> SocketAddr {
        self.address("ingest")
    }

    pub(crate) fn admin(&self) -> SocketAddr {
        self.address("admin")
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.get_with(TOKEN, path)
    }

    /// What is at a path for who has this token.
    pub(crate) fn get_with(&self, token: &str, path: &str) -> Answer {
        let bearer = format!("Bearer {token}");
        ask(
            self.admin(),
            "GET",
            path,
            &[("authorization", &bearer)],
            b"",
        )
    }

    /// The status of a post of an uninteresting lead to `source`.
    pub(crate) fn post(&self, source: &str) -> u16 {
        self.post_form(source, "email=ada@example.com").status
    }

    /// Posts a form to `source`.
    pub(crate) fn post_form(&self, source: &str, form: &str) -> Answer {
        ask(
            self.ingest(),
            "POST",
            &format!("/in/{source}"),
            &[],
            form.as_bytes(),
        )
    }

    /// Posts JSON to the API.
    pub(crate) fn post_api(&self, path: &str, body: &str) -> Answer {
        let bearer = format!("Bearer {TOKEN}");
        let headers = [
            ("authorization", bearer.as_str()),
            ("content-type", "application/json"),
        ];
        ask(
            self.address("admin"),
            "POST",
            path,
            &headers,
            body.as_bytes(),
        )
    }

    /// A line that it printed on standard output.
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        let out = self.reader.as_mut().expect("its output is read by lines");
        out.read_line(&mut line).expect("a line");
        line
    }

    /// The number of its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Reads no more of it, as `head` does when it has enough.
    pub(crate) fn turn_away(&mut self) {
        self.reader = None;
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("a process to signal");
    }

    /// Waits until it has ended.
    #[track_caller]
    pub(crate) fn ended(mut self) -> Ended {
        let until = Instant::now() + LIMIT;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match self.coming.recv_timeout(left) {
                Ok(line) => self.lines.push(line),
                // Its stderr is closed: it is about to be gone.
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {
                    panic!("does not end:\n{}", self.lines.join("\n"))
                }
            }
        }
        let code = self.child.wait().expect("an ended process").code();
        let out = self.out.take().map(|out| out.join().unwrap_or_default());
        Ended {
            code,
            out: out.unwrap_or_default(),
            err: self.lines.join("\n"),
        }
    }

    /// Asks it to stop and waits until it has, well.
    #[track_caller]
    pub(crate) fn stop(self) -> Ended {
        self.signal(Signal::TERM);
        let ended = self.ended();
        assert_eq!(ended.code, Some(0), "{}", ended.err);
        ended
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
