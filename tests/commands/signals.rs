//! What signals do: stop in order, stop at once, read the config again.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use rustix::process::Signal;

use crate::process::{Daemon, GROUND, Place, WEBSITE};

const BODY: &str = "email=ada@example.com";

/// A post of which the daemon has the head and waits for the body.
struct OpenPost(BufReader<TcpStream>);

impl OpenPost {
    fn begin(daemon: &Daemon) -> OpenPost {
        let stream = TcpStream::connect(daemon.ingest()).expect("a connection");
        stream
            .set_read_timeout(Some(Duration::from_secs(20)))
            .expect("a limit");
        let mut post = OpenPost(BufReader::new(stream));
        let head = format!(
            "POST /in/website HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: {}\r\n\r\n",
            BODY.len()
        );
        post.0
            .get_mut()
            .write_all(head.as_bytes())
            .expect("a sent head");
        let mut line = String::new();
        post.0.read_line(&mut line).expect("an interim answer");
        assert_eq!(line, "HTTP/1.1 100 Continue\r\n");
        post.0.read_line(&mut line).expect("its end");
        post
    }

    fn finish(mut self) -> String {
        self.0
            .get_mut()
            .write_all(BODY.as_bytes())
            .expect("a sent body");
        let mut answer = String::new();
        self.0.read_to_string(&mut answer).expect("an answer");
        answer
    }
}

#[test]
fn a_first_signal_finishes_what_is_open_and_stores_it() {
    for signal in [Signal::TERM, Signal::INT] {
        let place = Place::with_config("");
        let mut daemon = place.start();
        let post = OpenPost::begin(&daemon);
        daemon.signal(signal);
        daemon.wait_for("stopping");
        let answer = post.finish();
        assert!(answer.starts_with("HTTP/1.1 201 "), "{answer}");
        let ended = daemon.ended();
        assert_eq!(ended.code, Some(0));
        assert!(
            ended
                .err
                .contains("stopped requests_cut=0 attempts_broken_off=0"),
            "{}",
            ended.err
        );
        let verified = place.run(&["verify", "--config", "leadhook.toml"]);
        assert_eq!(verified.out, "the database is in order (1 leads)\n");
    }
}

#[test]
fn what_does_not_end_within_the_grace_is_cut() {
    let place = Place::with_config("[stop]\ngrace = \"0s\"\n");
    let mut daemon = place.start();
    let mut post = OpenPost::begin(&daemon);
    daemon.signal(Signal::TERM);
    daemon.wait_for("stopped requests_cut=1");
    assert_eq!(daemon.ended().code, Some(0));
    assert_eq!(post.0.read(&mut [0; 1]).unwrap_or(0), 0);
}

#[test]
fn a_second_signal_ends_at_once() {
    let place = Place::with_config("[stop]\ngrace = \"5m\"\n");
    let mut daemon = place.start();
    let _open = OpenPost::begin(&daemon);
    daemon.signal(Signal::TERM);
    daemon.wait_for("stopping");
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.ended().code, Some(1));
    // It left in a hurry; the next start says so and finds all in order.
    let mut next = place.start();
    assert_eq!(next.post("website"), 201);
    next.wait_for("lead stored");
    next.stop();
}

#[test]
fn a_hangup_takes_over_a_changed_config() {
    let place = Place::with_config("");
    let mut daemon = place.start();
    assert_eq!((daemon.post("website"), daemon.post("shop")), (201, 404));
    place.write(
        "leadhook.toml",
        &format!("{GROUND}{}", WEBSITE.replace("website", "shop")),
    );
    daemon.signal(Signal::HUP);
    daemon.wait_for("config taken over");
    assert_eq!((daemon.post("website"), daemon.post("shop")), (404, 201));
    daemon.stop();
}

#[test]
fn a_hangup_with_a_broken_config_keeps_the_old_and_says_why() {
    let place = Place::with_config("");
    let mut daemon = place.start();
    place.write(
        "leadhook.toml",
        &format!("{GROUND}[[source]]\nname = \"shop\"\n"),
    );
    daemon.signal(Signal::HUP);
    let line = daemon.wait_for("config not taken over");
    assert!(
        line.contains("leadhook.toml:") && line.contains("auth"),
        "{line}"
    );
    assert_eq!((daemon.post("website"), daemon.post("shop")), (201, 404));
    std::fs::remove_file(place.path("leadhook.toml")).expect("a file");
    daemon.signal(Signal::HUP);
    daemon.wait_for("config not taken over");
    assert_eq!(daemon.post("website"), 201);
    daemon.stop();
}

#[test]
fn a_hangup_names_the_keys_that_need_a_restart() {
    let place = Place::with_config("");
    let mut daemon = place.start();
    let changed = GROUND.replace("[admin]", "body_bytes_max = \"1 KiB\"\n[admin]");
    place.write(
        "leadhook.toml",
        &format!("{changed}{}", WEBSITE.replace("website", "shop")),
    );
    daemon.signal(Signal::HUP);
    let line = daemon.wait_for("need a restart");
    assert!(line.contains("keys=ingest.body_bytes_max"), "{line}");
    assert_eq!(daemon.post("shop"), 201);
    daemon.stop();
}

/// Handlers that come late leave a while in which a signal kills: a reload right after the start
/// would be the end.
#[test]
fn a_signal_that_comes_while_it_starts_is_heeded_when_it_has() {
    let place = Place::with_config("");
    for _ in 0..5 {
        let mut daemon = place.spawn(&["run", "--config", "leadhook.toml"], &[]);
        daemon.wait_for("store state=ready");
        daemon.signal(Signal::HUP);
        daemon.wait_for("config taken over");
        daemon.stop();
    }
}
