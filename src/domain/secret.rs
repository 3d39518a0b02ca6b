//! A secret that cannot be printed by accident.

use std::fmt;

use ring::digest::{SHA256, digest};

/// Bytes that must stay out of logs, errors and pages; `Debug` prints `***`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

impl Secret {
    /// Keeps `bytes` as a secret.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Secret {
        Secret(bytes.into())
    }

    /// The bytes themselves, for signing or sending.
    pub fn reveal(&self) -> &[u8] {
        &self.0
    }

    /// Whether `offered` is this secret. Takes as long for a near miss as for a far one: what is
    /// compared are digests, so neither the place of the first difference nor the length shows.
    pub fn matches(&self, offered: &[u8]) -> bool {
        let ours = digest(&SHA256, &self.0);
        let theirs = digest(&SHA256, offered);
        ours.as_ref()
            .iter()
            .zip(theirs.as_ref())
            .fold(0, |difference, (a, b)| difference | (a ^ b))
            == 0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}
