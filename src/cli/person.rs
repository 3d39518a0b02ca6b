//! The commands that bring leads in by the file, and that let a person go.

use std::path::PathBuf;

use super::Command;
use super::given::Given;
use super::leads::id;
use super::table::{CONFIG, Entry, JSON, flag, maybe, option, word};

/// Who is meant: the name of the API's parameter, and its text.
pub type Whom = (&'static str, String);

/// Whom to forget, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forget {
    /// Who is meant.
    pub whom: Whom,
    /// Only show what there is.
    pub dry_run: bool,
    /// Do not ask.
    pub yes: bool,
    /// Whether for programs.
    pub json: bool,
}

/// Which old leads to take over, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// The file.
    pub file: PathBuf,
    /// The source of those that do not say theirs.
    pub source: Option<String>,
    /// Whether webhooks hear of them.
    pub notify: bool,
    /// Only try.
    pub dry_run: bool,
    /// Do not ask.
    pub yes: bool,
    /// Whether for programs.
    pub json: bool,
}

pub(super) const FORGET: Entry = Entry {
    name: "forget",
    words: &[maybe("PERSON", "an e-mail address or a telephone number")],
    options: &[
        option("--lead", ("ID", "the id of a lead"), "Only this lead."),
        option(
            "--user-id",
            ("ID", "the id of a visitor"),
            "The leads of this visitor.",
        ),
        flag("--dry-run", "Show what would be erased, and erase nothing."),
        flag("--yes", "Do not ask."),
        JSON,
        CONFIG,
    ],
    about: "Erase a person: all leads that have or had the contact, with events, deliveries, attempts, files and every \
            trace in indexes and journal. Says which webhooks had received them, and until when backups have them. \
            Makes a backup, which cuts the journal. Asks first, and asks the running daemon.",
    read: |given| {
        Ok(Command::Forget(
            Forget {
                whom: whom(given)?,
                dry_run: given.has("--dry-run"),
                yes: given.has("--yes"),
                json: given.has("--json"),
            },
            given.path("--config"),
        ))
    },
};

/// Who is meant, as the API's parameter says it.
fn whom(given: &mut Given) -> Result<Whom, String> {
    let lead = given.text("--lead").map(|text| ("lead_id", text));
    let user = given.text("--user-id").map(|text| ("user_id", text));
    let person = given.word().map(person);
    let mut named = [lead, user, person].into_iter().flatten();
    match (named.next(), named.next()) {
        (Some(("lead_id", text)), None) => id(&text).map(|_| ("lead_id", text)),
        (Some(whom), None) => Ok(whom),
        _ => Err("say whom: an e-mail address, a telephone number, --lead or --user-id".to_owned()),
    }
}

/// An e-mail address or a telephone number.
pub(super) fn person(text: String) -> Whom {
    match text.contains('@') {
        true => ("email_address", text),
        false => ("phone_number", text),
    }
}

pub(super) const IMPORT: Entry = Entry {
    name: "import",
    words: &[word("FILE", "a file with leads")],
    options: &[
        option(
            "--source",
            ("NAME", "the name of a source"),
            "The source of leads that do not say theirs; without it: import.",
        ),
        flag(
            "--notify",
            "Send them to webhooks like any other. Without it they are not sent.",
        ),
        flag("--dry-run", "Try it, and store nothing."),
        flag("--yes", "Do not ask."),
        flag("--json", "For programs: how many, and the first problems."),
        CONFIG,
    ],
    about: "Take over old leads with their dates: CSV below a row of names, or a JSON object in each line, as export \
            writes them or with the names of a post. First tries all of it and tells what is wrong in which line, then \
            asks. What is there already, by external id or by date and content, is left as it is. Asks the running daemon.",
    read: |given| {
        Ok(Command::Import(
            Import {
                file: given.must().into(),
                source: given.text("--source"),
                notify: given.has("--notify"),
                dry_run: given.has("--dry-run"),
                yes: given.has("--yes"),
                json: given.has("--json"),
            },
            given.path("--config"),
        ))
    },
};
