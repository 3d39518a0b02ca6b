//! Twilio's scheme (`X-Twilio-Signature`): base64 of HMAC-SHA1 over the address that it posted to,
//! followed by the names and values of the form, sorted.
//!
//! A post that is no form carries the SHA-256 of its body as `bodySHA256` in the address, so that
//! the signature of the address covers it. The address is the public one, which a server behind a
//! proxy cannot know by itself: the config says it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::digest::{SHA256, digest};
use ring::hmac;

use super::{Refused, from_hex};
use crate::domain::secret::Secret;

/// The header with the signature.
pub const HEADER: &str = "x-twilio-signature";
/// The parameter of the address with the hash of a body that is no form.
const BODY_HASH: &str = "bodySHA256";

/// What Twilio signs of one request.
#[derive(Clone, Copy, Debug)]
pub struct Signed<'a> {
    /// The public address without its query.
    pub url: &'a str,
    /// The query as it came.
    pub query: Option<&'a str>,
    /// The names and values of the form, decoded; none where the body is no form.
    pub form: Option<&'a [(String, String)]>,
    /// The body as it came.
    pub body: &'a [u8],
}

/// Checks the value of [`HEADER`] against each of `secrets` (Twilio: the auth token).
pub fn verify(
    secrets: &[Secret],
    signature: Option<&str>,
    signed: Signed<'_>,
) -> Result<(), Refused> {
    let signature = signature.ok_or_else(|| Refused::Missing(HEADER.to_owned()))?;
    let unreadable = |_| Refused::Unreadable(HEADER.to_owned());
    let offered = STANDARD.decode(signature.trim()).map_err(unreadable)?;
    let content = signed.content();
    let holds = secrets.iter().fold(false, |holds, secret| {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret.reveal());
        let tag = hmac::sign(&key, content.as_bytes());
        Secret::new(tag.as_ref()).matches(&offered) | holds
    });
    if holds && signed.covers_body() {
        Ok(())
    } else {
        Err(Refused::Signature)
    }
}

impl Signed<'_> {
    fn content(&self) -> String {
        let mut content = self.url.to_owned();
        if let Some(query) = self.query {
            content.push('?');
            content.push_str(query);
        }
        let mut pairs: Vec<&(String, String)> = self.form.unwrap_or_default().iter().collect();
        pairs.sort();
        // Twilio's own libraries take each value of a name once.
        pairs.dedup();
        for (name, value) in pairs {
            content.push_str(name);
            content.push_str(value);
        }
        content
    }

    /// Whether the content that is signed says all that the body says.
    fn covers_body(&self) -> bool {
        if self.form.is_some() || self.body.is_empty() {
            return true;
        }
        let pairs = self.query.unwrap_or_default().split('&');
        let mut hashes = pairs
            .filter_map(|pair| pair.split_once('='))
            .filter(|(name, _)| *name == BODY_HASH);
        let named = hashes
            .next()
            .and_then(|(_, hash)| from_hex(hash.as_bytes()));
        named.as_deref() == Some(digest(&SHA256, self.body).as_ref())
    }
}
