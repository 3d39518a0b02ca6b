//! `multipart/form-data` (RFC 7578), from a body that is there as a whole.
//!
//! Read is what browsers and HTTP libraries write. What is cut off, or leaves it open which bytes
//! belong to which part, is an error: half a form is not taken for a whole one.

mod disposition;

use std::fmt;

use hyper::body::Bytes;

use disposition::Disposition;

/// The most parts of one body.
pub const PARTS_MAX: usize = 1000;
/// The most bytes of the headers of one part.
pub const PART_HEAD_BYTES_MAX: usize = 8 * 1024;

/// One field of a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The name of the field. Broken UTF-8 is U+FFFD, here and in `filename`.
    pub name: String,
    /// The name of the file as the client gave it, which may be anything; none where the part is no
    /// file.
    pub filename: Option<String>,
    /// What the client says it is.
    pub content_type: Option<String>,
    /// The bytes.
    pub content: Bytes,
}

/// Why a body is no form. `part` counts from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MultipartError {
    /// The boundary of the `Content-Type` is nowhere.
    NoBoundary,
    /// The body ends before its last boundary.
    CutOff,
    /// What follows a boundary is neither a line nor the end.
    Boundary,
    /// The headers of a part do not end, or have more bytes than [`PART_HEAD_BYTES_MAX`], or are none.
    Head(usize),
    /// A part without `Content-Disposition: form-data` and a name.
    Name(usize),
    /// A part in a `Content-Transfer-Encoding`, which forms do not have (RFC 7578 section 4.7).
    Encoding(usize),
    /// More than [`PARTS_MAX`] parts.
    TooManyParts,
}

impl fmt::Display for MultipartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MultipartError::NoBoundary => {
                f.write_str("the boundary that Content-Type names is nowhere in the body")
            }
            MultipartError::CutOff => f.write_str("the body ends before its last boundary"),
            MultipartError::Boundary => {
                f.write_str("a boundary is followed by neither a line end nor --")
            }
            MultipartError::Head(part) => write!(
                f,
                "the headers of part {part} are broken or longer than {PART_HEAD_BYTES_MAX} bytes"
            ),
            MultipartError::Name(part) => {
                write!(f, "part {part} has no Content-Disposition with a name")
            }
            MultipartError::Encoding(part) => write!(
                f,
                "part {part} has a Content-Transfer-Encoding; send the bytes as they are"
            ),
            MultipartError::TooManyParts => {
                write!(f, "the form has more than {PARTS_MAX} parts")
            }
        }
    }
}

/// The parts of `body` in their order. What stands before the first boundary and behind the last one
/// is passed over (RFC 2046 section 5.1.1).
pub fn parts(body: &Bytes, boundary: &str) -> Result<Vec<Part>, MultipartError> {
    let delimiter = format!("\r\n--{boundary}").into_bytes();
    let mut at = match body.starts_with(&delimiter[2..]) {
        true => delimiter.len() - 2,
        false => match find(body, 0, &delimiter) {
            Some(found) => found + delimiter.len(),
            None => return Err(MultipartError::NoBoundary),
        },
    };
    let mut parts = Vec::new();
    while let Some(begin) = line_behind(body, at)? {
        let number = parts.len() + 1;
        if number > PARTS_MAX {
            return Err(MultipartError::TooManyParts);
        }
        let (head, content) = head_of(body, begin, number)?;
        let ends = content_end(body, content, &delimiter);
        let (end, next) = ends.ok_or(MultipartError::CutOff)?;
        parts.push(Part {
            name: head.name,
            filename: head.filename,
            content_type: head.content_type,
            content: body.slice(content..end),
        });
        at = next;
    }
    Ok(parts)
}

/// Where the line behind a boundary ends; none where that was the last boundary.
fn line_behind(body: &[u8], at: usize) -> Result<Option<usize>, MultipartError> {
    let rest = &body[at..];
    if rest.starts_with(b"--") {
        return Ok(None);
    }
    let padding = rest.iter().take_while(|b| matches!(b, b' ' | b'\t'));
    let padding = padding.count();
    match &rest[padding..] {
        [b'\r', b'\n', ..] => Ok(Some(at + padding + 2)),
        [] | [b'\r'] | [b'-'] => Err(MultipartError::CutOff),
        _ => Err(MultipartError::Boundary),
    }
}

/// Where the content that begins at `content` ends, and where its boundary does.
fn content_end(body: &[u8], content: usize, delimiter: &[u8]) -> Option<(usize, usize)> {
    // A part without a body: the line end of its headers is the one before the boundary.
    let bare = &delimiter[2..];
    if body[content..].starts_with(bare) {
        return Some((content, content + bare.len()));
    }
    let end = find(body, content, delimiter)?;
    Some((end, end + delimiter.len()))
}

struct PartHead {
    name: String,
    filename: Option<String>,
    content_type: Option<String>,
}

/// The headers that begin at `begin`, and where the content behind them begins.
fn head_of(body: &[u8], begin: usize, number: usize) -> Result<(PartHead, usize), MultipartError> {
    let window = &body[begin..body.len().min(begin + PART_HEAD_BYTES_MAX)];
    let end = window.windows(4).position(|four| four == b"\r\n\r\n");
    let Some(end) = end else {
        let cut_off = begin + window.len() == body.len() && window.len() < PART_HEAD_BYTES_MAX;
        return Err(match cut_off {
            true => MultipartError::CutOff,
            false => MultipartError::Head(number),
        });
    };
    let text = String::from_utf8_lossy(&window[..end]);
    let mut disposition = None;
    let mut content_type = None;
    for line in text.split("\r\n") {
        let (name, value) = line.split_once(':').ok_or(MultipartError::Head(number))?;
        let value = value.trim();
        match name.to_ascii_lowercase().as_str() {
            "content-disposition" => {
                disposition = disposition.or_else(|| Disposition::parse(value));
            }
            "content-type" => content_type = content_type.or(Some(value.to_owned())),
            "content-transfer-encoding" if !is_plain(value) => {
                return Err(MultipartError::Encoding(number));
            }
            _ => {}
        }
    }
    let disposition = disposition.ok_or(MultipartError::Name(number))?;
    let head = PartHead {
        name: disposition.name,
        filename: disposition.filename,
        content_type,
    };
    Ok((head, begin + end + 4))
}

fn is_plain(encoding: &str) -> bool {
    ["7bit", "8bit", "binary"]
        .iter()
        .any(|plain| encoding.eq_ignore_ascii_case(plain))
}

/// The first place of `needle`, which begins with a CR, from `from` on.
fn find(body: &[u8], from: usize, needle: &[u8]) -> Option<usize> {
    let mut at = from;
    loop {
        at += body.get(at..)?.iter().position(|b| *b == b'\r')?;
        if body[at..].starts_with(needle) {
            return Some(at);
        }
        at += 1;
    }
}
