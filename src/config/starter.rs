//! What `leadhook init` writes: a config that runs, and the fresh secrets that it refers to.
//!
//! No file is ever overwritten. If one cannot be written, those written before it are removed, so
//! that `init` can simply be repeated.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

/// The config that it writes, to go on from.
const STARTER: &str = include_str!("starter.toml");

const SECRET_BYTES: usize = 32;
const OWNER_ONLY: u32 = 0o600;

/// Why nothing was written.
#[derive(Debug)]
pub enum StarterError {
    /// This file exists.
    Exists(PathBuf),
    /// This file or directory could not be written.
    Io(PathBuf, io::Error),
}

impl fmt::Display for StarterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StarterError::Exists(path) => write!(
                f,
                "{} exists and is left as it is; choose another directory, or move the file away",
                path.display()
            ),
            StarterError::Io(path, error) => {
                write!(f, "cannot write {}: {error}", path.display())
            }
        }
    }
}

impl std::error::Error for StarterError {}

/// Writes `leadhook.toml` and its files of secrets into `dir`, readable by their owner only, and
/// returns their paths. `random` fills a buffer with secure random bytes.
pub fn starter(
    dir: &Path,
    random: &mut dyn FnMut(&mut [u8]),
) -> Result<Vec<PathBuf>, StarterError> {
    let mut fresh = || {
        let mut bytes = [0; SECRET_BYTES];
        random(&mut bytes);
        bytes
    };
    // The prefixes tell which is which, to people and to scanners for leaked secrets.
    let files = [
        ("leadhook.toml", STARTER.to_owned()),
        (
            "admin-token",
            format!("lh_admin_{}\n", URL_SAFE_NO_PAD.encode(fresh())),
        ),
        (
            "source-token",
            format!("lh_source_{}\n", URL_SAFE_NO_PAD.encode(fresh())),
        ),
        (
            "webhook-secret",
            format!("whsec_{}\n", STANDARD.encode(fresh())),
        ),
    ];
    if let Some(path) = files
        .iter()
        .map(|(name, _)| dir.join(name))
        .find(|path| path.exists())
    {
        return Err(StarterError::Exists(path));
    }
    fs::create_dir_all(dir).map_err(|error| StarterError::Io(dir.to_owned(), error))?;
    let mut written = Vec::new();
    for (name, content) in files {
        let path = dir.join(name);
        if let Err(error) = write_new(&path, &content) {
            for path in written {
                // The error that counts is the first one.
                let _ = fs::remove_file(path);
            }
            return Err(error);
        }
        written.push(path);
    }
    Ok(written)
}

fn write_new(path: &Path, content: &str) -> Result<(), StarterError> {
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::AlreadyExists => StarterError::Exists(path.to_owned()),
        _ => StarterError::Io(path.to_owned(), error),
    };
    let mut options = OpenOptions::new();
    let mut file = options
        .write(true)
        .create_new(true)
        .mode(OWNER_ONLY)
        .open(path)
        .map_err(failed)?;
    let written = file
        .write_all(content.as_bytes())
        .and_then(|()| file.sync_all());
    written.map_err(|error| {
        let _ = fs::remove_file(path);
        failed(error)
    })
}
