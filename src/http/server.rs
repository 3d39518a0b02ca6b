//! A listener at work: takes connections in, and brings all of them to an end.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use hyper::server::conn::http1;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::task::{unconstrained, yield_now};
use tokio::time::{sleep, timeout};

use super::Site;
use super::budget::Budget;
use super::connection::{protocol, serve};
use super::counters::Counters;
use super::entry::Entry;
use super::limits::Limits;
use super::registry::{Refusal, Registry};
use super::response::Response;

/// How often the accept loop turns at least, so that a watchdog can see that it lives.
pub const ACCEPT_TURN_MAX: Duration = Duration::from_secs(20);

/// So many connections may wait to be taken in, and they are taken in before anybody else has a turn. In the
/// turns of the runtime, which end after 128, a crowd that came back at once filled any queue; whoever the kernel
/// then did not hear knocked again a second later.
pub const BACKLOG: i32 = 4096;

/// How long to wait when no connection can be accepted, as when no file descriptor is left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// When a client that is turned away may come back.
const FULL_RETRY: Duration = Duration::from_secs(5);

/// How many clients that are turned away may be told so at the same time; more are just closed.
const FAREWELLS_MAX: usize = 64;

/// How long connections that are dropped get to be gone.
const DROP_TIME: Duration = Duration::from_secs(1);

/// A listener at work. Dropping it changes nothing; [`Server::stop`] ends it.
#[derive(Clone)]
pub struct Server {
    front: Arc<Front>,
    address: SocketAddr,
}

/// What the connections of one listener share.
pub(super) struct Front {
    pub(super) limits: Limits,
    pub(super) counters: Counters,
    pub(super) protocol: http1::Builder,
    pub(super) budget: Budget,
    registry: Registry,
    started: Instant,
    /// When the accept loop last turned, in microseconds since `started`.
    turned_us: AtomicU64,
    accepts: AtomicBool,
    farewells: AtomicUsize,
    stop: Notify,
    /// Rung when the last connection, or the accept loop, is gone.
    emptied: Notify,
}

impl Server {
    /// Serves `site` on `listener`, which is bound already, with tasks of `runtime`.
    pub fn start<T: Site>(
        runtime: &Handle,
        listener: std::net::TcpListener,
        limits: Limits,
        site: Arc<T>,
    ) -> io::Result<Server> {
        let address = listener.local_addr()?;
        listener.set_nonblocking(true)?;
        let _context = runtime.enter();
        let listener = TcpListener::from_std(listener)?;
        let front = Arc::new(Front {
            protocol: protocol(&limits),
            budget: Budget::new(limits.bodies_bytes_max),
            limits,
            counters: Counters::default(),
            registry: Registry::default(),
            started: Instant::now(),
            turned_us: AtomicU64::new(0),
            accepts: AtomicBool::new(true),
            farewells: AtomicUsize::new(0),
            stop: Notify::new(),
            emptied: Notify::new(),
        });
        runtime.spawn(unconstrained(accept(listener, Arc::clone(&front), site)));
        Ok(Server { front, address })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it has seen.
    pub fn counters(&self) -> &Counters {
        &self.front.counters
    }

    /// How many connections are open.
    pub fn connections_open(&self) -> usize {
        self.front.registry.count()
    }

    /// How long ago the accept loop last turned. Much more than [`ACCEPT_TURN_MAX`]: it is stuck.
    pub fn since_progress(&self) -> Duration {
        let turned = Duration::from_micros(self.front.turned_us.load(Ordering::Relaxed));
        self.front.started.elapsed().saturating_sub(turned)
    }

    /// Stops accepting, closes what is idle and lets requests under way be answered, with
    /// `Connection: close`, for `grace`. What is left then is dropped. Says how many requests were
    /// cut by that. When it returns, the port is free.
    pub async fn stop(&self, grace: Duration) -> usize {
        self.front.stop.notify_one();
        self.front.registry.finish();
        if timeout(grace, self.front.until_empty()).await.is_ok() {
            return 0;
        }
        let cut = self.front.registry.cut();
        // A handler that blocks its thread cannot be dropped; it is not waited for.
        let _ = timeout(DROP_TIME, self.front.until_empty()).await;
        cut
    }
}

impl Front {
    /// Microseconds since the start.
    pub(super) fn now_us(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX >> 1)
    }

    async fn until_empty(&self) {
        loop {
            let emptied = self.emptied.notified();
            if self.registry.count() == 0 && !self.accepts.load(Ordering::Acquire) {
                return;
            }
            emptied.await;
        }
    }
}

/// A connection's entry in the registry, for as long as it lives.
pub(super) struct Place {
    front: Arc<Front>,
    entry: Arc<Entry>,
}

impl Place {
    pub(super) fn entry(&self) -> &Arc<Entry> {
        &self.entry
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if self.front.registry.leave(&self.entry) {
            self.front.emptied.notify_waiters();
        }
    }
}

/// Says that the accept loop is gone, also when it panicked or its runtime ended.
struct Accepting(Arc<Front>);

impl Drop for Accepting {
    fn drop(&mut self) {
        self.0.accepts.store(false, Ordering::Release);
        self.0.emptied.notify_waiters();
    }
}

async fn accept<T: Site>(listener: TcpListener, front: Arc<Front>, site: Arc<T>) {
    // Declared before the listener is taken over, so dropped after it.
    let _accepting = Accepting(Arc::clone(&front));
    let listener = listener;
    for turn in 1u64.. {
        if turn.is_multiple_of(BACKLOG as u64) {
            yield_now().await;
        }
        front.turned_us.store(front.now_us(), Ordering::Relaxed);
        let accepted = tokio::select! {
            biased;
            () = front.stop.notified() => return,
            accepted = timeout(ACCEPT_TURN_MAX, listener.accept()) => accepted,
        };
        match accepted {
            Ok(Ok((stream, peer))) => take_in(stream, peer, &front, &site),
            Ok(Err(error)) => {
                front.counters.accept_errors.increment();
                if !is_of_one_client(&error) {
                    sleep(ACCEPT_PAUSE).await;
                }
            }
            // Nobody came.
            Err(_) => {}
        }
    }
}

fn is_of_one_client(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionReset, Interrupted};
    matches!(
        error.kind(),
        ConnectionAborted | ConnectionReset | Interrupted
    )
}

fn take_in<T: Site>(stream: TcpStream, peer: SocketAddr, front: &Arc<Front>, site: &Arc<T>) {
    let peer = SocketAddr::new(peer.ip().to_canonical(), peer.port());
    let entered = front
        .registry
        .enter(peer.ip(), &front.limits, front.now_us());
    match entered {
        Ok((entry, evicted)) => {
            front.counters.accepted.increment();
            if evicted {
                front.counters.evicted.increment();
            }
            // Fails only for a client that has gone already.
            let _ = stream.set_nodelay(true);
            let place = Place {
                front: Arc::clone(front),
                entry,
            };
            tokio::spawn(serve(
                stream,
                peer,
                place,
                Arc::clone(front),
                Arc::clone(site),
            ));
        }
        Err(refusal) => {
            front.counters.refused.increment();
            match refusal {
                Refusal::Full => say_farewell(stream, front, full()),
                Refusal::Address => say_farewell(stream, front, too_many()),
                Refusal::Stopping => {}
            }
        }
    }
}

pub(super) fn full() -> Response {
    let message = "Too many requests are under way. Try again shortly.";
    Response::error(503, "too_busy", None, message).retry_after(FULL_RETRY)
}

fn too_many() -> Response {
    let message = "This address holds too many connections.";
    Response::error(429, "too_many_connections", None, message).retry_after(FULL_RETRY)
}

/// Tells a client why it is turned away, as long as not too many are being told.
fn say_farewell(stream: TcpStream, front: &Arc<Front>, answer: Response) {
    if front.farewells.fetch_add(1, Ordering::Relaxed) >= FAREWELLS_MAX {
        front.farewells.fetch_sub(1, Ordering::Relaxed);
        return;
    }
    let front = Arc::clone(front);
    let answer = answer.closing().to_wire();
    tokio::spawn(async move {
        // The buffer of a new connection takes these few bytes whole.
        if stream.try_write(&answer).is_ok() {
            let until_closed = read_to_end(&stream, front.limits.drain_bytes_max);
            let _ = timeout(front.limits.drain_timeout, until_closed).await;
        }
        front.farewells.fetch_sub(1, Ordering::Relaxed);
    });
}

/// Reads and throws away what the client sends, so that it gets to see the answer.
async fn read_to_end(stream: &TcpStream, mut bytes_left: usize) {
    let mut bytes = [0; 4096];
    while stream.readable().await.is_ok() {
        match stream.try_read(&mut bytes) {
            Ok(0) => return,
            Ok(n) if n <= bytes_left => bytes_left -= n,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Ok(_) | Err(_) => return,
        }
    }
}
