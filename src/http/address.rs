//! Who the client is, when proxies stand in between.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use crate::domain::webhook::Network;

/// The client's address. `forwarded` are the lines of `X-Forwarded-For` in their order.
///
/// Each proxy appends the address it was called from; what is left of the first address that no
/// trusted proxy wrote is the client's own claim. So the list is read from the right, past trusted
/// addresses, and reading ends at what is no address.
pub fn client_address<'a>(
    peer: IpAddr,
    forwarded: impl DoubleEndedIterator<Item = &'a str>,
    trusted_proxies: &[Network],
) -> IpAddr {
    let trusted = |address| trusted_proxies.iter().any(|net| net.contains(address));
    let mut client = peer.to_canonical();
    let mut steps = forwarded.rev().flat_map(|line| line.rsplit(','));
    while trusted(client) {
        match steps.next().and_then(parse_step) {
            Some(address) => client = address,
            None => break,
        }
    }
    client
}

/// The part of an address that limits count by: all of an IPv4 address, the first 64 bits of an
/// IPv6 address, since a single client can use all of those.
pub fn limit_key(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            let network = u128::from(address) >> 64 << 64;
            IpAddr::V6(Ipv6Addr::from(network))
        }
    }
}

/// Reads `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]` and `[2001:db8::1]:80`.
fn parse_step(step: &str) -> Option<IpAddr> {
    let step = step.trim();
    let bare = step
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(step);
    let address = match bare.parse::<IpAddr>() {
        Ok(address) => address,
        Err(_) => step.parse::<SocketAddr>().ok()?.ip(),
    };
    Some(address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn client_is(peer: &str, forwarded: &[&str], expected: &str) {
        let trusted: Vec<Network> = ["127.0.0.1", "10.0.0.0/8", "2001:db8:1::/48"]
            .iter()
            .filter_map(|network| Network::parse(network))
            .collect();
        let peer = peer.parse().expect("a peer");
        let client = client_address(peer, forwarded.iter().copied(), &trusted);
        assert_eq!(client.to_string(), expected);
    }

    #[test]
    fn a_stranger_cannot_name_another_address() {
        client_is("192.0.2.1", &["198.51.100.7"], "192.0.2.1");
    }

    #[test]
    fn the_first_untrusted_address_from_the_right_is_the_client() {
        client_is("127.0.0.1", &["203.0.113.5"], "203.0.113.5");
        client_is(
            "127.0.0.1",
            &["1.1.1.1, 203.0.113.5, 10.0.0.3"],
            "203.0.113.5",
        );
        client_is(
            "127.0.0.1",
            &["1.1.1.1", "203.0.113.5", "10.0.0.3"],
            "203.0.113.5",
        );
        client_is("127.0.0.1", &["10.0.0.9, 10.0.0.3"], "10.0.0.9");
        client_is("127.0.0.1", &[], "127.0.0.1");
    }

    #[test]
    fn what_is_no_address_ends_the_list() {
        client_is("127.0.0.1", &["1.1.1.1, unknown, 10.0.0.3"], "10.0.0.3");
        client_is("127.0.0.1", &["203.0.113.5", ""], "127.0.0.1");
    }

    #[test]
    fn ports_brackets_and_mapped_forms_are_taken_off() {
        client_is("127.0.0.1", &["203.0.113.5:4711"], "203.0.113.5");
        client_is("127.0.0.1", &["[2001:db8::7]:4711"], "2001:db8::7");
        client_is("127.0.0.1", &["[2001:db8::7]"], "2001:db8::7");
        client_is("::ffff:127.0.0.1", &["::ffff:203.0.113.5"], "203.0.113.5");
    }

    #[test]
    fn limits_count_a_whole_ipv6_network_as_one() {
        let key = |text: &str| limit_key(text.parse().expect("an address")).to_string();
        assert_eq!(key("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(key("::ffff:192.0.2.1"), "192.0.2.1");
    }
}
