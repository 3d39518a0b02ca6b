//! Who the visitor is: the page's script knows him by a random id, receivers by that id and the
//! number of the profile.

use super::raw::Raw;
use super::source::Profile;

const POSTED: &str = "visitor_id";

/// Writes a posted `visitor_id` that is a UUID as the `user_id` that receivers know:
/// `51497-af17340d-62b8-3044-423f-3dc754e621c2`.
pub(super) fn name_user(entries: &mut [(String, Raw)], profile: &Profile) {
    for (name, raw) in entries {
        let Raw::Text(id) = raw else { continue };
        if name.eq_ignore_ascii_case(POSTED) && is_uuid(id) {
            "user_id".clone_into(name);
            *id = format!("{}-{}", profile.id, id.to_ascii_lowercase());
        }
    }
}

fn is_uuid(text: &str) -> bool {
    let dash = |n: usize| matches!(n, 8 | 13 | 18 | 23);
    let mut bytes = text.bytes().enumerate();
    text.len() == 36
        && bytes.all(|(n, b)| match dash(n) {
            true => b == b'-',
            false => b.is_ascii_hexdigit(),
        })
}
