//! The commands that show leads, and their filters, which are those of the API.

use super::Command;
use super::given::Given;
use super::table::{CONFIG, Entry, JSON, Opt, joined, option, word};

const N_FILTERS: usize = 22;

/// Each is named after the API's parameter.
const FILTERS: [Opt; N_FILTERS] = [
    option(
        "--search",
        ("TEXT", "words"),
        "With a word beginning with each of these.",
    ),
    option(
        "--lead-type",
        ("TYPE", "a type of leads"),
        "Of this type: phone_call, web_form, chat …",
    ),
    option(
        "--lead-status",
        ("STATUS", "unique or repeat"),
        "Whether the person was known before: unique, repeat.",
    ),
    option(
        "--start-date",
        ("DATE", "a date"),
        "Created on this day or later: 2026-02-01, or with a time, in UTC.",
    ),
    option(
        "--end-date",
        ("DATE", "a date"),
        "Created on this day or earlier.",
    ),
    option(
        "--updated-since",
        ("DATE", "a date"),
        "Created or changed on this day or later.",
    ),
    option(
        "--source",
        ("NAME", "the name of a source"),
        "From this source of the config.",
    ),
    option(
        "--phone-number",
        ("NUMBER", "a telephone number"),
        "With this telephone number, however it is written.",
    ),
    option(
        "--email-address",
        ("ADDRESS", "an e-mail address"),
        "With this e-mail address.",
    ),
    option(
        "--user-id",
        ("ID", "the id of a visitor"),
        "Of this visitor.",
    ),
    option(
        "--lead-source",
        ("TEXT", "a lead source"),
        "Where the visitor came from: google.",
    ),
    option(
        "--lead-medium",
        ("TEXT", "a medium"),
        "By which medium: cpc.",
    ),
    option(
        "--lead-campaign",
        ("TEXT", "a campaign"),
        "By which campaign.",
    ),
    option(
        "--lead-content",
        ("TEXT", "a variant"),
        "By which variant of it.",
    ),
    option("--lead-keyword", ("TEXT", "a keyword"), "By which keyword."),
    option(
        "--quotable",
        ("WORD", "yes, no, pending or not_set"),
        "What was decided of it: yes, no, pending, not_set.",
    ),
    option(
        "--quote-value",
        ("WORD", "has_value or no_value"),
        "Whether there is a quote: has_value, no_value.",
    ),
    option(
        "--sales-value",
        ("WORD", "has_value or no_value"),
        "Whether there is a sale: has_value, no_value.",
    ),
    option(
        "--spam",
        ("FLAG", "true or false"),
        "Whether it looks like spam.",
    ),
    option(
        "--duplicate",
        ("FLAG", "true or false"),
        "Whether it repeats an earlier one.",
    ),
    option("--account-id", ("NUMBER", "a number"), "Of this account."),
    option("--profile-id", ("NUMBER", "a number"), "Of this profile."),
];

const ORDER: [Opt; 5] = [
    option(
        "--order-by",
        ("WORD", "date_created or last_updated"),
        "By what: date_created, last_updated.",
    ),
    option(
        "--order",
        ("WORD", "asc or desc"),
        "The oldest first, asc, or the newest, desc.",
    ),
    option(
        "--limit",
        ("NUMBER", "a number"),
        "How many, 1 to 2500; without it: 25.",
    ),
    JSON,
    CONFIG,
];

/// What was typed, as parameters of the API.
pub(super) fn parameters(given: &mut Given, options: &[Opt]) -> Vec<(String, String)> {
    let of_option = |option: &Opt| {
        option.value?;
        let text = given.text(option.name)?;
        Some((option.name.trim_start_matches('-').replace('-', "_"), text))
    };
    options.iter().filter_map(of_option).collect()
}

pub(super) const LEADS: Entry = Entry {
    name: "leads",
    words: &[],
    options: &joined::<N_FILTERS, 5, { N_FILTERS + 5 }>(FILTERS, ORDER),
    about: "List leads, the newest first, filtered as in the API. Asks the running daemon.",
    read: |given| {
        let limit = given.text("--limit").map(|text| text.parse());
        let limit = limit.transpose().ok().map(|limit| limit.unwrap_or(25));
        let limit = limit.filter(|limit| (1..=2500).contains(limit));
        Ok(Command::Leads {
            limit: limit.ok_or("--limit is a number from 1 to 2500")?,
            json: given.has("--json"),
            config: given.path("--config"),
            filters: parameters(given, LEADS.options),
        })
    },
};

pub(super) const LEAD: Entry = Entry {
    name: "lead",
    words: &[word("ID", "the id of a lead")],
    options: &[JSON, CONFIG],
    about: "Show one lead with all its fields. Asks the running daemon.",
    read: |given| {
        Ok(Command::Lead {
            id: id(&given.must())?,
            json: given.has("--json"),
            config: given.path("--config"),
        })
    },
};

/// The id of a lead.
pub(super) fn id(text: &str) -> Result<u64, String> {
    text.parse()
        .map_err(|_| format!("{text} is not the id of a lead"))
}

pub(super) const EXPORT: Entry = Entry {
    name: "export",
    words: &[],
    options: &joined::<N_FILTERS, 4, { N_FILTERS + 4 }>(
        FILTERS,
        [
            option(
                "--format",
                ("FORMAT", "csv, json or ndjson"),
                "csv, json or ndjson (a lead a line); without it: csv.",
            ),
            option(
                "--to",
                ("FILE", "a file"),
                "Write there, in place of standard output; the file is there when it is whole.",
            ),
            option(
                "--person",
                ("PERSON", "an e-mail address or a telephone number"),
                "All that is kept of one person, as JSON: leads with all revisions, deliveries and attempts.",
            ),
            CONFIG,
        ],
    ),
    about: "Write all leads, or those that the filters let pass, the oldest first. In CSV no cell is a formula. \
            Asks the running daemon.",
    read: |given| {
        if let Some(person) = given.text("--person") {
            let whom = super::person::person(person);
            let (to, config) = (given.path("--to"), given.path("--config"));
            let more =
                given.text("--format").is_some() || !parameters(given, EXPORT.options).is_empty();
            return match more {
                true => Err(
                    "--person is all of one person, as JSON: without filters and --format"
                        .to_owned(),
                ),
                false => Ok(Command::ExportPerson { whom, to, config }),
            };
        }
        let format = given.text("--format").unwrap_or("csv".to_owned());
        Ok(Command::Export {
            format: Format::parse(&format).ok_or("--format is csv, json or ndjson")?,
            to: given.path("--to"),
            config: given.path("--config"),
            filters: parameters(given, EXPORT.options),
        })
    },
};

/// How leads are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A row each, below a row of names.
    Csv,
    /// One list.
    Json,
    /// A line each.
    Ndjson,
}

impl Format {
    /// The format that is called so.
    pub fn parse(name: &str) -> Option<Format> {
        match name {
            "csv" => Some(Format::Csv),
            "json" => Some(Format::Json),
            "ndjson" => Some(Format::Ndjson),
            _ => None,
        }
    }
}

pub(super) const TAIL: Entry = Entry {
    name: "tail",
    words: &[],
    options: &[JSON, CONFIG],
    about: "Show leads as they come and change, and attempts as they are made: webhook, result, how long it took, what \
            comes next. Until Ctrl-C. With --json a line each: {\"lead\": …} or {\"attempt\": …}. Asks the running daemon \
            once a second.",
    read: |given| {
        Ok(Command::Tail {
            json: given.has("--json"),
            config: given.path("--config"),
        })
    },
};
