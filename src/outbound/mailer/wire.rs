//! The connection to a mail server: bytes and lines, in the clear or under TLS, until a deadline.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};
use ureq::{Error, Timeout};

use crate::domain::delivery::{Fault, Stage};
use crate::outbound::fault as faults;
use crate::outbound::socket::{Deadline, establish, open};
use crate::outbound::trail::Trail;

/// A reply that is longer is none (RFC 5321 section 4.5.3.1.5 has 512 bytes for a line).
const REPLY_BYTES_MAX: usize = 16 * 1024;

/// Connects to one of the addresses after the other; each gets half of the time that is left, the last
/// one all of it. `opened` hears of each socket and says whether to go on.
pub(super) fn connect(
    addresses: &[IpAddr],
    port: u16,
    until: Instant,
    opened: impl Fn(&Arc<TcpStream>) -> bool,
) -> Result<Arc<TcpStream>, Error> {
    let mut failed = Error::HostNotFound;
    for (n, address) in addresses.iter().enumerate() {
        let left = until.saturating_duration_since(Instant::now());
        let share = if n + 1 == addresses.len() {
            left
        } else {
            left / 2
        };
        let address = SocketAddr::new(*address, port);
        let stream = open(address)?;
        if !opened(&stream) {
            return Err(io::Error::from(ErrorKind::NotConnected).into());
        }
        match establish(&stream, address, Deadline::within(share, Timeout::Global)) {
            Ok(()) => return Ok(stream),
            Err(Error::Io(error)) => {
                let words = faults::io_words(&error);
                failed = io::Error::new(error.kind(), format!("{words} ({address})")).into();
            }
            Err(other) => failed = other,
        }
    }
    Err(failed)
}

/// What an error at this stage means, in words. `limit` is the time that the attempt had.
pub(super) fn fault(error: Error, stage: Stage, limit: Duration) -> Fault {
    let trail = Trail {
        stage,
        fresh: true,
        heard: false,
    };
    let is_late = matches!(&error, Error::Io(error)
        if matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::WouldBlock));
    let error = match is_late {
        true => Error::Timeout(Timeout::Global),
        false => error,
    };
    faults::fault(error, trail, limit)
}

/// An open connection.
pub(super) struct Wire {
    stream: Option<Stream>,
    /// What has come and was not read yet.
    input: Vec<u8>,
    /// The time that the attempt has in all, for words.
    limit: Duration,
    /// What is being done, for who asks where it ended.
    pub(super) stage: Stage,
}

enum Stream {
    Plain(Socket),
    Encrypted(Box<StreamOwned<ClientConnection, Socket>>),
}

impl Wire {
    pub(super) fn new(stream: Arc<TcpStream>, until: Instant, limit: Duration) -> Wire {
        Wire {
            stream: Some(Stream::Plain(Socket { stream, until })),
            input: Vec::new(),
            limit,
            stage: Stage::Connect,
        }
    }

    /// Gives it another deadline.
    pub(super) fn set_deadline(&mut self, until: Instant) {
        match &mut self.stream {
            Some(Stream::Plain(socket)) => socket.until = until,
            Some(Stream::Encrypted(stream)) => stream.sock.until = until,
            None => {}
        }
    }

    /// Whether TLS is spoken.
    pub(super) fn is_encrypted(&self) -> bool {
        matches!(self.stream, Some(Stream::Encrypted(_)))
    }

    /// Agrees on TLS with the server, which must have a certificate for `name`.
    pub(super) fn encrypt(
        &mut self,
        config: &Arc<ClientConfig>,
        name: &ServerName<'static>,
    ) -> Result<(), Fault> {
        self.stage = Stage::Tls;
        // What came in the clear must not count as said under TLS.
        self.input.clear();
        let Some(Stream::Plain(mut socket)) = self.stream.take() else {
            return Err(self.fault(ErrorKind::NotConnected.into()));
        };
        let begun = ClientConnection::new(config.clone(), name.clone());
        let mut connection = begun.map_err(|error| self.fault(io::Error::other(error)))?;
        while connection.is_handshaking() {
            let progress = connection.complete_io(&mut socket);
            progress.map_err(|error| match speaks_no_tls(&error) {
                true => Fault {
                    stage: Stage::Tls,
                    detail: NO_TLS.to_owned(),
                },
                false => self.fault(error),
            })?;
        }
        let stream = StreamOwned::new(connection, socket);
        self.stream = Some(Stream::Encrypted(Box::new(stream)));
        Ok(())
    }

    /// Sends all of these bytes.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        let written = match &mut self.stream {
            Some(Stream::Plain(socket)) => socket.write_all(bytes),
            Some(Stream::Encrypted(stream)) => {
                stream.write_all(bytes).and_then(|()| stream.flush())
            }
            None => Err(ErrorKind::NotConnected.into()),
        };
        written.map_err(|error| self.fault(error))
    }

    /// The next reply, all of its lines, each with CRLF.
    pub(super) fn read_reply(&mut self) -> Result<String, Fault> {
        let mut reply = String::new();
        loop {
            let line = self.read_line(REPLY_BYTES_MAX.saturating_sub(reply.len()))?;
            let line = String::from_utf8_lossy(&line);
            let line = line.trim_end();
            let more = line.as_bytes().get(3) == Some(&b'-');
            // A code alone is a reply too, and the space behind it is wanted by whoever reads on.
            let space = if line.len() == 3 { " " } else { "" };
            reply.push_str(&format!("{line}{space}\r\n"));
            if !more {
                return Ok(reply);
            }
        }
    }

    fn read_line(&mut self, bytes_max: usize) -> Result<Vec<u8>, Fault> {
        loop {
            let end = self.input.iter().position(|byte| *byte == b'\n');
            if let Some(end) = end.filter(|end| *end < bytes_max) {
                return Ok(self.input.drain(..=end).collect());
            }
            if self.input.len() >= bytes_max {
                return Err(Fault {
                    stage: self.stage,
                    detail: "the reply of the mail server has no end".to_owned(),
                });
            }
            let mut piece = [0; 1024];
            let read = match &mut self.stream {
                Some(Stream::Plain(socket)) => socket.read(&mut piece),
                Some(Stream::Encrypted(stream)) => stream.read(&mut piece),
                None => Err(ErrorKind::NotConnected.into()),
            };
            match read {
                Ok(0) => return Err(self.fault(ErrorKind::UnexpectedEof.into())),
                Ok(n) => self.input.extend_from_slice(&piece[..n]),
                Err(error) => return Err(self.fault(error)),
            }
        }
    }

    fn fault(&self, error: io::Error) -> Fault {
        fault(error.into(), self.stage, self.limit)
    }
}

const NO_TLS: &str = "the mail server does not speak TLS at once on this port; if it is port 587, set \
                      tls = \"starttls\"";

fn speaks_no_tls(error: &io::Error) -> bool {
    let cause = error.get_ref().and_then(|cause| cause.downcast_ref());
    matches!(cause, Some(rustls::Error::InvalidMessage(_)))
}

/// A socket that gives up at its deadline.
struct Socket {
    stream: Arc<TcpStream>,
    until: Instant,
}

impl Socket {
    fn left(&self) -> io::Result<Duration> {
        let left = self.until.saturating_duration_since(Instant::now());
        match left.is_zero() {
            true => Err(ErrorKind::TimedOut.into()),
            false => Ok(left),
        }
    }
}

impl Read for Socket {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(Some(self.left()?))?;
        (&*self.stream).read(into)
    }
}

impl Write for Socket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.set_write_timeout(Some(self.left()?))?;
        (&*self.stream).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
