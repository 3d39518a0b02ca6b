//! The health of webhooks under kill -9: what a person or a receiver has decided is on disk by the time
//! that anybody is told of it.

use std::path::Path;

use crate::client::ask;
use crate::daemon::{Directory, wait_until};
use crate::program::Program;
use crate::receiver::{Receiver, Reply};

/// Kills the program and starts it again; the two webhooks are as they were.
fn survives(program: &mut Program, urls: &[String; 2], directory: &Path, as_expected: [&str; 2]) {
    wait_until("the transition", || program.conditions() == as_expected);
    program.kill();
    *program = Program::spawn(directory, urls).up();
    assert_eq!(program.conditions(), as_expected);
}

#[test]
fn a_kill_between_any_two_transitions_leaves_health_as_it_was() {
    let directory = Directory::new();
    let steady = Receiver::always(Reply::status(200));
    let moody = Receiver::sequence(vec![Reply::status(410), Reply::status(200)]);
    let urls = [steady.url(), moody.url()];
    let mut program = Program::spawn(&directory.0, &urls).up();
    let mut then = |act: &dyn Fn(&Program), as_expected| {
        act(&program);
        survives(&mut program, &urls, &directory.0, as_expected);
    };
    then(
        &|program| program.hold("steady", "pause"),
        ["paused", "healthy"],
    );
    then(
        &|program| {
            let json = [("content-type", "application/json")];
            let lead = br#"{"name":"Ada"}"#;
            let answer = ask(program.ingest, "POST", "/in/website", &json, lead);
            assert_eq!(answer.status, 201, "{}", answer.body);
        },
        ["paused", "stopped"],
    );
    assert_eq!((steady.count(), moody.count()), (0, 1));
    then(
        &|program| program.hold("moody", "pause"),
        ["paused", "paused"],
    );
    then(
        &|program| program.hold("steady", "resume"),
        ["healthy", "paused"],
    );
    then(
        &|program| program.hold("moody", "resume"),
        ["healthy", "healthy"],
    );
    wait_until("an empty queue", || program.pending() == Some(0));
    assert!(steady.count() >= 1 && moody.count() >= 2);
}
