//! A table; on a phone, a card for each of its rows, in which each cell has its column's name beside it.

use super::markup::{Html, put};

/// Rows below the names of their columns. The roles stay where the style makes cards of rows.
pub(super) fn table(main: &mut Html, columns: &[&str], rows: impl IntoIterator<Item = Vec<Html>>) {
    put!(
        main,
        "<div class=\"wide\"><table class=\"cards\" role=\"table\"><thead role=\"rowgroup\"><tr role=\"row\">"
    );
    for name in columns {
        put!(
            main,
            "<th scope=\"col\" role=\"columnheader\">",
            (name),
            "</th>"
        );
    }
    put!(main, "</tr></thead><tbody role=\"rowgroup\">");
    for row in rows {
        put!(main, "<tr role=\"row\">");
        for (name, cell) in columns.iter().zip(&row) {
            put!(
                main,
                "<td role=\"cell\" data-label=\"",
                (name),
                "\">",
                [cell],
                "</td>"
            );
        }
        put!(main, "</tr>");
    }
    put!(main, "</tbody></table></div>");
}
