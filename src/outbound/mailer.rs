//! Sends letters through the owner's mailbox and says what came of each.
//!
//! The rules are those of every receiver: the guard decides which addresses the server may have, TLS
//! is always spoken and trusts the same authorities, one deadline holds for the whole attempt from the
//! name to the last reply, and the end of the program breaks it off. A connection is kept for the next
//! letter for a while.

mod message;
mod session;
mod wire;

use std::fmt;
use std::net::{IpAddr, TcpStream};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use rustls::ClientConfig;
use rustls::pki_types::ServerName;

use crate::domain::delivery::{Fault, Outcome, Stage};
use crate::domain::mail::{Encryption, Letter, Smtp};
use crate::domain::time::Timestamp;

use super::lookup::Lookups;
use super::target::admit;
use super::{fault, trust};
use message::Parcel;
use session::{Refused, Session};
use wire::Wire;

/// For how long the addresses of the server's name are believed.
const DNS_CACHE: Duration = Duration::from_secs(30);
/// A connection that was idle for longer is not used again; servers drop them after minutes.
const IDLE_MAX: Duration = Duration::from_secs(60);

/// The way to one mailbox, for many threads at once.
pub struct Mailer {
    smtp: Smtp,
    to: Vec<String>,
    tls: Arc<ClientConfig>,
    name: ServerName<'static>,
    lookups: Lookups,
    kept: Mutex<Vec<Kept>>,
    /// Connections that are open, so that they can be broken off.
    open: Mutex<Vec<Weak<TcpStream>>>,
    stop: Arc<AtomicBool>,
}

struct Kept {
    session: Session,
    since: Instant,
}

impl Mailer {
    /// A way from this mailbox to these addresses; an error says what is wrong with the settings.
    /// Opens no connection and looks up no name.
    pub fn new(smtp: &Smtp, to: &[String], lookups: &Lookups) -> Result<Mailer, String> {
        let name = ServerName::try_from(smtp.host.clone())
            .map_err(|_| format!("{} cannot be the name of a mail server", smtp.host))?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| format!("TLS cannot be set up: {error}"))?
            .with_root_certificates(trust::store(smtp.ca_pem.as_deref())?)
            .with_no_client_auth();
        Ok(Mailer {
            smtp: smtp.clone(),
            to: to.to_vec(),
            tls: Arc::new(tls),
            name,
            lookups: lookups.clone(),
            kept: Mutex::default(),
            open: Mutex::default(),
            stop: Arc::new(AtomicBool::new(false)),
        })
    }

    /// Sends a letter, dated `at`, and waits for the server to take it. The duration is that of the
    /// whole. Never panics.
    pub fn send(&self, letter: &Letter, at: Timestamp) -> (Outcome, Duration) {
        let started = Instant::now();
        let until = started + self.smtp.timeout;
        let sent = catch_unwind(AssertUnwindSafe(|| self.attempt(letter, at, until)));
        let outcome = sent.unwrap_or_else(|_| {
            Outcome::Unanswered(Fault {
                stage: Stage::Prepare,
                detail: "leadhook has a bug here: writing an e-mail panicked; please report it"
                    .to_owned(),
            })
        });
        (outcome, started.elapsed())
    }

    /// Connects, encrypts and signs in, and writes no letter. A fault says what it met.
    pub fn knock(&self) -> Result<(), Fault> {
        let until = Instant::now() + self.smtp.timeout;
        let met = self.connect(until);
        met.map(drop).map_err(|refused| refused.fault)
    }

    /// Ends the attempts under way and refuses new ones, for the end of the program.
    pub fn shutdown(&self) {
        self.stop.store(true, Ordering::Release);
        self.lookups.wake();
        for stream in lock(&self.open)
            .drain(..)
            .filter_map(|stream| stream.upgrade())
        {
            // One that is closed already needs nothing.
            let _ = stream.shutdown(std::net::Shutdown::Both);
        }
    }

    fn attempt(&self, letter: &Letter, at: Timestamp, until: Instant) -> Outcome {
        let parcel = match message::pack(letter, &self.smtp.from, &self.to, at) {
            Ok(parcel) => parcel,
            Err(detail) => {
                let stage = Stage::Prepare;
                return Outcome::Unanswered(Fault { stage, detail });
            }
        };
        if let Some(mut session) = self.take_kept() {
            session.set_deadline(until);
            match self.deliver(session, &parcel) {
                // The server had given the connection up; nothing was sent.
                Err(Refused { began: false, .. }) => {}
                Err(refused) => return self.outcome(refused),
                Ok(outcome) => return outcome,
            }
        }
        let delivered = self
            .connect(until)
            .and_then(|session| self.deliver(session, &parcel));
        delivered.unwrap_or_else(|refused| self.outcome(refused))
    }

    fn deliver(&self, mut session: Session, parcel: &Parcel) -> Result<Outcome, Refused> {
        let answer = session.deliver(parcel)?;
        let outcome = Outcome::Answered(answer);
        if outcome.is_success() {
            lock(&self.kept).push(Kept {
                session,
                since: Instant::now(),
            });
        }
        Ok(outcome)
    }

    fn take_kept(&self) -> Option<Session> {
        let mut kept = lock(&self.kept);
        kept.retain(|kept| kept.since.elapsed() < IDLE_MAX);
        kept.pop().map(|kept| kept.session)
    }

    fn outcome(&self, refused: Refused) -> Outcome {
        let mut fault = refused.fault;
        if self.stop.load(Ordering::Acquire) {
            fault.detail = fault::STOPPED.to_owned();
        }
        Outcome::Unanswered(fault)
    }

    /// A connection on which the server is ready to take letters.
    fn connect(&self, until: Instant) -> Result<Session, Refused> {
        let addresses = self.addresses(until)?;
        let stream = wire::connect(&addresses, self.smtp.port, until, |stream| {
            let mut open = lock(&self.open);
            open.retain(|stream| stream.strong_count() > 0);
            open.push(Arc::downgrade(stream));
            !self.stop.load(Ordering::Acquire)
        });
        let stream = stream.map_err(|error| {
            Refused::early(wire::fault(error, Stage::Connect, self.smtp.timeout))
        })?;
        let mut wire = Wire::new(stream, until, self.smtp.timeout);
        if self.smtp.encryption == Encryption::Implicit {
            wire.encrypt(&self.tls, &self.name)
                .map_err(Refused::early)?;
        }
        Session::open(wire, &self.smtp, &self.tls, &self.name).map_err(Refused::early)
    }

    /// The addresses of the server that the guard lets pass.
    fn addresses(&self, until: Instant) -> Result<Vec<IpAddr>, Refused> {
        let host = &self.smtp.host;
        let found: Arc<[IpAddr]> = match host.parse() {
            Ok(address) => Arc::new([address]),
            Err(_) => self
                .lookups
                .addresses(host, DNS_CACHE, until, &self.stop)
                .map_err(|failure| {
                    let detail = failure.words(host, self.smtp.timeout);
                    Refused::early(Fault {
                        stage: Stage::Resolve,
                        detail,
                    })
                })?,
        };
        let mut refused = None;
        let mut admitted = Vec::new();
        for address in found.iter() {
            match admit(&self.smtp.private, host, *address) {
                Ok(()) => admitted.push(*address),
                Err(detail) => refused = refused.or(Some(detail)),
            }
        }
        match refused {
            Some(detail) if admitted.is_empty() => Err(Refused::early(Fault {
                stage: Stage::Guard,
                detail,
            })),
            _ => Ok(admitted),
        }
    }
}

/// A lock whose holder panicked is taken all the same: what it guards is a plain value.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for Mailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mailer({}:{})", self.smtp.host, self.smtp.port)
    }
}
