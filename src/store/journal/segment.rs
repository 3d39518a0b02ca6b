//! One file of the journal: a head that says whose changes these are and from where on, then one
//! frame for each commit. Head and frames carry checksums; a frame that is not whole ends the file.
//!
//! ```text
//! head   "leadhook journal" version(1) length(4) checksum(4) { database(8) base(8) follows(1) names of tables }
//! frame  length(4) checksum(4) { sequence(8) changes }
//! ```

use std::io;

use super::medium::Strip;
use crate::store::codec::Damage;

const MAGIC: &[u8; 16] = b"leadhook journal";
const VERSION: u8 = 1;
/// Length and checksum.
const MARK_BYTES: usize = 8;
const SEQUENCE_BYTES: usize = 8;
/// No commit is larger: what claims to be is no frame.
const FRAME_BYTES_MAX: usize = 1 << 30;

/// What is said at the beginning of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    /// The number of the database.
    pub(crate) database: u64,
    /// The commit before the first frame.
    pub(crate) base: u64,
    /// Whether the file before ends with that commit.
    pub(crate) follows: bool,
    /// The tables, in the order of the numbers that changes name them by.
    pub(crate) tables: Vec<String>,
}

/// Puts length and checksum in front of what follows the first [`MARK_BYTES`].
fn seal(bytes: &mut [u8]) {
    let content = &bytes[MARK_BYTES..];
    let length = u32::try_from(content.len()).unwrap_or(u32::MAX);
    let checksum = crc32fast::hash(content);
    bytes[..4].copy_from_slice(&length.to_le_bytes());
    bytes[4..MARK_BYTES].copy_from_slice(&checksum.to_le_bytes());
}

impl Head {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut sealed = vec![0; MARK_BYTES];
        sealed.extend_from_slice(&self.database.to_le_bytes());
        sealed.extend_from_slice(&self.base.to_le_bytes());
        sealed.push(u8::from(self.follows));
        sealed.extend_from_slice(self.tables.join("\n").as_bytes());
        seal(&mut sealed);
        [MAGIC.as_slice(), &[VERSION], &sealed].concat()
    }

    fn decode(content: &[u8]) -> Option<Head> {
        let (database, rest) = content.split_first_chunk()?;
        let (base, rest) = rest.split_first_chunk()?;
        let (follows, names) = rest.split_first()?;
        let names = std::str::from_utf8(names).ok()?;
        Some(Head {
            database: u64::from_le_bytes(*database),
            base: u64::from_le_bytes(*base),
            follows: *follows == 1,
            tables: names.split('\n').map(str::to_owned).collect(),
        })
    }
}

/// The frame of a commit; `rows` are its changes.
pub(crate) fn frame(sequence: u64, rows: &[u8]) -> Vec<u8> {
    let mut frame = Vec::with_capacity(MARK_BYTES + SEQUENCE_BYTES + rows.len());
    frame.resize(MARK_BYTES, 0);
    frame.extend_from_slice(&sequence.to_le_bytes());
    frame.extend_from_slice(rows);
    seal(&mut frame);
    frame
}

/// Reads a file from its beginning.
pub(crate) struct Reader {
    strip: Box<dyn Strip>,
    buffer: Vec<u8>,
    /// What of the buffer is still to be given.
    from: usize,
    /// So many bytes of the file are head and whole frames.
    pub(crate) whole: u64,
}

const READ_BYTES: usize = 1 << 16;

impl Reader {
    /// Reads the head.
    pub(crate) fn begin(strip: Box<dyn Strip>) -> io::Result<(Reader, Result<Head, Damage>)> {
        let mut reader = Reader {
            strip,
            buffer: Vec::new(),
            from: 0,
            whole: 0,
        };
        let head = reader.head()?;
        Ok((reader, head))
    }

    fn head(&mut self) -> io::Result<Result<Head, Damage>> {
        if !self.fill(MAGIC.len() + 1)? || !self.ahead().starts_with(MAGIC) {
            return Ok(Err(Damage::Content));
        }
        let version = self.ahead()[MAGIC.len()];
        if version != VERSION {
            return Ok(Err(Damage::Version(version)));
        }
        self.skip(MAGIC.len() + 1);
        let head = self.sealed()?.and_then(Head::decode);
        match head {
            Some(head) => {
                self.pass();
                Ok(Ok(head))
            }
            None => Ok(Err(Damage::Checksum)),
        }
    }

    /// The next frame: its sequence and its changes. None at the end, or where the next is not whole.
    pub(crate) fn next(&mut self) -> io::Result<Option<(u64, &[u8])>> {
        let is_whole = self
            .sealed()?
            .is_some_and(|content| content.len() >= SEQUENCE_BYTES);
        if !is_whole {
            return Ok(None);
        }
        let length = self.sealed_bytes();
        let begin = self.from + MARK_BYTES;
        self.pass();
        let content = &self.buffer[begin..begin + length];
        Ok(content
            .split_first_chunk()
            .map(|(sequence, rows)| (u64::from_le_bytes(*sequence), rows)))
    }

    /// Whether something is behind the whole frames.
    pub(crate) fn has_rest(&mut self) -> io::Result<bool> {
        self.fill(1)
    }

    /// Gives the file back.
    pub(crate) fn into_strip(self) -> Box<dyn Strip> {
        self.strip
    }

    fn ahead(&self) -> &[u8] {
        &self.buffer[self.from..]
    }

    fn skip(&mut self, bytes: usize) {
        self.from += bytes;
        self.whole += bytes as u64;
    }

    /// Passes by what [`Reader::sealed`] has found.
    fn pass(&mut self) {
        self.skip(MARK_BYTES + self.sealed_bytes());
    }

    fn sealed_bytes(&self) -> usize {
        let length = self.ahead().first_chunk().copied().unwrap_or_default();
        u32::from_le_bytes(length) as usize
    }

    /// What comes next behind its length and checksum, where that is whole.
    fn sealed(&mut self) -> io::Result<Option<&[u8]>> {
        if !self.fill(MARK_BYTES)? {
            return Ok(None);
        }
        let length = self.sealed_bytes();
        if length > FRAME_BYTES_MAX || !self.fill(MARK_BYTES + length)? {
            return Ok(None);
        }
        let (mark, rest) = self.ahead().split_at(MARK_BYTES);
        let content = &rest[..length];
        let is_whole = crc32fast::hash(content).to_le_bytes() == mark[4..];
        Ok(is_whole.then_some(content))
    }

    /// Reads on until so many bytes are ahead; tells whether they are there.
    fn fill(&mut self, bytes: usize) -> io::Result<bool> {
        while self.ahead().len() < bytes {
            if self.from > 0 {
                self.buffer.drain(..self.from);
                self.from = 0;
            }
            let begin = self.buffer.len();
            self.buffer.resize(begin + READ_BYTES, 0);
            let read = self.strip.read(&mut self.buffer[begin..])?;
            self.buffer.truncate(begin + read);
            if read == 0 {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
