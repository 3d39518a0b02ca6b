//! Writes small files in MaxMind's format (version 2.0, 24-bit records, IPv4), for tests that look
//! addresses up.

use std::net::Ipv4Addr;

/// What a file says of a network.
pub(crate) struct Entry {
    pub(crate) network: ([u8; 4], u8),
    pub(crate) city: (&'static str, &'static str),
    pub(crate) state: &'static str,
    pub(crate) country: &'static str,
}

/// A whole file; cities have their names in English and in German.
pub(crate) fn file(entries: &[Entry]) -> Vec<u8> {
    let mut data = Vec::new();
    // Each node: what is at its left and its right; none leads nowhere.
    let mut nodes: Vec<[Side; 2]> = vec![[Side::Nowhere; 2]];
    for entry in entries {
        let offset = data.len();
        record(&mut data, entry);
        insert(&mut nodes, entry.network, offset);
    }
    let n = nodes.len();
    let mut file = Vec::new();
    for side in nodes.iter().flatten() {
        let number = match side {
            Side::Nowhere => n,
            Side::Node(node) => *node,
            Side::Data(offset) => n + 16 + offset,
        };
        file.extend(&(number as u32).to_be_bytes()[1..]);
    }
    file.extend([0; 16]);
    file.extend(data);
    file.extend(b"\xab\xcd\xefMaxMind.com");
    metadata(&mut file, n as u32);
    file
}

#[derive(Clone, Copy)]
enum Side {
    Nowhere,
    Node(usize),
    Data(usize),
}

fn insert(nodes: &mut Vec<[Side; 2]>, (address, prefix): ([u8; 4], u8), offset: usize) {
    let bits = u32::from(Ipv4Addr::from(address));
    let mut node = 0;
    for depth in 0..prefix {
        let side = (bits >> (31 - depth) & 1) as usize;
        if depth + 1 == prefix {
            nodes[node][side] = Side::Data(offset);
            return;
        }
        node = match nodes[node][side] {
            Side::Node(next) => next,
            _ => {
                nodes.push([Side::Nowhere; 2]);
                let next = nodes.len() - 1;
                nodes[node][side] = Side::Node(next);
                next
            }
        };
    }
}

fn record(data: &mut Vec<u8>, entry: &Entry) {
    map(data, 3);
    text(data, "city");
    map(data, 1);
    text(data, "names");
    map(data, 2);
    text(data, "en");
    text(data, entry.city.0);
    text(data, "de");
    text(data, entry.city.1);
    text(data, "subdivisions");
    list(data, 1);
    map(data, 1);
    text(data, "iso_code");
    text(data, entry.state);
    text(data, "country");
    map(data, 1);
    text(data, "iso_code");
    text(data, entry.country);
}

fn metadata(data: &mut Vec<u8>, n_nodes: u32) {
    map(data, 9);
    text(data, "node_count");
    number(data, 6, &n_nodes.to_be_bytes());
    text(data, "record_size");
    number(data, 5, &24_u16.to_be_bytes());
    text(data, "ip_version");
    number(data, 5, &4_u16.to_be_bytes());
    text(data, "database_type");
    text(data, "Test-City");
    text(data, "languages");
    list(data, 2);
    text(data, "en");
    text(data, "de");
    text(data, "binary_format_major_version");
    number(data, 5, &2_u16.to_be_bytes());
    text(data, "binary_format_minor_version");
    number(data, 5, &0_u16.to_be_bytes());
    text(data, "build_epoch");
    number(data, 9, &1_769_954_941_u64.to_be_bytes());
    text(data, "description");
    map(data, 1);
    text(data, "en");
    text(data, "for tests");
}

/// A field's type and size; types above 7 need a second byte.
fn control(data: &mut Vec<u8>, kind: u8, size: usize) {
    assert!(size < 29, "longer fields are not written");
    match kind {
        0..=7 => data.push(kind << 5 | size as u8),
        _ => data.extend([size as u8, kind - 7]),
    }
}

fn text(data: &mut Vec<u8>, text: &str) {
    control(data, 2, text.len());
    data.extend(text.as_bytes());
}

fn map(data: &mut Vec<u8>, n_entries: usize) {
    control(data, 7, n_entries);
}

fn list(data: &mut Vec<u8>, n_entries: usize) {
    control(data, 11, n_entries);
}

fn number(data: &mut Vec<u8>, kind: u8, bytes: &[u8]) {
    control(data, kind, bytes.len());
    data.extend(bytes);
}
