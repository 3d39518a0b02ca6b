//! `leadhook export`: leads into a file or a pipe, a page at a time. A file has its name only when all is
//! in it; in a pipe the exit code tells.

use std::fs::{self, File};
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};

use super::asking::Daemon;
use super::leads::list_path;
use super::{Exit, complain, say};
use crate::cli::Format;
use crate::domain::lead_csv::{push_head, push_lead};

const PER_PAGE: &str = "1000";

pub(super) fn export(
    filters: Vec<(String, String)>,
    format: Format,
    to: Option<&Path>,
    file: Option<PathBuf>,
) -> Exit {
    let daemon = match Daemon::of(file) {
        Ok(daemon) => daemon,
        Err(exit) => return exit,
    };
    write_to(to, &|out| write_all(&daemon, &filters, format, out))
}

/// Writes to a file, or to standard output; tells how many leads there are in it.
pub(super) fn write_to(
    to: Option<&Path>,
    write: &dyn Fn(&mut dyn Write) -> Result<u64, Broken>,
) -> Exit {
    let Some(to) = to else {
        let mut out = BufWriter::new(io::stdout());
        let written = write(&mut out).and_then(|_| Ok(out.flush()?));
        return match written {
            Ok(()) => Exit::Well,
            Err(Broken::Daemon(exit)) => exit,
            // A reader that has gone away has what it wanted.
            Err(Broken::Out(error)) if error.kind() == io::ErrorKind::BrokenPipe => Exit::Well,
            Err(Broken::Out(error)) => not_written("standard output", &error),
        };
    };
    let part = PathBuf::from(format!("{}.part", to.display()));
    let written = into_file(write, &part, to);
    if written.is_err() {
        let _ = fs::remove_file(&part);
    }
    match written {
        Ok(count) => {
            say(format_args!("{count} leads are in {}", to.display()));
            Exit::Well
        }
        Err(Broken::Daemon(exit)) => {
            complain(format_args!("{} was not written", to.display()));
            exit
        }
        Err(Broken::Out(error)) => not_written(&to.display().to_string(), &error),
    }
}

fn not_written(what: &str, error: &io::Error) -> Exit {
    complain(format_args!("cannot write to {what}: {error}"));
    Exit::Wrong
}

/// What came in between.
pub(super) enum Broken {
    /// Said already.
    Daemon(Exit),
    Out(io::Error),
}

impl From<io::Error> for Broken {
    fn from(error: io::Error) -> Broken {
        Broken::Out(error)
    }
}

fn into_file(
    write: &dyn Fn(&mut dyn Write) -> Result<u64, Broken>,
    part: &Path,
    to: &Path,
) -> Result<u64, Broken> {
    use std::os::unix::fs::OpenOptionsExt;
    let file = File::options()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(part)?;
    let mut out = BufWriter::new(file);
    let count = write(&mut out)?;
    out.into_inner()
        .map_err(io::IntoInnerError::into_error)?
        .sync_all()?;
    fs::rename(part, to)?;
    Ok(count)
}

fn write_all(
    daemon: &Daemon,
    filters: &[(String, String)],
    format: Format,
    out: &mut dyn Write,
) -> Result<u64, Broken> {
    let mut count = 0;
    let mut cursor: Option<String> = None;
    match format {
        Format::Csv => {
            let mut head = String::new();
            push_head(&mut head);
            out.write_all(head.as_bytes())?;
        }
        Format::Json => out.write_all(b"[")?,
        Format::Ndjson => {}
    }
    loop {
        let mut more = vec![
            ("leads_per_page", PER_PAGE),
            ("order", "asc"),
            ("count", "false"),
        ];
        more.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
        let page = daemon.read(&list_path(filters, &more));
        let page = page
            .and_then(|page| page.well()?.json())
            .map_err(Broken::Daemon)?;
        if let Some(id) = page["unreadable"].get(0) {
            complain(format_args!(
                "lead {id} cannot be read, so that this would not be complete; `leadhook verify` says why"
            ));
            return Err(Broken::Daemon(Exit::Wrong));
        }
        for lead in page["leads"].as_array().into_iter().flatten() {
            match format {
                Format::Csv => {
                    let mut row = String::new();
                    push_lead(&mut row, lead);
                    out.write_all(row.as_bytes())?;
                }
                Format::Json if count > 0 => write!(out, ",\n{lead}")?,
                Format::Json => write!(out, "\n{lead}")?,
                Format::Ndjson => writeln!(out, "{lead}")?,
            }
            count += 1;
        }
        progress(count);
        match page["next_cursor"].as_str() {
            Some(next) => cursor = Some(next.to_owned()),
            None => break,
        }
    }
    if format == Format::Json {
        out.write_all(b"\n]\n")?;
    }
    if io::stderr().is_terminal() {
        complain("");
    }
    Ok(count)
}

/// On a terminal, how many there are already.
fn progress(count: u64) {
    let mut err = io::stderr();
    if err.is_terminal() {
        let _ = write!(err, "\r{count} leads");
    }
}
