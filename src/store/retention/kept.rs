//! The files that came with leads, as the store knows them: by lead and number.

use redb::ReadableTable;

use crate::store::tables::{FileKey, Tables};
use crate::store::{Store, StoreError};

/// A kept file.
#[derive(Clone, Debug, Default)]
pub struct KeptFile {
    pub(crate) key: FileKey,
    /// Its name in the folder.
    pub name: String,
}

impl KeptFile {
    fn read(key: FileKey, name: &[u8]) -> KeptFile {
        let name = String::from_utf8_lossy(name).into_owned();
        KeptFile { key, name }
    }
}

/// So many are told at once.
const PAGE: usize = 4096;

impl Store {
    /// Kept files, from behind `after` on.
    pub fn kept_files(&self, after: &KeptFile) -> Result<Vec<KeptFile>, StoreError> {
        self.view(|view| {
            let mut files = Vec::new();
            for row in view.files.range(after.key..)?.take(PAGE + 1) {
                let (key, name) = row?;
                if key.value() != after.key {
                    files.push(KeptFile::read(key.value(), name.value()));
                }
            }
            files.truncate(PAGE);
            Ok(files)
        })
    }

    /// Notes that these are not kept any more.
    pub fn forget_files(&self, files: Vec<KeptFile>) -> Result<(), StoreError> {
        self.have_done(move |tables, _| {
            for file in &files {
                tables.files.remove(file.key)?;
            }
            Ok(())
        })
    }
}

/// The kept files of a lead.
pub(crate) fn files_of(
    table: &impl ReadableTable<FileKey, &'static [u8]>,
    lead: u64,
) -> Result<Vec<KeptFile>, StoreError> {
    let rows = table.range((lead, 0)..=(lead, u32::MAX))?;
    rows.map(|row| {
        let (key, name) = row?;
        Ok(KeptFile::read(key.value(), name.value()))
    })
    .collect()
}

/// Notes files that came with a lead, behind those that came before.
pub(crate) fn keep_files(
    tables: &mut Tables<'_>,
    lead: u64,
    names: &[String],
) -> Result<(), StoreError> {
    if names.is_empty() {
        return Ok(());
    }
    let before = files_of(&*tables.files, lead)?;
    let next = before.last().map_or(0, |file| file.key.1 + 1);
    for (number, name) in (next..).zip(names) {
        tables.files.insert((lead, number), name.as_bytes())?;
    }
    Ok(())
}
