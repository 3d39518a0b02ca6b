//! The files that came with leads, as the store knows them: by lead and name.

use crate::store::{Store, StoreError};

/// A kept file: its lead and its name in the folder.
pub type KeptFile = (u64, String);

/// So many are told at once.
const PAGE: usize = 4096;

impl Store {
    /// Kept files, from behind `after` on.
    pub fn kept_files(&self, after: &KeptFile) -> Result<Vec<KeptFile>, StoreError> {
        self.view(|view| {
            let rows = view.files.range((after.0, after.1.as_str())..)?;
            let mut files = Vec::new();
            for row in rows.take(PAGE + 1) {
                let key = row?.0;
                let (lead, name) = key.value();
                if (lead, name) != (after.0, after.1.as_str()) {
                    files.push((lead, name.to_owned()));
                }
            }
            files.truncate(PAGE);
            Ok(files)
        })
    }

    /// Notes that these are not kept any more.
    pub fn forget_files(&self, files: Vec<KeptFile>) -> Result<(), StoreError> {
        self.have_done(move |tables, _| {
            for (lead, name) in &files {
                tables.files.remove((*lead, name.as_str()))?;
            }
            Ok(())
        })
    }
}
