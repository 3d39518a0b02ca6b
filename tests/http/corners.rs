//! The corners of HTTP/1.1 that published suites and lists of request smuggling know, each with what it
//! comes to here. Behind each one, another request waits: whoever takes a message for shorter or longer
//! than it is answers it in a wrong place. Refused is what has two readings; what has one is served, and
//! the next request after it.

use leadhook::http::Limits;

use super::harness::{House, open};

const NEXT: &[u8] = b"GET /next HTTP/1.1\r\nhost: x\r\n\r\n";

/// What a request comes to.
#[derive(Clone, Copy)]
enum Comes {
    /// Answered with this status and closed; the next one is not served.
    Refused(u16),
    /// Answered with this body; then comes the next one's answer.
    Served(&'static str),
    /// Answered with this body and closed; the next one is not served.
    Last(&'static str),
}

use Comes::{Last, Refused, Served};

/// Behind `POST /echo HTTP/1.1`, `host: x` and `transfer-encoding: chunked`.
const CHUNKED: [(&[u8], Comes); 27] = [
    (b"5;name\r\nhello\r\n0\r\n\r\n", Served("hello")),
    (b"5;name=\"a;b\"\r\nhello\r\n0;x\r\n\r\n", Served("hello")),
    (b"00005\r\nhello\r\n0000\r\n\r\n", Served("hello")),
    (b"A\r\n0123456789\r\n0\r\n\r\n", Served("0123456789")),
    (b"5\r\nhello\r\n0\r\nx-last: y\r\n\r\n", Served("hello")),
    (
        b"5\r\nhello\r\n0\r\ncontent-length: 50\r\nhost: y\r\n\r\n",
        Served("hello"),
    ),
    (b"5 \r\nhello\r\n0\r\n\r\n", Served("hello")),
    (b"5 x\r\nhello\r\n0\r\n\r\n", Refused(400)),
    (b" 5\r\nhello\r\n0\r\n\r\n", Refused(400)),
    (b"0x5\r\nhello\r\n0\r\n\r\n", Refused(400)),
    (b"+5\r\nhello\r\n0\r\n\r\n", Refused(400)),
    (b"-5\r\nhello\r\n0\r\n\r\n", Refused(400)),
    (b"5_0\r\nhello\r\n0\r\n\r\n", Refused(400)),
    (b"5,5\r\nhello\r\n0\r\n\r\n", Refused(400)),
    (b"\r\n5\r\nhello\r\n0\r\n\r\n", Refused(400)),
    (b"g\r\nhello\r\n0\r\n\r\n", Refused(400)),
    (b"5\nhello\r\n0\r\n\r\n", Refused(400)),
    (b"5\rhello\r\n0\r\n\r\n", Refused(400)),
    (b"5\r\nhello0\r\n\r\n", Refused(400)),
    (b"5\r\nhello\n0\r\n\r\n", Refused(400)),
    (b"5\r\nhello!\r\n0\r\n\r\n", Refused(400)),
    (b"5;a\nb\r\nhello\r\n0\r\n\r\n", Refused(400)),
    (b"5;a\rb\r\nhello\r\n0\r\n\r\n", Refused(400)),
    (b"10000000000000005\r\nhello\r\n0\r\n\r\n", Refused(400)),
    (b"5\r\nhello\r\n0\r\n", Refused(400)),
    (b"5\r\nhello\r\n0\r\nno colon\r\n\r\n", Refused(400)),
    (b"5\r\nhello\r\n0\r\nx : y\r\n\r\n", Refused(400)),
];

/// Behind `POST /echo HTTP/1.1` and `host: x`: the lines that say how long the body is. The body is
/// `5`, a line end, `hello`, `0` as the only other chunk: 15 bytes.
const LENGTHS: [(&[u8], Comes); 36] = [
    (b"transfer-encoding:\tchunked \t\r\n", Served("hello")),
    (b"TRANSFER-ENCODING: CHUNKED\r\n", Served("hello")),
    (b"transfer-encoding : chunked\r\n", Refused(400)),
    (b"transfer-encoding\t: chunked\r\n", Refused(400)),
    (b" transfer-encoding: chunked\r\n", Refused(400)),
    (b"x: y\r\n\ttransfer-encoding: chunked\r\n", Refused(400)),
    (b"transfer-encoding:\r\n chunked\r\n", Refused(400)),
    (b"transfer-encoding: \x0bchunked\r\n", Refused(400)),
    (b"transfer-encoding: \0chunked\r\n", Refused(400)),
    (b"transfer-encoding: chunked\x0c\r\n", Refused(400)),
    (b"transfer-encoding: \"chunked\"\r\n", Refused(400)),
    (b"transfer-encoding: chunked;q=1\r\n", Refused(400)),
    (b"transfer-encoding: chunked,\r\n", Refused(400)),
    (b"transfer-encoding: ,chunked\r\n", Refused(501)),
    (
        b"transfer-encoding: identity\r\ncontent-length: 15\r\n",
        Refused(400),
    ),
    (
        b"transfer-encoding:\r\ncontent-length: 15\r\n",
        Refused(400),
    ),
    (b"transfer-encoding: identity, chunked\r\n", Refused(501)),
    (
        b"transfer-encoding: chunked\r\nx: y\r\ntransfer-encoding: x\r\n",
        Refused(400),
    ),
    (b"transfer-encoding: chunke\xe4\r\n", Refused(400)),
    (
        b"transfer-encoding: chunked\r\ncontent-length: 15\r\n",
        Last("hello"),
    ),
    (
        b"content-length: 0\r\ntransfer-encoding: chunked\r\n",
        Last("hello"),
    ),
    (
        b"content-length: 15\r\ntransfer-encoding: chunked\r\n",
        Last("hello"),
    ),
    (
        b"content-length: x\r\ntransfer-encoding: chunked\r\n",
        Refused(400),
    ),
    (
        b"transfer_encoding: chunked\r\ncontent-length: 15\r\n",
        Served("5\r\nhello\r\n0\r\n\r\n"),
    ),
    (
        b"content-length: 15 \r\n",
        Served("5\r\nhello\r\n0\r\n\r\n"),
    ),
    (
        b"content-length: 0015\r\n",
        Served("5\r\nhello\r\n0\r\n\r\n"),
    ),
    (
        b"content-length: 15\r\nconnection: content-length\r\n",
        Served("5\r\nhello\r\n0\r\n\r\n"),
    ),
    (
        b"content-length: 15\r\ncontent-length: 015\r\n",
        Served("5\r\nhello\r\n0\r\n\r\n"),
    ),
    (b"content-length: 15\r\ncontent-length: 0\r\n", Refused(400)),
    (b"content-length: 1 5\r\n", Refused(400)),
    (b"content-length: 15, 15\r\n", Refused(400)),
    (b"content-length: 15.0\r\n", Refused(400)),
    (b"content-length: 1_5\r\n", Refused(400)),
    (b"content-length: 0xf\r\n", Refused(400)),
    (b"content-length: \xd9\xa1\xd9\xa5\r\n", Refused(400)),
    (b"content-length : 15\r\n", Refused(400)),
];

/// Whole requests.
const HEADS: [(&[u8], Comes); 37] = [
    (b"\r\nGET / HTTP/1.1\r\nhost: x\r\n\r\n", Served("ok")),
    (b"GET / HTTP/1.1\nhost: x\n\n", Served("ok")),
    (b"OPTIONS * HTTP/1.1\r\nhost: x\r\n\r\n", Served("ok")),
    (b"get / HTTP/1.1\r\nhost: x\r\n\r\n", Served("ok")),
    (b"DELETE / HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nhello", Served("ok")),
    (b"GET / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", Served("ok")),
    (b"GET / HTTP/1.1\r\nhost: x\r\nupgrade: h2c\r\nconnection: upgrade, http2-settings\r\nhttp2-settings: AAMAAABk\r\n\r\n", Served("ok")),
    (b"GET / HTTP/1.1\r\nhost: x\r\nexpect: nonsense\r\n\r\n", Served("ok")),
    (b"GET / HTTP/1.1\r\nhost: x\r\nx:\r\n\r\n", Served("ok")),
    (b"GET / HTTP/1.1\r\nhost: x\r\nx: \xff\xfe\r\n\r\n", Served("ok")),
    (b"GET / HTTP/1.0\r\nhost: x\r\n\r\n", Last("ok")),
    (b"GET / HTTP/1.1\r\nhost: x\r\nconnection: keep-alive, close\r\n\r\n", Last("ok")),
    (b" GET / HTTP/1.1\r\nhost: x\r\n\r\n", Refused(400)),
    (b"GET\t/\tHTTP/1.1\r\nhost: x\r\n\r\n", Refused(400)),
    (b"GET / HTTP/1.1 \r\nhost: x\r\n\r\n", Refused(400)),
    (b"GET /a b HTTP/1.1\r\nhost: x\r\n\r\n", Refused(400)),
    (b"GET /\0 HTTP/1.1\r\nhost: x\r\n\r\n", Refused(400)),
    (b"GET /\x7f HTTP/1.1\r\nhost: x\r\n\r\n", Refused(400)),
    (b"GET HTTP/1.1\r\nhost: x\r\n\r\n", Refused(400)),
    (b"GET /\r\nhost: x\r\n\r\n", Refused(400)),
    (b"GET / HTTP/1.10\r\nhost: x\r\n\r\n", Refused(400)),
    (b"GET / HTTP/01.1\r\nhost: x\r\n\r\n", Refused(400)),
    (b"GET / HTTP/2.0\r\nhost: x\r\n\r\n", Refused(400)),
    (b"GET / http/1.1\r\nhost: x\r\n\r\n", Refused(400)),
    (b"GET / HTTP/1,1\r\nhost: x\r\n\r\n", Refused(400)),
    (b"G@T / HTTP/1.1\r\nhost: x\r\n\r\n", Refused(400)),
    (b"\xef\xbb\xbfGET / HTTP/1.1\r\nhost: x\r\n\r\n", Refused(400)),
    (b"GET / HTTP/1.1\rhost: x\r\r", Refused(400)),
    (b"GET / HTTP/1.1\r\nhost: x\r\nx y: z\r\n\r\n", Refused(400)),
    (b"GET / HTTP/1.1\r\nhost: x\r\n: z\r\n\r\n", Refused(400)),
    (b"GET / HTTP/1.1\r\nhost: x\r\nx\xff: z\r\n\r\n", Refused(400)),
    (b"GET / HTTP/1.1\r\nhost: x\r\nx(y): z\r\n\r\n", Refused(400)),
    (b"GET / HTTP/1.1\r\nhost: x\r\nx: \x01\r\n\r\n", Refused(400)),
    (b"GET / HTTP/1.1\r\n host: x\r\n\r\n", Refused(400)),
    (b"GET / HTTP/1.1\r\nhost: x\r\nhost : y\r\n\r\n", Refused(400)),
    (b"GET / HTTP/1.1\r\nhost: x, y\r\n\r\n", Refused(400)),
    (b"GET http://y@x/ HTTP/1.1\r\nhost: x\r\n\r\n", Refused(400)),
];

/// What was wrong with it, if anything was.
fn fault(house: &House, request: &[u8], comes: Comes) -> Option<String> {
    let served_before = house.site.answered().len();
    let mut client = house.connect();
    client.send([request, NEXT].concat());
    let answer = client.answer();
    let (status, body) = match comes {
        Refused(status) => (status, None),
        Served(body) | Last(body) => (200, Some(body)),
    };
    let is_right = answer.status == status && body.is_none_or(|body| answer.body == body);
    let goes_on = matches!(comes, Served(_));
    let in_step = match goes_on {
        true => answer.says_close().eq(&false) && client.answer().body == "ok",
        false => client.is_closed(),
    };
    let expected = match comes {
        Refused(_) => 0,
        Last(_) => 1,
        Served(_) => 2,
    };
    let served = house.site.answered().len() - served_before;
    let lives = house.ask(NEXT).body == "ok";
    let is_well = is_right && in_step && served == expected && lives;
    let request = request.escape_ascii();
    (!is_well).then(|| {
        format!(
            "{request}: {} {:?}, {served} served",
            answer.status, answer.body
        )
    })
}

#[test]
fn what_has_two_readings_is_refused_and_what_has_one_keeps_in_step() {
    let house = open(Limits::default());
    let mut faults = Vec::new();
    let mut meets = |request: &[u8], comes| faults.extend(fault(&house, request, comes));
    for (chunks, comes) in CHUNKED {
        let head = b"POST /echo HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n";
        meets(&[head, chunks].concat(), comes);
    }
    for (lines, comes) in LENGTHS {
        let head = b"POST /echo HTTP/1.1\r\nhost: x\r\n";
        let body = b"\r\n5\r\nhello\r\n0\r\n\r\n";
        meets(&[head, lines, body].concat(), comes);
    }
    for (request, comes) in HEADS {
        meets(request, comes);
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
    println!(
        "figure: {} corners of HTTP, each with a request behind it: none answered in a wrong place",
        CHUNKED.len() + LENGTHS.len() + HEADS.len()
    );
}

#[test]
fn chunk_extensions_and_trailers_end_somewhere() {
    let house = open(Limits::default());
    let head = "POST /echo HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n";
    let long = "y".repeat(20_000);
    let many: String = (0..200).map(|n| format!("x-{n}: y\r\n")).collect();
    for rest in [
        format!("5;{long}\r\nhello\r\n0\r\n\r\n"),
        format!("5\r\nhello\r\n0\r\nx: {long}\r\n\r\n"),
        format!("5\r\nhello\r\n0\r\n{many}\r\n"),
    ] {
        let request = format!("{head}{rest}");
        assert_eq!(fault(&house, request.as_bytes(), Refused(400)), None);
    }
}
