//! A knock: whether a webhook's receiver can be reached, found out without sending it a lead.
//!
//! By HTTP it is asked with OPTIONS, which services answer without doing anything; a mail server is
//! signed in to, and gets no letter. What the receiver would say to a lead, only a sample tells
//! ([`super::try_out`]).

use std::time::Duration;

use crate::domain::advice::{Finding, Meeting, findings};
use crate::domain::delivery::Outcome;
use crate::domain::mail::Smtp;
use crate::domain::time::Timestamp;
use crate::domain::webhook::Receiver;
use crate::outbound::{Lookups, Mailer, Outgoing, trace};
use crate::system::Clock;

/// What came of a knock.
#[derive(Debug)]
pub struct Knock {
    /// Whether somebody is there who could take a lead.
    pub is_reached: bool,
    /// The status of the answer; none of a mail server's, or without one.
    pub status: Option<u16>,
    /// What is wrong, and how to mend it.
    pub findings: Vec<Finding>,
    /// How far the receiver's clock is ahead of ours, where it tells.
    pub clock_ahead_s: Option<i64>,
}

/// Knocks at a receiver. An error says what is wrong with its settings.
pub fn knock(receiver: &Receiver, lookups: &Lookups, clock: &Clock) -> Result<Knock, String> {
    let now = clock.now();
    let mut trace = trace(receiver, lookups, &Outgoing::preflight(now))?;
    let mut status = None;
    if let Outcome::Answered(answer) = &mut trace.outcome {
        status = Some(answer.status);
        // A page for people is no surprise where no lead was sent.
        answer.excerpt.clear();
    }
    let is_reached = status.is_some_and(is_somebody);
    let findings = findings(&Meeting {
        is_success: status.is_some_and(is_fine),
        is_proxied: receiver.proxy.is_some(),
        is_mail: false,
        took: trace.duration,
        timeout: receiver.timeout,
        outcome: &trace.outcome,
        body_bytes: 0,
        headers: &[],
        // The doctor compares the clocks of all receivers.
        clock_ahead_s: None,
        expires: trace.expires,
        now,
    });
    Ok(Knock {
        is_reached,
        status,
        findings,
        clock_ahead_s: trace.clock_ahead_s,
    })
}

/// Knocks at a mail server. An error says what is wrong with its settings.
pub fn knock_at_mail(smtp: &Smtp, lookups: &Lookups, now: Timestamp) -> Result<Knock, String> {
    let met = Mailer::new(smtp, &[], lookups)?.knock();
    let findings = met.as_ref().err().map(|fault| {
        findings(&Meeting {
            outcome: &Outcome::Unanswered(fault.clone()),
            is_success: false,
            is_proxied: false,
            is_mail: true,
            took: Duration::ZERO,
            timeout: smtp.timeout,
            body_bytes: 0,
            headers: &[],
            clock_ahead_s: None,
            expires: None,
            now,
        })
    });
    Ok(Knock {
        is_reached: met.is_ok(),
        status: None,
        findings: findings.unwrap_or_default(),
        clock_ahead_s: None,
    })
}

/// Whether it is the receiver who answers with this status: not a redirect, nor a server in front that
/// does not reach it.
fn is_somebody(status: u16) -> bool {
    !matches!(status, 300..=399 | 407 | 502..=504 | 520..=599)
}

/// Whether this status says nothing against a receiver that wants POST.
fn is_fine(status: u16) -> bool {
    matches!(status, 200..=299 | 501) || (status / 100 == 4 && !matches!(status, 404 | 407 | 410))
}
