//! Where the benchmarks run: a directory on a real disk, and what the machine is like.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::table::median;

/// The build's own directory for such files: on a disk, where the system's may be in memory.
pub(crate) fn ground() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
}

/// A directory that is removed with the value.
pub(crate) struct Directory(PathBuf);

impl Directory {
    pub(crate) fn new() -> Directory {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = ground().join(format!("bench-{}-{number}", std::process::id()));
        fs::create_dir_all(&path).expect("a directory");
        Directory(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// What a 4 KiB write with fdatasync takes here, in the middle of 200.
pub(crate) fn fsync_time() -> Duration {
    const PAGES: u64 = 64;
    let directory = Directory::new();
    let path = directory.path().join("fsync");
    let mut file = File::create(&path).expect("a file");
    file.write_all(&[1; 4096 * PAGES as usize])
        .expect("a write");
    file.sync_all().expect("a sync");
    let times = (0..200).map(|n| {
        let began = Instant::now();
        let place = n * 7 % PAGES * 4096;
        file.write_all_at(&[n as u8; 4096], place).expect("a write");
        file.sync_data().expect("a sync");
        began.elapsed().as_secs_f64()
    });
    Duration::from_secs_f64(median(times.collect()))
}

/// Cores, load and kernel, in words.
pub(crate) fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let read = |path| fs::read_to_string(path).unwrap_or_default();
    let load = read("/proc/loadavg");
    let load = load.split(' ').next().unwrap_or_default();
    let kernel = read("/proc/sys/kernel/osrelease");
    format!("{cores} cores, Linux {}, load {load}", kernel.trim())
}

/// Bytes of a file: as it appears, and as the disk really gives.
pub(crate) fn file_bytes(path: &Path) -> (u64, u64) {
    const BLOCK_BYTES: u64 = 512;
    let file = fs::metadata(path).expect("a file");
    (file.len(), file.blocks() * BLOCK_BYTES)
}
