//! Each key changes what comes out.

use std::path::Path;
use std::time::Duration;

use leadhook::config::{self, Config, Env};
use leadhook::domain::condition::{Condition, Subject, Test};
use leadhook::domain::field::Field;
use leadhook::domain::form::{Captcha, Origin, Service};
use leadhook::domain::judgement::{Code, Language, Senders};
use leadhook::domain::lead_type::{LeadType, Phase};
use leadhook::domain::secret::Secret;
use leadhook::domain::source::Auth;
use leadhook::domain::value::Value;
use leadhook::domain::webhook::{Network, Private, Trigger};
use leadhook::log::{Format, Level};

use crate::{env, read};

const SECOND: Duration = Duration::from_secs(1);

fn everything() -> Config {
    read("valid", "everything.toml").expect("everything.toml")
}

fn network(text: &str) -> Network {
    Network::parse(text).expect(text)
}

#[test]
fn the_listeners_get_their_settings() {
    let Config { ingest, admin, .. } = everything();
    assert_eq!(ingest.listen.to_string(), "[::1]:9480");
    assert_eq!(ingest.body_bytes_max, 1024);
    assert_eq!(ingest.connections_max, 1);
    assert_eq!(ingest.connections_per_address, 0);
    assert_eq!(ingest.header_timeout, SECOND);
    assert_eq!(ingest.body_timeout, 500 * SECOND);
    assert_eq!(ingest.connection_life, 86_400 * SECOND);
    assert_eq!(
        ingest.trusted_proxies,
        [network("10.0.0.0/8"), network("::1")]
    );
    assert_eq!(ingest.waiting_max, 65_536);
    assert_eq!(admin.listen.to_string(), "127.0.0.2:9481");
    assert!(admin.tokens[0].matches(b"sixteen-letters-"));
    assert!(admin.tokens[1].matches(b"sixteen-letters+"));
    assert_eq!((admin.inspector, admin.inspector_keep), (false, 1));
}

#[test]
fn store_log_stop_and_account_get_their_settings() {
    let Config {
        store,
        log,
        stop,
        account,
        ..
    } = everything();
    assert_eq!(store.path, Path::new("/var/lib/leads/leads.redb"));
    assert_eq!(store.cache_bytes, 4 << 20);
    assert_eq!(store.low_space_bytes, 1 << 30);
    assert_eq!(store.very_low_space_bytes, 0);
    assert_eq!(store.start_delay, Duration::from_millis(500));
    assert_eq!((log.format, log.level), (Format::Json, Level::Debug));
    assert_eq!(stop.grace, Duration::ZERO);
    assert_eq!(account.id, 9_007_199_254_740_991);
    assert_eq!(account.name, "Müller & Söhne");
}

#[test]
fn the_settings_of_judgement_and_location_are_taken_over() {
    let Config {
        judgement,
        location,
        ..
    } = everything();
    let location = location.expect("a location");
    assert_eq!(
        location.database,
        Path::new("tests/configs/valid/maps/city.mmdb")
    );
    assert_eq!(location.language, "pt-BR");
    let screening = &judgement.screening;
    assert_eq!(screening.threshold, 150);
    assert_eq!(screening.of_sources, [("calls".to_owned(), 0)]);
    let points = |code: Code| screening.points[code as usize];
    assert_eq!(points(Code::Link), 0);
    assert_eq!(points(Code::Honeypot), 200);
    assert_eq!(points(Code::Markup), Code::Markup.default_points());
    let blocked = Senders {
        emails: vec!["robot@example.com".to_owned()],
        domains: vec!["example.net".to_owned()],
        phones: vec!["+99912".to_owned()],
        networks: vec![network("192.0.2.0/24")],
    };
    assert_eq!(screening.blocked, blocked);
    let allowed = Senders {
        emails: vec!["jane@example.com".to_owned()],
        domains: vec!["example.org".to_owned()],
        phones: vec!["+4930".to_owned()],
        networks: vec![network("198.51.100.0/24")],
    };
    assert_eq!(screening.allowed, allowed);
    let analysis = &judgement.analysis;
    assert_eq!(analysis.keywords, ["boiler"]);
    let topics: Vec<&str> = analysis
        .topics
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(topics, ["Zeta", "Alpha"]);
    assert_eq!(analysis.intents[0].1, ["quote"]);
    assert_eq!(analysis.sentiment, [Language::German]);
    assert!(analysis.summary);
    let [rule] = judgement.rules.as_slice() else {
        panic!("{:?}", judgement.rules);
    };
    assert_eq!(
        (rule.name.as_str(), rule.when.len(), rule.add),
        ("Large jobs", 1, -3)
    );
    assert_eq!(rule.set.len(), 5);
    assert_eq!(rule.clear, [Field::LeadScore, Field::Spam]);
}

#[test]
fn a_source_gets_its_settings() {
    let config = everything();
    let source = &config.sources[0];
    assert_eq!(source.name, "calls");
    assert_eq!(source.lead_type, LeadType::PhoneCall);
    assert_eq!(
        (source.profile.id, source.profile.name.as_str()),
        (8, "South")
    );
    let secrets = vec![Secret::new("sixteen-letters-")];
    assert_eq!(source.auth, Auth::Header("x-api-key".to_owned(), secrets));
    assert!(source.keep_body && source.keep_refused);
    assert_eq!(source.rate_per_minute, 1);
}

#[test]
fn a_public_form_gets_its_settings() {
    let form = everything().sources.remove(1).form;
    let origins: Vec<&str> = form.origins.iter().map(Origin::as_str).collect();
    assert_eq!(
        origins,
        ["https://www.example.com", "http://localhost:3000"]
    );
    assert_eq!(form.redirect.as_deref(), Some("/thanks#here"));
    assert_eq!(form.honeypots, ["website2"]);
    assert_eq!(form.min_fill_time, 60 * SECOND);
    let captcha = Captcha {
        service: Service::Recaptcha,
        hosts: vec!["www.example.com".to_owned()],
        secret: Secret::new("captcha-secret"),
        min_score: 900,
        url: "http://127.0.0.1:9000/verify".to_owned(),
    };
    assert_eq!(form.captcha, Some(captcha));
    let texts = form.texts;
    let words = [
        texts.lang,
        texts.thank_you_title,
        texts.thank_you,
        texts.error_title,
        texts.error,
        texts.send_again,
        texts.back,
    ];
    assert_eq!(
        words.join("|"),
        "pt-BR|Obrigado|Até já.|Não enviado|Tente de novo.|Enviar|Voltar"
    );
}

#[test]
fn a_key_of_a_form_that_changes_nothing_is_a_warning() {
    let ground =
        "[admin]\ntoken = 'sixteen-letters-'\n[[source]]\nname = 'a'\nmin_fill_time = '3s'\n";
    for (keys, warns) in [
        ("auth = 'none'", false),
        ("auth = 'none'\npreset = 'tally'", true),
        ("auth = { bearer = 'sixteen-letters-' }", true),
    ] {
        let text = format!("{ground}{keys}");
        let config = config::parse(&text, "c", Path::new(""), &Env::default()).expect(&text);
        let told = config.warnings.iter().map(ToString::to_string);
        let told: Vec<String> = told.filter(|text| text.contains("no effect")).collect();
        assert_eq!(told.len(), usize::from(warns), "{keys}");
        let begins = told
            .iter()
            .all(|text| text.starts_with("c:5:17: source \"a\": min_fill_time: "));
        assert!(begins, "{told:?}");
    }
}

#[test]
fn a_webhook_gets_its_settings() {
    let config = everything();
    let webhook = &config.webhooks[0];
    assert_eq!(webhook.name, "crm_2-b");
    assert_eq!(webhook.keys.len(), 2);
    assert_eq!(webhook.in_flight, 64);
    let rate = webhook.rate.map(|rate| (rate.requests, rate.per));
    assert_eq!(rate, Some((100, Duration::from_secs(60))));
    let day = Duration::from_secs(86_400);
    assert_eq!(webhook.schedule.suspend_after, Some(2 * day));
    assert_eq!(webhook.schedule.probe_every, day / 24);
    assert_eq!(webhook.schedule.waits, [SECOND, 7 * 86_400 * SECOND]);
    assert_eq!(webhook.schedule.jitter_percent, 0);
    assert_eq!(webhook.schedule.retry_after_max, Duration::ZERO);
    let filter = &webhook.filter;
    assert_eq!(filter.triggers, [Trigger::Update]);
    assert_eq!(filter.lead_types, [LeadType::Chat, LeadType::PhoneCall]);
    assert_eq!(filter.phases, [Phase::Completed, Phase::Modified]);
    assert_eq!(filter.sources, ["calls"]);
    assert!(filter.spam);
    let outside_oslo = Condition {
        subject: Subject::Field(Field::City),
        tests: vec![Test::Beyond(vec![Value::Text("Oslo".to_owned())])],
    };
    assert_eq!(filter.when, [outside_oslo]);
    let receiver = &webhook.receiver;
    assert_eq!(receiver.url, "http://crm.example.com:8080/hook?key=1");
    assert_eq!(receiver.timeout, 60 * SECOND);
    assert_eq!(
        receiver.private,
        Private::Networks(vec![network("10.0.0.0/8")])
    );
    assert!(receiver.insecure_http);
    assert_eq!(
        receiver.proxy.as_deref(),
        Some("http://proxy.example.com:3128")
    );
    let pem = std::fs::read("tests/configs/valid/ca.pem").expect("a certificate");
    assert_eq!(receiver.ca_pem, Some(pem));
    assert_eq!(receiver.dns_cache, Duration::ZERO);
}

#[test]
fn the_environment_fills_in_text_wherever_it_stands() {
    let config = read("valid", "environment.toml").expect("environment.toml");
    assert_eq!(config.ingest.listen.port(), 9480);
    assert!(config.admin.tokens[0].matches(b"token-of-the-environment"));
    assert_eq!(config.account.name, "Dollars ${PORT} & $");
    assert_eq!(
        config.webhooks[0].receiver.url,
        "https://crm.example.com/hook"
    );
    assert!(matches!(&config.sources[0].auth, Auth::Query(name, secrets)
        if name == "key" && secrets.len() == 2));
}

#[test]
fn without_profiles_there_is_one_by_the_name_of_the_account() {
    let config = read("valid", "environment.toml").expect("environment.toml");
    let profile = &config.sources[0].profile;
    assert_eq!((profile.id, &profile.name), (1, &config.account.name));
}

#[test]
fn only_where_anybody_may_post_is_there_a_rate_by_default() {
    let open = read("valid", "minimal.toml").expect("minimal.toml");
    let guarded = read("valid", "subtables.toml").expect("subtables.toml");
    assert_eq!(open.sources[0].rate_per_minute, 60);
    assert_eq!(guarded.sources[0].rate_per_minute, 0);
}

#[test]
fn under_systemd_the_database_begins_in_the_state_directory() {
    let text = "[admin]\ntoken = 'sixteen-letters-'";
    let path = |env: &Env| {
        let config = config::parse(text, "", Path::new("/etc/leadhook"), env);
        config.expect(text).store.path
    };
    assert_eq!(path(&env()), Path::new("/etc/leadhook/leadhook.redb"));
    let systemd = [("STATE_DIRECTORY", "/var/lib/leadhook:/var/lib/more")];
    let systemd: Env = systemd.into_iter().collect();
    assert_eq!(path(&systemd), Path::new("/var/lib/leadhook/leadhook.redb"));
}

#[test]
fn without_sources_or_webhooks_there_is_a_warning_and_no_problem() {
    let text = "[admin]\ntoken = 'sixteen-letters-'";
    let config = config::parse(text, "leads.toml", Path::new(""), &env()).expect(text);
    let warnings: Vec<String> = config.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(warnings.len(), 2);
    assert!(warnings[0].starts_with("leads.toml:1:1: source: there is none"));
    assert!(warnings[1].starts_with("leads.toml:1:1: webhook: there is none"));
}
