//! What is wrong with a receiver that can be seen without asking the DNS.

use leadhook::domain::webhook::{Network, Private, Receiver as Settings};
use leadhook::outbound::check;

use crate::settings;

fn problem(change: impl Fn(&mut Settings)) -> String {
    let mut settings = settings("https://hook.example/x?key=s");
    settings.private = Private::Refused;
    change(&mut settings);
    check(&settings).err().unwrap_or_default()
}

#[test]
fn urls_that_cannot_be_meant_are_refused() {
    for (url, word) in [
        ("hook.example/x", "begin with https://"),
        ("ftp://hook.example/", "begin with https://"),
        ("https://", "not a url"),
        ("https://:443/", "names no host"),
        ("https://ann:pw@hook.example/", "Authorization"),
        ("https://ann@hook.example/", "Authorization"),
        ("https://hook.example:99999/", "1 to 65535"),
        ("https://hook.example:0/", "1 to 65535"),
        ("https://hook.example:/", "1 to 65535"),
        ("https://hook.example/#x", "fragment"),
        ("https://{lead}.example/", "not a url"),
        ("https://hook example/", "not a url"),
        ("http://hook.example/", "allow_insecure_http"),
        ("http://8.8.8.8/", "allow_insecure_http"),
        ("https://10.0.0.1/", "allow_private"),
        ("http://127.0.0.1/", "allow_private"),
        ("https://[::ffff:169.254.169.254]/", "metadata"),
    ] {
        let problem = problem(|settings| settings.url = url.to_owned());
        assert!(problem.contains(word), "{url}: {problem}");
        assert!(!problem.contains("pw"), "{problem}");
    }
    assert_eq!(problem(|_| {}), "");
}

#[test]
fn plain_http_is_had_near_or_when_asked_for() {
    let url = |settings: &mut Settings, url: &str| settings.url = url.to_owned();
    let local = |s: &mut Settings| url(s, "http://localhost:80/");
    assert!(problem(local).contains("allow_private"));
    let local_allowed = |s: &mut Settings| {
        local(s);
        s.private = Private::Networks(vec![Network::parse("127.0.0.0/8").unwrap()]);
    };
    assert_eq!(problem(local_allowed), "");
    let office = || Private::Networks(vec![Network::parse("10.0.0.0/8").unwrap()]);
    let crm = |s: &mut Settings| {
        url(s, "http://crm.office/");
        s.private = office();
    };
    assert_eq!(problem(crm), "");
    let public = |s: &mut Settings| {
        url(s, "http://8.8.8.8/");
        s.insecure_http = true;
    };
    assert_eq!(problem(public), "");
    let proxied = |s: &mut Settings| {
        crm(s);
        s.proxy = Some("http://proxy.example:3128".into());
    };
    assert!(problem(proxied).contains("allow_insecure_http"));
}

#[test]
fn proxies_are_checked_too() {
    for (proxy, word) in [
        ("proxy.example:3128", "begin with"),
        ("ftp://proxy.example", "begin with"),
        ("http://proxy.example:99999", "1 to 65535"),
        ("http://127.0.0.1:3128", "allow_private"),
    ] {
        let problem = problem(|settings| settings.proxy = Some(proxy.to_owned()));
        assert!(problem.contains(word), "{proxy}: {problem}");
    }
    let good = |settings: &mut Settings| settings.proxy = Some("http://a:b@p.example:1".into());
    assert_eq!(problem(good), "");
}
