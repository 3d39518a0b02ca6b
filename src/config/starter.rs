//! What `leadhook init` writes: a config that runs, and the fresh secrets that it refers to; for a
//! domain also what the web server in front and the site are to be given.
//!
//! No file is ever overwritten. If one cannot be written, those written before it are removed, so
//! that `init` can simply be repeated.

use std::fmt;
use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use crate::domain::url::Host;

/// The config that it writes, to go on from.
const STARTER: &str = include_str!("starter.toml");
const CADDY: &str = include_str!("../../packaging/Caddyfile");
const FORM: &str = include_str!("../../packaging/form.html");
/// The domain of the recipes.
const EXAMPLE_DOMAIN: &str = "leads.example.com";
/// The directory of the unit's state, where the config is the system's.
const STATE: &str = "/var/lib/leadhook";

const SECRET_BYTES: usize = 32;
const OWNER_ONLY: u32 = 0o600;
const GROUP_READS: u32 = 0o640;
/// On a directory: files that are made in it belong to its group.
const HANDS_GROUP_ON: u32 = 0o2000;

/// Why nothing was written.
#[derive(Debug)]
pub enum StarterError {
    /// This file exists.
    Exists(PathBuf),
    /// This file or directory could not be written.
    Io(PathBuf, io::Error),
    /// This is not the name of a domain.
    Domain(String),
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
            StarterError::Domain(text) => write!(
                f,
                "{text:?} is not the name of a domain; it is the name alone, as in {EXAMPLE_DOMAIN}"
            ),
        }
    }
}

impl std::error::Error for StarterError {}

/// Writes `leadhook.toml` and its files of secrets into `dir`, and for `domain` a `Caddyfile` and
/// `form.html`; returns their paths. They are readable by their owner only, or also by the group that `dir`
/// hands on, as the one of a package does. `random` fills a buffer with secure random bytes.
pub fn starter(
    dir: &Path,
    domain: Option<&str>,
    random: &mut dyn FnMut(&mut [u8]),
) -> Result<Vec<PathBuf>, StarterError> {
    let mut fresh = || {
        let mut bytes = [0; SECRET_BYTES];
        random(&mut bytes);
        bytes
    };
    // The prefixes tell which is which, to people and to scanners for leaked secrets.
    let admin = format!("lh_admin_{}\n", URL_SAFE_NO_PAD.encode(fresh()));
    let source = format!("lh_source_{}\n", URL_SAFE_NO_PAD.encode(fresh()));
    let webhook = format!("whsec_{}\n", STANDARD.encode(fresh()));
    let mut files = vec![
        ("leadhook.toml", config(dir, domain)),
        ("admin-token", admin),
        ("source-token", source),
        ("webhook-secret", webhook),
    ];
    if let Some(domain) = domain {
        if !is_domain(domain) {
            return Err(StarterError::Domain(domain.to_owned()));
        }
        let filled_in = |recipe: &str| recipe.replace(EXAMPLE_DOMAIN, domain);
        files.push(("Caddyfile", filled_in(CADDY)));
        files.push(("form.html", filled_in(FORM)));
    }
    write_all(dir, files)
}

fn config(dir: &Path, domain: Option<&str>) -> String {
    let mut config = STARTER.to_owned();
    if let Some(domain) = domain {
        config = config.replace(
            "# leads are posted to http://127.0.0.1:8480/in/website",
            &format!(
                "# the web server passes https://{domain}/in/… on to it\n\
                 trusted_proxies = [\"127.0.0.1\", \"::1\"]   # and tells it who has posted\n\
                 public_url = \"https://{domain}\""
            ),
        );
    }
    // Commands that are typed do not know the state directory of the unit.
    if dir.starts_with("/etc") {
        for path in ["leadhook.redb", "backups"] {
            config = config.replace(&format!("\"{path}\""), &format!("\"{STATE}/{path}\""));
        }
    }
    config
}

fn is_domain(text: &str) -> bool {
    text.contains('.') && matches!(Host::parse(text), Some(Host::Name(_)))
}

fn write_all(dir: &Path, files: Vec<(&str, String)>) -> Result<Vec<PathBuf>, StarterError> {
    let paths = files.iter().map(|(name, _)| dir.join(name));
    if let Some(path) = paths.into_iter().find(|path| path.exists()) {
        return Err(StarterError::Exists(path));
    }
    let io = |error| StarterError::Io(dir.to_owned(), error);
    fs::create_dir_all(dir).map_err(io)?;
    let hands_on = dir.metadata().map_err(io)?.permissions().mode() & HANDS_GROUP_ON != 0;
    let mode = if hands_on { GROUP_READS } else { OWNER_ONLY };
    let mut written = Vec::new();
    for (name, content) in files {
        let path = dir.join(name);
        if let Err(error) = write_new(&path, &content, mode) {
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

fn write_new(path: &Path, content: &str, mode: u32) -> Result<(), StarterError> {
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
        // Whatever the umask says.
        .and_then(|()| file.set_permissions(Permissions::from_mode(mode)))
        .and_then(|()| file.sync_all());
    written.map_err(|error| {
        let _ = fs::remove_file(path);
        failed(error)
    })
}
