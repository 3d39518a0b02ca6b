//! The example config, which is also the documentation of every key, and its secrets, which everybody
//! knows.

/// `config.example.toml`. It runs as it is, on this machine alone, delivering to the built-in
/// inspector.
pub const EXAMPLE: &str = include_str!("../../config.example.toml");

/// The secrets of the example. They are refused wherever a real lead could be at stake.
pub const PUBLISHED_SECRETS: [&str; 3] = [
    "example-admin-token",
    "example-source-token",
    "whsec_ZXhhbXBsZS1leGFtcGxlLWV4YW1wbGUtZXhhbXBsZS0=",
];

/// Whether `secret` is one of the example's.
pub(super) fn is_published(secret: &str) -> bool {
    PUBLISHED_SECRETS.contains(&secret.trim())
}
