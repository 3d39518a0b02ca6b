//! A strict reader of the text format 0.0.4: it refuses whatever Prometheus or its linter might.

use std::collections::{BTreeMap, BTreeSet};

/// A page of metrics.
#[derive(Debug, Default)]
pub(crate) struct Page(pub(crate) BTreeMap<String, Family>);

/// One metric.
#[derive(Debug, Default)]
pub(crate) struct Family {
    pub(crate) kind: String,
    pub(crate) help: String,
    samples: Vec<Sample>,
}

#[derive(Debug)]
struct Sample {
    name: String,
    labels: BTreeMap<String, String>,
    value: f64,
}

impl Page {
    pub(crate) fn parse(text: &str) -> Result<Page, String> {
        let mut page = Page::default();
        let mut present = String::new();
        let body = text.strip_suffix('\n').ok_or("no newline at the end")?;
        for line in body.split('\n') {
            let read = page.line(line, &mut present);
            read.map_err(|error| format!("{error} in: {line}"))?;
        }
        for (name, family) in &page.0 {
            family
                .check(name)
                .map_err(|error| format!("{name}: {error}"))?;
        }
        Ok(page)
    }

    fn line(&mut self, line: &str, present: &mut String) -> Result<(), String> {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, help) = rest.split_once(' ').ok_or("no help")?;
            let family = Family {
                help: unescaped(help, "\\n")?,
                ..Family::default()
            };
            *present = name.to_owned();
            let is_known = self.0.insert(name.to_owned(), family).is_some();
            return refuse(is_known, "a second HELP");
        }
        let family = self.0.get_mut(present).ok_or("no HELP before it")?;
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').ok_or("no type")?;
            refuse(name != present, "TYPE of another metric than HELP")?;
            refuse(!family.kind.is_empty(), "a second TYPE")?;
            family.kind = kind.to_owned();
            return Ok(());
        }
        refuse(family.kind.is_empty(), "no TYPE before it")?;
        let sample = Sample::parse(line)?;
        let ending = sample.name.strip_prefix(present.as_str());
        let endings: &[&str] = match family.kind.as_str() {
            "histogram" => &["_bucket", "_sum", "_count"],
            _ => &[""],
        };
        refuse(
            !ending.is_some_and(|ending| endings.contains(&ending)),
            "a sample of another metric",
        )?;
        family.samples.push(sample);
        Ok(())
    }

    /// The value of a series, named with all of its labels.
    pub(crate) fn value(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        self.find(name, labels)
            .unwrap_or_else(|| panic!("no {name} {labels:?}"))
    }

    pub(crate) fn find(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        let wanted = labels
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        let wanted: BTreeMap<String, String> = wanted.collect();
        let mut samples = self.0.values().flat_map(|family| &family.samples);
        let found = samples.find(|sample| sample.name == name && sample.labels == wanted);
        found.map(|sample| sample.value)
    }

    /// The values that a label has anywhere.
    pub(crate) fn values_of(&self, label: &str) -> BTreeSet<&str> {
        let samples = self.0.values().flat_map(|family| &family.samples);
        let values = samples.filter_map(|sample| sample.labels.get(label));
        values.map(String::as_str).collect()
    }

    /// Every series whose value must never become less, with its value.
    pub(crate) fn growing(&self) -> Vec<(String, f64)> {
        let families = self.0.values().filter(|family| family.kind != "gauge");
        let samples = families.flat_map(|family| &family.samples);
        samples
            .map(|sample| (format!("{}{:?}", sample.name, sample.labels), sample.value))
            .collect()
    }
}

impl Family {
    fn check(&self, name: &str) -> Result<(), String> {
        refuse(!self.help.ends_with('.'), "its HELP is no sentence")?;
        let endings = ["_total", "_bucket", "_sum", "_count"];
        let ends = endings.iter().any(|ending| name.ends_with(ending));
        let is_counter = self.kind == "counter";
        refuse(
            is_counter != name.ends_with("_total") || (ends && !is_counter),
            "its ending is not that of its type",
        )?;
        let foreign = ["_ms", "_milliseconds", "_kb", "_mb", "_percent", "_ratio"];
        refuse(
            foreign.iter().any(|unit| name.ends_with(unit)),
            "no base unit",
        )?;
        let series = |sample: &Sample| (sample.name.clone(), sample.labels.clone());
        let distinct: BTreeSet<_> = self.samples.iter().map(series).collect();
        refuse(distinct.len() != self.samples.len(), "a series twice")?;
        match self.kind.as_str() {
            "counter" => refuse(
                self.samples
                    .iter()
                    .any(|sample| sample.value < 0.0 || sample.value.fract() != 0.0),
                "a count below zero, or in parts",
            ),
            "gauge" => Ok(()),
            "histogram" => self.check_histogram(name),
            kind => Err(format!("the type {kind}")),
        }
    }

    /// Each set of labels has rising buckets up to the infinite one, a sum, and the count of the last.
    fn check_histogram(&self, name: &str) -> Result<(), String> {
        let mut groups: BTreeMap<BTreeMap<String, String>, Vec<&Sample>> = BTreeMap::new();
        for sample in &self.samples {
            let mut labels = sample.labels.clone();
            labels.remove("le");
            groups.entry(labels).or_default().push(sample);
        }
        for samples in groups.values() {
            let [buckets @ .., sum, count] = samples.as_slice() else {
                return Err("no sum and no count".to_owned());
            };
            refuse(sum.name != format!("{name}_sum"), "no sum")?;
            refuse(count.name != format!("{name}_count"), "no count")?;
            let bounds = buckets
                .iter()
                .map(|bucket| number(bucket.labels.get("le")?));
            let bounds: Option<Vec<f64>> = bounds.collect();
            let bounds = bounds.ok_or("a bucket without a bound")?;
            let counts: Vec<f64> = buckets.iter().map(|bucket| bucket.value).collect();
            refuse(
                !bounds.is_sorted_by(|a, b| a < b),
                "bounds that do not rise",
            )?;
            refuse(!counts.is_sorted(), "buckets that fall")?;
            let last = bounds.last().zip(counts.last());
            refuse(
                last != Some((&f64::INFINITY, &count.value)),
                "no infinite bucket with the count",
            )?;
        }
        Ok(())
    }
}

impl Sample {
    fn parse(line: &str) -> Result<Sample, String> {
        let end = line.find(['{', ' ']).ok_or("no value")?;
        let (name, mut rest) = line.split_at(end);
        refuse(!is_name(name, "_:"), "no name of a metric")?;
        let mut labels = BTreeMap::new();
        if let Some(inside) = rest.strip_prefix('{') {
            rest = inside;
            loop {
                let (name, after) = rest.split_once("=\"").ok_or("no label")?;
                refuse(!is_name(name, "_"), "no name of a label")?;
                let end = end_of_value(after).ok_or("a value without an end")?;
                let value = unescaped(&after[..end], "\\\"n")?;
                let is_known = labels.insert(name.to_owned(), value).is_some();
                refuse(is_known, "a label twice")?;
                rest = &after[end + 1..];
                match rest.strip_prefix(',') {
                    Some(more) => rest = more,
                    None => break,
                }
            }
            rest = rest.strip_prefix('}').ok_or("no closing brace")?;
        }
        let value = rest.strip_prefix(' ').ok_or("no space before the value")?;
        Ok(Sample {
            name: name.to_owned(),
            labels,
            value: number(value).ok_or("no number")?,
        })
    }
}

fn refuse(condition: bool, why: &str) -> Result<(), String> {
    match condition {
        true => Err(why.to_owned()),
        false => Ok(()),
    }
}

fn is_name(text: &str, beside: &str) -> bool {
    let begins = |c: char| c.is_ascii_alphabetic() || beside.contains(c);
    text.starts_with(begins) && text.chars().all(|c| begins(c) || c.is_ascii_digit())
}

/// Where the quote is that ends a value.
fn end_of_value(text: &str) -> Option<usize> {
    let mut escaped = false;
    let ends = |c| {
        let is_end = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        is_end
    };
    text.find(ends)
}

fn unescaped(text: &str, allowed: &str) -> Result<String, String> {
    let mut plain = String::new();
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        if c != '\\' {
            plain.push(c);
            continue;
        }
        match characters.next().filter(|c| allowed.contains(*c)) {
            Some('n') => plain.push('\n'),
            Some(c) => plain.push(c),
            None => return Err("an escape that does not exist".to_owned()),
        }
    }
    Ok(plain)
}

fn number(text: &str) -> Option<f64> {
    match text {
        "+Inf" => Some(f64::INFINITY),
        _ => text.parse().ok().filter(|value: &f64| value.is_finite()),
    }
}
