//! What a status means that is no success, and what to do about it.

use super::super::delivery::Answer;
use super::{Finding, Meeting, finding};

pub(super) fn refused(answer: &Answer, meeting: &Meeting<'_>) -> Finding {
    match answer.status / 100 {
        2 => finding(
            format!(
                "{}, and yet the webhook does not take this answer for a success.",
                answer.status
            ),
            "Hold the answer above against what the webhook's config calls a success.",
        ),
        3 => redirect(answer),
        4 => rejected(answer, meeting),
        5 => failed(answer.status),
        _ => finding(
            format!("{} is no status that ends a request.", answer.status),
            "Is this an HTTP server of today?",
        ),
    }
}

/// The receiver finds fault with the request.
fn rejected(answer: &Answer, meeting: &Meeting<'_>) -> Finding {
    match answer.status {
        400 => finding(
            "400: the receiver cannot read the request.",
            "Its answer above should say what it misses. Hold the body above against what its \
             documentation wants.",
        ),
        401 => finding(unauthorised(meeting), UNAUTHORISED),
        403 => finding(forbidden(meeting), FORBIDDEN),
        404 => finding(
            "404: the host is right, but nothing is at this path.",
            "Copy the whole address from the receiver once more. Many services make a new one when a hook \
             is made anew; in n8n and Make the scenario has to be switched on.",
        ),
        405 => finding(
            not_allowed(meeting),
            "Is the url the one for webhooks? A page of a form is often right beside it.",
        ),
        407 => finding(
            "407: the proxy wants credentials.",
            "Write them into `proxy`: http://USER:PASSWORD@HOST:PORT.",
        ),
        408 => finding(
            "408: the receiver gave up waiting for the request.",
            TOO_SLOW,
        ),
        410 => finding(
            "410: this address is gone for good. In earnest the webhook would be stopped until `leadhook \
             resume`.",
            "Make a new hook at the receiver and write its address into `url`.",
        ),
        413 => finding(
            format!(
                "413: the body of {} bytes is too large for the receiver.",
                meeting.body_bytes
            ),
            "Raise the limit there (nginx: `client_max_body_size`); a webhook needs up to 256 KiB.",
        ),
        415 => finding(
            "415: the receiver does not read bodies of this type.",
            "Compare `content-type` above with what its documentation wants.",
        ),
        422 => finding(
            "422: the receiver can read the body and does not accept what is in it.",
            "Its answer above should name the field. A receiver that is not made for leadhook wants its own \
             names.",
        ),
        429 => finding(
            busy(answer),
            "Send less at a time (`in_flight = 1`) or ask for a higher limit there. Real leads wait and \
             are sent again.",
        ),
        status => finding(
            format!("{status}: the receiver does not accept the request."),
            "Its answer above, or its documentation, says why.",
        ),
    }
}

const TOO_SLOW: &str = "Let the receiver answer first and work afterwards.";

/// The receiver, or what stands in front of it, has failed.
fn failed(status: u16) -> Finding {
    match status {
        504 | 524 => finding(
            format!("{status}: the server in front of the receiver gave up waiting for it."),
            TOO_SLOW,
        ),
        502 | 503 | 521..=523 => finding(
            format!("{status}: a server in front answers, but the receiver behind it does not."),
            "Is it started? The log of the server in front says why it does not reach it. Real leads wait \
             and are sent again.",
        ),
        525 | 526 => finding(
            format!(
                "{status}: Cloudflare does not trust the certificate of the receiver behind it."
            ),
            "The receiver's operator has to mend that certificate.",
        ),
        _ => finding(
            format!("{status}: the receiver has failed at this request."),
            "Its own log says where. Real leads wait and are sent again.",
        ),
    }
}

fn redirect(answer: &Answer) -> Finding {
    let status = answer.status;
    let Some(location) = &answer.location else {
        return finding(
            format!("{status}: a redirect that does not say where to."),
            "Ask the receiver's operator for the right address.",
        );
    };
    let lower = location.to_ascii_lowercase();
    let is_login = ["login", "signin", "sign-in", "auth", "sso"]
        .iter()
        .any(|word| lower.contains(word));
    if is_login {
        return finding(
            format!("{status}: the receiver sends to a login page, {location}."),
            "This url is for people. Take the address that the service gives for webhooks; in Google Apps \
             Script, deploy with access for anyone.",
        );
    }
    finding(
        format!(
            "{status}: the address has moved to {location}. Redirects are not followed: a POST would \
                 arrive as a GET, without the lead."
        ),
        format!(
            "If you trust that address, set url = \"{location}\" (a query behind a ? is not shown here)."
        ),
    )
}

fn unauthorised(meeting: &Meeting<'_>) -> String {
    let wants = meeting.header("www-authenticate");
    let wants = wants.map_or(String::new(), |scheme| format!(" It asks for: {scheme}."));
    format!("401: the receiver wants credentials, or does not take the signature for right.{wants}")
}

const UNAUTHORISED: &str = "If it checks the signature, it needs this webhook's `secret`, the whole text with \
     whsec_; `leadhook verify-signature` tells what is wrong with a check. If it wants a token, it belongs \
     into a header of the webhook.";

fn forbidden(meeting: &Meeting<'_>) -> String {
    let server = meeting.header("server").unwrap_or_default();
    let shield = ["cloudflare", "akamai", "sucuri", "awselb"];
    let lower = server.to_ascii_lowercase();
    match shield.iter().any(|name| lower.contains(name)) {
        true => format!(
            "403: refused, as it seems by the firewall in front of the receiver ({server})."
        ),
        false => "403: the receiver knows what is wanted and refuses.".to_owned(),
    }
}

const FORBIDDEN: &str = "Let it pass requests of this machine's address, or of the user agent leadhook. If it \
     checks signatures or tokens: is the secret there the one of this webhook?";

fn not_allowed(meeting: &Meeting<'_>) -> String {
    let allowed = meeting
        .header("allow")
        .filter(|allowed| !allowed.is_empty());
    match allowed {
        Some(allowed) => {
            format!("405: this address does not take the request's method; it takes {allowed}.")
        }
        None => "405: this address does not take the request's method.".to_owned(),
    }
}

fn busy(answer: &Answer) -> String {
    match answer.retry_after {
        Some(wait) => format!(
            "429: too many requests; the receiver wants {} s of rest.",
            wait.as_secs()
        ),
        None => "429: too many requests for the receiver.".to_owned(),
    }
}
