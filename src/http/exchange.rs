//! One request and its answer.

use std::any::Any;
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use http_body_util::Full;
use hyper::body::{Body, Bytes, Incoming};

use super::body::{self, Unread};
use super::budget::Budget;
use super::entry::Entry;
use super::request::{Head, Request};
use super::response::Response;
use super::rules::{self, bad_request};
use super::server::{self, Front};
use super::{BodyLimit, Site};

/// Answers one request. The error only says that the connection was dropped meanwhile.
pub(super) async fn exchange<T: Site>(
    front: Arc<Front>,
    site: Arc<T>,
    entry: Arc<Entry>,
    peer: SocketAddr,
    request: hyper::Request<Incoming>,
) -> io::Result<hyper::Response<Full<Bytes>>> {
    if !entry.begin() {
        return Err(io::ErrorKind::ConnectionAborted.into());
    }
    front.counters.requests.increment();
    let response = match unwound(converse(&front, &*site, &entry, peer, request)).await {
        Ok(response) => response,
        Err(_) => {
            front.counters.panics.increment();
            let message = "This request could not be handled. The log says why.";
            Response::error(500, "internal", None, message)
        }
    };
    entry.end(front.now_us());
    Ok(response.into_hyper())
}

async fn converse<T: Site>(
    front: &Front,
    site: &T,
    entry: &Entry,
    peer: SocketAddr,
    request: hyper::Request<Incoming>,
) -> Response {
    let (parts, mut body) = request.into_parts();
    let head = Head::new(parts, peer);
    if let Err(response) = rules::check(&head, &front.limits) {
        front.counters.bad_requests.increment();
        return turn_away(front, entry, &head, body, response).await;
    }
    let (ticket, limit) = match site.admit(&head) {
        Ok(admitted) => admitted,
        Err(response) => return turn_away(front, entry, &head, body, response).await,
    };
    let bytes_max = match limit {
        BodyLimit::Listener => front.limits.body_bytes_max,
        BodyLimit::Bytes(bytes_max) => bytes_max,
    };
    // How many may be larger than that at once, the site sees to.
    let elsewhere = Budget::new(usize::MAX);
    let is_ordinary = bytes_max <= front.limits.body_bytes_max;
    let budget = if is_ordinary {
        &front.budget
    } else {
        &elsewhere
    };
    let mut share = budget.share();
    let time_max = front.limits.body_timeout;
    let unread = match body::read(&mut body, &mut share, bytes_max, time_max).await {
        Ok(body) => return site.answer(ticket, Request { head, body }).await,
        Err(unread) => unread,
    };
    drop(share);
    front.counters.bad_requests.increment();
    site.unread(&ticket, &head, refusal(front, entry, unread, bytes_max))
}

/// Words why a body was not read.
fn refusal(front: &Front, entry: &Entry, unread: Unread, bytes_max: usize) -> Response {
    match unread {
        Unread::TooLarge => {
            let message = format!("The body is larger than {bytes_max} bytes.");
            entry.leave_unread();
            Response::error(413, "body_too_large", None, &message).closing()
        }
        Unread::NoRoom => {
            front.counters.bodies_refused.increment();
            entry.leave_unread();
            server::full().closing()
        }
        Unread::TooSlow => {
            front.counters.body_timeouts.increment();
            entry.leave_unread();
            let message = "The body did not arrive in time.";
            Response::error(408, "body_timeout", None, message).closing()
        }
        Unread::Broken => bad_request("The body is cut off or badly chunked.").closing(),
    }
}

/// Makes an answer to a request whose body is not wanted. A small body is read to its end, so that
/// the connection lives on; a large one ends it, and so does one that is not sent before we ask.
async fn turn_away(
    front: &Front,
    entry: &Entry,
    head: &Head,
    mut body: Incoming,
    response: Response,
) -> Response {
    if body.is_end_stream() {
        return response;
    }
    // Even a look at the body would send `100 Continue`.
    let asks_first = head.header("expect").is_some();
    if !asks_first && body::drain(&mut body, &front.limits).await {
        return response;
    }
    entry.leave_unread();
    response.closing()
}

/// Waits for `future`; a panic in it comes back as an error.
async fn unwound<F: Future>(future: F) -> Result<F::Output, Box<dyn Any + Send>> {
    let mut future = pin!(future);
    poll_fn(|cx| {
        let polled = catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx)));
        match polled {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(output)) => Poll::Ready(Ok(output)),
            Err(panic) => Poll::Ready(Err(panic)),
        }
    })
    .await
}
