//! Signing in and out.

use super::frame::bare;
use super::go_to;
use super::markup::{Html, put};
use crate::http::{Head, Response};

/// The cookie that holds the id of a session.
pub(in crate::admin) const COOKIE: &str = "leadhook_session";

/// The form; with what was wrong, where it was sent before.
pub(in crate::admin) fn sign_in(status: u16, next: &str, wrong: Option<&str>) -> Response {
    let mut main = Html::new();
    if let Some(wrong) = wrong {
        put!(main, "<p class=\"bad\" role=\"alert\">", (wrong), "</p>");
    }
    put!(
        main,
        "<form method=\"post\" action=\"/sign-in\"><input type=\"hidden\" name=\"next\" value=\"",
        (next),
        "\"><input name=\"user\" value=\"leadhook\" autocomplete=\"username\" hidden><label>Token <input name=\"token\" type=\"password\" autocomplete=\"current-password\" required autofocus></label>",
        "<p class=\"hint\">The admin token of your config, or one that <code>leadhook token create</code> made.</p>",
        "<button>Sign in</button></form>"
    );
    bare(status, "Sign in", &main)
}

/// Ends the visit.
pub(in crate::admin) fn sign_out(is_secure: bool) -> Response {
    go_to("/sign-in").header("set-cookie", &cookie("", is_secure, 0))
}

/// The cookie of a session. It is sent to nobody else's requests, and no script can read it.
pub(in crate::admin) fn cookie(id: &str, is_secure: bool, max_age_s: u64) -> String {
    let secure = if is_secure { "; Secure" } else { "" };
    format!("{COOKIE}={id}; HttpOnly; SameSite=Strict; Path=/; Max-Age={max_age_s}{secure}")
}

/// The id of the session that a request comes with.
pub(in crate::admin) fn session_id(head: &Head) -> Option<&str> {
    let cookies = head.header("cookie")?.split(';');
    let mut pairs = cookies.filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == COOKIE).map(|(_, id)| id)
}

/// Where to go after signing in: a page of ours and no other address.
pub(in crate::admin) fn own_path(next: &str) -> &str {
    // Browsers leave tabs and line ends out of an address: `/<tab>/elsewhere` is `//elsewhere` to them.
    let leaves = |c: char| c == '\\' || c.is_control();
    let is_own = next.starts_with('/') && !next.starts_with("//") && !next.contains(leaves);
    if is_own { next } else { "/" }
}
