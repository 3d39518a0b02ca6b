//! Posts at an even pace, and how long each took to the receiver's socket.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use crate::load::{LEAD, Line, request};
use crate::receiver::{Receiver, Request};

/// Posts a lead every `every` for so many times, and gives when each began.
pub(crate) fn post(address: SocketAddr, every: Duration, times: u32) -> HashMap<u64, Instant> {
    let request = request(LEAD);
    let mut line = Line::open(address);
    let mut began = HashMap::new();
    let first = Instant::now();
    for n in 0..times {
        thread::sleep((first + every * n).saturating_duration_since(Instant::now()));
        let at = Instant::now();
        let lead = lead_id(line.exchange(&request));
        began.insert(lead, at);
    }
    began
}

/// The seconds from each post to its arrival at each of these receivers.
pub(crate) fn ways(began: &HashMap<u64, Instant>, receivers: &[&Receiver]) -> Vec<f64> {
    let way = |request: &Request| {
        let posted = began.get(&lead_id(&request.body))?;
        Some(request.at.duration_since(*posted).as_secs_f64())
    };
    let arrived = receivers
        .iter()
        .map(|receiver| receiver.wait_for(began.len()));
    arrived
        .flat_map(|requests| requests.iter().filter_map(way).collect::<Vec<f64>>())
        .collect()
}

fn lead_id(json: &[u8]) -> u64 {
    let json: serde_json::Value = serde_json::from_slice(json).expect("JSON");
    json["lead_id"].as_u64().expect("a lead_id")
}
