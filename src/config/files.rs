//! The files that a config consists of or refers to: read with a limit, and whether others than their owner
//! may use them.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// A file's content.
pub(super) struct Content {
    pub(super) bytes: Vec<u8>,
    /// Whether its mode gives its group or all others any right. A group that root lets read its file,
    /// as `root:leadhook` with 0640, is meant to.
    pub(super) open_to_others: bool,
}

const RIGHTS_OF_OTHERS: u32 = 0o077;
const GROUP_READS: u32 = 0o040;
const ROOT: u32 = 0;

/// Reads a regular file of at most `bytes_max` bytes, or says why it cannot be read.
pub(super) fn read(path: &Path, bytes_max: u64) -> Result<Content, String> {
    let refused = |why: String| format!("cannot read {}: {why}", path.display());
    let io = |error: std::io::Error| refused(error.to_string());
    // Asked before opening: to open a named pipe would wait for somebody to write into it.
    if !path.metadata().map_err(io)?.is_file() {
        return Err(refused("it is not a regular file".to_owned()));
    }
    let file = File::open(path).map_err(io)?;
    let of_file = file.metadata().map_err(io)?;
    let may_group = of_file.uid() == ROOT && of_file.gid() != ROOT;
    let allowed = if may_group { GROUP_READS } else { 0 };
    let mut bytes = Vec::new();
    file.take(bytes_max + 1)
        .read_to_end(&mut bytes)
        .map_err(io)?;
    if u64::try_from(bytes.len()).is_ok_and(|n| n > bytes_max) {
        return Err(refused(format!("it has more than {bytes_max} bytes")));
    }
    Ok(Content {
        bytes,
        open_to_others: of_file.mode() & RIGHTS_OF_OTHERS & !allowed != 0,
    })
}
