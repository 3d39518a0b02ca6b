//! A file of old leads, read a lead at a time: CSV below a row of names, or a JSON object in each line.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use serde_json::json;

use crate::domain::csv::Rows;
use crate::domain::raw::{Raw, without_mark};

/// One lead of a file.
pub(super) struct OldLead {
    /// The line that it begins in.
    pub(super) line: u64,
    /// The lead as JSON, or what is wrong with it.
    pub(super) json: Result<String, String>,
}

/// The leads of a file, one after the other.
pub(super) struct OldLeads {
    file: BufReader<File>,
    /// Lines that were read.
    line: u64,
    bytes_max: usize,
    /// The names of the columns, and what stands between cells; none where each line is JSON.
    csv: Option<(Vec<String>, char)>,
}

impl OldLeads {
    /// Opens a file, none of whose leads may have more bytes than this.
    pub(super) fn open(path: &Path, bytes_max: usize) -> io::Result<OldLeads> {
        let mut leads = OldLeads {
            file: BufReader::new(File::open(path)?),
            line: 0,
            bytes_max,
            csv: None,
        };
        let begin = without_mark(leads.file.fill_buf()?).trim_ascii_start();
        if !matches!(begin.first(), None | Some(b'{' | b'[')) {
            let wrong =
                |what: &str| io::Error::new(io::ErrorKind::InvalidData, format!("line 1: {what}"));
            let head = leads.record()?.unwrap_or(Ok(String::new()));
            let head = head.map_err(|what| wrong(&what))?;
            let mut rows = Rows::of(&head);
            let separator = rows.separator();
            let names = rows.next().map_or(Ok(Vec::new()), |(_, row)| row);
            leads.csv = Some((names.map_err(wrong)?, separator));
        }
        Ok(leads)
    }

    /// The next record: a line, or several where a quotation mark is open at the end of one. An error
    /// within is one of the record.
    fn record(&mut self) -> io::Result<Option<Result<String, String>>> {
        let mut bytes = Vec::new();
        let mut is_too_long = false;
        loop {
            let begin = bytes.len();
            // A line without an end must not fill the memory.
            let mut limited = io::Read::take(&mut self.file, self.bytes_max as u64 + 2);
            if limited.read_until(b'\n', &mut bytes)? == 0 {
                break;
            }
            let ends = bytes.ends_with(b"\n");
            self.line += u64::from(ends || bytes.len() - begin <= self.bytes_max);
            if bytes.len() > self.bytes_max {
                is_too_long = true;
                bytes.clear();
            }
            let n_quotes = bytes.iter().filter(|byte| **byte == b'"').count();
            let is_whole = self.csv.is_none() || n_quotes % 2 == 0;
            if ends && (is_whole || is_too_long) {
                break;
            }
        }
        if is_too_long {
            return Ok(Some(Err(format!(
                "a lead has no more than {} bytes",
                self.bytes_max
            ))));
        }
        if bytes.is_empty() {
            return Ok(None);
        }
        let text = String::from_utf8(bytes)
            .map_err(|_| "this is not UTF-8; save the file as UTF-8".to_owned());
        Ok(Some(text))
    }

    fn lead(&self, line: u64, record: &str) -> Result<Option<String>, String> {
        match &self.csv {
            Some((names, separator)) => of_row(names, *separator, line, record),
            None => of_line(record),
        }
    }
}

impl Iterator for OldLeads {
    type Item = io::Result<OldLead>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let line = self.line + 1;
            let lead = match self.record() {
                Err(error) => return Some(Err(error)),
                Ok(None) => return None,
                Ok(Some(record)) => record.and_then(|record| self.lead(line, &record)),
            };
            if let Some(json) = lead.transpose() {
                return Some(Ok(OldLead { line, json }));
            }
        }
    }
}

/// A lead that a line is; none where the line is empty, or only the bracket around a list.
fn of_line(line: &str) -> Result<Option<String>, String> {
    let line = line
        .trim_start_matches('\u{feff}')
        .trim()
        .trim_end_matches(',');
    if matches!(line, "" | "[" | "]" | "[]") {
        return Ok(None);
    }
    match Raw::from_json(line.as_bytes()) {
        Ok(Raw::Map(_)) => Ok(Some(line.to_owned())),
        Ok(_) => Err("this is no JSON object".to_owned()),
        Err(error) => Err(format!(
            "this is not JSON: {} in column {}",
            error.reason, error.column
        )),
    }
}

/// A lead that a row is; none where all its cells are empty.
fn of_row(
    names: &[String],
    separator: char,
    line: u64,
    record: &str,
) -> Result<Option<String>, String> {
    let Some((_, row)) = Rows::part(record, line, separator).next() else {
        return Ok(None);
    };
    let row = row?;
    if row.len() > names.len() {
        return Err(format!(
            "it has {} cells below {} names",
            row.len(),
            names.len()
        ));
    }
    let mut members = Vec::new();
    for (name, cell) in names.iter().zip(&row) {
        // As export writes labels.
        let is_map =
            cell.starts_with('{') && matches!(Raw::from_json(cell.as_bytes()), Ok(Raw::Map(_)));
        match (cell.is_empty(), is_map) {
            (true, _) => {}
            (false, true) => members.push(format!("{}:{cell}", json!(name))),
            (false, false) => members.push(format!("{}:{}", json!(name), json!(cell))),
        }
    }
    Ok((!members.is_empty()).then(|| format!("{{{}}}", members.join(","))))
}
