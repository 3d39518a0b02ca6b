//! HTTP without any notion of a lead: connections with their limits, requests read whole, answers.
//!
//! A [`Site`] is what is behind a listener. Each request passes it twice: [`Site::admit`] sees the
//! head and refuses early, so that a wrong path or a wrong secret costs no upload;
//! [`Site::answer`] gets the request with its body. In between, the body is read within [`Limits`].
//!
//! # What is answered before a site sees the request
//!
//! By this module, as JSON of the shape of [`Response::error`]:
//!
//! | status | code | when |
//! | --- | --- | --- |
//! | 400 | `bad_request` | no `Host`, several, or none that could be one; a target that names another host; a body that is broken off or badly chunked |
//! | 405 | `method_not_allowed` | `CONNECT`, `TRACE` |
//! | 408 | `body_timeout` | the body took longer than [`Limits::body_timeout`]; then closed |
//! | 413 | `body_too_large` | announced or sent more than the site takes |
//! | 415 | `unsupported_encoding` | a `Content-Encoding`; nothing is decompressed here |
//! | 429 | `too_many_connections` | one address holds too many connections; then closed |
//! | 431 | `too_many_headers` | more than [`Limits::headers_max`] |
//! | 500 | `internal` | the site panicked; the next request is served |
//! | 501 | `not_implemented` | a `Transfer-Encoding` other than one `chunked` |
//! | 503 | `too_busy` | the server is full of requests under way, or of their bodies; then closed |
//!
//! By hyper, with an empty body and then closed: 400 for what is no HTTP/1 (garbage, a bad
//! `Content-Length`, spaces before a colon, folded headers, control characters); 414 for a target
//! over 64 KiB where headers may be that long; 431 for a head over [`Limits::head_bytes_max`] or
//! over 100 headers. Closed without an answer: a connection that has not sent a whole head within
//! [`Limits::head_timeout`], one whose client shuts its sending side before the answer, the HTTP/2
//! preface. `Content-Length` beside `chunked` is read as chunked, answered, and then closed.
//!
//! # Behind a proxy
//!
//! [`Limits::head_timeout`] runs from the end of an answer too, so it is the idle limit of kept
//! connections. A proxy that keeps them longer may send a post into one that is just being closed,
//! and proxies do not repeat a post: let it keep idle connections for less (nginx:
//! `keepalive_timeout 8s` in the `upstream`), or none. A bare LF as a line end is accepted, as
//! hyper cannot be told otherwise; nginx, Caddy, HAProxy and Traefik all write requests anew and pass
//! none on.

pub mod address;
mod body;
mod budget;
mod connection;
pub mod counters;
mod entry;
mod exchange;
pub mod forms;
pub mod limits;
pub mod multipart;
mod registry;
pub mod request;
pub mod response;
mod rules;
pub mod server;

pub use hyper::body::Bytes;

pub use counters::Counters;
pub use limits::Limits;
pub use request::{Head, Request};
pub use response::Response;
pub use server::{BACKLOG, Server};

/// What is behind a listener.
pub trait Site: Send + Sync + 'static {
    /// What [`Site::admit`] found out and [`Site::answer`] needs: both then decide on the same
    /// configuration, and nothing is looked up twice. `()` where there is nothing.
    type Ticket: Send;

    /// Decides by the head alone whether the body is worth reading, and how much of it. Must not
    /// block.
    fn admit(&self, head: &Head) -> Result<(Self::Ticket, BodyLimit), Response>;

    /// Answers a request that was admitted.
    ///
    /// The future is dropped at any of its `await`s when the client goes away: it must hand what
    /// has to happen to somebody else and only wait for the outcome.
    fn answer(
        &self,
        ticket: Self::Ticket,
        request: Request,
    ) -> impl Future<Output = Response> + Send;

    /// Words the answer to an admitted request whose body could not be read (400, 408, 413).
    fn unread(&self, _ticket: &Self::Ticket, _head: &Head, refusal: Response) -> Response {
        refusal
    }
}

/// The most bytes of a body that are read for one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyLimit {
    /// [`Limits::body_bytes_max`].
    Listener,
    /// This many, be it less or more than the listener's limit. Where it is more, the site sees to how
    /// many of them there are at once.
    Bytes(usize),
}
