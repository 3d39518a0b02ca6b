//! Tokens that were made by a command, besides those of the config. Only their digests are stored.

use redb::ReadableTable;
use ring::digest::{SHA256, digest};

use super::codec::{Damage, Decoder, Encoder};
use super::tables::View;
use super::{Store, StoreError};
use crate::domain::time::Timestamp;

/// What a token allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rights {
    /// To look at everything.
    Read,
    /// To change it, too.
    Full,
}

impl Rights {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Rights::Read => "read",
            Rights::Full => "full",
        }
    }
}

/// A token, without the token itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Names who has it.
    pub name: String,
    /// What it allows.
    pub rights: Rights,
    /// When it was made.
    pub created: Timestamp,
}

/// More are not made; each call compares with all of them.
pub const TOKENS_MAX: usize = 100;
/// Every token begins so, to be recognised where it does not belong.
const PREFIX: &str = "lh_";
const VERSION: u8 = 1;
const DIGEST_BYTES: usize = 32;

/// Why no token was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenRefusal {
    /// There is one of this name.
    NameTaken,
    /// There are [`TOKENS_MAX`].
    TooMany,
}

struct Record {
    rights: Rights,
    created: Timestamp,
    digest: [u8; DIGEST_BYTES],
}

impl Record {
    fn encode(&self) -> Vec<u8> {
        let mut to = Encoder::new(VERSION);
        to.byte(u8::from(self.rights == Rights::Full));
        to.number(self.created.0);
        to.bytes(&self.digest);
        to.seal()
    }

    fn decode(record: &[u8]) -> Result<Record, Damage> {
        let mut from = Decoder::open(record, VERSION)?;
        let rights = match from.byte()? {
            0 => Rights::Read,
            1 => Rights::Full,
            _ => return Err(Damage::Content),
        };
        let created = Timestamp(from.number()?);
        let digest = from.bytes()?.try_into().map_err(|_| Damage::Content)?;
        Ok(Record {
            rights,
            created,
            digest,
        })
    }
}

fn digest_of(token: &[u8]) -> [u8; DIGEST_BYTES] {
    let mut bytes = [0; DIGEST_BYTES];
    bytes.copy_from_slice(digest(&SHA256, token).as_ref());
    bytes
}

impl Store {
    /// Makes a token and gives it: it is shown this once, and never again.
    pub fn make_token(
        &self,
        name: &str,
        rights: Rights,
    ) -> Result<Result<String, TokenRefusal>, StoreError> {
        let name = name.to_owned();
        self.have_done(move |tables, context| {
            if tables.tokens.get(name.as_str())?.is_some() {
                return Ok(Err(TokenRefusal::NameTaken));
            }
            if tables.tokens.iter()?.count() >= TOKENS_MAX {
                return Ok(Err(TokenRefusal::TooMany));
            }
            let token = context.dice.id(PREFIX);
            let record = Record {
                rights,
                created: context.now,
                digest: digest_of(token.as_bytes()),
            };
            let record = record.encode();
            tables.tokens.insert(name.as_str(), record.as_slice())?;
            Ok(Ok(token))
        })
    }

    /// Takes a token's rights away; tells whether there was one of this name.
    pub fn revoke_token(&self, name: &str) -> Result<bool, StoreError> {
        let name = name.to_owned();
        self.have_done(move |tables, _| Ok(tables.tokens.remove(name.as_str())?.is_some()))
    }

    /// All tokens, by name.
    pub fn tokens(&self) -> Result<Vec<Token>, StoreError> {
        self.view(|view| {
            let all = each(view)?.into_iter();
            Ok(all.map(|(token, _)| token).collect())
        })
    }

    /// Whose token this is. Takes as long whether it is known or not.
    pub fn known_token(&self, offered: &[u8]) -> Result<Option<Token>, StoreError> {
        let offered = digest_of(offered);
        self.view(|view| {
            let mut found = None;
            for (token, digest) in each(view)? {
                let differs = digest.iter().zip(offered).fold(0, |d, (a, b)| d | (a ^ b));
                if differs == 0 {
                    found = Some(token);
                }
            }
            Ok(found)
        })
    }
}

/// One that cannot be read shuts out no other; `verify` tells of it.
fn each(view: &View) -> Result<Vec<(Token, [u8; DIGEST_BYTES])>, StoreError> {
    let mut tokens = Vec::new();
    for row in view.tokens.iter()? {
        let (name, record) = row?;
        let Ok(record) = Record::decode(record.value()) else {
            continue;
        };
        tokens.push((
            Token {
                name: name.value().to_owned(),
                rights: record.rights,
                created: record.created,
            },
            record.digest,
        ));
    }
    Ok(tokens)
}

/// Tells `add` of tokens that cannot be read.
pub(crate) fn check_tokens(view: &View, add: &mut impl FnMut(String)) -> Result<(), StoreError> {
    for row in view.tokens.iter()? {
        let (name, record) = row?;
        if let Err(damage) = Record::decode(record.value()) {
            add(format!("token {}: {damage}", name.value()));
        }
    }
    Ok(())
}
