//! The supervisor that started the process, as systemd is one: it is told when leads are taken, what
//! the daemon is at, and that it is still alive. The protocol is that of sd_notify(3): lines of
//! `NAME=value` in a datagram to the socket that `NOTIFY_SOCKET` names.

use std::env;
use std::ffi::OsStr;
use std::fmt;
use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::sync::Arc;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// So long it may be slow to listen.
const PATIENCE: Duration = Duration::from_secs(1);

/// Who is told; clones tell the same one.
#[derive(Clone, Default)]
pub struct Supervisor {
    line: Option<Arc<Line>>,
    watchdog: Option<Duration>,
}

struct Line {
    socket: UnixDatagram,
    to: SocketAddr,
}

impl Supervisor {
    /// Nobody.
    pub fn none() -> Supervisor {
        Supervisor::default()
    }

    /// The one that the environment of the process names, if any. What cannot be reached is nobody:
    /// without a word, a supervisor that waits for one ends the process by itself.
    pub fn of_process() -> Supervisor {
        let Some(socket) = env::var_os("NOTIFY_SOCKET") else {
            return Supervisor::none();
        };
        let number = |name: &str| env::var(name).ok()?.parse::<u64>().ok();
        // It is set where the watchdog is for another process that has the same environment.
        let other = number("WATCHDOG_PID").is_some_and(|pid| pid != u64::from(std::process::id()));
        let period = number("WATCHDOG_USEC").filter(|&period| period > 0 && !other);
        Supervisor::at(&socket, period.map(Duration::from_micros)).unwrap_or_default()
    }

    /// The one behind `socket`, a path or, with `@` before it, an abstract name. With `watchdog`, it wants
    /// a sign of life within each such period.
    pub fn at(socket: &OsStr, watchdog: Option<Duration>) -> io::Result<Supervisor> {
        let to = match socket.as_bytes() {
            [b'@', name @ ..] => SocketAddr::from_abstract_name(name)?,
            _ => SocketAddr::from_pathname(socket)?,
        };
        let socket = UnixDatagram::unbound()?;
        // One that is slow to listen still hears; one that does not must not hold anything up for long.
        socket.set_write_timeout(Some(PATIENCE))?;
        Ok(Supervisor {
            line: Some(Arc::new(Line { socket, to })),
            watchdog,
        })
    }

    /// The period within which it wants a sign of life, if it does.
    pub fn watchdog(&self) -> Option<Duration> {
        self.watchdog.filter(|_| self.line.is_some())
    }

    /// Leads are taken.
    pub fn ready(&self) {
        self.tell("READY=1");
    }

    /// The config is being read again; [`Supervisor::ready`] ends that.
    pub fn reloading(&self) {
        let now = clock_gettime(ClockId::Monotonic);
        let now_us = now.tv_sec * 1_000_000 + now.tv_nsec / 1000;
        self.tell(&format!("RELOADING=1\nMONOTONIC_USEC={now_us}"));
    }

    /// The end has begun.
    pub fn stopping(&self) {
        self.tell("STOPPING=1");
    }

    /// All goes on as it should.
    pub fn alive(&self) {
        self.tell("WATCHDOG=1");
    }

    /// What the daemon is at, in a sentence without personal data and secrets.
    pub fn status(&self, sentence: &str) {
        // A line more would be an assignment more.
        self.tell(&format!("STATUS={}", sentence.replace('\n', " ")));
    }

    /// The start or the stop takes longer than it usually does: so long from now on, at most.
    pub fn wait_for(&self, longer: Duration) {
        self.tell(&format!("EXTEND_TIMEOUT_USEC={}", longer.as_micros()));
    }

    fn tell(&self, message: &str) {
        if let Some(line) = &self.line {
            // It goes on without: nobody else could be told.
            let _ = line.socket.send_to_addr(message.as_bytes(), &line.to);
        }
    }
}

impl fmt::Debug for Supervisor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Supervisor")
    }
}
