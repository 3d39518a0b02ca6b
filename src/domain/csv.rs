//! CSV as RFC 4180 says, for spreadsheets: what is written is never a formula, and what was written so is
//! read back as it was.

/// What a spreadsheet takes for the beginning of a formula.
const BEGINS_FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// Adds a row.
pub fn push_row<'a>(to: &mut String, cells: impl IntoIterator<Item = &'a str>) {
    for (n, cell) in cells.into_iter().enumerate() {
        if n > 0 {
            to.push(',');
        }
        push_cell(to, cell);
    }
    to.push_str("\r\n");
}

fn push_cell(to: &mut String, cell: &str) {
    let guard = if is_formula(cell) { "'" } else { "" };
    if !cell.contains([',', '"', '\r', '\n']) {
        to.push_str(guard);
        return to.push_str(cell);
    }
    to.push('"');
    to.push_str(guard);
    to.push_str(&cell.replace('"', "\"\""));
    to.push('"');
}

/// Whether a spreadsheet could calculate with it; a plain number, as a telephone number is, it only shows.
fn is_formula(cell: &str) -> bool {
    // What begins like one that was guarded is guarded, too, or it would not be read back as it was.
    let bare = cell.trim_start_matches('\'');
    let is_number = |text: &str| {
        let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
        !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit() || c == '.')
    };
    bare.starts_with(BEGINS_FORMULA) && !(bare.len() == cell.len() && is_number(cell))
}

/// A cell without the mark that keeps it from being a formula.
fn unguarded(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if is_formula(rest) => rest,
        _ => cell,
    }
}

/// Rows of a text, each with the number of the line that it begins in.
pub struct Rows<'t> {
    rest: &'t str,
    line: u64,
    separator: char,
}

impl<'t> Rows<'t> {
    /// The separator is a comma, or a semicolon or tab where the first line has more of these.
    pub fn of(text: &'t str) -> Rows<'t> {
        let rest = text.strip_prefix('\u{feff}').unwrap_or(text);
        let first = rest.lines().next().unwrap_or_default();
        let count = |separator: char| first.matches(separator).count();
        let found = [',', ';', '\t'].into_iter().rev();
        Rows {
            rest,
            line: 1,
            separator: found.max_by_key(|one| count(*one)).unwrap_or(','),
        }
    }

    /// Rows of a part of a text that begins in this line.
    pub fn part(text: &'t str, line: u64, separator: char) -> Rows<'t> {
        Rows {
            rest: text,
            line,
            separator,
        }
    }

    /// What stands between cells.
    pub fn separator(&self) -> char {
        self.separator
    }

    fn cell(&mut self) -> Result<(String, bool), &'static str> {
        if let Some(quoted) = self.rest.strip_prefix('"') {
            let mut cell = String::new();
            let mut rest = quoted;
            loop {
                let (text, after) = rest
                    .split_once('"')
                    .ok_or("a quotation mark is never closed")?;
                cell.push_str(text);
                match after.strip_prefix('"') {
                    Some(more) => {
                        cell.push('"');
                        rest = more;
                    }
                    None => {
                        self.line += cell.matches('\n').count() as u64;
                        let ends = self.end(after)?;
                        return Ok((unguarded(&cell).to_owned(), ends));
                    }
                }
            }
        }
        let end = self
            .rest
            .find([self.separator, '\n'])
            .unwrap_or(self.rest.len());
        let (cell, after) = self.rest.split_at(end);
        let cell = cell
            .strip_suffix('\r')
            .filter(|_| !after.starts_with(self.separator))
            .unwrap_or(cell);
        let ends = self.end(after)?;
        Ok((unguarded(cell).to_owned(), ends))
    }

    /// Goes on behind a cell; tells whether its row has ended.
    fn end(&mut self, after: &'t str) -> Result<bool, &'static str> {
        let line = after.strip_prefix("\r\n").or(after.strip_prefix('\n'));
        if let Some(rest) = line.or(after.is_empty().then_some(after)) {
            self.line += 1;
            self.rest = rest;
            return Ok(true);
        }
        self.rest = after
            .strip_prefix(self.separator)
            .ok_or("something stands behind a closing quotation mark")?;
        Ok(false)
    }
}

impl Iterator for Rows<'_> {
    type Item = (u64, Result<Vec<String>, &'static str>);

    /// Nothing follows a row that cannot be read: nobody knows where the next one begins.
    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let line = self.line;
        let mut cells = Vec::new();
        loop {
            match self.cell() {
                Ok((cell, ends)) => {
                    cells.push(cell);
                    if ends {
                        return Some((line, Ok(cells)));
                    }
                }
                Err(what) => {
                    self.rest = "";
                    return Some((line, Err(what)));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(u64, Vec<String>)> {
        Rows::of(text)
            .map(|(line, row)| (line, row.expect("a row")))
            .collect()
    }

    #[test]
    fn what_is_written_is_read_back_as_it_was() {
        let cells = [
            "plain",
            "a,b",
            "say \"x\"",
            "two\r\nlines",
            "",
            "=1+1",
            "'=1",
            "'quoted",
            "-5",
            "+4712",
            "@x",
            " x ",
        ];
        let mut text = String::new();
        push_row(&mut text, cells);
        push_row(&mut text, ["2"]);
        assert_eq!(
            read(&text),
            [
                (1, cells.map(str::to_owned).to_vec()),
                (3, vec!["2".to_owned()])
            ]
        );
    }

    #[test]
    fn no_cell_is_a_formula() {
        let mut text = String::new();
        push_row(
            &mut text,
            [
                "=HYPERLINK(1)",
                "+1-cmd",
                "-2+3",
                "@sum",
                "\tx",
                "+4712345",
                "-1.5",
            ],
        );
        assert_eq!(
            text,
            "'=HYPERLINK(1),'+1-cmd,'-2+3,'@sum,'\tx,+4712345,-1.5\r\n"
        );
    }

    #[test]
    fn other_separators_a_byte_order_mark_and_bare_line_ends_are_read() {
        let row = |cells: &[&str]| {
            cells
                .iter()
                .map(|cell| (*cell).to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(
            read("\u{feff}a;b\n1;\"2;3\"\n"),
            [(1, row(&["a", "b"])), (2, row(&["1", "2;3"]))]
        );
        assert_eq!(
            read("a\tb\n1\t"),
            [(1, row(&["a", "b"])), (2, row(&["1", ""]))]
        );
    }

    #[test]
    fn a_broken_row_is_told_with_its_line_and_ends_it() {
        let mut rows = Rows::of("a\n\"b\nc");
        assert!(rows.next().is_some());
        assert_eq!(
            rows.next(),
            Some((2, Err("a quotation mark is never closed")))
        );
        assert_eq!(rows.next(), None);
    }
}
