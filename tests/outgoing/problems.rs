//! What the config says about mistakes in bodies and requests, each with its place.

use crate::problems;

/// Whether the problems of a webhook with these keys are one, which says this.
#[track_caller]
fn says(keys: &str, said: &str) {
    let keys = match keys.contains("url") || keys.contains("preset") {
        true => keys.to_owned(),
        false => format!("url = 'https://crm.example.com/'\n{keys}"),
    };
    let problems = problems(&keys);
    assert!(
        problems.contains(said),
        "{keys}\n{problems}\ninstead of {said}"
    );
    assert_eq!(problems.matches("hint:").count(), 1, "{problems}");
}

#[test]
fn a_wrong_name_shows_at_its_place_with_the_nearest_one() {
    // Line 11 is that of `url`.
    says(
        "body = '''\n{\n  \"a\": \"{emial_address}\"\n}'''",
        "leadhook.toml:14:10: webhook \"crm\": body: a lead has no field \"emial_address\"\n    hint: did you mean email_address?",
    );
    says(
        "format = 'text'\nbody = 'Hello {nmae}!'",
        "leadhook.toml:13:16: webhook \"crm\": body: a lead has no field \"nmae\"\n    hint: did you mean name?",
    );
    says("body = { a = '{hedline}' }", "did you mean headline?");
    says(
        "body = { a = '{name|trunkate:3}' }",
        "did you mean truncate?",
    );
    says(
        "body = { a = '{values.to}' }",
        "the webhook has no value to",
    );
    says(
        "body = { a = '{email.x}' }",
        "the field \"email\" has no labels",
    );
    says(
        "headers = { X = '{nmae}' }",
        "webhook \"crm\": headers: a lead has no field \"nmae\"",
    );
}

#[test]
fn json_that_is_none_shows_at_its_place() {
    says(
        "body = '''\n{\n  \"a\": 1,\n}'''",
        "leadhook.toml:15:1: webhook \"crm\": body: this is no JSON: trailing comma",
    );
    says(
        "body = '{\"a\": \"{name\"}'",
        "this placeholder is not closed",
    );
}

#[test]
fn what_could_leave_nothing_to_send_is_refused() {
    says(
        "body = '{\"a\": \"{name??}\"}'",
        "for some leads there would be nothing to send",
    );
    says(
        "body = '\"{name?}\"'",
        "for some leads there would be nothing to send",
    );
    says(
        "format = 'text'\nbody = '{name?}'",
        "this cannot be left out",
    );
    says(
        "url = 'https://crm.example.com/{name?}'",
        "this cannot be left out",
    );
}

#[test]
fn no_lead_says_where_it_goes() {
    for url in [
        "https://{city}.example.com/",
        "https://{city}/",
        "{lead_url}",
        "https://crm.example.com{city}/x",
        "https://crm.example.com:{zip}/",
    ] {
        says(&format!("url = '{url}'"), "a lead must not choose the host");
    }
}

#[test]
fn headers_that_are_not_the_owners_are_refused() {
    for (name, said) in [
        ("Host", "leadhook sets this header itself"),
        ("Content-Length", "leadhook sets this header itself"),
        ("webhook-signature", "leadhook sets this header itself"),
        ("Authorization", "an authorization is a secret"),
        ("X Y", "this is no name for a header"),
    ] {
        says(&format!("headers = {{ \"{name}\" = \"x\" }}"), said);
    }
    says(
        "headers = { X = \"a\\nb\" }",
        "this is no value for a header",
    );
}

#[test]
fn formats_and_bodies_must_fit() {
    says(
        "format = 'flat'\nbody = '{}'",
        "the body of this format is fixed",
    );
    says("format = 'form'\nbody = '{}'", "a form has names and texts");
    says(
        "format = 'form'\nbody = { a = { b = 'c' } }",
        "a form has names and texts",
    );
    says(
        "format = 'text'\nbody = { a = 'b' }",
        "the body of a text is a text",
    );
    says(
        "format = 'json'",
        "webhook \"crm\": body: this key is missing",
    );
    says("format = 'xml'", "\"xml\" is not known here");
    says("method = 'GET'", "\"GET\" is not known here");
    says("success_status = [200, 'ok']", "this is no status");
    says("permanent = 99", "this is no status");
    // The flat payload was sent in place of it, without a word.
    says(
        "body = { a = inf }",
        "a number, a list or a table is wanted here",
    );
}

#[test]
fn half_an_auth_is_refused() {
    says(
        "auth = { basic = 'me' }",
        "auth: secret: this key is missing",
    );
    says(
        "auth = { secret = 'abc' }",
        "nothing says how this secret is sent",
    );
    says(
        "auth = { header = 'x', query = 'y', secret = 'abc' }",
        "only one of bearer, header, query and basic is possible",
    );
    says(
        "auth = { bearer = ['a', 'b'] }",
        "there is more than one secret",
    );
    says(
        "auth = { basic = '{name}', secret = 'abc' }",
        "a user is the same for every lead",
    );
    says(
        "auth = { basic = 'me:you', secret = 'abc' }",
        "a user name has no colon",
    );
}

#[test]
fn a_setting_by_which_no_answer_could_be_a_success_is_refused() {
    says(
        "success_status = []",
        "with an empty list no answer would be a success",
    );
    says(
        "success_status = 302\nsuccess_redirect = 'https://script.example.com/'",
        "\"https://script.example.com/\" is not the name of a host",
    );
}

#[test]
fn a_mistake_is_told_once() {
    says("url_credential = 'none'", "url_credential: ");
    says("retry = 'soon'", "retry: \"soon\" is not a time span");
}

#[test]
fn an_account_has_a_time_zone_that_exists() {
    let text = "[admin]\ntoken = 'sixteen-letters-'\n[account]\ntime_zone = 'Europe/Olso'\n";
    let read = leadhook::config::parse(text, "c", "".as_ref(), &Default::default());
    let problems = read.expect_err("a problem").to_string();
    assert!(
        problems.contains("c:4:13: account: time_zone: \"Europe/Olso\" is no time zone"),
        "{problems}"
    );
}
