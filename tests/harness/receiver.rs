//! A receiver that answers by script, for tests and benchmarks.
//!
//! It listens on a free port of the loopback address and runs a thread per connection. A script is
//! a function from the request (and its number, from 1) to a [`Reply`]; every request is recorded
//! with its connection and the moment of its arrival, and tests wait for the n-th one with a limit.
//! Dropping the receiver ends all its threads. Put it into a test with
//! `#[path = "harness/receiver.rs"] mod receiver;`.

// Each test includes it anew and uses its own part.
#![allow(dead_code, unreachable_pub)]

#[path = "request.rs"]
mod request;

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

pub use request::Request;
use request::read_request;

/// How long a test waits for something that must happen.
pub const LIMIT: Duration = Duration::from_secs(20);

/// What the receiver does with a request.
#[derive(Clone)]
pub enum Reply {
    /// Answers properly; keeps the connection unless `close`.
    Answer(Vec<u8>, bool),
    /// Does the other thing once the gate is open.
    After(Gate, Box<Reply>),
    /// Writes these bytes, whatever they are, and closes.
    Raw(Vec<u8>),
    /// Writes the bytes one by one, with this pause after each, and closes.
    Drip(Vec<u8>, Duration),
    /// Writes the first bytes, then the second ones over and over.
    Endless(Vec<u8>, Vec<u8>),
    /// Says nothing more; the connection stays open.
    Hang,
    /// Closes without an answer.
    Close,
    /// Closes with a reset.
    Reset,
}

impl Reply {
    /// An answer with this status and an empty body.
    pub fn status(status: u16) -> Reply {
        Reply::full(status, &[], b"")
    }

    /// A whole answer on a connection that is kept.
    pub fn full(status: u16, headers: &[(&str, &str)], body: &[u8]) -> Reply {
        let mut head = format!("HTTP/1.1 {status} Scripted\r\n");
        for (name, value) in headers {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        if status != 204 && status >= 200 {
            let _ = write!(head, "content-length: {}\r\n", body.len());
        }
        let bytes = [head.as_bytes(), b"\r\n", body].concat();
        let close = headers.contains(&("connection", "close"));
        Reply::Answer(bytes, close)
    }

    /// This reply, once `gate` is open.
    pub fn after(self, gate: &Gate) -> Reply {
        Reply::After(gate.clone(), Box::new(self))
    }
}

/// Holds replies back until a test opens it.
#[derive(Clone, Default)]
pub struct Gate(Arc<(Mutex<bool>, Condvar)>);

impl Gate {
    /// Lets everything pass from now on.
    pub fn open(&self) {
        *lock(&self.0.0) = true;
        self.0.1.notify_all();
    }

    /// Waits until it is open.
    pub fn wait(&self) {
        self.pass(&AtomicBool::new(false));
    }

    fn pass(&self, stop: &AtomicBool) {
        let mut open = lock(&self.0.0);
        while !*open && !stop.load(Ordering::Relaxed) {
            let pause = Duration::from_millis(20);
            open = match self.0.1.wait_timeout(open, pause) {
                Ok((open, _)) => open,
                Err(poisoned) => poisoned.into_inner().0,
            };
        }
    }
}

/// A stream in both directions; TLS wraps one in another.
pub trait Duplex: Read + Write + Send {}
impl<T: Read + Write + Send> Duplex for T {}

type Script = dyn Fn(&Request, usize) -> Reply + Send + Sync;
type Wrap = dyn Fn(TcpStream) -> Box<dyn Duplex> + Send + Sync;

/// The receiver; see the module.
pub struct Receiver {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    script: Box<Script>,
    wrap: Option<Box<Wrap>>,
    /// Whether the script sees more of a request than that it came.
    reads: bool,
    keeps: bool,
    requests: Mutex<Vec<Request>>,
    arrived: Condvar,
    connections: AtomicUsize,
    count: AtomicUsize,
    bytes_written: AtomicU64,
    /// Those that are open, by their number.
    streams: Mutex<HashMap<usize, TcpStream>>,
    stop: AtomicBool,
}

impl Receiver {
    /// Answers each request as the function says.
    pub fn script(script: impl Fn(&Request, usize) -> Reply + Send + Sync + 'static) -> Receiver {
        Receiver::start(Box::new(script), None, true, true)
    }

    /// The same, and keeps no request: for more of them than memory holds.
    pub fn passing(script: impl Fn(&Request, usize) -> Reply + Send + Sync + 'static) -> Receiver {
        Receiver::start(Box::new(script), None, true, false)
    }

    /// Answers all requests in the same way.
    pub fn always(reply: Reply) -> Receiver {
        Receiver::script(move |_, _| reply.clone())
    }

    /// Answers the requests one after the other like this, and all further ones like the last.
    pub fn sequence(replies: Vec<Reply>) -> Receiver {
        Receiver::script(move |_, number| replies[number.min(replies.len()) - 1].clone())
    }

    /// Answers 200 and only counts: for benchmarks.
    pub fn fast() -> Receiver {
        let reply = Reply::status(200);
        Receiver::start(Box::new(move |_, _| reply.clone()), None, false, false)
    }

    /// Answers on connections that `wrap` makes out of the plain ones.
    pub fn wrapped(
        wrap: impl Fn(TcpStream) -> Box<dyn Duplex> + Send + Sync + 'static,
        reply: Reply,
    ) -> Receiver {
        let script = move |_: &Request, _: usize| reply.clone();
        Receiver::start(Box::new(script), Some(Box::new(wrap)), true, true)
    }

    fn start(script: Box<Script>, wrap: Option<Box<Wrap>>, reads: bool, keeps: bool) -> Receiver {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let shared = Arc::new(Shared {
            script,
            wrap,
            reads,
            keeps,
            requests: Mutex::default(),
            arrived: Condvar::new(),
            connections: AtomicUsize::new(0),
            count: AtomicUsize::new(0),
            bytes_written: AtomicU64::new(0),
            streams: Mutex::default(),
            stop: AtomicBool::new(false),
        });
        let accepting = Arc::clone(&shared);
        thread::spawn(move || accept(&listener, &accepting));
        Receiver { address, shared }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://127.0.0.1:port/hook`
    pub fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    /// Connections that were made so far.
    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// Connections that are open now.
    pub fn open_connections(&self) -> usize {
        lock(&self.shared.streams).len()
    }

    /// Requests that arrived so far, recorded or not.
    pub fn count(&self) -> usize {
        self.shared.count.load(Ordering::SeqCst)
    }

    /// Bytes that endless answers came to write.
    pub fn bytes_written(&self) -> u64 {
        self.shared.bytes_written.load(Ordering::SeqCst)
    }

    /// The requests so far.
    pub fn requests(&self) -> Vec<Request> {
        lock(&self.shared.requests).clone()
    }

    /// Waits until `n` requests have arrived, then gives all there are.
    pub fn wait_for(&self, n: usize) -> Vec<Request> {
        let deadline = Instant::now() + LIMIT;
        let mut requests = lock(&self.shared.requests);
        while requests.len() < n {
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "{} of {n} requests came", requests.len());
            requests = match self.shared.arrived.wait_timeout(requests, left) {
                Ok((requests, _)) => requests,
                Err(poisoned) => poisoned.into_inner().0,
            };
        }
        requests.clone()
    }

    /// Closes all connections that are open now.
    pub fn close_connections(&self) {
        for (_, stream) in lock(&self.shared.streams).drain() {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        self.close_connections();
        // Wakes the thread that accepts.
        let _ = TcpStream::connect(self.address);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for stream in listener.incoming() {
        if shared.stop.load(Ordering::SeqCst) {
            return;
        }
        let Ok(stream) = stream else { continue };
        let number = shared.connections.fetch_add(1, Ordering::SeqCst) + 1;
        let _ = stream.set_nodelay(true);
        let Ok(raw) = stream.try_clone() else {
            continue;
        };
        if let Ok(clone) = stream.try_clone() {
            lock(&shared.streams).insert(number, clone);
        }
        let shared = Arc::clone(shared);
        thread::spawn(move || {
            let mut duplex: Box<dyn Duplex> = match &shared.wrap {
                Some(wrap) => wrap(stream),
                None => Box::new(stream),
            };
            // The client going away is not an error here.
            let _ = serve(duplex.as_mut(), &raw, number, &shared);
            // The last handle closes it, with a reset where the script asked for one.
            lock(&shared.streams).remove(&number);
        });
    }
}

fn serve(io: &mut dyn Duplex, raw: &TcpStream, number: usize, shared: &Shared) -> io::Result<()> {
    let mut buffer = Vec::with_capacity(16 * 1024);
    while let Some(request) = read_request(io, &mut buffer, number, shared.reads)? {
        let nth = shared.count.fetch_add(1, Ordering::SeqCst) + 1;
        let reply = (shared.script)(&request, nth);
        if shared.keeps {
            lock(&shared.requests).push(request);
            shared.arrived.notify_all();
        }
        if !act(reply, io, raw, shared)? {
            return Ok(());
        }
    }
    Ok(())
}

/// Does what the script says; whether the connection goes on.
fn act(reply: Reply, io: &mut dyn Duplex, raw: &TcpStream, shared: &Shared) -> io::Result<bool> {
    match reply {
        Reply::Answer(bytes, close) => {
            io.write_all(&bytes)?;
            io.flush()?;
            return Ok(!close);
        }
        Reply::After(gate, then) => {
            gate.pass(&shared.stop);
            return act(*then, io, raw, shared);
        }
        Reply::Raw(bytes) => {
            io.write_all(&bytes)?;
            io.flush()?;
        }
        Reply::Drip(bytes, pause) => {
            for byte in bytes {
                io.write_all(&[byte])?;
                io.flush()?;
                thread::sleep(pause);
            }
        }
        Reply::Endless(first, then) => {
            io.write_all(&first)?;
            loop {
                io.write_all(&then)?;
                let written = then.len() as u64;
                shared.bytes_written.fetch_add(written, Ordering::SeqCst);
            }
        }
        Reply::Hang => Gate::default().pass(&shared.stop),
        Reply::Close => {}
        Reply::Reset => rustix::net::sockopt::set_socket_linger(raw, Some(Duration::ZERO))?,
    }
    Ok(false)
}
