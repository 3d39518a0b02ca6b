//! Makes of good samples what nobody would write.

use crate::chance::Chance;

/// No input is longer.
const BYTES_MAX: usize = 64 * 1024;

/// What means something to one parser or another.
const TOKENS: [&[u8]; 32] = [
    b"\"",
    b"\\",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"=",
    b"&",
    b"%",
    b"%00",
    b"\0",
    b"\r\n",
    b"\n\n",
    b"--",
    b"\xff",
    b"\xed\xa0\x80",
    b"\xef\xbb\xbf",
    b"\xf0\x9f\x98\x80",
    b"\\u0000",
    b"\\ud800",
    b"-1",
    b"1e999",
    b"18446744073709551616",
    b"null",
    b".",
    b"..",
    b"{{",
    b"|",
    b"'",
    b"#",
];

/// One of the samples with a few things done to it.
pub(crate) fn one_of(samples: &[Vec<u8>], chance: &mut Chance) -> Vec<u8> {
    let mut bytes = samples[chance.below(samples.len())].clone();
    for _ in 0..=chance.below(6) {
        spoil(&mut bytes, samples, chance);
        bytes.truncate(BYTES_MAX);
    }
    bytes
}

fn spoil(bytes: &mut Vec<u8>, samples: &[Vec<u8>], chance: &mut Chance) {
    let at = chance.below(bytes.len() + 1);
    let end = (at + 1 + chance.below(16)).min(bytes.len());
    match chance.below(8) {
        0 if at < bytes.len() => bytes[at] ^= 1 << chance.below(8),
        1 if at < bytes.len() => bytes[at] = chance.next() as u8,
        2 => drop(bytes.drain(at..end)),
        3 => bytes.truncate(at),
        4 => {
            let piece = bytes[at..end].to_vec();
            let again = piece.repeat(1 + chance.below(40));
            bytes.splice(at..at, again);
        }
        5 => {
            let other = &samples[chance.below(samples.len())];
            let from = chance.below(other.len() + 1);
            bytes.splice(at.., other[from..].iter().copied());
        }
        _ => {
            let token = TOKENS[chance.below(TOKENS.len())];
            bytes.splice(at..at, token.iter().copied());
        }
    }
}
