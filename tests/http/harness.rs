//! A server with a site of a few paths, and a client that says exactly what it is told to.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use leadhook::http::{BodyLimit, Head, Limits, Request, Response, Server, Site};
use tokio::runtime::Handle;
use tokio::sync::{Notify, oneshot};

/// What is waited for comes in milliseconds; this only ends a test that has failed.
const PATIENCE: Duration = Duration::from_secs(10);

/// `/echo` gives back its body; `/wait` answers when the gate is opened; `/panic` and `/page`
/// (64 KiB) speak for themselves; `/private` and `/none` are refused by their head.
#[derive(Default)]
pub(crate) struct Paths {
    gate: Notify,
    /// Requests at the gate.
    pub(crate) waiting: AtomicUsize,
    /// All that was answered, in order.
    answered: Mutex<Vec<String>>,
}

impl Paths {
    pub(crate) fn open_gate(&self) {
        self.gate.notify_waiters();
    }

    fn note(&self, path: &str) {
        let mut answered = self.answered.lock().expect("no test panics with it");
        answered.push(path.to_owned());
    }

    pub(crate) fn answered(&self) -> Vec<String> {
        self.answered
            .lock()
            .expect("no test panics with it")
            .clone()
    }
}

impl Site for Paths {
    type Ticket = String;

    fn admit(&self, head: &Head) -> Result<(String, BodyLimit), Response> {
        let ticket = head.path().to_owned();
        match head.path() {
            "/private" => Err(Response::error(401, "unauthorized", None, "No.")),
            "/none" => Err(Response::error(404, "not_found", None, "Nothing here.")),
            "/tiny" => Ok((ticket, BodyLimit::Bytes(4))),
            _ => Ok((ticket, BodyLimit::Listener)),
        }
    }

    async fn answer(&self, ticket: String, request: Request) -> Response {
        self.note(&ticket);
        match ticket.as_str() {
            "/echo" | "/tiny" => Response::text(200, request.body),
            "/page" => Response::html(200, "x".repeat(64 * 1024)),
            "/who" => Response::text(200, who(&request.head)),
            "/panic" => panic!("asked to"),
            "/wait" => {
                let gate = self.gate.notified();
                self.waiting.fetch_add(1, Ordering::SeqCst);
                gate.await;
                Response::text(200, "waited")
            }
            _ => Response::text(200, "ok"),
        }
    }
}

fn who(head: &Head) -> String {
    let lines: Vec<String> = head
        .headers("x-line")
        .map(|line| String::from_utf8_lossy(line).into_owned())
        .collect();
    format!(
        "{} {} {:?} {:?} {lines:?} {}",
        head.method(),
        head.path(),
        head.query(),
        head.header("x-line"),
        head.peer().ip(),
    )
}

/// A running server; its thread ends with it.
pub(crate) struct House {
    pub(crate) server: Arc<Server>,
    pub(crate) site: Arc<Paths>,
    runtime: Handle,
    end: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

pub(crate) fn open(limits: Limits) -> House {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let handle = runtime.handle().clone();
    let (end, ended) = oneshot::channel();
    let thread = thread::spawn(move || {
        let _ = runtime.block_on(ended);
    });
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let site = Arc::new(Paths::default());
    let server = Server::start(&handle, listener, limits, Arc::clone(&site)).expect("a server");
    House {
        server: Arc::new(server),
        site,
        runtime: handle,
        end: Some(end),
        thread: Some(thread),
    }
}

impl House {
    pub(crate) fn connect(&self) -> Client {
        Client::connect(self.server.address())
    }

    /// Connects, and returns when the server has noticed.
    pub(crate) fn connect_noticed(&self) -> Client {
        let before = self.server.counters().accepted.count();
        let client = self.connect();
        until(|| self.server.counters().accepted.count() > before);
        client
    }

    /// Sends this alone on a new connection and reads the answer.
    pub(crate) fn ask(&self, request: impl AsRef<[u8]>) -> Answer {
        let mut client = self.connect();
        client.send(request);
        client.answer()
    }

    /// Stops in another thread; the number of requests cut comes from joining it.
    pub(crate) fn stop(&self, grace: Duration) -> JoinHandle<usize> {
        let (server, runtime) = (Arc::clone(&self.server), self.runtime.clone());
        thread::spawn(move || runtime.block_on(server.stop(grace)))
    }
}

impl Drop for House {
    fn drop(&mut self) {
        drop(self.end.take());
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

/// Waits for a condition.
#[track_caller]
pub(crate) fn until(condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < PATIENCE, "it did not come to pass");
        thread::sleep(Duration::from_millis(1));
    }
}

/// One end of a connection.
pub(crate) struct Client {
    stream: BufReader<TcpStream>,
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Status line and headers, in lower case.
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    /// The `code` of an error.
    pub(crate) fn code(&self) -> String {
        let body: serde_json::Value = serde_json::from_str(&self.body).expect("JSON");
        body["error"]["code"].as_str().expect("a code").to_owned()
    }

    pub(crate) fn says_close(&self) -> bool {
        self.head.contains("\r\nconnection: close\r\n")
    }
}

impl Client {
    pub(crate) fn connect(address: SocketAddr) -> Client {
        let stream = TcpStream::connect(address).expect("a connection");
        stream.set_read_timeout(Some(PATIENCE)).expect("a limit");
        stream.set_nodelay(true).expect("no delay");
        let stream = BufReader::new(stream);
        Client { stream }
    }

    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let stream = self.stream.get_mut();
        stream.write_all(bytes.as_ref()).expect("it is taken");
    }

    /// Sends as long as the server takes it.
    pub(crate) fn send_until_stuck(&mut self, bytes: impl AsRef<[u8]>) {
        let stream = self.stream.get_mut();
        let limit = Some(Duration::from_millis(20));
        stream.set_write_timeout(limit).expect("a limit");
        while stream.write_all(bytes.as_ref()).is_ok() {}
    }

    #[track_caller]
    pub(crate) fn answer(&mut self) -> Answer {
        let head = self.answer_to_head();
        let length = head.split("content-length: ").nth(1);
        let length = length.and_then(|rest| rest.split("\r\n").next()?.parse().ok());
        let mut body = vec![0; length.unwrap_or(0)];
        self.stream.read_exact(&mut body).expect("the body");
        let status = head.split(' ').nth(1).and_then(|word| word.parse().ok());
        Answer {
            status: status.expect("a status"),
            body: String::from_utf8(body).expect("UTF-8"),
            head,
        }
    }

    /// Status line and headers, which are all that a HEAD gets.
    #[track_caller]
    pub(crate) fn answer_to_head(&mut self) -> String {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            let n = self.stream.read_line(&mut head).expect("an answer");
            assert!(n > 0, "closed before the end of an answer: {head:?}");
        }
        head.to_ascii_lowercase()
    }

    /// Whether the server closes without another word.
    #[track_caller]
    pub(crate) fn is_closed(&mut self) -> bool {
        match self.stream.read(&mut [0]) {
            Ok(n) => n == 0,
            Err(error) if error.kind() == ErrorKind::ConnectionReset => true,
            Err(error) => panic!("still open: {error}"),
        }
    }
}
