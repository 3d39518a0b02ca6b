//! A lead as a letter to the owner: who asks, what for, how to reach him, and where he came from.
//!
//! What a stranger typed is content and nothing else: the subject is one line of bounded length, the
//! HTML is escaped, and an answer goes to the lead's address only where it is one.

pub(super) mod labels;

use super::event::Event;
use super::field::Field;
use super::html::escaped;
use super::lead::{Change, Changed, Lead};
use super::lead_type::LeadType;
use super::mail::{Letter, is_address, one_line, turns_direction};
use super::value::Value;
use super::webhook::Trigger;
use labels::{GROUPS, is_said_elsewhere, label};

/// The most characters of a subject, and of each thing in it.
const SUBJECT_CHARS_MAX: usize = 150;
const NAMED_CHARS_MAX: usize = 60;

/// The letter that tells of `event`.
pub fn letter(event: &Event, trigger: Trigger) -> Letter {
    let lead = &event.lead;
    let mut page = Page::default();
    page.opening(&opening(event, trigger));
    if trigger == Trigger::Update && !event.changes.is_empty() {
        page.heading("What changed");
        for change in &event.changes {
            let (label, text) = shown_change(lead, change);
            page.row(&label, &text);
        }
    }
    let mut left: Vec<Field> = lead.values.iter().map(|(field, _)| field).collect();
    left.retain(|field| !is_said_elsewhere(*field) && !is_repeated(lead, *field));
    for (title, fields) in GROUPS {
        let of_group: Vec<Field> = match fields.is_empty() {
            false => fields
                .iter()
                .copied()
                .filter(|f| left.contains(f))
                .collect(),
            true => std::mem::take(&mut left),
        };
        left.retain(|field| !of_group.contains(field));
        page.group(title, lead, &of_group);
    }
    page.heading("Lead");
    page.row("Number", &lead.id.to_string());
    page.row("Type", lead.lead_type.label());
    page.row("Source", &lead.source);
    page.row("Came", &lead.created.to_string());
    page.row("Last changed", &lead.updated.to_string());
    Letter {
        id: event.id.clone(),
        subject: subject(event, trigger),
        text: page.text,
        html: format!(
            "<!doctype html><html><body>{}</table></body></html>",
            page.html
        ),
        reply_to: address(lead).map(str::to_owned),
    }
}

/// `New web form: Ada Lovelace, +441234567`; of an update also what changed.
pub(super) fn subject(event: &Event, trigger: Trigger) -> String {
    let lead = &event.lead;
    let kind = match lead.lead_type {
        LeadType::Other => "lead".to_owned(),
        lead_type => lead_type.label().to_lowercase(),
    };
    let mut subject = match trigger {
        Trigger::New => format!("New {kind}"),
        Trigger::Update if kind.starts_with(['a', 'e']) => format!("Update of an {kind}"),
        Trigger::Update => format!("Update of a {kind}"),
    };
    if lead.values.is_set(Field::Spam) {
        subject.insert_str(0, "[spam] ");
    }
    if event.test {
        subject.insert_str(0, "[test] ");
    }
    let text = |fields: &[Field]| {
        let found = fields.iter().find_map(|field| lead.values.text(*field));
        found.map(|text| one_line(text, NAMED_CHARS_MAX))
    };
    let who = text(&[
        Field::ContactName,
        Field::CallerName,
        Field::SenderName,
        Field::ContactCompanyName,
    ]);
    let reach = text(&[
        Field::ContactPhoneNumber,
        Field::PhoneNumber,
        Field::CallerNumber,
        Field::ContactEmailAddress,
        Field::EmailAddress,
    ]);
    let named: Vec<String> = who.into_iter().chain(reach).collect();
    let named = match named.is_empty() {
        true => format!("lead {}", lead.id),
        false => named.join(", "),
    };
    subject.push_str(&format!(": {named}"));
    if trigger == Trigger::Update {
        let labels: Vec<String> = event
            .changes
            .iter()
            .map(|c| changed_label(c.field))
            .collect();
        if !labels.is_empty() {
            subject.push_str(&format!(" ({})", labels.join(", ").to_lowercase()));
        }
    }
    one_line(&subject, SUBJECT_CHARS_MAX)
}

fn opening(event: &Event, trigger: Trigger) -> String {
    let lead = &event.lead;
    let mut opening = match trigger {
        _ if event.test => {
            "A test of leadhook: nobody has asked, and nothing is stored.".to_owned()
        }
        Trigger::New => "A new lead has come in.".to_owned(),
        Trigger::Update => "A lead has changed.".to_owned(),
    };
    if lead.values.is_set(Field::Spam) {
        opening.push_str(" It looks like spam.");
    }
    if lead.values.is_set(Field::Duplicate) {
        opening.push_str(" It looks like one that came before.");
    }
    if address(lead).is_some() {
        opening.push_str(" Answer this e-mail to write to the person.");
    }
    opening
}

/// Where an answer reaches the lead.
fn address(lead: &Lead) -> Option<&str> {
    let fields = [Field::ContactEmailAddress, Field::EmailAddress];
    let mut known = fields.iter().filter_map(|field| lead.values.text(*field));
    known.find(|text| is_address(text))
}

/// Whether a contact's number or address is the one that he gave, and shown as such.
fn is_repeated(lead: &Lead, field: Field) -> bool {
    let contact = match field {
        Field::PhoneNumber => Field::ContactPhoneNumber,
        Field::EmailAddress => Field::ContactEmailAddress,
        _ => return false,
    };
    lead.values.find(field) == lead.values.find(contact)
}

/// The label of what changed, and from what to what.
pub(super) fn shown_change(lead: &Lead, change: &Change) -> (String, String) {
    let now = match change.field {
        Changed::LeadType => lead.lead_type.label().to_owned(),
        Changed::Field(field) => shown(lead.values.find(field)),
    };
    let before = shown(change.previous.as_ref());
    (changed_label(change.field), format!("{before} → {now}"))
}

fn changed_label(changed: Changed) -> String {
    match changed {
        Changed::LeadType => "Type".to_owned(),
        Changed::Field(field) => label(field),
    }
}

/// A value as people read it.
pub(super) fn shown(value: Option<&Value>) -> String {
    match value {
        None => "(nothing)".to_owned(),
        Some(Value::Text(text)) => text.clone(),
        Some(Value::Number(number)) => number.as_str().to_owned(),
        Some(Value::Flag(true)) => "yes".to_owned(),
        Some(Value::Flag(false)) => "no".to_owned(),
        Some(Value::Map(entries)) => {
            let entries: Vec<String> = entries
                .iter()
                .map(|(label, text)| format!("{label}: {text}"))
                .collect();
            entries.join("; ")
        }
    }
}

/// A letter that is being written, as text and as HTML.
#[derive(Default)]
struct Page {
    text: String,
    html: String,
    /// A table is open in the HTML.
    has_table: bool,
}

impl Page {
    fn opening(&mut self, sentence: &str) {
        self.text.push_str(&format!("{sentence}\n"));
        self.html.push_str(&format!("<p>{}</p>", escaped(sentence)));
    }

    fn heading(&mut self, title: &str) {
        self.text.push_str(&format!("\n{title}\n"));
        let end = if std::mem::replace(&mut self.has_table, true) {
            "</table>"
        } else {
            ""
        };
        self.html.push_str(&format!(
            "{end}\n<h3>{title}</h3>\n<table cellpadding=\"4\">"
        ));
    }

    /// A label with its text, whose further lines are indented.
    fn row(&mut self, label: &str, text: &str) {
        let (label, text) = (one_line(label, NAMED_CHARS_MAX), printable(text));
        self.text
            .push_str(&format!("  {label}: {}\n", text.replace('\n', "\n    ")));
        self.html.push_str(&format!(
            "\n<tr><td valign=\"top\"><b>{}</b></td><td>{}</td></tr>",
            escaped(&label),
            escaped(&text).replace('\n', "<br>")
        ));
    }

    fn group(&mut self, title: &str, lead: &Lead, fields: &[Field]) {
        let is_blank = |field: &Field| matches!(lead.values.find(*field), Some(Value::Flag(_)));
        if fields.iter().all(is_blank) {
            return;
        }
        self.heading(title);
        for field in fields {
            match lead.values.find(*field) {
                Some(Value::Map(entries)) => {
                    entries
                        .iter()
                        .for_each(|(label, text)| self.row(label, text));
                }
                value => self.row(&label(*field), &shown(value)),
            }
        }
    }
}

/// A text without control characters but its line breaks.
fn printable(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let kept = |c: &char| *c == '\n' || *c == '\t' || !(c.is_control() || turns_direction(*c));
    text.trim_end().chars().filter(kept).collect()
}
