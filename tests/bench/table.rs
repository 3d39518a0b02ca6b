//! The table: what was measured, held against what.

use std::time::{Duration, Instant};

use crate::grid::grid;
use crate::process;

/// One line of the table.
pub(crate) struct Row {
    pub(crate) what: String,
    pub(crate) figure: String,
    /// What the same run reached without the program, or what it had to stay under.
    pub(crate) reference: String,
    pub(crate) ratio: Option<f64>,
    pub(crate) aim: String,
    /// None where there is nothing to hold.
    pub(crate) holds: Option<bool>,
}

/// Writes rows as a table that is one in plain text and in Markdown.
pub(crate) fn print(rows: &[Row]) -> String {
    let line = |row: &Row| {
        let ratio = row.ratio.map(|ratio| format!("{ratio:.2}"));
        let holds = match row.holds {
            None => "-",
            Some(true) => "yes",
            Some(false) => "NO",
        };
        [
            row.what.clone(),
            row.figure.clone(),
            row.reference.clone(),
            ratio.unwrap_or("-".to_owned()),
            row.aim.clone(),
            holds.to_owned(),
        ]
    };
    let lines: Vec<_> = rows.iter().map(line).collect();
    grid(
        ["what", "figure", "reference", "ratio", "aim", "holds"],
        &lines,
    )
}

/// The middle of `values`.
pub(crate) fn median(values: Vec<f64>) -> f64 {
    quantile(values, 0.5)
}

/// The value below which `share` of the others lie.
pub(crate) fn quantile(mut values: Vec<f64>, share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let last = values.len().saturating_sub(1);
    let place = (last as f64 * share).round() as usize;
    values.get(place).copied().unwrap_or(f64::NAN)
}

/// How much was done in what time, and what it cost: all of this process, load and receiver too.
#[derive(Clone, Copy)]
pub(crate) struct Pass {
    per_second: f64,
    cpu_us: f64,
}

impl Pass {
    /// Does something `n` times, as `work` says when it is done.
    pub(crate) fn of(work: impl FnOnce() -> usize) -> Pass {
        let (before, began) = (process::cpu_time(std::process::id()), Instant::now());
        let n = work() as f64;
        let (time, after) = (began.elapsed(), process::cpu_time(std::process::id()));
        Pass {
            per_second: n / seconds(time),
            cpu_us: seconds(after - before) * 1e6 / n,
        }
    }

    pub(crate) fn per_second(self) -> f64 {
        self.per_second
    }
}

/// Passes of the real program and its reference, one after the other, so that what disturbs the
/// machine disturbs both.
#[derive(Default)]
pub(crate) struct Rounds {
    real: Vec<f64>,
    reference: Vec<f64>,
}

impl Rounds {
    /// Adds a round, and tells how it went. The time of the processor is less disturbed by what else
    /// the machine does than the rate is.
    pub(crate) fn add(&mut self, real: Pass, reference: Pass) {
        eprintln!(
            "  {:.0}/s against {:.0}/s; {:.1} us of a core each against {:.1} us",
            real.per_second, reference.per_second, real.cpu_us, reference.cpu_us
        );
        self.real.push(real.per_second);
        self.reference.push(reference.per_second);
    }

    pub(crate) fn real(&self) -> f64 {
        median(self.real.clone())
    }

    pub(crate) fn reference(&self) -> f64 {
        median(self.reference.clone())
    }

    /// The middle of the ratios of each round.
    pub(crate) fn ratio(&self) -> f64 {
        let pairs = self.real.iter().zip(&self.reference);
        median(pairs.map(|(real, reference)| real / reference).collect())
    }
}

/// `1.234 ms`
pub(crate) fn ms(time: f64) -> String {
    format!("{:.3} ms", time * 1000.0)
}

/// `12.3 MB`, in millions of bytes.
pub(crate) fn mb(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

/// `1,234/s`
pub(crate) fn per_second(rate: f64) -> String {
    format!("{}/s", thousands(rate))
}

/// `1,234,567`
pub(crate) fn thousands(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The seconds of a duration.
pub(crate) fn seconds(time: Duration) -> f64 {
    time.as_secs_f64()
}
