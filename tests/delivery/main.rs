//! What delivery promises: everything that was acknowledged reaches every webhook, in order.

#[path = "../harness/client.rs"]
mod client;
#[path = "../harness/daemon.rs"]
mod daemon;
#[path = "../harness/receiver.rs"]
mod receiver;

use daemon::{TestDaemon, WEBSITE, webhook};
use receiver::{Receiver, Reply};

#[test]
fn a_lead_arrives_signed_at_the_webhook() {
    let receiver = Receiver::always(Reply::status(200));
    let daemon = TestDaemon::start(&format!("{WEBSITE}{}", webhook("crm", &receiver.url(), "")));
    assert_eq!(
        daemon
            .post("website", r#"{"email":"ada@example.com"}"#)
            .status,
        201
    );
    receiver.wait_for(1);
    let request = &receiver.requests()[0];
    assert!(
        request
            .header("webhook-signature")
            .is_some_and(|value| value.starts_with("v1,"))
    );
    daemon.wait_until_drained();
    daemon.verify();
}
