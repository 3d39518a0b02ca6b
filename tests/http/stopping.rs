//! The end of a server.

use std::net::TcpListener;
use std::sync::atomic::Ordering;
use std::time::Duration;

use leadhook::http::Limits;

use super::harness::{open, until};

const WAIT: &str = "GET /wait HTTP/1.1\r\nhost: x\r\n\r\n";
const LONG: Duration = Duration::from_secs(20);

#[test]
fn a_stop_finishes_what_is_open_and_closes_what_is_idle() {
    let house = open(Limits::default());
    let (mut silent, mut idle, mut busy) = (house.connect(), house.connect(), house.connect());
    idle.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
    assert_eq!(idle.answer().status, 200);
    busy.send(WAIT);
    until(|| house.site.waiting.load(Ordering::SeqCst) == 1);

    let stopping = house.stop(LONG);
    assert!(idle.is_closed() && silent.is_closed());
    assert!(!stopping.is_finished());
    house.site.open_gate();
    let answer = busy.answer();
    assert_eq!(answer.body, "waited");
    assert!(answer.says_close() && busy.is_closed());
    assert_eq!(stopping.join().expect("it stops"), 0);
}

#[test]
fn a_stop_frees_the_port_and_can_be_repeated() {
    let house = open(Limits::default());
    assert_eq!(house.stop(LONG).join().expect("it stops"), 0);
    TcpListener::bind(house.server.address()).expect("the port is free");
    assert_eq!(house.stop(LONG).join().expect("it stops again"), 0);
}

#[test]
fn a_stop_cuts_what_does_not_end_and_says_so() {
    let house = open(Limits::default());
    let (mut stuck, mut slow) = (house.connect(), house.connect());
    stuck.send(WAIT);
    slow.send("GET / HTTP/1.1\r\n");
    until(|| house.site.waiting.load(Ordering::SeqCst) == 1);
    until(|| house.server.connections_open() == 2);
    let cut = house.stop(Duration::from_millis(100)).join();
    assert_eq!(cut.expect("it stops"), 1, "half a head is no request");
    assert!(stuck.is_closed() && slow.is_closed());
    assert_eq!(house.server.connections_open(), 0);
}
