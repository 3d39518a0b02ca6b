//! Where the journal's files are: a directory of the system, or whatever a test puts in its place.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::store::file::{self, Identity};

/// A place for files that only grow at their end.
pub trait Medium: Send + Sync {
    /// What messages call it.
    fn name(&self) -> String;
    /// The names of all files in it; makes the place where there is none.
    fn list(&self) -> io::Result<Vec<String>>;
    /// Makes a file that begins with `head`. When this returns, it is there with all of that, for
    /// good; when it fails or is cut short, it is not there at all.
    fn create(&self, name: &str, head: &[u8]) -> io::Result<Box<dyn Strip>>;
    /// Opens a file to read it from its beginning, as it is on the disk.
    fn open(&self, name: &str) -> io::Result<Box<dyn Strip>>;
    /// Removes a file.
    fn remove(&self, name: &str) -> io::Result<()>;
    /// Gives a file another name.
    fn rename(&self, name: &str, to: &str) -> io::Result<()>;
    /// Bytes that may still be written, where that can be known.
    fn free_bytes(&self) -> Option<u64>;
    /// Bytes of all files in it, where that can be known.
    fn bytes(&self) -> Option<u64> {
        None
    }
}

/// One such file.
pub trait Strip: Send {
    /// Reads on from where the last read ended; 0: the end.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize>;
    /// Writes at the end.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Returns when everything that was appended is on the disk.
    fn sync(&mut self) -> io::Result<()>;
    /// Cuts off what is behind `length`, for good.
    fn cut(&mut self, length: u64) -> io::Result<()>;
    /// Whether it still has its name.
    fn is_in_place(&self) -> bool;
}

/// A directory.
pub(crate) struct Directory(pub(crate) PathBuf);

struct SystemFile {
    file: File,
    path: PathBuf,
    identity: Option<Identity>,
}

impl SystemFile {
    fn of(file: File, path: PathBuf) -> Box<dyn Strip> {
        let identity = Identity::of(&path);
        Box::new(SystemFile {
            file,
            path,
            identity,
        })
    }
}

impl Directory {
    fn sync(&self) -> io::Result<()> {
        File::open(&self.0)?.sync_all()
    }
}

impl Medium for Directory {
    fn name(&self) -> String {
        self.0.display().to_string()
    }

    fn list(&self) -> io::Result<Vec<String>> {
        if !self.0.exists() {
            DirBuilder::new()
                .mode(0o700)
                .recursive(true)
                .create(&self.0)?;
            let parent = self.0.parent().filter(|dir| !dir.as_os_str().is_empty());
            File::open(parent.unwrap_or(Path::new(".")))?.sync_all()?;
        }
        let names = fs::read_dir(&self.0)?;
        names
            .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
            .collect()
    }

    fn create(&self, name: &str, head: &[u8]) -> io::Result<Box<dyn Strip>> {
        let (path, unfinished) = (self.0.join(name), self.0.join(format!("{name}.new")));
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&unfinished)?;
        file.write_all(head)?;
        file.sync_all()?;
        fs::rename(&unfinished, &path)?;
        self.sync()?;
        Ok(SystemFile::of(file, path))
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn Strip>> {
        let path = self.0.join(name);
        let file = OpenOptions::new().read(true).write(true).open(&path)?;
        // As with the database: after a failed write the cache shows what the disk does not have.
        file.sync_data()?;
        rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed)?;
        Ok(SystemFile::of(file, path))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.0.join(name))?;
        self.sync()
    }

    fn rename(&self, name: &str, to: &str) -> io::Result<()> {
        fs::rename(self.0.join(name), self.0.join(to))?;
        self.sync()
    }

    fn free_bytes(&self) -> Option<u64> {
        file::free_bytes(&self.0.join("any"))
    }

    fn bytes(&self) -> Option<u64> {
        let files = fs::read_dir(&self.0).ok()?;
        // One that was removed meanwhile takes nothing.
        let bytes = files.map(|file| file.and_then(|file| file.metadata()).map_or(0, |m| m.len()));
        Some(bytes.sum())
    }
}

impl Strip for SystemFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.file.read(buffer)
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.seek(SeekFrom::End(0))?;
        self.file.write_all(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.file.sync_data()
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.file.set_len(length)?;
        self.file.sync_all()
    }

    fn is_in_place(&self) -> bool {
        Identity::of(&self.path) == self.identity
    }
}
