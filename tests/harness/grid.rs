//! A table that is one in plain text and in Markdown.

/// Lines of cells under a head, each column as wide as it needs.
pub(crate) fn grid<const N: usize>(head: [&str; N], rows: &[[String; N]]) -> String {
    let head = head.map(str::to_owned);
    let lines = || std::iter::once(&head).chain(rows);
    let widths: [usize; N] = std::array::from_fn(|column| {
        let cells = lines().map(|line| line[column].chars().count());
        cells.max().unwrap_or_default()
    });
    let mut table = String::new();
    for (n, line) in lines().enumerate() {
        for (cell, width) in line.iter().zip(widths) {
            table.push_str(&format!("| {cell:width$} "));
        }
        table.push_str("|\n");
        if n == 0 {
            for width in widths {
                table.push_str(&format!("| {} ", "-".repeat(width)));
            }
            table.push_str("|\n");
        }
    }
    table
}
