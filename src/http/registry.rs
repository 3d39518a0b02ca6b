//! Who is connected, and who has to go when there is no room.
//!
//! The lock is taken when a connection comes or goes, never for a request: what a connection is
//! doing is an atomic of its own entry.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::address::limit_key;
use super::entry::{Entry, Order};
use super::limits::Limits;

/// How many victims are sought at once. Looking at all connections for each newcomer would be what
/// an attacker wants.
const VICTIMS: usize = 256;

/// Why a newcomer is turned away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// All connections have a request under way.
    Full,
    /// Too many from this address.
    Address,
    /// The server ends.
    Stopping,
}

/// All open connections of a listener.
#[derive(Debug, Default)]
pub(super) struct Registry {
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    entries: HashMap<u64, Arc<Entry>>,
    per_key: HashMap<IpAddr, usize>,
    next_id: u64,
    /// Connections and since when they are idle, longest last. Whoever is not in here became idle
    /// later than they.
    victims: Vec<(u64, u64)>,
    stopping: bool,
}

impl Registry {
    /// Takes a connection in; where all places are taken, the one idle longest makes room. Says
    /// too whether one had to.
    pub(super) fn enter(
        &self,
        address: IpAddr,
        limits: &Limits,
        now_us: u64,
    ) -> Result<(Arc<Entry>, bool), Refusal> {
        let mut open = locked(&self.open);
        if open.stopping {
            return Err(Refusal::Stopping);
        }
        let key = counted_key(address, limits);
        let held = key.and_then(|key| open.per_key.get(&key));
        if held.is_some_and(|held| *held >= limits.connections_per_address) {
            return Err(Refusal::Address);
        }
        let full = open.entries.len() >= limits.connections_max;
        if full && !open.make_room() {
            return Err(Refusal::Full);
        }
        if let Some(key) = key {
            *open.per_key.entry(key).or_default() += 1;
        }
        open.next_id += 1;
        let entry = Arc::new(Entry::new(open.next_id, key, now_us));
        open.entries.insert(entry.id, Arc::clone(&entry));
        Ok((entry, full))
    }

    /// A connection is gone. Says whether it was the last.
    pub(super) fn leave(&self, entry: &Entry) -> bool {
        let mut open = locked(&self.open);
        open.remove(entry.id);
        open.entries.is_empty()
    }

    /// How many are open.
    pub(super) fn count(&self) -> usize {
        locked(&self.open).entries.len()
    }

    /// Takes in nobody any more, and lets all end after the request under way.
    pub(super) fn finish(&self) {
        let mut open = locked(&self.open);
        open.stopping = true;
        for entry in open.entries.values() {
            entry.command(Order::Finish);
        }
    }

    /// Ends all that is left. How many requests were cut by that.
    pub(super) fn cut(&self) -> usize {
        let open = locked(&self.open);
        let busy = open
            .entries
            .values()
            .filter(|entry| entry.is_busy())
            .count();
        for entry in open.entries.values() {
            entry.command(Order::Drop);
        }
        busy
    }
}

impl Open {
    fn make_room(&mut self) -> bool {
        if self.victims.is_empty() {
            self.seek_victims();
        }
        // Those found earlier may all be busy or gone by now; then it takes a second search.
        self.evict_one() || {
            self.seek_victims();
            self.evict_one()
        }
    }

    fn evict_one(&mut self) -> bool {
        while let Some((idle_us, id)) = self.victims.pop() {
            let entry = self.entries.get(&id);
            if entry.is_some_and(|entry| entry.evict(idle_us)) {
                self.remove(id);
                return true;
            }
        }
        false
    }

    fn seek_victims(&mut self) {
        let entries = self.entries.values();
        let idle = entries.filter_map(|entry| Some((entry.idle_us()?, entry.id)));
        let mut idle: Vec<(u64, u64)> = idle.collect();
        if idle.len() > VICTIMS {
            idle.select_nth_unstable(VICTIMS);
            idle.truncate(VICTIMS);
        }
        idle.sort_unstable_by(|a, b| b.cmp(a));
        self.victims = idle;
    }

    fn remove(&mut self, id: u64) {
        let Some(entry) = self.entries.remove(&id) else {
            return;
        };
        let Some(key) = entry.key else { return };
        match self.per_key.get_mut(&key) {
            Some(held) if *held > 1 => *held -= 1,
            _ => {
                self.per_key.remove(&key);
            }
        }
    }
}

fn counted_key(address: IpAddr, limits: &Limits) -> Option<IpAddr> {
    let trusted = limits.trusted_proxies.iter();
    let exempt = limits.connections_per_address == 0
        || address.is_loopback()
        || trusted.into_iter().any(|network| network.contains(address));
    (!exempt).then(|| limit_key(address))
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::webhook::Network;

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    fn limits(connections_max: usize, connections_per_address: usize) -> Limits {
        Limits {
            connections_max,
            connections_per_address,
            trusted_proxies: Network::parse("10.0.0.0/8").into_iter().collect(),
            ..Limits::default()
        }
    }

    #[test]
    fn one_address_gets_only_its_share_and_gets_it_back() {
        let (registry, limits) = (Registry::default(), limits(100, 2));
        let enter = |text| registry.enter(address(text), &limits, 0);
        let (first, _) = enter("2001:db8::1").expect("room");
        enter("2001:db8::2").expect("room");
        assert_eq!(enter("2001:db8::3").err(), Some(Refusal::Address));
        enter("2001:db8:0:1::1").expect("another network");
        registry.leave(&first);
        enter("2001:db8::3").expect("the place of the first");
    }

    #[test]
    fn loopback_and_proxies_may_hold_any_number() {
        let (registry, limits) = (Registry::default(), limits(100, 1));
        for text in [
            "127.0.0.1",
            "127.0.0.1",
            "::1",
            "::1",
            "10.1.1.1",
            "10.1.1.1",
        ] {
            registry.enter(address(text), &limits, 0).expect(text);
        }
    }

    #[test]
    fn the_longest_idle_makes_room_and_never_a_busy_one() {
        let (registry, limits) = (Registry::default(), limits(3, 0));
        let enter = |now_us| registry.enter(address("192.0.2.1"), &limits, now_us);
        let [busy, old, older] = [0, 2, 1].map(|now_us| enter(now_us).expect("room").0);
        assert!(busy.begin());
        let (newcomer, evicted) = enter(3).expect("the place of the oldest");
        assert!(evicted && older.order() == Order::Drop && old.order() == Order::Serve);
        assert!(!older.begin(), "dropped, so no request begins");
        assert!(old.begin() && newcomer.begin());
        assert_eq!(enter(4).err(), Some(Refusal::Full));
        old.end(5);
        enter(6).expect("the place of the one that became idle");
        assert_eq!(registry.count(), 3);
    }
}
