//! A request as it came to the receiver, read from its connection.

use std::io::{self, Read};
use std::time::Instant;

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct Request {
    /// The number of the connection, from 1.
    pub connection: usize,
    /// `POST /path HTTP/1.1`
    pub line: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// The whole body.
    pub body: Vec<u8>,
    /// When the last byte of it was there.
    pub at: Instant,
}

impl Request {
    /// The value of a header, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers.find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
}

/// Reads one request; none where the client has closed the connection. `buffer` keeps what came
/// beyond it.
pub fn read_request(
    io: &mut (impl Read + ?Sized),
    buffer: &mut Vec<u8>,
    connection: usize,
    reads: bool,
) -> io::Result<Option<Request>> {
    let (head, length) = loop {
        if let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
            break (end + 4, body_length(&buffer[..end])?);
        }
        if fill(io, buffer)? == 0 {
            return Ok(None);
        }
    };
    while buffer.len() < head + length {
        if fill(io, buffer)? == 0 {
            return Ok(None);
        }
    }
    let mut request = Request {
        connection,
        line: String::new(),
        headers: Vec::new(),
        body: Vec::new(),
        at: Instant::now(),
    };
    if reads {
        let text = String::from_utf8_lossy(&buffer[..head]);
        let mut lines = text.lines();
        request.line = lines.next().unwrap_or_default().to_owned();
        request.headers = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect();
        request.body = buffer[head..head + length].to_vec();
    }
    buffer.drain(..head + length);
    Ok(Some(request))
}

fn fill(io: &mut (impl Read + ?Sized), buffer: &mut Vec<u8>) -> io::Result<usize> {
    let mut piece = [0; 16 * 1024];
    let n = io.read(&mut piece)?;
    buffer.extend_from_slice(&piece[..n]);
    Ok(n)
}

fn body_length(head: &[u8]) -> io::Result<usize> {
    let name = b"content-length:";
    let line = head
        .split(|byte| *byte == b'\n')
        .find(|line| line.len() > name.len() && line[..name.len()].eq_ignore_ascii_case(name));
    let text = line.map_or("0".into(), |line| {
        String::from_utf8_lossy(&line[name.len()..])
    });
    text.trim().parse().map_err(io::Error::other)
}
