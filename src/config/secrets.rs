//! Secrets, in one spelling for all keys: `token` holds the text itself (or `${NAME}`), `token_file`
//! the path of a file, `token_credential` the name of a systemd credential; each may be a list, and
//! what they name adds up. No problem ever quotes a secret.

use std::net::SocketAddr;
use std::path::Path;

use super::example::is_published;
use super::files;
use super::section::{Section, Text, quoted};
use crate::domain::secret::Secret;

/// The secrets of one key.
#[derive(Default)]
pub(super) struct Secrets {
    /// Those that could be read.
    pub(super) given: Vec<Given>,
    /// Whether the key is there in any spelling.
    pub(super) said: bool,
}

/// One secret, and where it was said.
pub(super) struct Given {
    pub(super) text: String,
    /// In which spelling.
    pub(super) key: String,
    pub(super) at: usize,
    /// Whether it is one of the example's, which everybody knows.
    pub(super) published: bool,
}

const SECRET_BYTES_MAX: u64 = 4096;

impl Section<'_> {
    /// The secrets at `key`, in all of its spellings.
    pub(super) fn secrets(&self, key: &str) -> Secrets {
        let mut secrets = Secrets::default();
        self.gather(&mut secrets, key.to_owned(), |section, _, text| {
            section.warn_of_open_config(key, text);
            Some(text.value.clone())
        });
        let apart = self.kept_apart(key);
        secrets.said |= apart.said;
        secrets.given.extend(apart.given);
        secrets
    }

    /// The secrets that `key` names and does not hold: in files and credentials.
    pub(super) fn kept_apart(&self, key: &str) -> Secrets {
        let mut secrets = Secrets::default();
        self.gather(&mut secrets, format!("{key}_file"), Section::secret_file);
        self.gather(
            &mut secrets,
            format!("{key}_credential"),
            Section::credential,
        );
        secrets
    }

    /// The secrets at `key` as tokens of a request: at least 16 visible ASCII characters.
    pub(super) fn tokens(&self, secrets: &Secrets) -> Vec<Secret> {
        for given in &secrets.given {
            let visible = given.text.bytes().all(|b| b.is_ascii_graphic());
            if !visible || given.text.len() < TOKEN_CHARS_MIN {
                let what = format!(
                    "a token has at least {TOKEN_CHARS_MIN} characters: ASCII letters, digits and signs, no spaces"
                );
                let hint = "`openssl rand -hex 32` makes a good one";
                self.refuse(given.at, &given.key, what, hint);
            }
        }
        let texts = secrets.given.iter().map(|given| given.text.as_str());
        texts.map(Secret::new).collect()
    }

    /// Refuses the example's secrets where strangers can reach what they open: `listen` is where
    /// leads are posted to.
    pub(super) fn refuse_published(&self, secrets: &Secrets, listen: SocketAddr) {
        if listen.ip().is_loopback() {
            return;
        }
        for given in secrets.given.iter().filter(|given| given.published) {
            let what = "this secret is the example's, and ingest listens beyond this machine";
            let hint = "`leadhook init` writes fresh secrets";
            self.refuse(given.at, &given.key, what, hint);
        }
    }

    fn gather(
        &self,
        secrets: &mut Secrets,
        key: String,
        read: impl Fn(&Self, &str, &Text<'_>) -> Option<String>,
    ) {
        let Some(value) = self.value(&key) else {
            return;
        };
        secrets.said = true;
        if value.get_ref().as_array().is_some_and(|all| all.is_empty()) {
            let hint = "name at least one, or leave the key out";
            self.refuse(value.span().start, &key, "the list is empty", hint);
        }
        for text in self.texts(&key).unwrap_or_default() {
            let given = read(self, &key, &text).and_then(|read| self.given(&key, &text, read));
            secrets.given.extend(given);
        }
    }

    fn given(&self, key: &str, text: &Text<'_>, secret: String) -> Option<Given> {
        if secret.is_empty() {
            let hint = "`leadhook init` writes fresh secrets";
            self.refuse(text.at, key, "this secret is empty", hint);
            return None;
        }
        Some(Given {
            published: is_published(&secret),
            text: secret,
            key: key.to_owned(),
            at: text.at,
        })
    }

    fn secret_file(&self, key: &str, text: &Text<'_>) -> Option<String> {
        let path = self.reader.base_dir.join(&text.value);
        let content = self.secret_content(key, text, &path)?;
        if content.open_to_others {
            let what = format!("{} is open to other users", path.display());
            let hint = format!("chmod 600 {}", path.display());
            self.refuse(text.at, key, what, hint);
            return None;
        }
        self.secret_line(key, text, content.bytes)
    }

    fn credential(&self, key: &str, text: &Text<'_>) -> Option<String> {
        if text.value.is_empty() || text.value.starts_with('.') || text.value.contains('/') {
            let what = format!("{} cannot be a credential's name", quoted(text.raw));
            let hint = format!(
                "the name alone, as in LoadCredential=NAME:/path; for a path: {}_file",
                base_key(key)
            );
            self.refuse(text.at, key, what, hint);
            return None;
        }
        let Some(dir) = self.reader.env.var("CREDENTIALS_DIRECTORY") else {
            let hint =
                "only systemd gives credentials: put LoadCredential=NAME:/path into the unit";
            if self.reader.env.needs_no_credentials() {
                let why = "not looked at: only the running unit has it";
                self.pass_over(text.at, key, why, hint);
                return None;
            }
            self.refuse(text.at, key, "CREDENTIALS_DIRECTORY is not set", hint);
            return None;
        };
        // The mode says nothing here: systemd guards the directory, and the access list by which it
        // lets the service's user in shows up as rights of the group.
        let path = Path::new(dir).join(&text.value);
        let content = self.secret_content(key, text, &path)?;
        self.secret_line(key, text, content.bytes)
    }

    fn secret_content(&self, key: &str, text: &Text<'_>, path: &Path) -> Option<files::Content> {
        match files::read(path, SECRET_BYTES_MAX) {
            Ok(content) => Some(content),
            Err(why) => {
                let hint = "the file holds the secret alone, on one line; relative paths begin at the config's directory";
                self.refuse(text.at, key, why, hint);
                None
            }
        }
    }

    /// The one line of a secret's file, without its end.
    fn secret_line(&self, key: &str, text: &Text<'_>, bytes: Vec<u8>) -> Option<String> {
        let line = String::from_utf8(bytes).ok();
        let line = line.map(|line| line.trim_end_matches(['\n', '\r']).to_owned());
        let line = line.filter(|line| !line.contains(char::is_control));
        if line.is_none() {
            let hint = "the file holds the secret alone, as text on one line";
            self.refuse(text.at, key, "the file is not one line of text", hint);
        }
        line
    }

    fn warn_of_open_config(&self, key: &str, text: &Text<'_>) {
        let literal = !text.raw.contains("${") && !is_published(&text.value);
        if literal && self.reader.open_to_others {
            let what = "this secret stands in a file that is open to other users";
            let message = self.message(key, what);
            let hint = format!(
                "chmod 600 {}, or move it to a file: {key}_file",
                self.reader.file
            );
            self.reader.warning(text.at, message, Some(hint));
        }
    }
}

const TOKEN_CHARS_MIN: usize = 16;

fn base_key(key: &str) -> &str {
    key.strip_suffix("_credential").unwrap_or(key)
}
