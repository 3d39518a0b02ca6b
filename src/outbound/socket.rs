//! The TCP connection under a request.
//!
//! ureq brings one of its own; this one keeps the one deadline also while a slow receiver takes the
//! request in small pieces, sends head and body in one packet, takes an answer that came before the
//! whole request was sent (a 413), can be interrupted while it connects, and needs a third of the
//! system calls.

use std::io::{self, ErrorKind, Read};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, connect, recv, send, socket_with,
    sockopt,
};
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, Either, LazyBuffers, NextTimeout, ShutdownHandle,
    Transport,
};
use ureq::{Error, Timeout};

use crate::domain::delivery::Stage;

use super::{trace, trail};

/// Opens connections, to one of the resolved addresses after the other.
#[derive(Debug)]
pub(super) struct Connect;

impl<In: Transport> Connector<In> for Connect {
    type Out = Either<In, Socket>;

    fn connect(
        &self,
        details: &ConnectionDetails,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, Error> {
        if let Some(proxied) = chained {
            return Ok(Some(Either::A(proxied)));
        }
        trail::reached(Stage::Connect);
        let stream = connect_to_one(details, Deadline::of(details.timeout)?)?;
        let config = details.config;
        let buffers = SocketBuffers {
            input: LazyBuffers::new(config.input_buffer_size(), 1),
            output: vec![0; config.output_buffer_size()],
            held: 0,
        };
        Ok(Some(Either::B(Socket {
            stream,
            buffers,
            receive_limit: Duration::ZERO,
            broken: None,
        })))
    }
}

/// Each address gets half of the time that is left, the last one all of it.
fn connect_to_one(
    details: &ConnectionDetails,
    deadline: Deadline,
) -> Result<Arc<TcpStream>, Error> {
    let mut failed = Error::HostNotFound;
    for (n, address) in details.addrs.iter().enumerate() {
        let left = match deadline.left() {
            Ok(left) => left,
            // What the address before met says more than that the time is over.
            Err(_) if n > 0 => break,
            Err(late) => return Err(late),
        };
        let is_last = n + 1 == details.addrs.len();
        let share = Deadline::within(if is_last { left } else { left / 2 }, deadline.reason);
        let stream = open(*address)?;
        let handle: Weak<dyn ShutdownHandle> = Arc::<TcpStream>::downgrade(&stream);
        (details.register_shutdown)(handle)?;
        match establish(&stream, *address, share) {
            Ok(()) => {
                trace::connected(*address);
                return Ok(stream);
            }
            Err(Error::Io(error)) => {
                let words = super::fault::io_words(&error);
                let kind = error.kind();
                failed = io::Error::new(kind, format!("{words} ({address})")).into();
            }
            Err(other) => failed = other,
        }
    }
    Err(failed)
}

pub(super) fn open(address: SocketAddr) -> io::Result<Arc<TcpStream>> {
    let family = match address {
        SocketAddr::V4(_) => AddressFamily::INET,
        SocketAddr::V6(_) => AddressFamily::INET6,
    };
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket = socket_with(family, SocketType::STREAM, flags, None)?;
    Ok(Arc::new(TcpStream::from(socket)))
}

pub(super) fn establish(
    stream: &TcpStream,
    address: SocketAddr,
    deadline: Deadline,
) -> Result<(), Error> {
    match connect(stream, &address) {
        Ok(()) => {}
        Err(Errno::INPROGRESS | Errno::INTR) => {
            wait_writable(stream, deadline)?;
            sockopt::socket_error(stream)
                .and_then(|result| result)
                .map_err(io::Error::from)?;
            // A socket that was shut down meanwhile has no error, and no peer either.
            stream.peer_addr()?;
        }
        Err(errno) => return Err(io::Error::from(errno).into()),
    }
    stream.set_nonblocking(false)?;
    stream.set_nodelay(true)?;
    Ok(())
}

fn wait_writable(stream: &TcpStream, deadline: Deadline) -> Result<(), Error> {
    loop {
        let left = Timespec::try_from(deadline.left()?).ok();
        let mut fds = [PollFd::new(stream, PollFlags::OUT)];
        match poll(&mut fds, left.as_ref()) {
            Ok(0) | Err(Errno::INTR) => {}
            Ok(_) => return Ok(()),
            Err(errno) => return Err(io::Error::from(errno).into()),
        }
    }
}

/// A point in time, and which of ureq's limits it stands for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deadline {
    at: Instant,
    reason: Timeout,
}

/// Stands for "no limit", which no request of ours has.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

impl Deadline {
    fn of(timeout: NextTimeout) -> Result<Deadline, Error> {
        let deadline = Deadline::within(*timeout.after, timeout.reason);
        deadline.left().map(|_| deadline)
    }

    pub(super) fn within(time: Duration, reason: Timeout) -> Deadline {
        Deadline {
            at: Instant::now() + time.min(LONGEST),
            reason,
        }
    }

    /// The time until then; never zero.
    fn left(self) -> Result<Duration, Error> {
        let left = self.at.saturating_duration_since(Instant::now());
        if left.is_zero() {
            Err(Error::Timeout(self.reason))
        } else {
            Ok(left)
        }
    }
}

/// An open TCP connection.
#[derive(Debug)]
pub(super) struct Socket {
    stream: Arc<TcpStream>,
    buffers: SocketBuffers,
    /// The receive timeout that the socket has now.
    receive_limit: Duration,
    /// Why nothing more can be sent.
    broken: Option<io::Error>,
}

/// The receive timeout is set in steps, so that an ordinary request finds it set already.
const RECEIVE_LIMIT_STEP: Duration = Duration::from_millis(20);

impl Socket {
    /// Sends what is held back. When the receiver takes no more, that is remembered: it may have
    /// answered before it closed.
    fn flush(&mut self, deadline: Deadline) -> Result<(), Error> {
        let held = std::mem::take(&mut self.buffers.held);
        let mut rest = &self.buffers.output[..held];
        while !rest.is_empty() && self.broken.is_none() {
            match send(
                &self.stream,
                rest,
                SendFlags::NOSIGNAL | SendFlags::DONTWAIT,
            ) {
                Ok(n) => rest = &rest[n..],
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => wait_writable(&self.stream, deadline)?,
                Err(errno) => self.broken = Some(errno.into()),
            }
        }
        Ok(())
    }

    fn limit_receive(&mut self, left: Duration) -> io::Result<()> {
        let steps = left.as_millis() / RECEIVE_LIMIT_STEP.as_millis() + 1;
        let limit = RECEIVE_LIMIT_STEP * u32::try_from(steps).unwrap_or(u32::MAX);
        if limit != self.receive_limit {
            self.stream.set_read_timeout(Some(limit))?;
            self.receive_limit = limit;
        }
        Ok(())
    }

    fn receive(&mut self, deadline: Deadline) -> Result<usize, Error> {
        loop {
            let left = deadline.left()?;
            self.limit_receive(left)?;
            let space = self.buffers.input.input_append_buf();
            match (&*self.stream).read(space) {
                Ok(n) => return Ok(n),
                Err(error)
                    if matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::WouldBlock) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

impl Transport for Socket {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    /// Holds back what there is until an answer is waited for or the buffer is full.
    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.buffers.held += amount;
        if self.buffers.output.len() - self.buffers.held < OUTPUT_FREE_MIN {
            self.flush(Deadline::of(timeout)?)?;
        }
        Ok(())
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        let deadline = Deadline::of(timeout)?;
        self.flush(deadline).inspect_err(|_| trail::not_sent())?;
        match (self.receive(deadline), self.broken.take()) {
            (Ok(n), _) if n > 0 => {
                self.buffers.input_appended(n);
                Ok(true)
            }
            (_, Some(error)) => {
                trail::not_sent();
                Err(error.into())
            }
            (received, None) => received.map(|_| false),
        }
    }

    fn is_open(&mut self) -> bool {
        let mut byte = [0_u8; 1];
        let flags = RecvFlags::PEEK | RecvFlags::DONTWAIT;
        let quiet = matches!(recv(&self.stream, &mut byte[..], flags), Err(Errno::AGAIN));
        quiet && self.buffers.held == 0 && self.broken.is_none()
    }
}

/// With less room than this in the output buffer, what is held goes out. The head of a request has
/// to fit into what is free.
const OUTPUT_FREE_MIN: usize = 8 * 1024;

/// ureq's buffer for input, and one for output whose beginning may be held back.
#[derive(Debug)]
struct SocketBuffers {
    input: LazyBuffers,
    output: Vec<u8>,
    held: usize,
}

impl Buffers for SocketBuffers {
    fn output(&mut self) -> &mut [u8] {
        &mut self.output[self.held..]
    }

    fn input(&self) -> &[u8] {
        self.input.input()
    }

    fn input_append_buf(&mut self) -> &mut [u8] {
        self.input.input_append_buf()
    }

    fn input_appended(&mut self, amount: usize) {
        self.input.input_appended(amount);
    }

    fn input_consume(&mut self, amount: usize) {
        self.input.input_consume(amount);
    }

    fn tmp_and_output(&mut self) -> (&mut [u8], &mut [u8]) {
        let (scratch, _) = self.input.tmp_and_output();
        (scratch, &mut self.output[self.held..])
    }

    fn can_use_input(&self) -> bool {
        self.input.can_use_input()
    }
}
