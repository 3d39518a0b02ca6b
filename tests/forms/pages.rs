//! What a visitor sees whose browser posts the form by itself.

use leadhook::domain::control::is_control;
use leadhook::domain::field::Field;
use leadhook::domain::form::Form;

use crate::daemon::TestDaemon;
use crate::{BROWSER, FORMS, PAGE, count, form, lead};

/// The website's own page of thanks, and words in another language.
const OWN_WORDS: &str = "
[[source]]
name = \"website\"
auth = \"none\"
rate_per_minute = 0
origins = [\"https://www.example.com\"]
redirect = \"https://danke.example.org/thanks?from=form\"
[[source]]
name = \"german\"
auth = \"none\"
rate_per_minute = 0
[source.texts]
lang = \"de\"
thank_you_title = \"Danke & auf bald\"
thank_you = \"Wir rufen <heute> zurück.\"
error_title = \"Nicht gesendet\"
error = \"Es ist nichts verloren.\"
send_again = \"Noch einmal\"
";

#[test]
fn programs_get_json_and_browsers_a_page() {
    let daemon = TestDaemon::start(FORMS);
    for headers in [
        &[][..],
        &[("accept", "*/*")],
        &[("accept", "application/json")],
        &[("accept", "application/json, text/html")],
        &[BROWSER, ("x-requested-with", "XMLHttpRequest")],
    ] {
        let answer = form(&daemon, "website", headers, "email=a%40x");
        assert_eq!(answer.header("content-type"), Some("application/json"));
        assert_eq!(answer.status, 201);
    }
    let answer = form(&daemon, "website", &[BROWSER], "email=a%40x");
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    assert!(
        answer.body.contains("<h1>Thank you</h1>"),
        "{}",
        answer.body
    );
    assert!(answer.body.contains("<html lang=\"en\">"));
}

#[test]
fn a_visitor_is_sent_where_the_form_says_if_that_is_on_a_listed_site() {
    let daemon = TestDaemon::start(FORMS);
    let sent = |next: &str, origin: &[(&str, &str)]| {
        let headers = [&[BROWSER], origin].concat();
        let answer = form(
            &daemon,
            "website",
            &headers,
            &format!("email=a%40x&_next={next}"),
        );
        (answer.status, answer.header("location").map(str::to_owned))
    };
    let on_site = |path: &str| (303, Some(format!("https://www.example.com{path}")));
    assert_eq!(sent("/thanks", &[PAGE]), on_site("/thanks"));
    assert_eq!(sent("/thanks", &[]), (303, Some("/thanks".to_owned())));
    assert_eq!(
        sent("https%3A%2F%2Fwww.example.com%2Fthanks%3Fa%3D1", &[]),
        on_site("/thanks?a=1")
    );
    for next in [
        "https%3A%2F%2Fevil.example",
        "%2F%2Fevil.example",
        "%2F%5Cevil.example",
        "javascript%3Aalert(1)",
        "%2Fa%0D%0Aset-cookie%3A%20b",
    ] {
        assert_eq!(sent(next, &[PAGE]), (200, None), "{next}");
    }
}

#[test]
fn else_a_visitor_is_sent_to_the_owners_page() {
    let daemon = TestDaemon::start(OWN_WORDS);
    let location = |body: &str| {
        let answer = form(&daemon, "website", &[BROWSER, PAGE], body);
        assert_eq!(answer.status, 303);
        answer.header("location").map(str::to_owned)
    };
    let owners = Some("https://danke.example.org/thanks?from=form".to_owned());
    assert_eq!(location("email=a%40x"), owners);
    assert_eq!(
        location("email=a%40x&_next=https%3A%2F%2Fevil.example"),
        owners
    );
    assert_eq!(
        location("email=a%40x&_next=%2Fok").as_deref(),
        Some("https://www.example.com/ok")
    );
}

#[test]
fn the_pages_speak_the_owners_language() {
    let daemon = TestDaemon::start(OWN_WORDS);
    let thanks = form(&daemon, "german", &[BROWSER], "email=a%40x").body;
    for part in [
        "<html lang=\"de\">",
        "<h1>Danke &amp; auf bald</h1>",
        "<p>Wir rufen &lt;heute&gt; zurück.</p>",
    ] {
        assert!(thanks.contains(part), "{part} in {thanks}");
    }
    let error = form(&daemon, "german", &[BROWSER], "email=").body;
    for part in [
        "<h1>Nicht gesendet</h1>",
        "<p>Es ist nichts verloren.</p>",
        "<button>Noch einmal</button>",
    ] {
        assert!(error.contains(part), "{part} in {error}");
    }
}

#[test]
fn the_pages_run_no_script_and_load_nothing() {
    let daemon = TestDaemon::start(OWN_WORDS);
    for (source, body) in [("german", "email=a%40x"), ("german", ""), ("website", "")] {
        let answer = form(&daemon, source, &[BROWSER], body);
        let policy = answer.header("content-security-policy").expect("a policy");
        assert!(
            policy.starts_with("default-src 'none'; style-src 'sha256-"),
            "{policy}"
        );
        assert!(!policy.contains("unsafe"), "{policy}");
        assert!(!answer.body.contains("<script"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        // Browsers hold the redirect after a form to the policy of the page with the form.
        let sites = "form-action 'self' https://www.example.com https://danke.example.org;";
        assert_eq!(policy.contains(sites), source == "website", "{policy}");
    }
}

#[test]
fn control_fields_never_become_part_of_the_lead() {
    let daemon = TestDaemon::start(FORMS);
    let body = "email=a%40x&_next=%2Fx&_redirect=%2Fy&_subject=Hi&_GOTCHA=&_language=de&_honey=\
                &cf-turnstile-response=t&h-captcha-response=t&g-recaptcha-response=t&bot-field=\
                &botcheck=false&access_key=k&_wpcf7=12&_wpcf7_unit_tag=t&_elapsed_ms=100\
                &_idempotency_key=k&form-name=contact&City*=Oslo&_own=kept";
    let id = form(&daemon, "website", &[], body).lead_id();
    let lead = lead(&daemon, id);
    let labels = [("City*", "Oslo"), ("_own", "kept")];
    let labels = labels.map(|(label, text)| (label.to_owned(), text.to_owned()));
    assert_eq!(lead.values.map(Field::AdditionalFields), labels);
    assert_eq!(lead.values.text(Field::FormName), Some("contact"));
    assert!(!lead.values.is_set(Field::Spam));
}

/// The README lists them for the owner of a form who looks for a name that is free.
#[test]
fn the_readme_names_control_fields_that_are_some() {
    let readme = std::fs::read_to_string("README.md").expect("the README");
    let (_, list) = readme.split_once("- **Control fields**").expect("a list");
    let (list, _) = list.split_once("`_replyto`").expect("its end");
    let names: Vec<&str> = list.split('`').skip(1).step_by(2).collect();
    assert!(names.len() > 15, "{names:?}");
    for name in names {
        let name = name.trim_end_matches('…');
        assert!(is_control(name, &Form::default()), "{name}");
    }
    assert!(!is_control("_replyto", &Form::default()));
}

#[test]
fn other_sources_than_public_forms_have_no_control_fields() {
    let daemon =
        TestDaemon::start("[[source]]\nname = \"crm\"\nauth = { bearer = \"sixteen-letters-\" }\n");
    let token = [("authorization", "Bearer sixteen-letters-"), BROWSER];
    let answer = form(&daemon, "crm", &token, "email=a%40x&_subject=Hi&_gotcha=x");
    let lead = lead(&daemon, answer.lead_id());
    assert_eq!(lead.values.map(Field::AdditionalFields).len(), 2);
    assert!(!lead.values.is_set(Field::Spam));
}

#[test]
fn the_same_post_of_a_page_is_one_lead_until_its_content_changes() {
    let daemon = TestDaemon::start(FORMS);
    let post = |body: &str| form(&daemon, "website", &[BROWSER], body).status;
    let key = "_idempotency_key=6f1c";
    assert_eq!(post(&format!("email=a%40x&{key}&_elapsed_ms=5000")), 200);
    assert_eq!(post(&format!("email=a%40x&{key}&_elapsed_ms=9000")), 200);
    assert_eq!(count(&daemon), 1);
    assert_eq!(post(&format!("email=b%40x&{key}")), 200);
    assert_eq!(count(&daemon), 2);
}

#[test]
fn consent_is_kept_with_the_lead() {
    let daemon = TestDaemon::start(FORMS);
    let body = "email=a%40x&consent=yes&consent_text=You+may+call+me&consent_time=2026-02-01T14%3A00%3A00Z";
    let id = form(&daemon, "website", &[], body).lead_id();
    let kept = |label| crate::label(&daemon, id, label);
    assert_eq!(kept("consent").as_deref(), Some("yes"));
    assert_eq!(kept("consent_text").as_deref(), Some("You may call me"));
    assert_eq!(
        kept("consent_time").as_deref(),
        Some("2026-02-01T14:00:00Z")
    );
}

#[test]
fn a_visitor_is_known_by_profile_and_id() {
    let daemon = TestDaemon::start(FORMS);
    let user = |posted: &str| {
        let id = form(&daemon, "website", &[], &format!("email=a%40x&{posted}")).lead_id();
        lead(&daemon, id)
            .values
            .text(Field::UserId)
            .map(str::to_owned)
    };
    let id = "af17340d-62b8-3044-423f-3dc754e621c2";
    assert_eq!(user(&format!("visitor_id={id}")), Some(format!("1-{id}")));
    assert_eq!(
        user(&format!("user_id=51497-{id}")),
        Some(format!("51497-{id}"))
    );
    assert_eq!(user("visitor_id=me"), None);
}
