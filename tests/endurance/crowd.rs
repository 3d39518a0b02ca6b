//! Thousands who hold connections and say nothing, or a byte now and then, and one who has a lead.

use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::process::{Resource, Signal, getrlimit, kill_process, setrlimit};

use crate::client::ask;
use crate::daemon::{Directory, wait_until};
use crate::{everything, kib, start};

/// How each of them begins; the last two go on by a byte now and then.
const BEGINNINGS: [&str; 3] = [
    "",
    "POST /in/website HTTP/1.1\r\nhost: ",
    "POST /in/website HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9000\r\n\r\n{\"notes\":\"",
];

/// Between two bytes of one connection.
const PAUSE: Duration = Duration::from_millis(100);

/// Far more than it takes until all have been turned out so often.
const LIMIT: Duration = Duration::from_secs(300);

struct Crowd {
    came: Arc<AtomicUsize>,
    over: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Crowd {
    /// So many hold connections to `address`; who is turned out comes back.
    fn gather(size: usize, address: SocketAddr) -> Crowd {
        let (came, over) = (Arc::<AtomicUsize>::default(), Arc::<AtomicBool>::default());
        let threads = BEGINNINGS.map(|beginning| {
            let (came, over) = (came.clone(), over.clone());
            thread::spawn(move || {
                let mut streams: Vec<TcpStream> = Vec::new();
                while !over.load(Ordering::SeqCst) {
                    streams.retain(|stream| lives(stream, beginning));
                    let stayed = streams.len();
                    let missing = size / BEGINNINGS.len() + 1 - stayed;
                    streams.extend((0..missing).filter_map(|_| come(address, beginning)));
                    came.fetch_add(streams.len() - stayed, Ordering::SeqCst);
                    thread::sleep(PAUSE);
                }
            })
        });
        Crowd {
            came,
            over,
            threads: threads.into(),
        }
    }

    fn leave(self) {
        self.over.store(true, Ordering::SeqCst);
        for thread in self.threads {
            thread.join().expect("a part of the crowd");
        }
    }
}

fn come(address: SocketAddr, beginning: &str) -> Option<TcpStream> {
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(1)).ok()?;
    stream.set_nonblocking(true).ok()?;
    stream.write_all(beginning.as_bytes()).ok()?;
    Some(stream)
}

/// Says one byte more, if it is one of those who speak; false when it was turned out.
fn lives(mut stream: &TcpStream, beginning: &str) -> bool {
    let mut byte = [0];
    let heard = match stream.peek(&mut byte) {
        // An answer, or the end.
        Ok(_) => false,
        Err(error) => error.kind() == std::io::ErrorKind::WouldBlock,
    };
    heard && (beginning.is_empty() || stream.write_all(b"x").is_ok())
}

#[test]
fn a_healthy_client_is_answered_beside_a_crowd_that_says_nothing_or_hardly_anything() {
    // In the long form all of them are turned out and come back, all at once, several times.
    let (size, posts, comings) = if everything() {
        (10_000, 500, 10)
    } else {
        (1_000, 30, 1)
    };
    let mut files = getrlimit(Resource::Nofile);
    files.current = files.maximum;
    setrlimit(Resource::Nofile, files).expect("as many files as there may be");
    let directory = Directory::new();
    let mut program = start(&directory.0, "");
    let crowd = Crowd::gather(size, program.ingest);
    wait_until("the crowd", || crowd.came.load(Ordering::SeqCst) >= size);
    let (mut times, began) = (Vec::new(), Instant::now());
    while times.len() < posts || crowd.came.load(Ordering::SeqCst) < comings * size {
        assert!(began.elapsed() < LIMIT, "the crowd does not come back");
        let n = times.len();
        let lead = format!(r#"{{"notes":"healthy {n}"}}"#);
        let json = [("content-type", "application/json")];
        let began = Instant::now();
        let answer = ask(
            program.ingest,
            "POST",
            "/in/website",
            &json,
            lead.as_bytes(),
        );
        times.push(began.elapsed());
        assert_eq!(answer.status, 201, "{}", answer.body);
    }
    let came = crowd.came.load(Ordering::SeqCst);
    crowd.leave();
    times.sort();
    let (median, worst) = (times[times.len() / 2], times[times.len() - 1]);
    let memory = kib(&program.pid().as_raw_nonzero().to_string(), "VmHWM") / 1024;
    println!(
        "figure: {size} connections held, {came} came; {} healthy posts: median {median:.1?}, \
         worst {worst:.1?}; memory at most {memory} MiB",
        times.len()
    );
    // Among other tests, time says little.
    assert!(!everything() || worst < Duration::from_secs(1), "{worst:?}");
    assert_eq!(program.stop(), Some(0));
}

#[test]
fn whoever_comes_in_a_burst_is_let_in_at_the_first_knock() {
    let directory = Directory::new();
    let mut program = start(&directory.0, "");
    // It stands still as on a busy machine: the kernel alone takes up who comes.
    kill_process(program.pid(), Signal::STOP).expect("a signal");
    let knock = |_| TcpStream::connect_timeout(&program.ingest, Duration::from_millis(900));
    let came: Result<Vec<_>, _> = (0..1000).map(knock).collect();
    kill_process(program.pid(), Signal::CONT).expect("a signal");
    drop(came.expect("turned away"));
    assert_eq!(program.stop(), Some(0));
}
