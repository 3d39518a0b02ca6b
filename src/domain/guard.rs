//! The address guard: which addresses a receiver may have.
//!
//! A public address passes. Everything else is refused unless the receiver's `allow_private` names
//! it: a lead must not end in a metadata service or an admin page because of a name in the DNS. An
//! address that only wraps an IPv4 address is judged by what it wraps as well, in both directions:
//! an allowed `10.0.0.0/8` covers `::ffff:10.0.0.1`, and an allowed `64:ff9b::/96` does not cover
//! the loopback address in NAT64 form.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::webhook::{Network, Private};

/// Why a receiver may not have this address: what kind of address it is, with its article. None
/// where it may.
pub fn refusal(address: IpAddr, private: &Private) -> Option<&'static str> {
    let class = class(address)?;
    let allowed = match private {
        Private::Refused => false,
        Private::Networks(networks) => is_listed(address, networks),
        Private::Allowed => true,
    };
    (!allowed).then_some(class)
}

/// Whether the networks allow a non-public address, and the IPv4 address in it if it wraps one.
fn is_listed(address: IpAddr, networks: &[Network]) -> bool {
    let listed = |address| networks.iter().any(|network| network.contains(address));
    match address {
        IpAddr::V4(_) => listed(address),
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(inner) => listed(IpAddr::V4(inner)) || listed(address),
            None => {
                let inner_passes = wrapped(v6).is_none_or(|inner| {
                    class(IpAddr::V4(inner)).is_none() || listed(IpAddr::V4(inner))
                });
                listed(address) && inner_passes
            }
        },
    }
}

/// What kind of non-public address it is; none for a public one.
fn class(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(v4) => class_v4(v4),
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(inner) => class_v4(inner),
            None => class_v6(v6),
        },
    }
}

/// IPv4 networks that are not public: the special-purpose registry of IANA (RFC 6890), written out
/// because the one of the standard library is not stable.
const V4: [([u8; 4], u8, &str); 18] = [
    ([0, 0, 0, 0], 32, "the unspecified address"),
    ([0, 0, 0, 0], 8, "an address of this network"),
    ([10, 0, 0, 0], 8, "a private address"),
    ([100, 64, 0, 0], 10, "a shared address of a provider's NAT"),
    ([127, 0, 0, 0], 8, "a loopback address"),
    ([169, 254, 169, 254], 32, "the metadata service of a cloud"),
    ([169, 254, 0, 0], 16, "a link-local address"),
    ([172, 16, 0, 0], 12, "a private address"),
    ([192, 0, 0, 0], 24, "a protocol assignment"),
    ([192, 0, 2, 0], 24, "a documentation address"),
    ([192, 88, 99, 0], 24, "a 6to4 relay"),
    ([192, 168, 0, 0], 16, "a private address"),
    ([198, 18, 0, 0], 15, "a benchmarking address"),
    ([198, 51, 100, 0], 24, "a documentation address"),
    ([203, 0, 113, 0], 24, "a documentation address"),
    ([224, 0, 0, 0], 4, "a multicast address"),
    ([255, 255, 255, 255], 32, "the broadcast address"),
    ([240, 0, 0, 0], 4, "a reserved address"),
];

/// IPv6 networks that are not public; mapped addresses are judged as IPv4 before.
const V6: [([u16; 8], u8, &str); 18] = [
    ([0; 8], 128, "the unspecified address"),
    ([0, 0, 0, 0, 0, 0, 0, 1], 128, "a loopback address"),
    ([0; 8], 96, "an IPv4-compatible address"),
    (
        [0x64, 0xff9b, 0, 0, 0, 0, 0, 0],
        96,
        "an address in NAT64 form",
    ),
    (
        [0x64, 0xff9b, 1, 0, 0, 0, 0, 0],
        48,
        "an address in NAT64 form",
    ),
    ([0; 8], 8, "a reserved address"),
    (
        [0x100, 0, 0, 0, 0, 0, 0, 0],
        8,
        "a discard or reserved address",
    ),
    ([0x2001, 0, 0, 0, 0, 0, 0, 0], 32, "a Teredo address"),
    ([0x2001, 0, 0, 0, 0, 0, 0, 0], 23, "a protocol assignment"),
    (
        [0x2001, 0xdb8, 0, 0, 0, 0, 0, 0],
        32,
        "a documentation address",
    ),
    ([0x2002, 0, 0, 0, 0, 0, 0, 0], 16, "an address in 6to4 form"),
    ([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20, "a documentation address"),
    (
        [0x5f00, 0, 0, 0, 0, 0, 0, 0],
        16,
        "a segment routing address",
    ),
    (
        [0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254],
        128,
        "the metadata service of a cloud",
    ),
    ([0xfc00, 0, 0, 0, 0, 0, 0, 0], 7, "a private address"),
    ([0xfe80, 0, 0, 0, 0, 0, 0, 0], 10, "a link-local address"),
    ([0xfec0, 0, 0, 0, 0, 0, 0, 0], 10, "a site-local address"),
    ([0xff00, 0, 0, 0, 0, 0, 0, 0], 8, "a multicast address"),
];

/// Global unicast, the only part of IPv6 that is handed out.
const V6_UNICAST: (u128, u8) = (0x2000 << 112, 3);

fn class_v4(address: Ipv4Addr) -> Option<&'static str> {
    V4.iter()
        .find(|(network, prefix, _)| {
            let shift = 32 - u32::from(*prefix);
            u32::from(address) >> shift == u32::from_be_bytes(*network) >> shift
        })
        .map(|(_, _, class)| *class)
}

fn class_v6(address: Ipv6Addr) -> Option<&'static str> {
    let named = V6
        .iter()
        .find(|(network, prefix, _)| within(address, u128::from(Ipv6Addr::from(*network)), *prefix))
        .map(|(_, _, class)| *class);
    let (unicast, prefix) = V6_UNICAST;
    named.or_else(|| (!within(address, unicast, prefix)).then_some("a reserved address"))
}

fn within(address: Ipv6Addr, network: u128, prefix: u8) -> bool {
    let shift = 128 - u32::from(prefix);
    u128::from(address) >> shift == network >> shift
}

/// The IPv4 address that an IPv6 address leads to: IPv4-compatible, NAT64 (RFC 6052) or 6to4.
fn wrapped(address: Ipv6Addr) -> Option<Ipv4Addr> {
    match address.segments() {
        [0, 0, 0, 0, 0, 0, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            Some(joined(high, low))
        }
        [0x2002, high, low, ..] => Some(joined(high, low)),
        _ => None,
    }
}

fn joined(high: u16, low: u16) -> Ipv4Addr {
    Ipv4Addr::from(u32::from(high) << 16 | u32::from(low))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class_of(address: &str, private: &Private) -> Option<&'static str> {
        refusal(address.parse().expect(address), private)
    }

    fn networks(list: &[&str]) -> Private {
        Private::Networks(
            list.iter()
                .map(|text| Network::parse(text).expect("a network"))
                .collect(),
        )
    }

    #[test]
    fn public_addresses_pass() {
        for address in [
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "169.253.255.255",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.0",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "2001:200::1",
            "2001:4860:4860::8888",
            "2003::1",
            "2606:4700::1111",
            "::ffff:8.8.8.8",
        ] {
            assert_eq!(class_of(address, &Private::Refused), None, "{address}");
        }
    }

    #[test]
    fn everything_else_is_refused_by_its_kind_and_had_when_all_is_allowed() {
        for (address, kind) in [
            ("0.0.0.0", "unspecified"),
            ("0.1.2.3", "this network"),
            ("10.255.255.255", "private"),
            ("100.64.0.1", "shared"),
            ("127.0.0.1", "loopback"),
            ("127.255.255.254", "loopback"),
            ("169.254.169.254", "metadata"),
            ("169.254.1.1", "link-local"),
            ("172.16.0.1", "private"),
            ("172.31.255.255", "private"),
            ("192.0.0.170", "protocol"),
            ("192.0.2.1", "documentation"),
            ("192.88.99.1", "6to4"),
            ("192.168.1.1", "private"),
            ("198.18.0.1", "benchmarking"),
            ("198.19.255.255", "benchmarking"),
            ("198.51.100.7", "documentation"),
            ("203.0.113.7", "documentation"),
            ("224.0.0.1", "multicast"),
            ("239.255.255.255", "multicast"),
            ("240.0.0.1", "reserved"),
            ("255.255.255.255", "broadcast"),
            ("::", "unspecified"),
            ("::1", "loopback"),
            ("::7f00:1", "compatible"),
            ("::ffff:127.0.0.1", "loopback"),
            ("::ffff:169.254.169.254", "metadata"),
            ("::ffff:0:127.0.0.1", "reserved"),
            ("64:ff9b::7f00:1", "NAT64"),
            ("64:ff9b::808:808", "NAT64"),
            ("64:ff9b:1::1", "NAT64"),
            ("100::1", "discard"),
            ("2001::1", "Teredo"),
            ("2001:20::1", "protocol"),
            ("2001:db8::1", "documentation"),
            ("2002:7f00:1::", "6to4"),
            ("3fff::1", "documentation"),
            ("4000::1", "reserved"),
            ("5f00::1", "segment routing"),
            ("fc00::1", "private"),
            ("fd00:ec2::254", "metadata"),
            ("fd12:3456::1", "private"),
            ("fe80::1", "link-local"),
            ("fec0::1", "site-local"),
            ("ff02::1", "multicast"),
        ] {
            let class = class_of(address, &Private::Refused);
            assert!(
                class.is_some_and(|class| class.contains(kind)),
                "{address}: {class:?}"
            );
            assert_eq!(class_of(address, &Private::Allowed), None, "{address}");
        }
    }

    #[test]
    fn an_allowed_network_covers_its_own_addresses_and_their_mapped_form_only() {
        let office = networks(&["10.1.0.0/16", "fd00:1::/32"]);
        for address in ["10.1.2.3", "::ffff:10.1.2.3", "fd00:1::5"] {
            assert_eq!(class_of(address, &office), None, "{address}");
        }
        for address in ["10.2.0.1", "::ffff:10.2.0.1", "127.0.0.1", "fd00:2::5"] {
            assert!(class_of(address, &office).is_some(), "{address}");
        }
    }

    #[test]
    fn a_wrapping_form_is_had_only_if_the_address_in_it_may_be_had_too() {
        let nat64 = networks(&["64:ff9b::/96", "2002::/16"]);
        for address in ["64:ff9b::808:808", "2002:808:808::1"] {
            assert_eq!(class_of(address, &nat64), None, "{address}");
        }
        for address in ["64:ff9b::7f00:1", "2002:a00:1::1"] {
            assert!(class_of(address, &nat64).is_some(), "{address}");
        }
        let both = networks(&["64:ff9b::/96", "10.0.0.0/8"]);
        assert_eq!(class_of("64:ff9b::a00:1", &both), None);
        assert!(class_of("64:ff9b::a00:1", &networks(&["10.0.0.0/8"])).is_some());
    }
}
