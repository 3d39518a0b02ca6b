//! The real binary as a process of its own, and what the system says of a process.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::client;
use crate::real::config_text;

pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_leadhook");

/// `leadhook run` as a child.
pub(crate) struct Program {
    child: Child,
    ingest: SocketAddr,
    /// From the spawn to the first answer that leads are taken.
    pub(crate) start: Duration,
}

impl Program {
    /// Starts it on the database in `directory` and waits until it takes leads.
    pub(crate) fn start(directory: &Path, webhooks: &[String]) -> Program {
        let (ingest, admin) = (free_address(), free_address());
        let config = directory.join("bench.toml");
        let text = config_text(&ingest.to_string(), &admin.to_string(), webhooks);
        fs::write(&config, text).expect("a config");
        let only_ours = fs::Permissions::from_mode(0o600);
        fs::set_permissions(&config, only_ours).expect("a config");
        let began = Instant::now();
        let child = Command::new(BINARY)
            .args(["run", "--config"])
            .arg(&config)
            .stdin(Stdio::null())
            .spawn()
            .expect("the program starts");
        while !is_ready(admin) {
            assert!(began.elapsed() < Duration::from_secs(60), "never ready");
            thread::sleep(Duration::from_micros(500));
        }
        Program {
            child,
            ingest,
            start: began.elapsed(),
        }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.ingest
    }

    /// Asks it to stop, and waits.
    pub(crate) fn stop(self) {
        self.end(Signal::TERM);
    }

    /// `kill -9`
    pub(crate) fn kill(self) {
        self.end(Signal::KILL);
    }

    fn end(mut self, signal: Signal) {
        let pid = Pid::from_child(&self.child);
        kill_process(pid, signal).expect("a signal");
        self.child.wait().expect("its end");
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("an address")
}

fn is_ready(admin: SocketAddr) -> bool {
    let Ok(mut connection) = client::Connection::open(admin) else {
        return false;
    };
    let answer = connection.ask("GET", "/readyz", &[], b"");
    answer.is_ok_and(|answer| answer.status == 200)
}

/// Memory of a process.
#[derive(Clone, Copy)]
pub(crate) struct Memory {
    /// In memory now.
    pub(crate) rss_bytes: u64,
    /// The most so far.
    pub(crate) peak_bytes: u64,
}

pub(crate) fn memory(id: u32) -> Memory {
    let status = fs::read_to_string(format!("/proc/{id}/status")).expect("a process");
    Memory {
        rss_bytes: number(&status, "VmRSS:") * 1024,
        peak_bytes: number(&status, "VmHWM:") * 1024,
    }
}

/// What all threads of a process have used so far.
#[derive(Clone, Copy)]
pub(crate) struct Use {
    /// How often one of them began to run after having waited.
    pub(crate) wakeups: u64,
    pub(crate) cpu: Duration,
}

pub(crate) fn usage(id: u32) -> Use {
    let mut used = Use {
        wakeups: 0,
        cpu: Duration::ZERO,
    };
    for thread in fs::read_dir(format!("/proc/{id}/task")).expect("a process") {
        let thread = thread.expect("a thread").path();
        let read = |file| fs::read_to_string(thread.join(file)).unwrap_or_default();
        used.wakeups += number(&read("status"), "\nvoluntary_ctxt_switches:");
        used.cpu += ran(&thread);
    }
    used
}

/// What the thread of this name has used in this process so far.
pub(crate) fn thread_time(name: &str) -> Duration {
    let threads = fs::read_dir("/proc/self/task").expect("this process");
    let mut threads = threads.map(|thread| thread.expect("a thread").path());
    let is_named = |thread: &PathBuf| {
        fs::read_to_string(thread.join("comm")).is_ok_and(|comm| comm.trim() == name)
    };
    let thread = threads.find(is_named).expect("a thread of this name");
    ran(&thread)
}

/// How long a thread ran, as the kernel counts it to the nanosecond.
fn ran(thread: &Path) -> Duration {
    let ran_ns = fs::read_to_string(thread.join("schedstat")).unwrap_or_default();
    let ran_ns = ran_ns.split(' ').next().and_then(|ns| ns.parse().ok());
    Duration::from_nanos(ran_ns.expect("the kernel counts the time of threads"))
}

/// What a process has used of all cores so far, ended threads too; counted in hundredths of a second.
pub(crate) fn cpu_time(id: u32) -> Duration {
    const TICK: Duration = Duration::from_millis(10);
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).expect("a process");
    // Behind the name, which may hold anything: the time in the program, then that in the kernel.
    let fields = stat.rsplit(')').next().unwrap_or_default();
    let ticks = fields.split_whitespace().skip(11).take(2);
    let ticks: u32 = ticks.filter_map(|ticks| ticks.parse::<u32>().ok()).sum();
    TICK * ticks
}

fn number(text: &str, name: &str) -> u64 {
    let rest = text.split_once(name).map_or("", |(_, rest)| rest);
    let word = rest.split_whitespace().next().unwrap_or_default();
    word.parse().unwrap_or_default()
}
