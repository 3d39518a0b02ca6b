//! The files that a config consists of or refers to: read with a limit, and whether others than their owner
//! may use them.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// A file's content.
pub(super) struct Content {
    pub(super) bytes: Vec<u8>,
    /// Whether its mode gives its group or all others any right.
    pub(super) open_to_others: bool,
}

const RIGHTS_OF_OTHERS: u32 = 0o077;

/// Reads a regular file of at most `bytes_max` bytes, or says why it cannot be read.
pub(super) fn read(path: &Path, bytes_max: u64) -> Result<Content, String> {
    let refused = |why: String| format!("cannot read {}: {why}", path.display());
    let io = |error: std::io::Error| refused(error.to_string());
    // Asked before opening: to open a named pipe would wait for somebody to write into it.
    if !path.metadata().map_err(io)?.is_file() {
        return Err(refused("it is not a regular file".to_owned()));
    }
    let file = File::open(path).map_err(io)?;
    let mode = file.metadata().map_err(io)?.permissions().mode();
    let mut bytes = Vec::new();
    file.take(bytes_max + 1)
        .read_to_end(&mut bytes)
        .map_err(io)?;
    if u64::try_from(bytes.len()).is_ok_and(|n| n > bytes_max) {
        return Err(refused(format!("it has more than {bytes_max} bytes")));
    }
    Ok(Content {
        bytes,
        open_to_others: mode & RIGHTS_OF_OTHERS != 0,
    })
}
