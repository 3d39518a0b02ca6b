//! Proxies: those that are configured, and those of the environment.

use std::env;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::thread;

use leadhook::domain::delivery::Stage;
use leadhook::domain::webhook::Private;
use leadhook::outbound::{Client, Lookups};

use crate::authority::Authority;
use crate::harness::{Receiver, Reply};
use crate::{answered, client, post, settings, unanswered};

/// A proxy that joins its client to `to`, whatever it asks for. `greet` speaks the protocol
/// and gives what the client asked for.
fn proxy(
    to: SocketAddr,
    greet: impl Fn(&mut TcpStream) -> Vec<u8> + Send + 'static,
) -> (SocketAddr, thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let joined = thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        let asked = greet(&mut client);
        let mut server = TcpStream::connect(to).unwrap();
        let (mut up, mut down) = (client.try_clone().unwrap(), server.try_clone().unwrap());
        thread::spawn(move || io::copy(&mut up, &mut down));
        let _ = io::copy(&mut server, &mut client);
        String::from_utf8_lossy(&asked).into_owned()
    });
    (address, joined)
}

fn connect(client: &mut TcpStream) -> Vec<u8> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        client.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
    client.write_all(b"HTTP/1.1 200 Connected\r\n\r\n").unwrap();
    head
}

fn socks5(client: &mut TcpStream) -> Vec<u8> {
    let mut greeting = [0; 3];
    client.read_exact(&mut greeting).unwrap();
    client.write_all(&[5, 0]).unwrap();
    let mut request = vec![0; 5];
    client.read_exact(&mut request).unwrap();
    let mut name = vec![0; usize::from(request[4]) + 2];
    client.read_exact(&mut name).unwrap();
    client.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).unwrap();
    name
}

fn unasked() -> Lookups {
    Lookups::new(|name| panic!("asked for {name}"))
}

#[test]
fn a_configured_proxy_is_asked_for_the_name_and_no_look_up_is_made() {
    let close = Reply::full(200, &[("connection", "close")], b"");
    let receiver = Receiver::always(close);
    let (http, http_asked) = proxy(receiver.address(), connect);
    let (socks, socks_asked) = proxy(receiver.address(), socks5);
    for url in [format!("http://{http}"), format!("socks5h://{socks}")] {
        let mut settings = settings("http://hook.example/x");
        settings.insecure_http = true;
        settings.proxy = Some(url);
        answered(post(&Client::new(&settings, 1, &unasked()).unwrap()));
    }
    let asked = http_asked.join().unwrap();
    assert!(asked.starts_with("CONNECT hook.example:80 "), "{asked}");
    let asked = socks_asked.join().unwrap();
    assert!(asked.starts_with("hook.example"), "{asked}");
}

#[test]
fn tls_goes_through_a_proxy_to_the_receiver() {
    let authority = Authority::new();
    let receiver = authority.receiver("hook.example", false);
    let (address, _asked) = proxy(receiver.address(), connect);
    let mut settings = settings("https://hook.example/x");
    settings.proxy = Some(format!("http://{address}"));
    settings.ca_pem = Some(authority.pem.into_bytes());
    let client = Client::new(&settings, 1, &unasked()).unwrap();
    for _ in 0..2 {
        assert_eq!(answered(post(&client)).excerpt, b"safe");
    }
    assert_eq!(receiver.connections(), 1);
}

#[test]
fn a_proxy_at_a_private_address_is_refused() {
    let listener = Receiver::always(Reply::status(200));
    let mut settings = settings("https://hook.example/x");
    settings.proxy = Some(format!("http://{}", listener.address()));
    settings.private = Private::Refused;
    settings.ca_pem = Some(Authority::new().pem.into_bytes());
    for scheme in ["http", "socks5h"] {
        settings.proxy = Some(format!("{scheme}://{}", listener.address()));
        let fault = unanswered(post(&client(&settings)));
        assert_eq!(fault.stage, Stage::Guard, "{fault:?}");
    }
    assert_eq!(listener.connections(), 0);
}

#[test]
fn a_proxy_that_refuses_is_said_so() {
    let receiver = Receiver::always(Reply::status(403));
    let mut settings = settings("http://hook.example/x");
    settings.insecure_http = true;
    settings.proxy = Some(format!("http://{}", receiver.address()));
    let fault = unanswered(post(&client(&settings)));
    assert_eq!(fault.stage, Stage::Connect);
    assert!(fault.detail.contains("the proxy refused"), "{fault:?}");
}

const CHILD: &str = "LEADHOOK_TEST_RECEIVER";

#[test]
fn those_of_the_environment_are_not_used() {
    if let Ok(url) = env::var(CHILD) {
        answered(post(&client(&settings(&url))));
        return;
    }
    let receiver = Receiver::always(Reply::status(200));
    let proxy = Receiver::always(Reply::status(200));
    let mut child = Command::new(env::current_exe().unwrap());
    child.args(["--exact", "proxies::those_of_the_environment_are_not_used"]);
    child.env(CHILD, receiver.url());
    for name in [
        "HTTP_PROXY",
        "http_proxy",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "all_proxy",
    ] {
        child.env(name, format!("http://{}", proxy.address()));
    }
    assert!(child.output().unwrap().status.success());
    assert_eq!((receiver.count(), proxy.connections()), (1, 0));
}
