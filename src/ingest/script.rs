//! `GET /leadhook.js`: the script for the owner's pages, the same for everybody.

use std::sync::LazyLock;

use ring::digest::{SHA256, digest};

use crate::http::{Head, Response};

/// Where it is.
pub(super) const PATH: &str = "/leadhook.js";

/// Without its comments, empty lines and indentation; no text in it goes over several lines.
static SERVED: LazyLock<String> = LazyLock::new(|| {
    let lines = include_str!("leadhook.js").lines().map(str::trim);
    let code = lines.filter(|line| !line.is_empty() && !line.starts_with("//"));
    let code: Vec<&str> = code.collect();
    format!("// {}\n{}\n", env!("CARGO_PKG_NAME"), code.join("\n"))
});

static TAG: LazyLock<String> = LazyLock::new(|| {
    let digest = digest(&SHA256, SERVED.as_bytes());
    let hex = digest.as_ref().iter().take(8).map(|b| format!("{b:02x}"));
    format!("\"{}\"", hex.collect::<String>())
});

/// The script, or word that the browser has it already. Any page may load it.
pub(super) fn answer(head: &Head) -> Response {
    if !matches!(head.method(), "GET" | "HEAD") {
        let refusal = Response::error(405, "method_not_allowed", None, "this is a file: use GET");
        return refusal.header("allow", "GET, HEAD");
    }
    let tags = head.header("if-none-match").unwrap_or_default();
    let known = |tag: &str| tag.trim().trim_start_matches("W/") == TAG.as_str();
    let answer = match tags.split(',').any(known) {
        true => Response::empty(304),
        false => Response::typed(200, "text/javascript; charset=utf-8", SERVED.as_bytes()),
    };
    answer
        .header("etag", &TAG)
        .header("cache-control", "public, max-age=3600")
        .header("access-control-allow-origin", "*")
        .header("cross-origin-resource-policy", "cross-origin")
        .header("x-content-type-options", "nosniff")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_is_smaller_than_4_kib_as_served() {
        assert!((2000..4096).contains(&SERVED.len()), "{}", SERVED.len());
    }
}
