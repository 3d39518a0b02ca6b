//! The file that says where addresses are: read when the config is read and again when it was
//! replaced. A file that is missing or damaged is told in the log; leads come in without a place then.

use std::fs::{File, Metadata};
use std::io::Read;
use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use maxminddb::{PathElement, Reader};

use crate::domain::location::{Location, Place};
use crate::domain::time::Timestamp;
use crate::log::Log;
use crate::system::Clock;

/// So often a lead looks whether the file was replaced.
const LOOK_AGAIN: Duration = Duration::from_secs(10);
/// The large ones with cities have 60 to 150 MB.
const FILE_BYTES_MAX: u64 = 1 << 30;

/// Finds places.
pub(super) struct Atlas {
    clock: Clock,
    log: Log,
    map: RwLock<Option<Arc<Map>>>,
    looked: Mutex<Option<Timestamp>>,
}

/// One reading of the file.
struct Map {
    location: Location,
    /// None where it could never be read.
    places: Option<Arc<Places>>,
    seen: Option<Seen>,
}

/// What tells one file from another of the same name.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Seen {
    bytes: u64,
    changed: Option<SystemTime>,
}

impl Seen {
    fn of(metadata: &Metadata) -> Seen {
        Seen {
            bytes: metadata.len(),
            changed: metadata.modified().ok(),
        }
    }
}

impl Atlas {
    /// One without a file.
    pub(super) fn new(clock: Clock, log: Log) -> Atlas {
        Atlas {
            clock,
            log,
            map: RwLock::new(None),
            looked: Mutex::new(None),
        }
    }

    /// Reads the file of these settings, now and whenever it is replaced.
    pub(super) fn set(&self, location: Option<Location>) {
        let before = self.map();
        let map = location.map(|location| self.read(location, before.as_deref()));
        *self.map.write().unwrap_or_else(PoisonError::into_inner) = map.map(Arc::new);
    }

    /// Where this address is, if the file knows.
    pub(super) fn find(self: &Arc<Atlas>, address: IpAddr) -> Option<Place> {
        let map = self.map()?;
        self.look_again(&map);
        map.places.as_ref()?.find(address, &map.location.language)
    }

    fn map(&self) -> Option<Arc<Map>> {
        let map = self.map.read().unwrap_or_else(PoisonError::into_inner);
        map.clone()
    }

    /// Has the file read again beside the leads, if it was replaced.
    fn look_again(self: &Arc<Atlas>, map: &Arc<Map>) {
        let now = self.clock.now();
        {
            let mut looked = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
            let since = |then: Timestamp| Duration::from_millis(now.0.abs_diff(then.0));
            if looked.is_some_and(|then| since(then) < LOOK_AGAIN) {
                return;
            }
            *looked = Some(now);
        }
        let metadata = std::fs::metadata(&map.location.database).ok();
        if metadata.as_ref().map(Seen::of) == map.seen {
            return;
        }
        let (atlas, old) = (self.clone(), map.clone());
        let read = move || {
            let new = atlas.read(old.location.clone(), Some(&old));
            let mut present = atlas.map.write().unwrap_or_else(PoisonError::into_inner);
            // The config may have been read again in the meantime.
            if present.as_ref().is_some_and(|map| Arc::ptr_eq(map, &old)) {
                *present = Some(Arc::new(new));
            }
        };
        let thread = std::thread::Builder::new().name("location".to_owned());
        if let Err(error) = thread.spawn(read) {
            self.complain(&map.location.database, &error);
        }
    }

    /// Reads the file; where that fails, what was read before stays in use.
    fn read(&self, location: Location, before: Option<&Map>) -> Map {
        let path = &location.database;
        let seen = std::fs::metadata(path).ok().as_ref().map(Seen::of);
        let places = match open(path) {
            Ok(places) => {
                let kind = &places.0.metadata().database_type;
                let values: [(&str, &dyn std::fmt::Display); 2] =
                    [("type", kind), ("built", &places.built())];
                self.log.info("location database read", &values);
                Some(Arc::new(places))
            }
            Err(reason) => {
                self.complain(path, &reason);
                let same = before.filter(|map| map.location.database == *path);
                same.and_then(|map| map.places.clone())
            }
        };
        Map {
            location,
            places,
            seen,
        }
    }

    fn complain(&self, path: &Path, reason: &dyn std::fmt::Display) {
        self.log.warn(
            "the location database cannot be read",
            &[("file", &path.display()), ("reason", reason)],
        );
    }
}

fn open(path: &Path) -> Result<Places, String> {
    let file = File::open(path).map_err(|error| error.to_string())?;
    let mut bytes = Vec::new();
    let mut limited = file.take(FILE_BYTES_MAX + 1);
    limited
        .read_to_end(&mut bytes)
        .map_err(|error| error.to_string())?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err("it is larger than 1 GiB".to_owned());
    }
    Places::read(bytes)
}

/// What a file says. Whatever a damaged one does to its reader, the lead goes on.
pub struct Places(Reader<Vec<u8>>);

impl Places {
    /// Reads the bytes of a file in MaxMind's format.
    pub fn read(bytes: Vec<u8>) -> Result<Places, String> {
        let read = catch_unwind(|| Reader::from_source(bytes));
        let read = read.map_err(|_| "it is damaged".to_owned())?;
        read.map(Places).map_err(|error| error.to_string())
    }

    /// When the file was made, as it says itself.
    pub fn built(&self) -> Timestamp {
        Timestamp(self.0.metadata().build_epoch.saturating_mul(1000))
    }

    /// Where this address is, if the file knows; with the city's name in this language, else in English.
    pub fn find(&self, address: IpAddr, language: &str) -> Option<Place> {
        let found = catch_unwind(AssertUnwindSafe(|| self.look_up(address, language)));
        found.unwrap_or_default()
    }

    fn look_up(&self, address: IpAddr, language: &str) -> Option<Place> {
        let found = self
            .0
            .lookup(address)
            .ok()
            .filter(|found| found.has_data())?;
        let text = |path: &[PathElement<'_>]| {
            let text: Option<&str> = found.decode_path(path).ok()?;
            text.filter(|text| !text.is_empty()).map(str::to_owned)
        };
        let key = PathElement::Key;
        let name = |language| text(&[key("city"), key("names"), key(language)]);
        Some(Place {
            city: name(language).or_else(|| name("en")),
            state: text(&[key("subdivisions"), PathElement::Index(0), key("iso_code")]),
            country: text(&[key("country"), key("iso_code")]),
        })
    }
}
