//! Connections and their limits.

use std::sync::atomic::Ordering;
use std::time::Duration;

use leadhook::http::Limits;
use leadhook::http::server::ACCEPT_TURN_MAX;

use super::harness::{open, until};

const GET: &str = "GET / HTTP/1.1\r\nhost: x\r\n\r\n";
const WAIT: &str = "GET /wait HTTP/1.1\r\nhost: x\r\n\r\n";

fn room_for(connections_max: usize) -> Limits {
    Limits {
        connections_max,
        ..Limits::default()
    }
}

#[test]
fn a_connection_is_closed_when_no_head_comes_in_time() {
    let house = open(Limits {
        head_timeout: Duration::from_millis(150),
        ..Limits::default()
    });
    let mut silent = house.connect();
    let mut slow = house.connect();
    slow.send("GET / HTTP/1.1\r\nhost:");
    let mut kept = house.connect();
    kept.send(GET);
    assert_eq!(kept.answer().status, 200);
    for client in [&mut silent, &mut slow, &mut kept] {
        assert!(client.is_closed(), "without a 408");
    }
    until(|| house.server.counters().head_timeouts.count() == 3);
}

#[test]
fn a_client_that_sends_and_never_reads_is_gone_after_its_life() {
    let house = open(Limits {
        life: Duration::from_millis(200),
        life_grace: Duration::from_millis(100),
        ..Limits::default()
    });
    let mut client = house.connect_noticed();
    client.send_until_stuck("GET /page HTTP/1.1\r\nhost: x\r\n\r\n".repeat(100));
    until(|| house.server.connections_open() == 0);
    assert_eq!(house.server.counters().outlived.count(), 1);
}

#[test]
fn a_life_ends_between_two_requests() {
    let house = open(Limits {
        life: Duration::from_millis(150),
        ..Limits::default()
    });
    let mut busy = house.connect_noticed();
    busy.send(WAIT);
    until(|| house.site.waiting.load(Ordering::SeqCst) == 1);
    let mut idle = house.connect();
    idle.send(GET);
    assert_eq!(idle.answer().status, 200);
    assert!(idle.is_closed());
    house.site.open_gate();
    let answer = busy.answer();
    assert_eq!(answer.body, "waited");
    assert!(answer.says_close() && busy.is_closed());
    assert_eq!(house.server.counters().outlived.count(), 0);
}

#[test]
fn a_full_server_drops_the_longest_idle_and_not_the_newcomer() {
    let house = open(room_for(3));
    let mut oldest = house.connect_noticed();
    let mut slow = house.connect_noticed();
    slow.send("GET / HTTP/1.1\r\n");
    let mut latest = house.connect_noticed();
    oldest.send(GET);
    assert_eq!(oldest.answer().status, 200);

    let mut newcomer = house.connect();
    newcomer.send(GET);
    assert_eq!(newcomer.answer().status, 200);
    assert!(slow.is_closed(), "idle longest, as the oldest was served");
    for client in [&mut oldest, &mut latest] {
        client.send(GET);
        assert_eq!(client.answer().status, 200);
    }
    assert_eq!(house.server.counters().evicted.count(), 1);
}

#[test]
fn a_server_full_of_requests_tells_a_newcomer_to_come_back() {
    let house = open(room_for(2));
    let mut clients = [house.connect(), house.connect()];
    for client in &mut clients {
        client.send(WAIT);
    }
    until(|| house.site.waiting.load(Ordering::SeqCst) == 2);
    let mut newcomer = house.connect();
    newcomer.send(GET);
    let answer = newcomer.answer();
    assert_eq!((answer.status, answer.code().as_str()), (503, "too_busy"));
    assert!(answer.head.contains("\r\nretry-after: 5\r\n"));
    assert!(answer.says_close() && newcomer.is_closed());
    house.site.open_gate();
    for client in &mut clients {
        assert_eq!(client.answer().body, "waited");
    }
    assert_eq!(house.ask(GET).status, 200);
}

#[test]
fn a_client_that_leaves_takes_its_request_with_it() {
    let house = open(Limits::default());
    let mut client = house.connect();
    client.send(WAIT);
    until(|| house.site.waiting.load(Ordering::SeqCst) == 1);
    drop(client);
    until(|| house.server.connections_open() == 0);
}

#[test]
fn a_watchdog_can_see_the_accept_loop_turn() {
    let house = open(Limits::default());
    until(|| house.server.since_progress() > Duration::from_millis(50));
    let before = house.server.since_progress();
    house.connect_noticed();
    until(|| house.server.since_progress() < before);
    assert!(house.server.since_progress() < ACCEPT_TURN_MAX);
}
