//! Tables for people: columns as wide as they need to be and as the terminal lets them, and nothing in
//! them that a terminal acts on.

use std::io::IsTerminal;

use serde_json::Value;

use super::plain::one_line;

/// No column is made narrower than this.
const COLUMN_MIN: usize = 8;

/// How wide the terminal on standard output is; none where it is none.
pub(super) fn terminal_width() -> Option<usize> {
    let out = std::io::stdout();
    let size = out
        .is_terminal()
        .then(|| rustix::termios::tcgetwinsize(&out));
    let columns = usize::from(size?.ok()?.ws_col);
    (columns > 0).then_some(columns)
}

/// Rows below a head. Where they are wider than `width`, the widest columns are cut.
pub(super) fn table(head: &[&str], rows: &[Vec<String>], width: Option<usize>) -> String {
    let head: Vec<String> = head.iter().map(|name| (*name).to_owned()).collect();
    let rows = rows.iter().map(|row| row.iter().map(|cell| one_line(cell)));
    let mut cells = vec![head];
    cells.extend(rows.map(Iterator::collect));
    let widest = |column: usize| {
        let of_rows = cells.iter().filter_map(|row| row.get(column));
        of_rows.map(|cell| columns(cell)).max().unwrap_or_default()
    };
    let mut widths: Vec<usize> = (0..cells[0].len()).map(widest).collect();
    if let Some(width) = width {
        fit(&mut widths, width);
    }
    let mut text = String::new();
    for row in &cells {
        let padded = row.iter().zip(&widths);
        let padded: Vec<String> = padded
            .map(|(cell, width)| padded_to(cell, *width))
            .collect();
        text.push_str(padded.join("  ").trim_end());
        text.push('\n');
    }
    text
}

/// The same, of objects that have these members.
pub(super) fn listed(head: &[&str], keys: &[&str], rows: &Value, width: Option<usize>) -> String {
    let rows = rows.as_array().into_iter().flatten();
    let rows: Vec<Vec<String>> = rows
        .map(|row| keys.iter().map(|key| cell(&row[*key])).collect())
        .collect();
    table(head, &rows, width)
}

/// Makes the widest columns narrower until all of them fit.
fn fit(widths: &mut [usize], width: usize) {
    let room = width.saturating_sub(2 * widths.len().saturating_sub(1));
    while widths.iter().sum::<usize>() > room {
        match widths.iter_mut().max() {
            Some(widest) if *widest > COLUMN_MIN => *widest -= 1,
            _ => return,
        }
    }
}

fn padded_to(cell: &str, width: usize) -> String {
    let mut shown = String::new();
    let mut at = 0;
    let is_cut = columns(cell) > width;
    for c in cell.chars() {
        let next = at + width_of(c);
        if next > width - usize::from(is_cut) {
            break;
        }
        shown.push(c);
        at = next;
    }
    if is_cut {
        shown.push('…');
        at += 1;
    }
    shown.extend(std::iter::repeat_n(' ', width.saturating_sub(at)));
    shown
}

/// How many columns a terminal gives to a text.
fn columns(text: &str) -> usize {
    text.chars().map(width_of).sum()
}

/// East Asian and pictographic characters take two, marks that combine none; near enough for a table.
fn width_of(c: char) -> usize {
    match u32::from(c) {
        0x300..=0x36f | 0x200b..=0x200d | 0xfe00..=0xfe0f => 0,
        0x1100..=0x115f
        | 0x2e80..=0xa4cf
        | 0xac00..=0xd7a3
        | 0xf900..=0xfaff
        | 0xfe30..=0xfe6f
        | 0xff00..=0xff60
        | 0xffe0..=0xffe6
        | 0x1f300..=0x1faff
        | 0x20000..=0x3fffd => 2,
        _ => 1,
    }
}

/// A value of JSON as a cell.
pub(super) fn cell(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => one_line(text),
        value => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(cells: &[&[&str]]) -> Vec<Vec<String>> {
        let row = |row: &&[&str]| row.iter().map(|cell| (*cell).to_owned()).collect();
        cells.iter().map(row).collect()
    }

    #[test]
    fn columns_are_as_wide_as_they_need_to_be() {
        let text = table(
            &["a", "name"],
            &rows(&[&["1", "Ada"], &["20", "日本"]]),
            None,
        );
        assert_eq!(text, "a   name\n1   Ada\n20  日本\n");
    }

    #[test]
    fn the_widest_column_is_cut_where_the_terminal_ends() {
        let text = table(
            &["id", "text"],
            &rows(&[&["1", "0123456789abcdef"]]),
            Some(14),
        );
        assert_eq!(text, "id  text\n1   012345678…\n");
    }

    #[test]
    fn a_cell_cannot_break_its_line_or_tell_the_terminal_anything() {
        let text = table(&["a"], &rows(&[&["x\ny\u{1b}[2J"]]), None);
        assert_eq!(text, "a\nx y\u{fffd}[2J\n");
    }
}
