//! How records are laid out in bytes: a version, the fields, a checksum over both.
//!
//! To change a stored format: have the record's `decode` open it by its new version, and where that is
//! another one by the old; write only the new one. If that cannot be told from the record alone, raise the table's number in
//! `tables.rs` and migrate when the database is opened. A record of an unknown version is an error.

use std::fmt;

const CHECKSUM_BYTES: usize = 4;

/// Why a record cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Damage {
    /// The checksum is not that of the bytes.
    Checksum,
    /// Written by a newer release.
    Version(u8),
    /// Shorter than its own fields say, or with a value that no release has written.
    Content,
    /// Whole, and of another place than where it was found.
    Place,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Damage::Checksum => write!(f, "its checksum is wrong"),
            Damage::Version(version) => write!(f, "it has version {version}, of a newer release"),
            Damage::Content => write!(f, "its content makes no sense"),
            Damage::Place => write!(f, "it belongs to another lead"),
        }
    }
}

/// Appends a number: seven bits a byte, the lowest first; the top bit says that more follow.
pub(crate) fn put_number(to: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        to.push(number as u8 | 0x80);
        number >>= 7;
    }
    to.push(number as u8);
}

/// Takes a number off the front.
pub(crate) fn take_number(from: &mut &[u8]) -> Result<u64, Damage> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = from.split_first().ok_or(Damage::Content)?;
        *from = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if *byte < 0x80 {
            return Ok(number);
        }
    }
    Err(Damage::Content)
}

/// Builds one record.
pub(crate) struct Encoder(Vec<u8>);

impl Encoder {
    pub(crate) fn new(version: u8) -> Encoder {
        Encoder::with_room(version, 64)
    }

    /// The same, where about so many bytes are to come.
    pub(crate) fn with_room(version: u8, bytes: usize) -> Encoder {
        let mut record = Vec::with_capacity(bytes);
        record.push(version);
        Encoder(record)
    }

    pub(crate) fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    pub(crate) fn number(&mut self, number: u64) {
        put_number(&mut self.0, number);
    }

    /// Eight bytes, for what is no small number.
    pub(crate) fn fixed(&mut self, number: u64) {
        self.0.extend_from_slice(&number.to_le_bytes());
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    /// One of a few values, by its place among them: a new one goes to their end.
    pub(crate) fn place<T: PartialEq>(&mut self, all: &[T], value: &T) {
        let place = all.iter().position(|known| known == value);
        self.byte(place.unwrap_or_default() as u8);
    }

    /// A byte that says whether the value follows, then the value.
    pub(crate) fn option<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Encoder, T)) {
        self.byte(u8::from(value.is_some()));
        if let Some(value) = value {
            write(self, value);
        }
    }

    pub(crate) fn seal(mut self) -> Vec<u8> {
        let checksum = crc32fast::hash(&self.0);
        self.0.extend_from_slice(&checksum.to_le_bytes());
        self.0
    }
}

/// Reads one record, in the order in which it was written.
pub(crate) struct Decoder<'a>(&'a [u8]);

impl<'a> Decoder<'a> {
    /// Checks the checksum, and that the record is of this version.
    pub(crate) fn open(record: &'a [u8], version: u8) -> Result<Decoder<'a>, Damage> {
        let (content, checksum) = record
            .split_last_chunk::<CHECKSUM_BYTES>()
            .ok_or(Damage::Content)?;
        if crc32fast::hash(content).to_le_bytes() != *checksum {
            return Err(Damage::Checksum);
        }
        match content.split_first().ok_or(Damage::Content)? {
            (known, fields) if *known == version => Ok(Decoder(fields)),
            (other, _) => Err(Damage::Version(*other)),
        }
    }

    pub(crate) fn byte(&mut self) -> Result<u8, Damage> {
        let (byte, rest) = self.0.split_first().ok_or(Damage::Content)?;
        self.0 = rest;
        Ok(*byte)
    }

    pub(crate) fn number(&mut self) -> Result<u64, Damage> {
        take_number(&mut self.0)
    }

    pub(crate) fn number_u32(&mut self) -> Result<u32, Damage> {
        u32::try_from(self.number()?).map_err(|_| Damage::Content)
    }

    pub(crate) fn fixed(&mut self) -> Result<u64, Damage> {
        let (bytes, rest) = self.0.split_first_chunk().ok_or(Damage::Content)?;
        self.0 = rest;
        Ok(u64::from_le_bytes(*bytes))
    }

    pub(crate) fn bytes(&mut self) -> Result<&'a [u8], Damage> {
        let length = usize::try_from(self.number()?).map_err(|_| Damage::Content)?;
        let (bytes, rest) = self.0.split_at_checked(length).ok_or(Damage::Content)?;
        self.0 = rest;
        Ok(bytes)
    }

    pub(crate) fn text(&mut self) -> Result<&'a str, Damage> {
        std::str::from_utf8(self.bytes()?).map_err(|_| Damage::Content)
    }

    /// The one of these values whose place was written.
    pub(crate) fn one_of<T: Copy>(&mut self, all: &[T]) -> Result<T, Damage> {
        let place = usize::from(self.byte()?);
        all.get(place).copied().ok_or(Damage::Content)
    }

    pub(crate) fn option<T>(
        &mut self,
        read: impl FnOnce(&mut Decoder<'a>) -> Result<T, Damage>,
    ) -> Result<Option<T>, Damage> {
        match self.byte()? {
            0 => Ok(None),
            1 => read(self).map(Some),
            _ => Err(Damage::Content),
        }
    }

    /// A list: how many, then each.
    pub(crate) fn list<T>(
        &mut self,
        mut read: impl FnMut(&mut Decoder<'a>) -> Result<T, Damage>,
    ) -> Result<Vec<T>, Damage> {
        let count = self.number()?;
        (0..count).map(|_| read(self)).collect()
    }
}
