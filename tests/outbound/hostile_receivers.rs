//! Receivers that do harm, by intent or by accident: each ends as a fault, in time.

use std::io;
use std::net::TcpListener;
use std::thread;
use std::time::Duration;

use leadhook::domain::delivery::{Fault, Stage};
use leadhook::outbound::Outgoing;

use crate::harness::{Receiver, Reply};
use crate::{NOW, answered, client, meet, post, settings, unanswered};

fn fault_of(reply: Reply) -> Fault {
    unanswered(meet(reply))
}

#[test]
fn each_ends_within_the_deadline_as_a_fault_in_plain_words() {
    let drip = Duration::from_millis(5);
    let long = [b"HTTP/1.1 200 OK\r\nx: ".to_vec(), vec![b'a'; 500]].concat();
    for (reply, words) in [
        (Reply::Hang, "no answer within 300 ms"),
        (
            Reply::Drip(long.clone(), drip),
            "no complete answer within 300 ms",
        ),
        (Reply::Close, "closed the connection without an answer"),
        (Reply::Reset, "reset the connection without an answer"),
        (
            Reply::Raw(b"SSH-2.0-OpenSSH_9\r\n".to_vec()),
            "not valid HTTP",
        ),
        (
            Reply::Raw(b"HTTP/1.1 200 OK\r\ncont".to_vec()),
            "in the middle of its answer",
        ),
        (
            Reply::Raw(
                b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nx".to_vec(),
            ),
            "not valid HTTP",
        ),
        (
            Reply::Endless(b"HTTP/1.1 200 OK\r\nx: ".to_vec(), vec![b'a'; 500]),
            "longer than 16 KiB",
        ),
        (
            Reply::Endless(b"HTTP/1.1 200 OK\r\n".to_vec(), b"a: b\r\n".to_vec()),
            "not valid HTTP",
        ),
        (
            Reply::Endless(Vec::new(), b"HTTP/1.1 102 Processing\r\n\r\n".to_vec()),
            "longer than 16 KiB",
        ),
        (
            Reply::Endless(Vec::new(), b"HTTP/1.1 100 Continue\r\n\r\n".to_vec()),
            "longer than 16 KiB",
        ),
    ] {
        let fault = fault_of(reply);
        assert!(fault.detail.contains(words), "{words}: {fault:?}");
        assert_eq!(fault.stage, Stage::Answer, "{fault:?}");
    }
}

#[test]
fn an_endless_answer_is_not_drunk_up() {
    let head = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
    let receiver = Receiver::always(Reply::Endless(head, vec![b'x'; 65_536]));
    let answer = answered(post(&client(&settings(&receiver.url()))));
    assert!(answer.note.unwrap().contains("64 KiB"));
    // What the buffers of the system swallowed.
    assert!(receiver.bytes_written() < 32 << 20);
}

#[test]
fn a_receiver_that_takes_the_request_too_slowly_meets_the_deadline() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut settings = settings(&format!("http://{}/", listener.local_addr().unwrap()));
    settings.timeout = Duration::from_millis(400);
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut piece = [0; 65_536];
        while io::Read::read(&mut stream, &mut piece).is_ok_and(|n| n > 0) {
            thread::sleep(Duration::from_millis(20));
        }
    });
    let body = vec![b'x'; 64 << 20];
    let (outcome, duration) = client(&settings).send(&Outgoing::json(NOW, &body));
    let fault = unanswered(outcome);
    assert_eq!(fault.stage, Stage::Send);
    assert!(
        fault
            .detail
            .contains("did not take the request within 400 ms")
    );
    assert!(duration < Duration::from_millis(1300), "{duration:?}");
}

#[test]
fn nobody_there_is_a_refused_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let fault = unanswered(post(&client(&settings(&format!("http://{address}/")))));
    assert_eq!(fault.stage, Stage::Connect);
    assert_eq!(fault.detail, format!("connection refused ({address})"));
}
