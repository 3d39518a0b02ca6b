//! A bare hyper front on one thread: reads the body, parses nothing, answers after the commit.

use std::convert::Infallible;
use std::net::{SocketAddr, TcpListener};
use std::thread::{self, JoinHandle};

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::runtime::Builder;
use tokio::sync::oneshot;

use super::writer::Handle;

pub(super) struct Front {
    address: SocketAddr,
    end: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Front {
    pub(super) fn start(writer: Handle) -> Front {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        listener.set_nonblocking(true).expect("a listener");
        let (end, ended) = oneshot::channel();
        let thread = thread::Builder::new().name("bare-front".to_owned());
        let thread = thread.spawn(move || {
            let runtime = Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(async {
                tokio::select! {
                    () = accept(listener, writer) => {}
                    _ = ended => {}
                }
            });
        });
        Front {
            address,
            end: Some(end),
            thread: Some(thread.expect("a thread")),
        }
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn accept(listener: TcpListener, writer: Handle) {
    let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
    while let Ok((stream, _)) = listener.accept().await {
        stream.set_nodelay(true).expect("a socket");
        let writer = writer.clone();
        let service = service_fn(move |request| answer(writer.clone(), request));
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

async fn answer(
    writer: Handle,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let body = request.into_body().collect().await;
    drop(body.expect("a whole body"));
    let (sender, receiver) = oneshot::channel();
    writer.store(move |lead| {
        let _ = sender.send(lead);
    });
    let lead = receiver.await.expect("a commit");
    let body = format!(r#"{{"lead_id":{lead},"result":"created"}}"#);
    let response = Response::builder().status(201);
    let response = response.header("content-type", "application/json");
    Ok(response.body(Full::from(body)).expect("an answer"))
}
