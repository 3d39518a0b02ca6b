//! Lists of hosts that stand in the program: one a line, in lower case and sorted.

use std::cmp::Ordering;

/// Whether a host or one of those above it is in the list.
pub(super) fn is_listed(list: &str, host: &str) -> bool {
    let mut rest = host;
    loop {
        if has_line(list, rest) {
            return true;
        }
        match rest.split_once('.') {
            Some((_, above)) if above.contains('.') => rest = above,
            _ => return false,
        }
    }
}

/// Looks a line up by halving; a list is not taken apart for that.
fn has_line(list: &str, wanted: &str) -> bool {
    let (mut begin, mut end) = (0, list.len());
    while begin < end {
        let middle = begin + (end - begin) / 2;
        let start = list[begin..middle]
            .rfind('\n')
            .map_or(begin, |at| begin + at + 1);
        let stop = list[middle..end].find('\n').map_or(end, |at| middle + at);
        let line = list[start..stop].bytes();
        match line.cmp(wanted.bytes().map(|b| b.to_ascii_lowercase())) {
            Ordering::Equal => return true,
            Ordering::Less => begin = (stop + 1).min(end),
            Ordering::Greater => end = start,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_found_and_nothing_else() {
        let list = "a.com\nbb.org\nccc.net\nd.io\n";
        for line in list.lines() {
            assert!(is_listed(list, line), "{line}");
            assert!(
                is_listed(list, &format!("MX.{}", line.to_uppercase())),
                "{line}"
            );
        }
        for other in [
            "",
            "a",
            "com",
            "aa.com",
            "b.org",
            "zz.top",
            "a.com.evil.net",
        ] {
            assert!(!is_listed(list, other), "{other}");
        }
    }
}
