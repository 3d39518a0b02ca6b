//! Sends requests to one receiver and says what came of each.
//!
//! A client keeps the connections of its receiver open between requests. Each request has one
//! deadline for everything: name, connection, TLS, sending, answer. Redirects are not followed, no
//! proxy is taken from the environment, nothing is decompressed, and of the answer no more is read
//! than the limits say.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use ureq::config::ConfigBuilder;
use ureq::http::{Request, Response, Uri};
use ureq::tls::TlsConfig;
use ureq::typestate::AgentScope;
use ureq::unversioned::transport::{
    ConnectProxyConnector, Connector, RustlsConnector, SocksConnector,
};
use ureq::{Agent, Body, Error};

use crate::domain::delivery::{Fault, Outcome, Stage};
use crate::domain::webhook::Receiver;

use super::lookup::Lookups;
use super::request::Outgoing;
use super::resolver::Guarded;
use super::socket::Connect;
use super::target::{Target, read_proxy};
use super::trace::{self, Notes, Received};
use super::trail::{self, BeforeTls, Watch};
use super::{answer, fault, trust};

const USER_AGENT: &str = concat!("leadhook/", env!("CARGO_PKG_VERSION"));
const HEAD_BYTES_MAX: usize = 16 * 1024;
/// A head that is too long must be seen before the buffer is full.
const INPUT_BUFFER_BYTES: usize = HEAD_BYTES_MAX + 1024;
const OUTPUT_BUFFER_BYTES: usize = 16 * 1024;
/// A connection that was idle for longer is not used again; many a server and NAT drops them
/// sooner or later without saying so.
const IDLE_MAX: Duration = Duration::from_secs(30);

/// A client of one receiver, for many threads at once.
pub struct Client {
    agent: Agent,
    uri: Uri,
    timeout: Duration,
    lookups: Lookups,
    stop: Arc<AtomicBool>,
}

impl Client {
    /// A client that keeps up to `connections` of them open; an error says what is wrong with the
    /// receiver's settings. Opens no connection and looks up no name.
    pub fn new(
        receiver: &Receiver,
        connections: usize,
        lookups: &Lookups,
    ) -> Result<Client, String> {
        let target = Target::parse(&receiver.url)?;
        let (proxy, proxy_target) = match &receiver.proxy {
            Some(url) => read_proxy(url).map(|(proxy, target)| (Some(proxy), Some(target)))?,
            None => (None, None),
        };
        let speaks_tls = target.https || proxy_target.as_ref().is_some_and(|proxy| proxy.https);
        let tls = if speaks_tls {
            tls_config(receiver)?
        } else {
            TlsConfig::default()
        };
        let config = limits(connections, receiver.timeout)
            .tls_config(tls)
            // Named in any case: ureq would take one from the environment.
            .proxy(proxy)
            .build();
        let watch = Watch {
            proxied: proxy_target.is_some(),
        };
        let stop = Arc::new(AtomicBool::new(false));
        let uri = target.uri.clone();
        let resolver = Guarded {
            receiver: receiver.clone(),
            target,
            proxy: proxy_target,
            lookups: lookups.clone(),
            stop: Arc::clone(&stop),
        };
        Ok(Client {
            agent: Agent::with_parts(config, connector(watch), resolver),
            uri,
            timeout: receiver.timeout,
            lookups: lookups.clone(),
            stop,
        })
    }

    /// Sends a request and waits for the answer, for as long as the receiver's timeout. The
    /// duration is that of the whole. Never panics.
    pub fn send(&self, request: &Outgoing<'_>) -> (Outcome, Duration) {
        self.send_and(request, |_| {})
    }

    /// Sends a request as [`Client::send`] does, and notes all that it meets.
    pub(super) fn send_noted(
        &self,
        request: &Outgoing<'_>,
    ) -> (Outcome, Duration, Received, Notes) {
        let mut received = Received::default();
        trace::begin();
        let (outcome, duration) = self.send_and(request, |response| {
            received = Received::of(response);
        });
        let notes = trace::end();
        (outcome, duration, received, notes)
    }

    fn send_and(
        &self,
        request: &Outgoing<'_>,
        look: impl FnOnce(&Response<Body>),
    ) -> (Outcome, Duration) {
        let started = Instant::now();
        trail::start();
        let sent = catch_unwind(AssertUnwindSafe(|| {
            let response = self.exchange(request, started)?;
            look(&response);
            let arrived = request.at.after(started.elapsed());
            Ok(answer::read(
                response,
                arrived,
                self.timeout,
                request,
                self.uri.path(),
            ))
        }));
        let outcome = match sent {
            Ok(Ok(answer)) => Outcome::Answered(answer),
            Ok(Err(error)) => Outcome::Unanswered(self.fault(error)),
            Err(_) => Outcome::Unanswered(panicked()),
        };
        (outcome, started.elapsed())
    }

    /// Sends a question and gives the status and the whole body of the answer, if it has no more than
    /// so many bytes. Never panics.
    pub fn ask(&self, request: &Outgoing<'_>, bytes_max: usize) -> Result<(u16, Vec<u8>), Fault> {
        let started = Instant::now();
        trail::start();
        let asked = catch_unwind(AssertUnwindSafe(|| {
            let response = self.exchange(request, started);
            let response = response.map_err(|error| self.fault(error))?;
            answer::whole(response, bytes_max).map_err(|error| Fault {
                stage: Stage::Answer,
                detail: answer::note(&error, self.timeout),
            })
        }));
        asked.unwrap_or_else(|_| Err(panicked()))
    }

    /// Ends the requests under way and refuses new ones, for the end of the program. Requests that
    /// wait for a name, a connection or an answer return at once.
    pub fn shutdown(&self) {
        self.stop.store(true, Ordering::Release);
        self.lookups.wake();
        self.agent.clone().shutdown();
    }

    fn exchange(&self, request: &Outgoing<'_>, started: Instant) -> Result<Response<Body>, Error> {
        match self.agent.run(self.http(request)) {
            Err(Error::Io(error)) if is_stale(&error) => {
                let left = self.timeout.saturating_sub(started.elapsed());
                if left.is_zero() || self.stop.load(Ordering::Acquire) {
                    return Err(error.into());
                }
                trail::start();
                let again = self.agent.configure_request(self.http(request));
                // An age of zero lets no kept connection pass, and drops them all: where one was
                // closed, the others are likely to be.
                let again = again
                    .max_idle_age(Duration::ZERO)
                    .timeout_global(Some(left))
                    .build();
                self.agent.run(again)
            }
            result => result,
        }
    }

    fn http<'b>(&self, request: &'b Outgoing<'_>) -> Request<&'b [u8]> {
        let mut http = Request::new(request.body());
        *http.method_mut() = request.method.clone();
        *http.uri_mut() = request.uri(&self.uri);
        *http.headers_mut() = request.headers.clone();
        http
    }

    fn fault(&self, error: Error) -> Fault {
        let trail = trail::now();
        if self.stop.load(Ordering::Acquire) {
            return Fault {
                stage: trail.stage,
                detail: fault::STOPPED.into(),
            };
        }
        fault::fault(error, trail, self.timeout)
    }
}

fn panicked() -> Fault {
    Fault {
        stage: trail::now().stage,
        detail: "leadhook has a bug here: sending panicked; please report it".into(),
    }
}

/// Whether a kept connection turned out to be closed when it was used again: the receiver gave it
/// up while the request was on its way. That is nobody's failure. The request goes out once more on
/// a new connection; should the receiver have taken it in all the same, its `webhook-id` tells.
fn is_stale(error: &std::io::Error) -> bool {
    let trail = trail::now();
    let sent = matches!(trail.stage, Stage::Send | Stage::Answer);
    sent && !trail.fresh && !trail.heard && fault::is_disconnect(error)
}

/// What ureq is told to do and not to do; each of these differs from its default.
fn limits(connections: usize, timeout: Duration) -> ConfigBuilder<AgentScope> {
    Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .user_agent(USER_AGENT)
        .accept_encoding("identity")
        .timeout_global(Some(timeout))
        .max_response_header_size(HEAD_BYTES_MAX)
        .input_buffer_size(INPUT_BUFFER_BYTES)
        .output_buffer_size(OUTPUT_BUFFER_BYTES)
        .max_idle_connections(connections)
        .max_idle_connections_per_host(connections)
        .max_idle_age(IDLE_MAX)
}

/// The way from an address to a connection: through a proxy if there is one, then TLS if it is
/// wanted.
fn connector(watch: Watch) -> impl Connector {
    ().chain(SocksConnector::default())
        .chain(ConnectProxyConnector::default())
        .chain(Connect)
        .chain(BeforeTls)
        .chain(RustlsConnector::default())
        .chain(watch)
}

fn tls_config(receiver: &Receiver) -> Result<TlsConfig, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    Ok(TlsConfig::builder()
        .root_certs(trust::roots(receiver.ca_pem.as_deref())?)
        .unversioned_rustls_crypto_provider(provider)
        .build())
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Client({})", super::shown(&self.uri.to_string()))
    }
}
