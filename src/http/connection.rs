//! One connection, from its first byte to its end.

use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hyper::rt::{Read, ReadBufCursor, Write};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep};

use super::Site;
use super::entry::{Entry, Order};
use super::exchange::exchange;
use super::limits::Limits;
use super::server::{Front, Place};

/// hyper's smallest buffer.
const BUFFER_BYTES_MIN: usize = 8192;

/// hyper as it is set for all connections of a listener.
pub(super) fn protocol(limits: &Limits) -> http1::Builder {
    let mut protocol = http1::Builder::new();
    protocol
        // Without a timer, none of hyper's time limits does anything.
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head_timeout)
        .max_header_size(limits.head_bytes_max)
        .max_buf_size((2 * limits.head_bytes_max).max(BUFFER_BYTES_MIN))
        .half_close(false)
        .keep_alive(true);
    protocol
}

/// How a connection came to its end.
enum End {
    /// By hyper: well, or for an error.
    Served(hyper::Result<()>),
    /// Told to.
    Ordered,
    /// Its life was over and it did not finish in the time that was left.
    Outlived,
}

/// Serves one connection until it ends, or has to.
pub(super) async fn serve<T: Site>(
    stream: TcpStream,
    peer: SocketAddr,
    place: Place,
    front: Arc<Front>,
    site: Arc<T>,
) {
    let entry = Arc::clone(place.entry());
    let io = Io::new(stream, Arc::clone(&entry), &front.limits);
    let service = {
        let (front, entry) = (Arc::clone(&front), Arc::clone(&entry));
        service_fn(move |request| {
            let (front, entry) = (Arc::clone(&front), Arc::clone(&entry));
            exchange(front, Arc::clone(&site), entry, peer, request)
        })
    };
    let connection = pin!(front.protocol.serve_connection(io, service));
    match guide(connection, &entry, &front.limits).await {
        End::Served(Err(error)) if error.is_timeout() => front.counters.head_timeouts.increment(),
        End::Served(Err(error)) if error.is_parse() => front.counters.malformed.increment(),
        End::Served(_) | End::Ordered => {}
        End::Outlived => front.counters.outlived.increment(),
    }
}

/// Lets a connection run, within its life, while heeding orders.
async fn guide<C: Graceful>(mut connection: Pin<&mut C>, entry: &Entry, limits: &Limits) -> End {
    let mut attends = false;
    let mut finishes = false;
    let mut life_is_over = false;
    let mut life = pin!(sleep(limits.life));
    poll_fn(|cx| {
        if !attends {
            attends = true;
            entry.attend(cx);
        }
        loop {
            match entry.order() {
                Order::Drop => return Poll::Ready(End::Ordered),
                Order::Finish if !finishes => {
                    finishes = true;
                    connection.as_mut().finish();
                }
                Order::Finish | Order::Serve => {}
            }
            if let Poll::Ready(result) = connection.as_mut().poll(cx) {
                return Poll::Ready(End::Served(result));
            }
            ready!(life.as_mut().poll(cx));
            if life_is_over {
                return Poll::Ready(End::Outlived);
            }
            life_is_over = true;
            connection.as_mut().finish();
            life.as_mut().reset(Instant::now() + limits.life_grace);
        }
    })
    .await
}

/// hyper's connection without its type parameters.
trait Graceful: Future<Output = hyper::Result<()>> {
    /// Lets it end after the request under way, at once where there is none.
    fn finish(self: Pin<&mut Self>);
}

impl<I, B, S> Graceful for http1::Connection<I, S>
where
    S: hyper::service::HttpService<hyper::body::Incoming, ResBody = B>,
    S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    I: Read + Write + Unpin,
    B: hyper::body::Body + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    fn finish(self: Pin<&mut Self>) {
        self.graceful_shutdown();
    }
}

/// A stream that is closed with care: when the client may still be sending, it is read for a moment
/// after the answer, since closing on unread bytes makes the client's system drop that answer.
struct Io {
    stream: TokioIo<TcpStream>,
    entry: Arc<Entry>,
    /// The phase of the connection in which bytes last came.
    read_in: Option<u64>,
    /// Set while the rest is thrown away.
    draining: Option<Pin<Box<Sleep>>>,
    drain_bytes_left: usize,
    drain_timeout: Duration,
}

impl Io {
    fn new(stream: TcpStream, entry: Arc<Entry>, limits: &Limits) -> Io {
        Io {
            stream: TokioIo::new(stream),
            entry,
            read_in: None,
            draining: None,
            drain_bytes_left: limits.drain_bytes_max,
            drain_timeout: limits.drain_timeout,
        }
    }

    /// Whether we closed on what was sent: the rest of a body was refused, or what came since the
    /// last request was none.
    fn is_cut_short(&self) -> bool {
        self.entry.has_unread() || self.read_in == Some(self.entry.phase())
    }

    fn poll_drain(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut bytes = [0; 4096];
        loop {
            let mut buffer = ReadBuf::new(&mut bytes);
            let stream = Pin::new(self.stream.inner_mut());
            match stream.poll_read(cx, &mut buffer) {
                Poll::Pending => break,
                Poll::Ready(read) => {
                    let n = buffer.filled().len();
                    if read.is_err() || n == 0 || n > self.drain_bytes_left {
                        return Poll::Ready(Ok(()));
                    }
                    self.drain_bytes_left -= n;
                }
            }
        }
        match &mut self.draining {
            Some(limit) => limit.as_mut().poll(cx).map(Ok),
            None => Poll::Ready(Ok(())),
        }
    }
}

impl Read for Io {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let read = Pin::new(&mut self.stream).poll_read(cx, buffer);
        if read.is_ready() {
            self.read_in = Some(self.entry.phase());
        }
        read
    }
}

impl Write for Io {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.draining.is_none() {
            ready!(Pin::new(&mut self.stream).poll_shutdown(cx))?;
            if !self.is_cut_short() {
                return Poll::Ready(Ok(()));
            }
            self.draining = Some(Box::pin(sleep(self.drain_timeout)));
        }
        self.poll_drain(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bytes)
    }
}
