//! Files that came with leads, in the folder beside the database: copied with a backup, and back.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// The folder of a backup's files: `NAME.files` beside `NAME.redb`.
pub(crate) fn files_of(backup: &Path) -> PathBuf {
    backup.with_extension("files")
}

/// Copies the files of `from` that are `wanted` and that `to` does not have, and syncs them. Those that
/// `before` has are linked, since they never change. Tells how many there are; for none, no folder is made.
pub(crate) fn copy_files(
    from: &Path,
    to: &Path,
    before: Option<&Path>,
    wanted: &dyn Fn(&str) -> bool,
) -> io::Result<u64> {
    let entries = match fs::read_dir(from) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        entries => entries?,
    };
    let mut count = 0;
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name();
        if !entry.file_type()?.is_file() || !wanted(&name.to_string_lossy()) {
            continue;
        }
        if count == 0 && !to.exists() {
            DirBuilder::new().mode(0o700).create(to)?;
        }
        copy_file(&entry.path(), &to.join(entry.file_name()), before)?;
        count += 1;
    }
    if count > 0 {
        File::open(to)?.sync_all()?;
    }
    Ok(count)
}

fn copy_file(from: &Path, to: &Path, before: Option<&Path>) -> io::Result<()> {
    if to.exists() {
        return Ok(());
    }
    let earlier = before.zip(from.file_name());
    if let Some((before, name)) = earlier
        && fs::hard_link(before.join(name), to).is_ok()
    {
        return Ok(());
    }
    let part = to.with_extension("part");
    match fs::copy(from, &part) {
        // Its lead went in the meantime.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
        Ok(_) => {
            File::open(&part)?.sync_all()?;
            fs::rename(&part, to)
        }
    }
}
