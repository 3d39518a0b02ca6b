//! Reading a body within its limits, and getting rid of one that nobody wants.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use http_body_util::BodyExt;
use hyper::body::{Body, Bytes, Incoming};
use tokio::time::timeout;

use super::budget::Share;
use super::limits::Limits;

/// Why a body was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unread {
    /// More than the limit, announced or sent.
    TooLarge,
    /// All bodies together would take too much.
    NoRoom,
    /// It took too long.
    TooSlow,
    /// Broken off, or not the chunks it claims to be.
    Broken,
}

/// Reads `body` to its end: at most `bytes_max` bytes, in at most `time_max`, as far as its `share`
/// of what all bodies may take can grow.
pub(super) async fn read(
    body: &mut Incoming,
    share: &mut Share<'_>,
    bytes_max: usize,
    time_max: Duration,
) -> Result<Bytes, Unread> {
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    if body.size_hint().lower() > bytes_max as u64 {
        return Err(Unread::TooLarge);
    }
    let mut reading = pin!(gather(body, share, bytes_max));
    // hyper reads on only when it is asked, so what has arrived with the head is here at the second
    // look. That is nearly every body, and it is spared the timer.
    let mut looked = false;
    let early = poll_fn(|cx| match reading.as_mut().poll(cx) {
        Poll::Ready(read) => Poll::Ready(Some(read)),
        Poll::Pending if looked => Poll::Ready(None),
        Poll::Pending => {
            looked = true;
            cx.waker().wake_by_ref();
            Poll::Pending
        }
    });
    match early.await {
        Some(read) => read,
        None => timeout(time_max, reading)
            .await
            .unwrap_or(Err(Unread::TooSlow)),
    }
}

/// Throws the rest of `body` away. Whether its end was reached, so that another request can follow.
pub(super) async fn drain(body: &mut Incoming, limits: &Limits) -> bool {
    if body.size_hint().lower() > limits.drain_bytes_max as u64 {
        return false;
    }
    let draining = async {
        let mut rest = limits.drain_bytes_max;
        while let Some(frame) = body.frame().await {
            let Ok(frame) = frame else { return false };
            let length = frame.data_ref().map_or(0, Bytes::len);
            match rest.checked_sub(length) {
                Some(left) => rest = left,
                None => return false,
            }
        }
        true
    };
    timeout(limits.drain_timeout, draining)
        .await
        .unwrap_or(false)
}

async fn gather(
    body: &mut Incoming,
    share: &mut Share<'_>,
    bytes_max: usize,
) -> Result<Bytes, Unread> {
    let mut fits = |bytes| match (bytes > bytes_max, share.grow_to(bytes)) {
        (true, _) => Err(Unread::TooLarge),
        (false, false) => Err(Unread::NoRoom),
        (false, true) => Ok(()),
    };
    let Some(first) = next(body).await? else {
        return Ok(Bytes::new());
    };
    fits(first.len())?;
    // A body of one piece is passed on without being copied.
    if body.is_end_stream() {
        return Ok(first);
    }
    let Some(second) = next(body).await? else {
        return Ok(first);
    };
    let mut whole = first.to_vec();
    let mut piece = Some(second);
    while let Some(bytes) = piece {
        fits(whole.len() + bytes.len())?;
        whole.extend_from_slice(&bytes);
        piece = next(body).await?;
    }
    Ok(Bytes::from(whole))
}

/// The next piece; trailers are passed over.
async fn next(body: &mut Incoming) -> Result<Option<Bytes>, Unread> {
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Unread::Broken)?;
        if let Ok(bytes) = frame.into_data() {
            return Ok(Some(bytes));
        }
    }
    Ok(None)
}
