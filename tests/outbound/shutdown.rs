//! The end of the program: nothing hangs.

use std::net::{IpAddr, SocketAddr, TcpListener};
use std::thread;
use std::time::{Duration, Instant};

use leadhook::domain::delivery::{Fault, Stage};
use leadhook::outbound::{Client, Lookups, Outgoing};

use crate::harness::{Gate, LIMIT, Receiver, Reply};
use crate::{BODY, NOW, client, post, settings, unanswered};

/// Shuts a client down once `ready` holds, and expects its request to end at once.
fn ends(client: &Client, ready: impl FnOnce()) -> Fault {
    thread::scope(|scope| {
        let request = scope.spawn(|| post(client));
        ready();
        let asked = Instant::now();
        client.shutdown();
        let fault = unanswered(request.join().unwrap());
        assert!(asked.elapsed() < Duration::from_secs(5));
        assert!(fault.detail.contains("leadhook stops"), "{fault:?}");
        fault
    })
}

#[test]
fn a_request_that_waits_for_an_answer_ends_and_new_ones_are_refused() {
    let receiver = Receiver::always(Reply::status(200).after(&Gate::default()));
    let client = client(&settings(&receiver.url()));
    let fault = ends(&client, || drop(receiver.wait_for(1)));
    assert_eq!(fault.stage, Stage::Answer);
    assert!(unanswered(post(&client)).detail.contains("leadhook stops"));
    assert_eq!(receiver.count(), 1);
}

#[test]
fn a_request_that_waits_for_the_dns_ends() {
    let (asking, asked) = std::sync::mpsc::channel();
    let gate = Gate::default();
    let held = gate.clone();
    let silent = Lookups::new(move |_| {
        let _ = asking.send(());
        held.wait();
        Ok(Vec::<IpAddr>::new())
    });
    let client = Client::new(&settings("http://hook.example/"), 1, &silent).unwrap();
    let fault = ends(&client, || asked.recv_timeout(LIMIT).unwrap());
    assert_eq!(fault.stage, Stage::Resolve);
    gate.open();
}

/// A listener whose queue is full, so that further connections wait.
fn full_listener() -> (SocketAddr, Vec<impl Sized>) {
    use rustix::net::{AddressFamily, SocketType, bind, connect, listen, socket};
    let server = socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
    bind(&server, &"127.0.0.1:0".parse::<SocketAddr>().unwrap()).unwrap();
    listen(&server, 0).unwrap();
    let listener = TcpListener::from(server);
    let address = listener.local_addr().unwrap();
    let mut kept = vec![std::os::fd::OwnedFd::from(listener)];
    for _ in 0..4 {
        let filler = socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
        rustix::io::ioctl_fionbio(&filler, true).unwrap();
        let _ = connect(&filler, &address);
        kept.push(filler);
    }
    (address, kept)
}

#[test]
fn a_request_that_waits_for_a_connection_keeps_its_deadline_and_ends_when_asked() {
    let (address, _kept) = full_listener();
    let mut settings = settings(&format!("http://{address}/"));
    settings.timeout = Duration::from_millis(200);
    let (outcome, duration) = client(&settings).send(&Outgoing::json(NOW, BODY));
    let fault = unanswered(outcome);
    assert_eq!(fault.stage, Stage::Connect);
    assert_eq!(fault.detail, "no connection within 200 ms");
    assert!(duration < Duration::from_millis(1300), "{duration:?}");

    settings.timeout = LIMIT;
    let client = client(&settings);
    let connecting = || {
        let table = || std::fs::read_to_string("/proc/net/tcp").unwrap();
        let remote = format!(":{:04X} 02 ", address.port());
        let until = Instant::now() + LIMIT;
        while table().matches(&remote).count() < 1 {
            assert!(Instant::now() < until, "no connection is being made");
            thread::yield_now();
        }
    };
    assert_eq!(ends(&client, connecting).stage, Stage::Connect);
}
