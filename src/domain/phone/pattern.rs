//! The patterns of national numbers: `(?:1\d|[368]0)\d{3,13}`. Digits, `\d`, sets, groups of
//! alternatives, and `?`, `{n}`, `{n,m}` behind them; nothing else.

/// What has to hold of the digits behind those that were matched.
type Rest<'r> = &'r dyn Fn(&[u8]) -> bool;

/// Whether all of `digits` is as `pattern` says.
pub(super) fn matches(pattern: &str, digits: &str) -> bool {
    any_of(pattern.as_bytes(), digits.as_bytes(), &<[u8]>::is_empty)
}

/// One of the alternatives in `pattern`, and then `rest`.
fn any_of(pattern: &[u8], digits: &[u8], rest: Rest<'_>) -> bool {
    let mut depth = 0;
    let alternatives = pattern.split(|byte| {
        match byte {
            b'(' => depth += 1,
            b')' => depth -= 1,
            _ => {}
        }
        *byte == b'|' && depth == 0
    });
    let mut alternatives = alternatives;
    alternatives.any(|alternative| sequence(alternative, digits, rest))
}

fn sequence(pattern: &[u8], digits: &[u8], rest: Rest<'_>) -> bool {
    if pattern.is_empty() {
        return rest(digits);
    }
    let (one, after) = pattern.split_at(one_end(pattern));
    let (times, after) = times(after);
    repeated(one, times, digits, &|digits| sequence(after, digits, rest))
}

/// `one` between so many and so many times, as often as possible first, and then `rest`.
fn repeated(one: &[u8], (min, max): (u8, u8), digits: &[u8], rest: Rest<'_>) -> bool {
    let again = |digits: &[u8]| {
        let fewer = (min.saturating_sub(1), max - 1);
        repeated(one, fewer, digits, rest)
    };
    (max > 0 && once(one, digits, &again)) || (min == 0 && rest(digits))
}

fn once(one: &[u8], digits: &[u8], rest: Rest<'_>) -> bool {
    if let Some(group) = one.strip_prefix(b"(?:") {
        return any_of(&group[..group.len() - 1], digits, rest);
    }
    let Some((digit, others)) = digits.split_first() else {
        return false;
    };
    let fits = match one {
        [b'\\', b'd'] => true,
        [b'[', set @ .., b']'] => is_in(set, *digit),
        [literal] => literal == digit,
        _ => false,
    };
    fits && rest(others)
}

/// `14-68`: 1, 4 to 6, 8.
fn is_in(set: &[u8], digit: u8) -> bool {
    match set {
        [from, b'-', to, others @ ..] => (*from..=*to).contains(&digit) || is_in(others, digit),
        [one, others @ ..] => *one == digit || is_in(others, digit),
        [] => false,
    }
}

/// Where the first thing that can be repeated ends.
fn one_end(pattern: &[u8]) -> usize {
    let closing = |open: u8, close: u8| {
        let mut depth = 0;
        let end = pattern.iter().position(|byte| {
            depth += i32::from(*byte == open) - i32::from(*byte == close);
            depth == 0
        });
        end.map_or(pattern.len(), |end| end + 1)
    };
    match pattern[0] {
        b'(' => closing(b'(', b')'),
        b'[' => closing(b'[', b']'),
        b'\\' => 2.min(pattern.len()),
        _ => 1,
    }
}

/// How often, as written at the begin of `pattern`, and what stands behind that.
fn times(pattern: &[u8]) -> ((u8, u8), &[u8]) {
    if let Some(after) = pattern.strip_prefix(b"?") {
        return ((0, 1), after);
    }
    let end = pattern.iter().position(|byte| *byte == b'}');
    let (Some(b'{'), Some(end)) = (pattern.first(), end) else {
        return ((1, 1), pattern);
    };
    let number = |digits: &[u8]| {
        digits
            .iter()
            .fold(0, |number, digit| number * 10 + (digit - b'0'))
    };
    let mut written = pattern[1..end].splitn(2, |byte| *byte == b',').map(number);
    let min = written.next().unwrap_or(1);
    ((min, written.next().unwrap_or(min)), &pattern[end + 1..])
}
