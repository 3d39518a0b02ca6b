//! Where a lead comes from.

use leadhook::domain::derive::{Derivation, Touch};
use leadhook::domain::field::Field;
use leadhook::domain::form::{Form, Origin};
use leadhook::domain::intake::Visitor;
use leadhook::domain::lead_type::LeadType;
use leadhook::domain::source::Source;
use serde_json::json;

use crate::pure::{form, lead, service, texts};
use crate::{posted, start};

/// Source and medium of a post to `source`.
fn came(source: &Source, json: &str) -> String {
    let lead = lead(source, &Visitor::default(), json);
    texts(&lead, [Field::LeadSource, Field::LeadMedium]).join("/")
}

/// All five fields of a post to a form.
fn all(json: &str) -> [String; 5] {
    let lead = lead(&form(), &Visitor::default(), json);
    let fields = [
        Field::LeadSource,
        Field::LeadMedium,
        Field::LeadCampaign,
        Field::LeadContent,
        Field::LeadKeyword,
    ];
    texts(&lead, fields).map(str::to_owned)
}

/// Source and medium of a visitor whom this address sent.
fn sent_by(referrer: &str) -> String {
    let post = json!({"email": "a@x.com", "landing_page": "https://www.shop.example/", "referrer": referrer});
    came(&form(), &post.to_string())
}

#[test]
fn what_is_posted_wins_over_everything() {
    let post = r#"{"lead_source":"Partner","lead_medium":"Print","landing_page":"/?utm_source=google&utm_campaign=x&gclid=1","referrer":"https://bing.com/"}"#;
    assert_eq!(all(post), ["Partner", "Print", "", "", ""]);
}

#[test]
fn what_is_posted_is_completed_by_what_agrees_with_it() {
    let post = r#"{"utm_source":"Google","landing_page":"/?utm_source=google&utm_medium=cpc&utm_term=tap"}"#;
    assert_eq!(all(post), ["Google", "cpc", "", "", "tap"]);
    let post = r#"{"utm_campaign":"spring","landing_page":"/?gclid=1"}"#;
    assert_eq!(all(post), ["google", "cpc", "spring", "", ""]);
}

#[test]
fn utm_parameters_are_taken_as_they_are_the_page_of_arrival_first() {
    let post = r#"{"landing_page":"https://x.com/a?utm_source=News%20Letter&utm_medium=E-Mail&utm_campaign=Fr%C3%BChling&utm_content=b+c&utm_term=d&gclid=1","page_url":"/?utm_source=later"}"#;
    assert_eq!(all(post), ["News Letter", "E-Mail", "Frühling", "b c", "d"]);
    let post = r#"{"landing_page":"https://x.com/","page_url":"/?utm_source=flyer#a"}"#;
    assert_eq!(all(post), ["flyer", "", "", "", ""]);
    let post = r#"{"landing_page":"/?utm_campaign=spring&utm_source=&msclkid=1"}"#;
    assert_eq!(all(post), ["bing", "cpc", "spring", "", ""]);
}

#[test]
fn a_click_id_tells_the_network_whose_ad_it_was() {
    for (parameter, network) in [
        ("gclid", "google"),
        ("gclsrc", "google"),
        ("wbraid", "google"),
        ("gbraid", "google"),
        ("dclid", "google"),
        ("msclkid", "bing"),
        ("fbclid", "facebook"),
        ("ttclid", "tiktok"),
        ("li_fat_id", "linkedin"),
        ("twclid", "twitter"),
        ("epik", "pinterest"),
        ("ScCid", "snapchat"),
        ("rdt_cid", "reddit"),
        ("yclid", "yandex"),
        ("tblci", "taboola"),
    ] {
        let expected = format!("{network}/cpc");
        let in_page = json!({"landing_page": format!("https://x.com/?{parameter}=Cj0"), "referrer": "https://www.google.com/"});
        assert_eq!(came(&form(), &in_page.to_string()), expected, "{parameter}");
        let by_itself = json!({"email": "a@x.com", parameter: "Cj0"});
        assert_eq!(
            came(&form(), &by_itself.to_string()),
            expected,
            "{parameter}"
        );
    }
}

#[test]
fn the_cookie_of_an_old_click_is_no_click() {
    let post =
        r#"{"facebook_click_id":"fb.1.1769954941000.Iw","referrer":"https://www.google.de/"}"#;
    assert_eq!(came(&form(), post), "google/organic");
}

#[test]
fn a_search_engine_is_known_in_every_country() {
    for (referrer, name) in [
        ("https://www.google.com/", "google"),
        ("https://www.google.co.uk/search?q=tap", "google"),
        ("https://google.com.br", "google"),
        ("http://m.google.de/", "google"),
        (
            "android-app://com.google.android.googlequicksearchbox/",
            "google",
        ),
        ("https://cn.bing.com/", "bing"),
        ("https://de.search.yahoo.com/", "yahoo"),
        ("https://search.yahoo.co.jp/", "yahoo"),
        ("https://duckduckgo.com/", "duckduckgo"),
        ("https://www.ecosia.org/", "ecosia"),
        ("https://yandex.com.tr/", "yandex"),
        ("https://www.baidu.com/link?url=1", "baidu"),
        ("https://search.brave.com/", "brave"),
        ("https://WWW.Startpage.COM:443/", "startpage"),
        ("https://www.qwant.com/", "qwant"),
        ("https://search.naver.com/", "naver"),
        ("https://search.seznam.cz/", "seznam"),
    ] {
        assert_eq!(sent_by(referrer), format!("{name}/organic"), "{referrer}");
    }
}

#[test]
fn a_social_network_is_known_by_its_names() {
    for (referrer, name) in [
        ("https://l.facebook.com/", "facebook"),
        ("https://m.facebook.com/", "facebook"),
        ("https://lm.facebook.com/l.php", "facebook"),
        ("https://l.instagram.com/", "instagram"),
        ("https://www.linkedin.com/", "linkedin"),
        ("https://lnkd.in/", "linkedin"),
        ("android-app://com.linkedin.android/", "linkedin"),
        ("https://t.co/abc", "twitter"),
        ("https://x.com/", "twitter"),
        ("https://www.youtube.com/", "youtube"),
        ("https://www.tiktok.com/", "tiktok"),
        ("https://www.pinterest.de/", "pinterest"),
        ("https://old.reddit.com/r/x", "reddit"),
        ("https://go.bsky.app/", "bluesky"),
        ("https://www.xing.com/", "xing"),
    ] {
        assert_eq!(sent_by(referrer), format!("{name}/social"), "{referrer}");
    }
}

#[test]
fn any_other_site_is_a_referral_also_mail_assistants_and_what_only_looks_alike() {
    for (referrer, host) in [
        ("https://www.partner.example/list?a=1", "partner.example"),
        ("https://chatgpt.com/", "chatgpt.com"),
        ("https://www.perplexity.ai/", "perplexity.ai"),
        ("https://gemini.google.com/app", "gemini.google.com"),
        ("https://mail.google.com/", "mail.google.com"),
        ("https://outlook.live.com/", "outlook.live.com"),
        (
            "https://google.com.evil.example/",
            "google.com.evil.example",
        ),
        ("https://notgoogle.com/", "notgoogle.com"),
        ("https://notfacebook.com/", "notfacebook.com"),
        ("https://google.cloud/", "google.cloud"),
        (
            "android-app://com.google.android.gm/",
            "com.google.android.gm",
        ),
        ("http://192.168.1.20:8080/x", "192.168.1.20"),
    ] {
        assert_eq!(sent_by(referrer), format!("{host}/referral"), "{referrer}");
    }
}

#[test]
fn the_site_itself_sends_nobody() {
    for referrer in [
        "https://www.shop.example/other",
        "https://shop.example",
        "https://blog.shop.example/",
        "",
        "about:blank",
        // No host is as long; it was looked through for each site that is known.
        &format!("https://{}", "x.search.yahoo.".repeat(1000)),
    ] {
        assert_eq!(sent_by(referrer), "direct/none", "{referrer}");
    }
    let listed = Source {
        form: Form {
            origins: Origin::parse("https://booking.example")
                .into_iter()
                .collect(),
            ..Form::default()
        },
        ..form()
    };
    let post = r#"{"email":"a@x.com","referrer":"https://booking.example/"}"#;
    assert_eq!(came(&form(), post), "booking.example/referral");
    assert_eq!(came(&listed, post), "direct/none");
}

#[test]
fn direct_is_concluded_of_visitors_of_a_page_only() {
    let post = r#"{"email":"a@x.com"}"#;
    assert_eq!(came(&form(), post), "direct/none");
    assert_eq!(came(&service(LeadType::WebForm), post), "/");
    let call = r#"{"lead_type":"Phone Call","caller_number":"+17044695324"}"#;
    assert_eq!(came(&form(), call), "/");
    let seen = r#"{"caller_number":"+17044695324","landing_page":"https://x.com/?gclid=1"}"#;
    assert_eq!(came(&service(LeadType::PhoneCall), seen), "google/cpc");
    let told = r#"{"email":"a@x.com","page_url":"https://x.com/b","referrer":"https://x.com/a"}"#;
    assert_eq!(came(&service(LeadType::WebForm), told), "direct/none");
}

#[test]
fn the_last_touch_counts_where_the_source_says_so_and_it_tells_anything() {
    let last = Source {
        derivation: Derivation {
            touch: Touch::Last,
            ..Derivation::default()
        },
        ..form()
    };
    let first_and = |page: &str, sender: &str| {
        json!({
            "landing_page": "https://x.com/?utm_source=flyer&utm_medium=print",
            "referrer": "https://www.bing.com/",
            "page_url": page,
            "page_referrer": sender,
        })
        .to_string()
    };
    for (page, sender, expected) in [
        ("https://x.com/a?utm_source=mail", "", "mail/"),
        (
            "https://x.com/a?gclid=1",
            "https://g.example/",
            "google/cpc",
        ),
        (
            "https://x.com/a",
            "https://www.google.com/",
            "google/organic",
        ),
        ("https://x.com/a", "https://x.com/", "flyer/print"),
    ] {
        assert_eq!(came(&last, &first_and(page, sender)), expected, "{page}");
        let first = came(&form(), &first_and(page, sender));
        assert_eq!(first, "flyer/print", "{page}");
    }
}

#[test]
fn a_later_post_completes_the_origin_and_does_not_mix_it_with_another() {
    let daemon = start();
    let origin = |body: &str| {
        let lead = posted(&daemon, body);
        [lead["lead_source"].clone(), lead["lead_medium"].clone()]
    };
    let first = r#"{"external_id":"1","landing_page":"/?gclid=1"}"#;
    assert_eq!(origin(first), ["google", "cpc"]);
    let other = r#"{"external_id":"1","landing_page":"/?utm_source=mail&utm_campaign=x"}"#;
    assert_eq!(origin(other), ["google", "cpc"]);
    assert!(posted(&daemon, other)["lead_campaign"].is_null());
    let said = r#"{"external_id":"1","lead_source":"Partner"}"#;
    assert_eq!(origin(said), [json!("Partner"), json!(null)]);
    let lead = posted(&daemon, r#"{"external_id":"1","lead_medium":"Print"}"#);
    assert_eq!(lead["lead_medium"], "Print");
}

#[test]
fn a_public_source_and_its_config_decide_the_touch() {
    let config = "[[source]]\nname = \"website\"\nauth = \"none\"\nattribution = \"last_touch\"\n";
    let daemon = crate::TestDaemon::start(config);
    let lead = posted(
        &daemon,
        r#"{"landing_page":"/?utm_source=a","page_url":"/b?utm_source=b"}"#,
    );
    assert_eq!(lead["lead_source"], "b");
}
