//! A listener: a socket, the server on it, and the thread that its tasks run on.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

use super::StartError;
use crate::http::{BACKLOG, Limits, Server, Site};

/// A server with the thread that its tasks run on. Each listener has its own, so that a flood on
/// the public one cannot hide the health of the daemon.
pub(super) struct Listener<T> {
    site: Arc<T>,
    server: Server,
    runtime: Handle,
    end: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl<T: Site> Listener<T> {
    /// Serves `site` on `socket`, in a thread of its own.
    pub(super) fn start(
        name: &str,
        socket: TcpListener,
        limits: Limits,
        site: T,
    ) -> Result<Listener<T>, StartError> {
        let start = || -> io::Result<Listener<T>> {
            let runtime = Builder::new_current_thread().enable_all().build()?;
            let handle = runtime.handle().clone();
            let (end, ended) = oneshot::channel();
            let site = Arc::new(site);
            let server = Server::start(&handle, socket, limits, site.clone())?;
            let thread = std::thread::Builder::new()
                .name(name.to_owned())
                .spawn(move || {
                    let _ = runtime.block_on(ended);
                })?;
            Ok(Listener {
                site,
                server,
                runtime: handle,
                end: Some(end),
                thread: Some(thread),
            })
        };
        start().map_err(|error| {
            StartError::System(format!("cannot start the {name} listener: {error}"))
        })
    }

    /// Where it listens.
    pub(super) fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// The server on it.
    pub(super) fn server(&self) -> &Server {
        &self.server
    }

    /// What is behind it.
    pub(super) fn site(&self) -> &T {
        &self.site
    }

    /// Asks its thread for a sign of life.
    pub(super) fn knock(&self, answer: impl FnOnce() + Send + 'static) {
        self.runtime.spawn(async move { answer() });
    }

    /// Ends it; requests under way are answered for as long as `grace`. Returns how many were cut.
    pub(super) fn stop(&mut self, grace: Duration) -> usize {
        let Some(end) = self.end.take() else { return 0 };
        let cut = self.runtime.block_on(self.server.stop(grace));
        let _ = end.send(());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        cut
    }
}

/// Takes the port, or says who may have it. The kernel may let fewer wait than [`BACKLOG`]; the standard
/// library asks for 128.
pub(super) fn bind(address: SocketAddr, key: &str) -> Result<TcpListener, StartError> {
    let bound = TcpListener::bind(address).and_then(|socket| {
        rustix::net::listen(&socket, BACKLOG)?;
        Ok(socket)
    });
    bound.map_err(|error| {
        let hint = match error.kind() {
            io::ErrorKind::AddrInUse => "; is leadhook, or another program, running there already?",
            _ => "",
        };
        StartError::System(format!("cannot listen on {address} ({key}): {error}{hint}"))
    })
}
