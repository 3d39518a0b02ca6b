//! Which word was probably meant: "did you mean …".

/// The word of `words` that is closest to `typed`, if one is close enough to be a slip.
pub(super) fn nearest<'w>(
    typed: &str,
    words: impl IntoIterator<Item = &'w str>,
) -> Option<&'w str> {
    let slips_max = (typed.chars().count() / 3).clamp(1, 3);
    words
        .into_iter()
        .map(|word| (slips(typed, word), word))
        .filter(|(slips, _)| *slips <= slips_max)
        .min()
        .map(|(_, word)| word)
}

/// How many letters must be typed, left out, replaced or exchanged with their neighbour to get from
/// one word to the other (optimal string alignment); case does not count.
fn slips(from: &str, to: &str) -> usize {
    let letters = |word: &str| word.to_lowercase().chars().collect::<Vec<char>>();
    let (from, to) = (letters(from), letters(to));
    // Row i, column j: from the first i letters of the one to the first j of the other.
    let mut rows: Vec<Vec<usize>> = vec![(0..=to.len()).collect()];
    for i in 1..=from.len() {
        let mut row = vec![i];
        for j in 1..=to.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(from[i - 1] != to[j - 1]);
            let mut least = replaced.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            let crossed = i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1];
            if crossed {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[from.len()][to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: [&str; 4] = ["timeout", "triggers", "url", "in_flight"];

    #[test]
    fn a_slip_finds_its_word_and_a_stranger_none() {
        for (typed, meant) in [
            ("timeuot", Some("timeout")),
            ("trigger", Some("triggers")),
            ("URL", Some("url")),
            ("uri", Some("url")),
            ("ulr", Some("url")),
            ("in-flight", Some("in_flight")),
            ("colour", None),
            ("", None),
        ] {
            assert_eq!(nearest(typed, WORDS), meant, "{typed}");
        }
    }
}
