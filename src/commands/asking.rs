//! How the commands ask the daemon that runs with their config: over its admin listener, with the first
//! token of the config.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;

use super::{Exit, Origin, complain, load};
use crate::config::Config;
use crate::domain::secret::Secret;
use crate::domain::webhook::{Private, Receiver};
use crate::outbound::{Client, Lookups, Outgoing};
use crate::system::Clock;

/// The daemon answers on this machine, or not at all; the longest list takes seconds.
const TIMEOUT: Duration = Duration::from_secs(60);
/// Of one answer: a page of leads with long texts stays below.
const BYTES_MAX: usize = 256 << 20;
/// Kept connections.
const CONNECTIONS: usize = 8;

/// The daemon of a config.
pub(super) struct Daemon {
    pub(super) config: Config,
    client: Client,
    /// None where it is a credential that this process was not given.
    token: Option<String>,
}

/// What it says.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Vec<u8>,
}

impl Daemon {
    /// The daemon of this config, or of the usual one.
    pub(super) fn of(file: Option<PathBuf>) -> Result<Daemon, Exit> {
        Daemon::with(load(&Origin::find(file))?)
    }

    /// The daemon of this config. Without a token it is asked what needs none.
    pub(super) fn with(config: Config) -> Result<Daemon, Exit> {
        let receiver = Receiver {
            url: format!("http://{}", config.admin.listen),
            timeout: TIMEOUT,
            private: Private::Allowed,
            insecure_http: false,
            proxy: None,
            ca_pem: None,
            dns_cache: Duration::ZERO,
        };
        let client = Client::new(&receiver, CONNECTIONS, &Lookups::of_system());
        let client = client.map_err(|reason| {
            complain(reason);
            Exit::Wrong
        })?;
        let token = config.admin.tokens.first();
        let bearer = |token: &Secret| format!("Bearer {}", String::from_utf8_lossy(token.reveal()));
        Ok(Daemon {
            token: token.map(bearer),
            config,
            client,
        })
    }

    /// Asks for what is at a path.
    pub(super) fn read(&self, path: &str) -> Result<Answer, Exit> {
        self.ask(Outgoing::question(), path)
    }

    /// Posts JSON to a path.
    pub(super) fn post(&self, path: &str, body: &Value) -> Result<Answer, Exit> {
        let body = body.to_string();
        self.ask(
            Outgoing::json(Clock::of_system().now(), body.as_bytes()),
            path,
        )
    }

    /// Has what is at a path removed.
    pub(super) fn remove(&self, path: &str) -> Result<Answer, Exit> {
        self.ask(Outgoing::removal(), path)
    }

    /// Sends a request to a path; says so where there is no answer.
    pub(super) fn ask(&self, request: Outgoing<'_>, path: &str) -> Result<Answer, Exit> {
        self.try_to_ask(request, path).map_err(|reason| {
            complain(format_args!(
                "the daemon does not answer on {}: {reason}; is it running?",
                self.config.admin.listen
            ));
            Exit::Unavailable
        })
    }

    /// The same in silence.
    pub(super) fn try_to_ask(
        &self,
        mut request: Outgoing<'_>,
        path: &str,
    ) -> Result<Answer, String> {
        request.path(path)?;
        if let Some(token) = &self.token {
            request.header("authorization", token)?;
        }
        let asked = self.client.ask(&request, BYTES_MAX);
        let (status, body) = asked.map_err(|fault| fault.detail)?;
        Ok(Answer { status, body })
    }
}

impl Answer {
    /// The answer, where all is well; else says what the daemon says.
    pub(super) fn well(self) -> Result<Answer, Exit> {
        match self.status {
            200..=299 => Ok(self),
            _ => Err(self.refusal()),
        }
    }

    /// Says what the daemon says of what is wrong.
    pub(super) fn refusal(&self) -> Exit {
        let status = self.status;
        let field = self.error()["field"].as_str().map(str::to_owned);
        let field = field.map(|field| format!("{field}: ")).unwrap_or_default();
        let message = self.message();
        complain(format_args!(
            "the daemon answered {status}: {field}{message}"
        ));
        Exit::Wrong
    }

    /// What the daemon says of what is wrong.
    pub(super) fn message(&self) -> String {
        let message = &self.error()["message"];
        super::plain::one_line(message.as_str().unwrap_or_default())
    }

    fn error(&self) -> Value {
        let body: Value = serde_json::from_slice(&self.body).unwrap_or_default();
        body["error"].clone()
    }

    /// As text.
    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// As JSON.
    pub(super) fn json(&self) -> Result<Value, Exit> {
        serde_json::from_slice(&self.body).map_err(|_| {
            complain("the daemon's answer cannot be read; is it of another release?");
            Exit::Wrong
        })
    }
}

/// A name as part of a path.
pub(super) fn escaped(name: &str) -> String {
    let mut path = String::new();
    for byte in name.bytes() {
        match byte.is_ascii_alphanumeric() || b"-_.@".contains(&byte) {
            true => path.push(char::from(byte)),
            false => path.push_str(&format!("%{byte:02X}")),
        }
    }
    path
}
