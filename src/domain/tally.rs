//! What came by a source: how many posts were taken, ignored and refused, and the last refused ones,
//! so that the owner sees what a service or a page does wrong.
//!
//! Refused posts are worth money and cost nothing to send: what is kept of them is bounded, and posts
//! that are alike share one entry, so that a flood of one kind does not push out all others.

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::contact::mentions;
use super::time::Timestamp;

/// What came by one source since its first post.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Posts that became or changed leads, or said nothing new.
    pub taken: u64,
    /// Posts that the source does not want.
    pub ignored: u64,
    /// Posts that were refused.
    pub refused: u64,
    /// When the last one was taken.
    pub last_taken: Option<Timestamp>,
    /// The last refused ones, the newest first.
    pub refusals: Vec<Refusals>,
}

/// Refused posts that are alike: same reason, same client, same place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusals {
    /// How many.
    pub count: u64,
    /// When the first one came.
    pub first: Timestamp,
    /// The last one.
    pub last: RefusedPost,
}

/// A post that was refused. Nothing in it is of the person, but for a body that the owner wants kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedPost {
    /// When it came.
    pub at: Timestamp,
    /// The status that it was answered with.
    pub status: u16,
    /// The stable code of the answer.
    pub code: String,
    /// The bytes of its body; where that was not read, those that were announced.
    pub bytes: u64,
    /// Who posted, masked.
    pub client: IpAddr,
    /// Where it was posted to, where no source is there.
    pub place: Option<String>,
    /// Its body, or the beginning of it, where the source keeps those.
    pub body: Option<Vec<u8>>,
}

/// What happened to a post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happened {
    /// It was taken.
    Taken(Timestamp),
    /// It was ignored.
    Ignored,
    /// It was refused.
    Refused(RefusedPost),
}

/// So many entries are kept for each source.
pub const REFUSALS_MAX: usize = 50;
/// So much is kept of one body, and of all of a source.
pub const BODY_BYTES_MAX: usize = 8 * 1024;
const BODIES_BYTES_MAX: usize = 32 * 1024;
/// So much of a place that is not there.
const PLACE_BYTES_MAX: usize = 64;

/// The name under which posts are counted that name no source. No source can be called so.
pub const NO_SOURCE: &str = "@unknown";

impl Tally {
    /// Counts one post.
    pub fn count(&mut self, happened: Happened) {
        match happened {
            Happened::Taken(at) => {
                self.taken += 1;
                self.last_taken = self.last_taken.max(Some(at));
            }
            Happened::Ignored => self.ignored += 1,
            Happened::Refused(post) => {
                self.refused += 1;
                self.note(post);
            }
        }
    }

    fn note(&mut self, post: RefusedPost) {
        let alike = |known: &Refusals| {
            let last = &known.last;
            last.code == post.code && last.client == post.client && last.place == post.place
        };
        let at = self.refusals.iter().position(alike);
        let known = at.map(|at| self.refusals.remove(at));
        let new = Refusals {
            count: known.as_ref().map_or(0, |known| known.count) + 1,
            first: known.map_or(post.at, |known| known.first),
            last: post,
        };
        self.refusals.insert(0, new);
        self.bound();
    }

    /// Adds what was counted before.
    pub fn add_earlier(&mut self, earlier: Tally) {
        self.taken += earlier.taken;
        self.ignored += earlier.ignored;
        self.refused += earlier.refused;
        self.last_taken = self.last_taken.max(earlier.last_taken);
        self.refusals.extend(earlier.refusals);
        self.bound();
    }

    /// Lets go of the bodies that name one of `known_by`; tells whether there were any.
    pub fn forget(&mut self, known_by: &BTreeSet<String>) -> bool {
        let mut any = false;
        for refusals in &mut self.refusals {
            let body = &mut refusals.last.body;
            if body.as_ref().is_some_and(|body| mentions(body, known_by)) {
                *body = None;
                any = true;
            }
        }
        any
    }

    /// Lets go of the oldest entries, and of the oldest bodies.
    fn bound(&mut self) {
        self.refusals.truncate(REFUSALS_MAX);
        let mut left = BODIES_BYTES_MAX;
        for entry in &mut self.refusals {
            let bytes = entry.last.body.as_ref().map_or(0, Vec::len);
            if bytes > left {
                entry.last.body = None;
            }
            left = left.saturating_sub(bytes);
        }
    }
}

/// The client without what tells it from its neighbours: an IPv4 network of 256, an IPv6 /48. Enough to
/// know one's own server, and too little to know a person.
pub fn masked(client: IpAddr) -> IpAddr {
    match client {
        IpAddr::V4(address) => {
            let [a, b, c, _] = address.octets();
            IpAddr::from([a, b, c, 0])
        }
        IpAddr::V6(address) => {
            let [a, b, c, ..] = address.segments();
            IpAddr::from([a, b, c, 0, 0, 0, 0, 0])
        }
    }
}

/// What somebody took for the name of a source, as far as it can be one: behind the first other sign
/// there may be a secret.
pub fn misspelt(path: &str) -> String {
    let fits = |c: &char| c.is_ascii_alphanumeric() || "-_./".contains(*c);
    path.chars()
        .take_while(fits)
        .take(PLACE_BYTES_MAX)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(code: &str, client: u8) -> RefusedPost {
        RefusedPost {
            at: Timestamp(7),
            status: 401,
            code: code.to_owned(),
            bytes: 3,
            client: IpAddr::from([192, 0, 2, client]),
            place: None,
            body: Some(vec![0; BODY_BYTES_MAX]),
        }
    }

    #[test]
    fn posts_that_are_alike_share_an_entry_and_old_ones_go() {
        let mut tally = Tally::default();
        for n in 0..1000 {
            tally.count(Happened::Refused(refused("unauthorized", 1)));
            tally.count(Happened::Refused(refused(
                "empty_submission",
                (n % 200) as u8,
            )));
        }
        assert_eq!(tally.refused, 2000);
        assert_eq!(tally.refusals.len(), REFUSALS_MAX);
        let counts: Vec<u64> = tally.refusals.iter().map(|entry| entry.count).collect();
        assert!(counts.contains(&1000), "{counts:?}");
        let bodies = tally
            .refusals
            .iter()
            .filter_map(|entry| entry.last.body.as_ref());
        assert_eq!(bodies.map(Vec::len).sum::<usize>(), BODIES_BYTES_MAX);
    }

    #[test]
    fn a_client_is_known_by_its_network_and_a_place_only_up_to_a_secret() {
        for (client, expected) in [
            ("192.0.2.77", "192.0.2.0"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1::"),
        ] {
            let masked = masked(client.parse().expect("an address"));
            assert_eq!(masked.to_string(), expected);
        }
        assert_eq!(misspelt("Webseite/%3Ftoken=s"), "Webseite/");
        assert_eq!(misspelt(&"a".repeat(100)).len(), PLACE_BYTES_MAX);
    }
}
