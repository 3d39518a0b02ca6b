//! What came of reading the config again while the daemon runs, in words.

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reloaded {
    /// The new config is in force,
    Taken {
        /// but for these keys, which wait for a restart.
        needs_restart: Vec<&'static str>,
        /// What looks wrong in it.
        warnings: Vec<String>,
    },
    /// The old one goes on; what is wrong with the new one, each with its place and its key.
    Kept(Vec<String>),
}

impl Reloaded {
    /// In a sentence, without what is wrong.
    pub fn sentence(&self) -> String {
        match self {
            Reloaded::Taken { needs_restart, .. } if needs_restart.is_empty() => {
                "the config was taken over".to_owned()
            }
            Reloaded::Taken { needs_restart, .. } => format!(
                "the config was taken over, but for what needs a restart: {}",
                needs_restart.join(", ")
            ),
            Reloaded::Kept(_) => "the config was not taken over, the old one goes on".to_owned(),
        }
    }

    /// What is wrong, or looks wrong.
    pub fn problems(&self) -> &[String] {
        match self {
            Reloaded::Taken { warnings, .. } => warnings,
            Reloaded::Kept(problems) => problems,
        }
    }
}
