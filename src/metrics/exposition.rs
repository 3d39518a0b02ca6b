//! Metrics as Prometheus reads them: its text format, version 0.0.4.

use std::fmt::{Display, Write};

use super::Histogram;

/// A page of metrics in the making.
#[derive(Debug, Default)]
pub struct Exposition(String);

/// One metric, with a sample for each set of labels.
#[derive(Debug)]
pub struct Family<'a> {
    page: &'a mut String,
    name: &'static str,
}

/// Names of labels with their values.
type Labels<'a> = &'a [(&'static str, &'a str)];

impl Exposition {
    /// What its `Content-Type` is.
    pub const CONTENT_TYPE: &'static str = "text/plain; version=0.0.4; charset=utf-8";

    /// A number that only grows; its name ends in `_total`.
    pub fn counter(&mut self, name: &'static str, help: &str) -> Family<'_> {
        self.family(name, "counter", help)
    }

    /// A number that goes up and down.
    pub fn gauge(&mut self, name: &'static str, help: &str) -> Family<'_> {
        self.family(name, "gauge", help)
    }

    /// How often something was how long or large.
    pub fn histogram(&mut self, name: &'static str, help: &str) -> Family<'_> {
        self.family(name, "histogram", help)
    }

    fn family(&mut self, name: &'static str, kind: &str, help: &str) -> Family<'_> {
        let help = help.replace('\\', "\\\\").replace('\n', "\\n");
        self.0
            .push_str(&format!("# HELP {name} {help}\n# TYPE {name} {kind}\n"));
        Family {
            page: &mut self.0,
            name,
        }
    }

    /// The whole page.
    pub fn into_page(self) -> String {
        self.0
    }
}

impl Family<'_> {
    /// The value under these labels.
    pub fn sample(&mut self, labels: Labels<'_>, value: impl Display) {
        self.line("", labels, None, value);
    }

    /// The values of a histogram under these labels.
    pub fn samples(&mut self, labels: Labels<'_>, histogram: &Histogram) {
        let mut count = 0;
        for (bound, so_far) in histogram.cumulative() {
            count = so_far;
            self.line("_bucket", labels, Some(bound), so_far);
        }
        self.line("_sum", labels, None, histogram.sum());
        self.line("_count", labels, None, count);
    }

    fn line(&mut self, ending: &str, labels: Labels<'_>, bound: Option<f64>, value: impl Display) {
        self.page.push_str(self.name);
        self.page.push_str(ending);
        let bound = bound.map(|bound| match bound.is_infinite() {
            true => "+Inf".to_owned(),
            false => bound.to_string(),
        });
        let bound = bound.as_deref().map(|bound| ("le", bound));
        let mut before = '{';
        for (name, value) in labels.iter().copied().chain(bound) {
            self.page.push(before);
            self.page.push_str(name);
            self.page.push_str("=\"");
            self.page.push_str(&escaped(value));
            self.page.push('"');
            before = ',';
        }
        if before == ',' {
            self.page.push('}');
        }
        // A String takes whatever is written.
        let _ = writeln!(self.page, " {value}");
    }
}

fn escaped(value: &str) -> String {
    value
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_and_help_are_escaped_and_a_sample_without_labels_has_no_braces() {
        let mut page = Exposition::default();
        let mut family = page.gauge("a_bytes", "Back\\slash\nand line.");
        family.sample(&[("name", "a\"b\\c\nd"), ("kind", "é")], 1);
        family.sample(&[], 0.5);
        let expected = "# HELP a_bytes Back\\\\slash\\nand line.\n# TYPE a_bytes gauge\n\
                        a_bytes{name=\"a\\\"b\\\\c\\nd\",kind=\"é\"} 1\na_bytes 0.5\n";
        assert_eq!(page.into_page(), expected);
    }

    #[test]
    fn a_histogram_ends_with_the_infinite_bucket_its_sum_and_its_count() {
        let histogram = Histogram::of_sizes();
        [1, 3, 5000]
            .into_iter()
            .for_each(|size| histogram.observe_size(size));
        let mut page = Exposition::default();
        page.histogram("n", "N.")
            .samples(&[("of", "x")], &histogram);
        let page = page.into_page();
        assert!(page.contains("n_bucket{of=\"x\",le=\"1\"} 1\nn_bucket{of=\"x\",le=\"2\"} 1\n"));
        let end = "n_bucket{of=\"x\",le=\"2048\"} 2\nn_bucket{of=\"x\",le=\"+Inf\"} 3\n\
                   n_sum{of=\"x\"} 5004\nn_count{of=\"x\"} 3\n";
        assert!(page.ends_with(end), "{page}");
    }
}
