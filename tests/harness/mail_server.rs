//! A mail server that does as it is told, for tests: it takes letters over SMTP, encrypted from the
//! beginning or after STARTTLS, and answers each step as a script says.

#![allow(dead_code, unreachable_pub)]

mod arrived;

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

pub use arrived::Arrived;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// How long a test waits for something that must happen.
const LIMIT: Duration = Duration::from_secs(20);

/// What the server does at a step.
#[derive(Clone, Copy, Debug)]
pub enum Say {
    /// What a friendly server does.
    Well,
    /// This line.
    Line(&'static str),
    /// Nothing more; the connection stays open.
    Hang,
    /// Closes the connection.
    Close,
    /// A reply that never ends.
    Endless,
}

/// `GREETING`, `EHLO`, `STARTTLS`, `AUTH`, `MAIL`, `RCPT`, `DATA`, `END`, and how often the step has
/// been taken, from 1.
type Script = dyn Fn(&str, usize) -> Say + Send + Sync;

/// How it encrypts.
#[derive(Clone)]
pub enum Tls {
    /// Not at all.
    Never,
    /// From the first byte.
    Implicit(Arc<ServerConfig>),
    /// When it is asked to.
    Offered(Arc<ServerConfig>),
}

/// The server; see the module.
pub struct MailServer {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    tls: Tls,
    auth: &'static str,
    script: Box<Script>,
    steps: Mutex<Vec<String>>,
    letters: Mutex<Vec<Arrived>>,
    arrived: Condvar,
    connections: AtomicUsize,
}

impl MailServer {
    /// A server that takes everything.
    pub fn friendly(tls: Tls) -> MailServer {
        MailServer::script(tls, "PLAIN LOGIN", |_, _| Say::Well)
    }

    /// A server that offers these logins and does at each step as `script` says.
    pub fn script(
        tls: Tls,
        auth: &'static str,
        script: impl Fn(&str, usize) -> Say + Send + Sync + 'static,
    ) -> MailServer {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let shared = Arc::new(Shared {
            tls,
            auth,
            script: Box::new(script),
            steps: Mutex::default(),
            letters: Mutex::default(),
            arrived: Condvar::new(),
            connections: AtomicUsize::new(0),
        });
        let accepting = shared.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = accepting.clone();
                let number = shared.connections.fetch_add(1, Ordering::SeqCst) + 1;
                thread::spawn(move || {
                    // A client that goes away ends the conversation, and that is all.
                    let _ = Conversation::begin(shared, stream, number).and_then(|mut c| c.run());
                });
            }
        });
        MailServer { address, shared }
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Connections that were made so far.
    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// How often a step was taken.
    pub fn count(&self, step: &str) -> usize {
        let steps = self.shared.steps.lock().expect("steps");
        steps.iter().filter(|taken| *taken == step).count()
    }

    /// The letters that it has.
    pub fn letters(&self) -> Vec<Arrived> {
        self.shared.letters.lock().expect("letters").clone()
    }

    /// Waits for the n-th letter, from 1.
    pub fn wait_for(&self, n: usize) -> Arrived {
        let letters = self.shared.letters.lock().expect("letters");
        let missing = |letters: &mut Vec<Arrived>| letters.len() < n;
        let waited = self
            .shared
            .arrived
            .wait_timeout_while(letters, LIMIT, missing);
        let (letters, _) = waited.expect("letters");
        assert!(letters.len() >= n, "letter {n} did not come");
        letters[n - 1].clone()
    }
}

trait Duplex: Read + Write + Send {}
impl<T: Read + Write + Send> Duplex for T {}

struct Conversation {
    shared: Arc<Shared>,
    /// For TLS that begins later.
    plain: TcpStream,
    stream: Box<dyn Duplex>,
    letter: Arrived,
}

impl Conversation {
    fn begin(shared: Arc<Shared>, plain: TcpStream, number: usize) -> io::Result<Conversation> {
        let stream: Box<dyn Duplex> = Box::new(plain.try_clone()?);
        let letter = Arrived {
            connection: number,
            ..Arrived::default()
        };
        let mut conversation = Conversation {
            shared,
            plain,
            stream,
            letter,
        };
        if let Tls::Implicit(config) = conversation.shared.tls.clone() {
            conversation.encrypt(&config)?;
        }
        Ok(conversation)
    }

    fn encrypt(&mut self, config: &Arc<ServerConfig>) -> io::Result<()> {
        let server = ServerConnection::new(config.clone()).map_err(io::Error::other)?;
        self.stream = Box::new(StreamOwned::new(server, self.plain.try_clone()?));
        self.letter.encrypted = true;
        Ok(())
    }

    fn run(&mut self) -> io::Result<()> {
        if !self.step("GREETING", "220 mail.example ready")? {
            return Ok(());
        }
        loop {
            let line = self.line()?;
            let verb = line
                .split([' ', ':'])
                .next()
                .unwrap_or_default()
                .to_uppercase();
            let well = match verb.as_str() {
                "EHLO" => self.features(),
                "STARTTLS" => "220 go ahead".to_owned(),
                "MAIL" => {
                    self.letter.from = bracketed(&line);
                    self.letter.to.clear();
                    "250 ok".to_owned()
                }
                "RCPT" => "250 ok".to_owned(),
                "DATA" => "354 end with a dot".to_owned(),
                "AUTH" => {
                    if !self.auth(&line)? {
                        return Ok(());
                    }
                    continue;
                }
                "QUIT" => return Ok(()),
                _ => "500 what?".to_owned(),
            };
            let taken = self.step(&verb, &well)?;
            if !taken {
                continue;
            }
            match (verb.as_str(), self.shared.tls.clone()) {
                ("RCPT", _) => self.letter.to.push(bracketed(&line)),
                ("STARTTLS", Tls::Offered(config)) => self.encrypt(&config)?,
                ("DATA", _) => self.message()?,
                _ => {}
            }
        }
    }

    fn features(&self) -> String {
        let starttls = match self.shared.tls {
            Tls::Offered(_) if !self.letter.encrypted => "250-STARTTLS\r\n",
            _ => "",
        };
        let auth = self.shared.auth;
        format!("250-mail.example\r\n{starttls}250-AUTH {auth}\r\n250 8BITMIME")
    }

    /// Answers a step; tells whether it was answered well.
    fn step(&mut self, step: &str, well: &str) -> io::Result<bool> {
        let count = {
            let mut steps = self.shared.steps.lock().expect("steps");
            steps.push(step.to_owned());
            steps.iter().filter(|taken| *taken == step).count()
        };
        match (self.shared.script)(step, count) {
            Say::Well => self.say(well).map(|()| true),
            Say::Line(line) => self.say(line).map(|()| line.starts_with(['2', '3'])),
            Say::Hang => {
                // Until the client goes away.
                let _ = self.line();
                Err(io::ErrorKind::TimedOut.into())
            }
            Say::Close => Err(io::ErrorKind::NotConnected.into()),
            Say::Endless => loop {
                self.say("250-and so on")?;
            },
        }
    }

    fn auth(&mut self, line: &str) -> io::Result<bool> {
        let decode = |text: &str| {
            let bytes = STANDARD.decode(text.trim()).expect("base64");
            String::from_utf8(bytes).expect("UTF-8")
        };
        let (user, password) = match line.strip_prefix("AUTH PLAIN ") {
            Some(both) => {
                let both = decode(both);
                let mut parts = both.split('\0').skip(1).map(str::to_owned);
                (
                    parts.next().expect("a user"),
                    parts.next().expect("a password"),
                )
            }
            None => {
                self.say("334 VXNlcm5hbWU6")?;
                let user = decode(&self.line()?);
                self.say("334 UGFzc3dvcmQ6")?;
                (user, decode(&self.line()?))
            }
        };
        self.letter.login = Some((user, password));
        self.step("AUTH", "235 welcome")?;
        Ok(true)
    }

    fn message(&mut self) -> io::Result<()> {
        let mut message = String::new();
        loop {
            let line = self.line()?;
            if line == "." {
                break;
            }
            message.push_str(line.strip_prefix('.').unwrap_or(&line));
            message.push_str("\r\n");
        }
        if self.step("END", "250 2.0.0 queued")? {
            self.letter.message = message;
            self.shared
                .letters
                .lock()
                .expect("letters")
                .push(self.letter.clone());
            self.shared.arrived.notify_all();
        }
        Ok(())
    }

    fn say(&mut self, text: &str) -> io::Result<()> {
        self.stream.write_all(format!("{text}\r\n").as_bytes())?;
        self.stream.flush()
    }

    /// Byte by byte: what follows may be TLS.
    fn line(&mut self) -> io::Result<String> {
        let mut line = Vec::new();
        let mut byte = [0];
        while !line.ends_with(b"\r\n") {
            self.stream.read_exact(&mut byte)?;
            line.push(byte[0]);
        }
        line.truncate(line.len() - 2);
        Ok(String::from_utf8_lossy(&line).into_owned())
    }
}

fn bracketed(line: &str) -> String {
    let inner = line
        .split('<')
        .nth(1)
        .and_then(|rest| rest.split('>').next());
    inner.unwrap_or_default().to_owned()
}
