//! A chart of leads per day: stacked columns as SVG, and the same numbers as a table behind them.

use super::markup::{Html, put};

/// One kind of leads in a chart, in the order of the stack.
pub(super) struct Series {
    pub(super) name: String,
    /// One number for each day.
    pub(super) counts: Vec<u64>,
}

const WIDTH: usize = 720;
const HEIGHT: usize = 160;
/// Colours of the style sheet; more kinds than this share the last.
const COLOURS: usize = 6;

/// The chart; `days` are the labels, the oldest first.
pub(super) fn chart(html: &mut Html, title: &str, days: &[String], series: &[Series]) {
    let total = |day: usize| series.iter().map(|one| one.counts[day]).sum::<u64>();
    let most = (0..days.len()).map(total).max().unwrap_or_default();
    put!(
        html,
        "<figure><figcaption>",
        (title),
        "</figcaption><svg viewBox=\"0 0 ",
        (WIDTH.to_string()),
        " ",
        (HEIGHT.to_string()),
        "\" role=\"img\" aria-label=\"",
        (title),
        "\">"
    );
    let step = WIDTH / days.len().max(1);
    for (day, label) in days.iter().enumerate() {
        let mut top = HEIGHT;
        for (n, one) in series.iter().enumerate() {
            if one.counts[day] == 0 {
                continue;
            }
            let height = (one.counts[day] as usize * (HEIGHT - 4)) / most as usize;
            let height = height.max(2);
            top = top.saturating_sub(height);
            let numbers =
                [day * step + 1, top, step.saturating_sub(2).max(1), height].map(|n| n.to_string());
            put!(
                html,
                "<rect class=\"c",
                (n.min(COLOURS - 1).to_string()),
                "\" x=\"",
                (&numbers[0]),
                "\" y=\"",
                (&numbers[1]),
                "\" width=\"",
                (&numbers[2]),
                "\" height=\"",
                (&numbers[3]),
                "\"><title>",
                (label),
                ": ",
                (one.counts[day].to_string()),
                " ",
                (&one.name),
                "</title></rect>"
            );
        }
    }
    put!(html, "</svg>");
    axis(html, days, most);
    put!(html, "<ul class=\"legend\">");
    for (n, one) in series.iter().enumerate() {
        let sum = one.counts.iter().sum::<u64>().to_string();
        put!(
            html,
            "<li><i class=\"c",
            (n.min(COLOURS - 1).to_string()),
            "\"></i>",
            (&one.name),
            " ",
            (sum),
            "</li>"
        );
    }
    put!(html, "</ul>");
    table(html, days, series);
    put!(html, "</figure>");
}

/// The first and the last day, and what the highest column stands for.
fn axis(html: &mut Html, days: &[String], most: u64) {
    let (Some(first), Some(last)) = (days.first(), days.last()) else {
        return;
    };
    put!(
        html,
        "<p class=\"axis\"><span>",
        (first),
        "</span><span>at most ",
        (most.to_string()),
        " a day</span><span>",
        (last),
        "</span></p>"
    );
}

fn table(html: &mut Html, days: &[String], series: &[Series]) {
    put!(
        html,
        "<details><summary>As a table</summary><div class=\"wide\"><table><tr><th>Day</th>"
    );
    for one in series {
        put!(html, "<th>", (&one.name), "</th>");
    }
    put!(html, "</tr>");
    for (day, label) in days.iter().enumerate().rev() {
        put!(html, "<tr><td>", (label), "</td>");
        for one in series {
            put!(
                html,
                "<td class=\"n\">",
                (one.counts[day].to_string()),
                "</td>"
            );
        }
        put!(html, "</tr>");
    }
    put!(html, "</table></div></details>");
}
