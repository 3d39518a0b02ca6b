//! What is found at the other end: names, ports, certificates, answers, clocks.

use super::{NOBODY, doctor, is_wrong, says, webhook};
use crate::process::{Ended, Place};
use crate::receiver::{Receiver, Reply};

/// What the doctor says of a webhook that answers like this.
fn doctor_of(reply: Reply) -> Ended {
    let receiver = Receiver::always(reply);
    doctor(&Place::with_admin(&webhook(&receiver.url())))
}

#[test]
fn the_clock_is_wrong() {
    let date = [("date", "Sun, 06 Nov 1994 08:49:37 GMT")];
    let ended = doctor_of(Reply::full(200, &date, b""));
    is_wrong(&ended, "clock", &["This machine's clock is", "timedatectl"]);
}

#[test]
fn the_name_of_a_receiver_does_not_exist() {
    let place = Place::with_admin(&webhook("http://crm.example.invalid/hook"));
    is_wrong(
        &doctor(&place),
        "receivers",
        &["crm.example.invalid", "typing mistake"],
    );
}

#[test]
fn nothing_listens_where_a_receiver_should_be() {
    let ended = doctor(&Place::with_admin(&webhook(NOBODY)));
    is_wrong(
        &ended,
        "receivers",
        &["webhook crm", "Nothing listens there"],
    );
}

#[test]
fn a_receiver_speaks_no_tls() {
    let receiver = Receiver::always(Reply::status(200));
    let url = receiver.url().replace("http://", "https://");
    let ended = doctor(&Place::with_admin(&webhook(&url)));
    is_wrong(&ended, "receivers", &["TLS", "Is the port right?"]);
}

#[test]
fn a_receiver_has_moved() {
    let there = [("location", "https://new.example.com/hook")];
    let ended = doctor_of(Reply::full(301, &there, b""));
    is_wrong(&ended, "receivers", &["301", "new.example.com"]);
}

#[test]
fn a_receiver_is_not_at_this_path() {
    says(
        &doctor_of(Reply::status(404)),
        "advice",
        "receivers",
        &["404", "Copy the whole address"],
    );
}

#[test]
fn a_receiver_is_down_behind_its_proxy() {
    is_wrong(
        &doctor_of(Reply::status(502)),
        "receivers",
        &["502", "Is it started?"],
    );
}

#[test]
fn the_mail_server_does_not_answer() {
    let place = Place::with_admin(
        "[smtp]\nhost = \"localhost\"\nport = 1\nfrom = \"a@example.com\"\nallow_private = true\n\
         [alerts]\nemail = [\"b@example.com\"]\n",
    );
    is_wrong(
        &doctor(&place),
        "receivers",
        &["mail server localhost", "No answer"],
    );
}
