//! Leads as CSV: the members that the API shows, in its order, one row a lead.

use serde_json::Value;

use super::csv::push_row;
use super::field::Field;

/// The members of a lead as the API shows them.
pub fn columns() -> impl Iterator<Item = &'static str> {
    const FIRST: [&str; 6] = [
        "lead_id",
        "lead_type",
        "date_created",
        "last_updated",
        "source",
        "external_id",
    ];
    let fields = Field::ALL.iter().filter(|field| **field != Field::Account);
    FIRST.into_iter().chain(fields.map(|field| field.name()))
}

/// Adds the row that names the columns.
pub fn push_head(to: &mut String) {
    push_row(to, columns());
}

/// Adds a lead, as the API shows it.
pub fn push_lead(to: &mut String, lead: &Value) {
    let cells: Vec<String> = columns().map(|name| shown(&lead[name])).collect();
    push_row(to, cells.iter().map(String::as_str));
}

/// Maps are JSON within their cell.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Object(labels) if labels.is_empty() => String::new(),
        value => value.to_string(),
    }
}
