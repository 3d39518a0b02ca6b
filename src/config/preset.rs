//! How presets of services are kept and read: a text each, with the keys of a config and a few more.

use std::path::Path;

use toml::de::DeTable;

use super::env::Env;
use super::problem::Problem;
use super::reader::Reader;
use super::section::Section;

/// The name of a preset, and its text.
pub(super) type Named = (&'static str, &'static str);

/// All presets of a folder.
macro_rules! presets {
    ($folder:literal: $($name:literal),* $(,)?) => {
        /// All presets: the name and the text.
        pub const PRESETS: [(&str, &str); [$($name),*].len()] =
            [$(($name, include_str!(concat!($folder, $name, ".toml")))),*];
    };
}
pub(super) use presets;

/// Reads the preset of this name; a test holds that all are read without a problem.
pub(super) fn find<T>(
    presets: &[Named],
    name: &str,
    read: fn(Named) -> (T, Vec<Problem>),
) -> Option<T> {
    let named = presets.iter().find(|(known, _)| *known == name)?;
    let (preset, problems) = read(*named);
    debug_assert!(problems.is_empty(), "{problems:?}");
    Some(preset)
}

/// Walks through the text of a preset.
pub(super) fn read<T>(
    (name, text): Named,
    walk: impl FnOnce(&Section<'_>) -> T,
) -> (T, Vec<Problem>) {
    let env = Env::default();
    let reader = Reader::new(text, name, Path::new(""), &env);
    let (document, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        let at = error.span().map_or(0, |span| span.start);
        reader.problem(at, error.message().to_owned(), None);
    }
    let preset = reader.read(document.get_ref(), |root| walk(root));
    (preset, reader.finish().problems)
}
