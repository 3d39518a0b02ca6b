//! `leadhook listen`: a receiver for the terminal. Prints what arrives, says whether the signature
//! holds and why not, answers as it is told.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use tokio::runtime::Builder;
use tokio::sync::oneshot;

use super::plain::{inert, one_line};
use super::signing::key;
use super::{Exit, complain, say};
use crate::domain::indent::indented;
use crate::domain::signature::{Headers, SigningKey, examine};
use crate::domain::units::show_duration;
use crate::http::{BodyLimit, Head, Limits, Request, Response, Server, Site};
use crate::system::Clock;

/// Beside the daemon's own two.
const PORT: u16 = 8482;
/// So much of a body is printed.
const SHOWN_BYTES_MAX: usize = 64 * 1024;
/// What is under way gets this long when it ends.
const GRACE: Duration = Duration::from_secs(1);

/// Reads an address with its port, or a port of this machine.
fn read_address(text: Option<&str>) -> Result<SocketAddr, String> {
    let here = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let Some(text) = text else {
        return Ok(SocketAddr::new(here, PORT));
    };
    let port = text.strip_prefix(':').unwrap_or(text).parse::<u16>();
    let address = port.map(|port| SocketAddr::new(here, port));
    address.or_else(|_| text.parse()).map_err(|_| {
        format!("{text} is no address to listen on; write a port, or 127.0.0.1:{PORT}")
    })
}

pub(super) fn listen(
    address: Option<&str>,
    secret: Option<&Path>,
    status: u16,
    delay: Duration,
) -> Exit {
    let start = || -> Result<(TcpListener, Terminal), String> {
        let address = read_address(address)?;
        let key = secret.map(|file| key(Some(file))).transpose()?;
        let socket = TcpListener::bind(address)
            .map_err(|error| format!("cannot listen on {address}: {error}; name another port"))?;
        let terminal = Terminal {
            key,
            status,
            delay,
            clock: Clock::of_system(),
        };
        Ok((socket, terminal))
    };
    let (socket, terminal) = match start() {
        Ok(started) => started,
        Err(reason) => {
            complain(reason);
            return Exit::Wrong;
        }
    };
    match serve(socket, terminal) {
        Ok(()) => Exit::Well,
        Err(error) => {
            complain(format_args!("cannot listen: {error}"));
            Exit::System
        }
    }
}

/// Serves until a signal ends it.
fn serve(socket: TcpListener, terminal: Terminal) -> io::Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM])?;
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let site = Arc::new(terminal);
    let greeting = Arc::clone(&site);
    let server = Server::start(runtime.handle(), socket, Limits::default(), site)?;
    greeting.greet(server.address());
    let (end, ended) = oneshot::channel();
    thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || {
            let _ = signals.forever().next();
            let _ = end.send(());
        })?;
    runtime.block_on(async {
        let _ = ended.await;
        server.stop(GRACE).await;
    });
    Ok(())
}

/// What is behind the listener.
struct Terminal {
    key: Option<SigningKey>,
    status: u16,
    delay: Duration,
    clock: Clock,
}

impl Terminal {
    /// On standard error, so that standard output holds nothing but what arrives.
    fn greet(&self, address: SocketAddr) {
        complain(format_args!(
            "listening on http://{address}/ (Ctrl-C ends it)"
        ));
        if !address.ip().is_loopback() {
            complain("other machines can reach this: whatever they send is printed here");
        }
        complain(format_args!(
            "answers {}; a webhook for it: url = \"http://{address}/\", allow_private = true",
            self.answers()
        ));
        complain(match self.key {
            Some(_) => "signatures are checked",
            None => "signatures are not checked: --secret-file names the webhook's secret",
        });
    }

    fn answers(&self) -> String {
        match self.delay.is_zero() {
            true => self.status.to_string(),
            false => format!("{} after {}", self.status, show_duration(self.delay)),
        }
    }

    fn report(&self, request: &Request) -> String {
        let head = &request.head;
        let query = head
            .query()
            .map_or(String::new(), |query| format!("?{query}"));
        let mut text = format!(
            "\n{}  {} {}{}  from {}\n",
            self.clock.now(),
            head.method(),
            one_line(head.path()),
            one_line(&query),
            head.peer().ip()
        );
        for (name, value) in head.all_headers() {
            let value = one_line(&String::from_utf8_lossy(value));
            text.push_str(&format!("{name}: {value}\n"));
        }
        text.push_str(&format!("\n{}\n", shown(&request.body)));
        text.push_str(&format!("\nsignature: {}\n", self.verdict(request)));
        text.push_str(&format!("answered {}", self.answers()));
        text
    }

    fn verdict(&self, request: &Request) -> String {
        let header = |name| request.head.header(name);
        let Some(key) = &self.key else {
            return match header("webhook-signature") {
                Some(_) => "not checked (no --secret-file)".to_owned(),
                None => "none".to_owned(),
            };
        };
        let headers = Headers {
            id: header("webhook-id"),
            timestamp: header("webhook-timestamp"),
            signature: header("webhook-signature"),
        };
        let keys = std::slice::from_ref(key);
        match examine(keys, headers, &request.body, self.clock.now()) {
            Ok(()) => "holds".to_owned(),
            Err(why) => format!("does NOT hold: {why}"),
        }
    }
}

fn shown(body: &[u8]) -> String {
    if body.is_empty() {
        return "(no body)".to_owned();
    }
    let text = String::from_utf8_lossy(&body[..body.len().min(SHOWN_BYTES_MAX)]);
    let mut shown = inert(&indented(&text));
    if body.len() > SHOWN_BYTES_MAX {
        shown.push_str(&format!(
            "\n… and {} bytes more",
            body.len() - SHOWN_BYTES_MAX
        ));
    }
    shown
}

impl Site for Terminal {
    type Ticket = ();

    fn admit(&self, _: &Head) -> Result<((), BodyLimit), Response> {
        Ok(((), BodyLimit::Listener))
    }

    async fn answer(&self, (): (), request: Request) -> Response {
        say(self.report(&request));
        if !self.delay.is_zero() {
            tokio::time::sleep(self.delay).await;
        }
        Response::empty(self.status)
    }
}
