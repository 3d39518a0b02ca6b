//! Bracketed names of forms as the tree they stand for: `fields[email][value]`, `topics[]`.

use crate::domain::raw::Raw;

/// So many brackets make a tree; a name with more stays as it came.
const BRACKETS_MAX: usize = 4;

/// Takes the names of `raw` apart at their brackets. A name whose brackets do not pair up, or that
/// contradicts one before it (`a` and `a[b]`), stays as it came.
pub fn nested(raw: Raw) -> Raw {
    let Raw::Map(entries) = raw else { return raw };
    if entries.iter().all(|(name, _)| !name.contains('[')) {
        return Raw::Map(entries);
    }
    let mut tree = Raw::Map(Vec::new());
    for (name, value) in entries {
        let refused = match parts(&name) {
            Some(parts) => place(&mut tree, &parts, value).err(),
            None => Some(value),
        };
        if let (Some(value), Raw::Map(entries)) = (refused, &mut tree) {
            entries.push((name, value));
        }
    }
    tree
}

/// `a`, `b`, `` of `a[b][]`; none where there is no bracket or something is wrong with them.
fn parts(name: &str) -> Option<Vec<&str>> {
    let (first, mut rest) = name.split_at(name.find('[')?);
    let mut parts = vec![first];
    while let Some(inner) = rest.strip_prefix('[') {
        let (part, after) = inner.split_once(']')?;
        parts.push(part);
        rest = after;
    }
    let well = rest.is_empty() && !first.is_empty() && parts.len() <= BRACKETS_MAX + 1;
    let well = well && parts.iter().all(|part| !part.contains('['));
    well.then_some(parts)
}

/// Puts `value` where `parts` lead to, or gives it back if something else is there.
fn place(node: &mut Raw, parts: &[&str], value: Raw) -> Result<(), Raw> {
    let Some((part, rest)) = parts.split_first() else {
        return match node {
            Raw::Null => {
                *node = value;
                Ok(())
            }
            _ => Err(value),
        };
    };
    if *node == Raw::Null {
        *node = match part.is_empty() {
            true => Raw::List(Vec::new()),
            false => Raw::Map(Vec::new()),
        };
    }
    match node {
        Raw::List(items) if part.is_empty() => add(items, rest, value),
        Raw::Map(entries) if !part.is_empty() => {
            if let Some((_, inner)) = entries.iter_mut().find(|(known, _)| known == part) {
                return place(inner, rest, value);
            }
            let mut inner = Raw::Null;
            place(&mut inner, rest, value)?;
            entries.push(((*part).to_owned(), inner));
            Ok(())
        }
        _ => Err(value),
    }
}

/// Adds to a list: values that came under one name each for itself, `[][a]` to the element before
/// it as long as that has no `a`.
fn add(items: &mut Vec<Raw>, rest: &[&str], value: Raw) -> Result<(), Raw> {
    if let (true, Raw::List(values)) = (rest.is_empty(), &value) {
        items.extend(values.iter().cloned());
        return Ok(());
    }
    let fits = match (items.last(), rest.first()) {
        (Some(Raw::Map(entries)), Some(part)) => entries.iter().all(|(known, _)| known != part),
        _ => false,
    };
    if fits && let Some(last) = items.last_mut() {
        return place(last, rest, value);
    }
    let mut inner = Raw::Null;
    place(&mut inner, rest, value)?;
    items.push(inner);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(names: &[(&str, &str)]) -> String {
        let pairs = names
            .iter()
            .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()));
        format!("{:?}", nested(Raw::from_form(pairs).expect("few names")))
    }

    fn of_json(json: &str) -> String {
        format!("{:?}", Raw::from_json(json.as_bytes()).expect("JSON"))
    }

    #[test]
    fn brackets_make_the_tree_that_the_same_json_would_be() {
        for (names, json) in [
            (
                &[("f[e][v]", "a"), ("f[e][t]", "b"), ("g", "c")] as &[_],
                r#"{"f":{"e":{"v":"a","t":"b"}},"g":"c"}"#,
            ),
            (&[("x[]", "1")], r#"{"x":["1"]}"#),
            (&[("x[]", "1"), ("x[]", "2")], r#"{"x":["1","2"]}"#),
            (&[("x", "1"), ("x", "2")], r#"{"x":["1","2"]}"#),
            (
                &[("i[][n]", "a"), ("i[][q]", "1")],
                r#"{"i":[{"n":"a","q":"1"}]}"#,
            ),
            (
                &[("a[b][c][d][e]", "1")],
                r#"{"a":{"b":{"c":{"d":{"e":"1"}}}}}"#,
            ),
        ] {
            assert_eq!(tree(names), of_json(json));
        }
    }

    #[test]
    fn a_name_that_makes_no_tree_stays_as_it_came() {
        for name in ["a[b", "a]b", "[a]", "a[b]c", "a[b[c]]", "a[1][2][3][4][5]"] {
            let entries = vec![(name.to_owned(), Raw::Text("1".into()))];
            assert_eq!(nested(Raw::Map(entries.clone())), Raw::Map(entries));
        }
        assert_eq!(
            tree(&[("a", "1"), ("a[b]", "2"), ("a[]", "3")]),
            of_json(r#"{"a":"1","a[b]":"2","a[]":"3"}"#)
        );
    }
}
