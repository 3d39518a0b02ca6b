//! The load: one thread that keeps many connections busy, each with one post at a time.
//!
//! It shares the machine with what it measures, so it does little: the request is written out once,
//! of an answer only status and length are read. The same load goes to the real program and to the
//! reference.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::OwnedFd;

use rustix::buffer::spare_capacity;
use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};

/// A lead of a web form, as a page with the usual trackers posts it: 1.5 KB.
pub(crate) const LEAD: &str = r#"{"name":"Ada Lovelace","email":"ada.lovelace@example.com","phone":"+49 30 1234567","company":"Analytical Engines Ltd","message":"Hello, we run a workshop with fourteen people in two shifts and look for somebody who can take over the maintenance of our machines from the first of March on, twice a year, and who can be there within a day when one of them stands still. Two of them are older than twenty years. Could you send us an offer and tell us when you could come by to have a look? Mornings are best. Thank you and kind regards from all of us here.","street":"Hauptstrasse 12, rear building, second floor","city":"Berlin","zip":"10115","country":"DE","utm_source":"google","utm_medium":"cpc","utm_campaign":"maintenance-berlin-search-2026-q1","utm_content":"ad-variant-b-headline-3","utm_term":"machine maintenance contract","gclid":"EAIaIQobChMI8t6Yp9_8_AIVk4KDBx0JGwTDEAAYASAAEgJ0W_D_BwE","landing_page":"https://www.example.com/maintenance/contracts?utm_source=google&utm_medium=cpc&utm_campaign=maintenance-berlin-search-2026-q1","page_url":"https://www.example.com/contact","budget":"5,000 to 10,000 EUR a year","machines":"9","preferred_date":"2026-03-01","best_time_to_call":"between 8 and 11 o'clock","newsletter":"no","how_did_you_hear_of_us":"A search engine, and a colleague who knows you","consent":"I agree that my details are used to answer my enquiry.","form_id":"contact-form-7","language":"en-GB","screen":"1920x1080"}"#;

/// A whole POST of a lead to the source `website`.
pub(crate) fn request(body: &str) -> Vec<u8> {
    format!(
        "POST /in/website HTTP/1.1\r\nhost: localhost\r\nuser-agent: bench\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// Posts so many leads over `connections` new connections, each kept until the end. Any answer but
/// 201 ends the benchmark.
pub(crate) fn post(address: SocketAddr, connections: usize, leads: usize) {
    let request = request(LEAD);
    let mut lines = Lines::open(address, connections);
    let mut sent = connections.min(leads);
    let mut open = sent;
    for line in &mut lines.lines[..open] {
        line.send(&request);
    }
    let mut ready = Vec::new();
    while open > 0 {
        lines.wait(&mut ready);
        for line in &ready {
            let line = &mut lines.lines[*line];
            if !line.receive() {
                continue;
            }
            if sent < leads {
                sent += 1;
                line.send(&request);
            } else {
                open -= 1;
            }
        }
    }
}

struct Lines {
    epoll: OwnedFd,
    events: Vec<Event>,
    lines: Vec<Line>,
}

impl Lines {
    fn open(address: SocketAddr, count: usize) -> Lines {
        let epoll = epoll::create(CreateFlags::CLOEXEC).expect("an epoll");
        let lines: Vec<Line> = (0..count).map(|_| Line::open(address)).collect();
        for (n, line) in lines.iter().enumerate() {
            line.stream.set_nonblocking(true).expect("a socket");
            let data = EventData::new_u64(n as u64);
            epoll::add(&epoll, &line.stream, data, EventFlags::IN).expect("a place in the epoll");
        }
        Lines {
            epoll,
            events: Vec::with_capacity(count),
            lines,
        }
    }

    /// Waits until lines can be read, and gives their numbers.
    fn wait(&mut self, ready: &mut Vec<usize>) {
        self.events.clear();
        epoll::wait(&self.epoll, spare_capacity(&mut self.events), None).expect("events");
        ready.clear();
        ready.extend(self.events.iter().map(|event| event.data.u64() as usize));
    }
}

/// One connection with at most one post under way.
pub(crate) struct Line {
    stream: TcpStream,
    answer: Vec<u8>,
}

impl Line {
    pub(crate) fn open(address: SocketAddr) -> Line {
        let stream = TcpStream::connect(address).expect("a connection");
        stream.set_nodelay(true).expect("a socket");
        Line {
            stream,
            answer: Vec::with_capacity(1024),
        }
    }

    /// Posts and waits for the answer; gives its body. For connections that block.
    pub(crate) fn exchange(&mut self, request: &[u8]) -> &[u8] {
        self.send(request);
        while !self.receive() {}
        let head = end_of_head(&self.answer).unwrap_or_default();
        &self.answer[head..]
    }

    fn send(&mut self, request: &[u8]) {
        self.answer.clear();
        // One post fits into the socket's buffer, so this is done at once.
        self.stream.write_all(request).expect("a post is sent");
    }

    /// Reads what has come; whether the answer is whole.
    fn receive(&mut self) -> bool {
        let mut piece = [0; 1024];
        match self.stream.read(&mut piece) {
            Ok(0) => panic!("the connection was closed"),
            Ok(n) => self.answer.extend_from_slice(&piece[..n]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => return false,
            Err(error) => panic!("no answer: {error}"),
        }
        let Some(head) = end_of_head(&self.answer) else {
            return false;
        };
        let whole = self.answer.len() >= head + length_of_body(&self.answer[..head]);
        let taken = self.answer.starts_with(b"HTTP/1.1 201");
        assert!(
            !whole || taken,
            "not taken: {}",
            String::from_utf8_lossy(&self.answer)
        );
        whole
    }
}

fn end_of_head(answer: &[u8]) -> Option<usize> {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    Some(end + 4)
}

fn length_of_body(head: &[u8]) -> usize {
    const NAME: &[u8] = b"content-length: ";
    let at = head.windows(NAME.len()).position(|name| name == NAME);
    let digits = at.map_or(&[][..], |at| &head[at + NAME.len()..]);
    digits
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .fold(0, |number, digit| number * 10 + usize::from(digit - b'0'))
}
