//! What kind of site sent a visitor: a search engine, a social network, or any other.
//!
//! A host here also stands for itself with `www.` or `m.` before it; `*` at its begin stands for any
//! names before it, at its end for the domain of any country. Apps of telephones send their own
//! name in place of a host. Mail on the web and assistants are sites like others.

/// Search engines by the name that reports know them by.
const SEARCH_ENGINES: &[(&str, &[&str])] = &[
    (
        "google",
        &[
            "google.*",
            "images.google.*",
            "com.google.android.googlequicksearchbox",
            "com.google.android.apps.searchlite",
        ],
    ),
    ("bing", &["bing.com", "*.bing.com"]),
    (
        "yahoo",
        &[
            "search.yahoo.*",
            "*.search.yahoo.*",
            "yahoo.com",
            "yahoo.co.jp",
        ],
    ),
    (
        "duckduckgo",
        &[
            "duckduckgo.com",
            "*.duckduckgo.com",
            "com.duckduckgo.mobile.android",
        ],
    ),
    ("ecosia", &["ecosia.org"]),
    ("brave", &["search.brave.com"]),
    ("startpage", &["startpage.com", "*.startpage.com"]),
    ("qwant", &["qwant.com", "lite.qwant.com"]),
    ("yandex", &["yandex.*", "ya.ru"]),
    ("baidu", &["baidu.com", "*.baidu.com"]),
    ("sogou", &["sogou.com", "*.sogou.com"]),
    ("360.cn", &["so.com", "m.so.com", "*.so.com"]),
    (
        "naver",
        &["search.naver.com", "*.search.naver.com", "naver.com"],
    ),
    ("daum", &["search.daum.net", "daum.net"]),
    ("seznam", &["seznam.cz", "search.seznam.cz"]),
    ("aol", &["aol.com", "search.aol.*", "*.search.aol.*"]),
    ("ask", &["ask.com", "*.ask.com"]),
    ("t-online", &["suche.t-online.de"]),
    ("web.de", &["suche.web.de"]),
    ("gmx", &["suche.gmx.net", "suche.gmx.at", "suche.gmx.ch"]),
    ("swisscows", &["swisscows.com"]),
    ("metager", &["metager.de", "metager.org"]),
    ("mojeek", &["mojeek.com"]),
    ("kagi", &["kagi.com"]),
    ("presearch", &["presearch.com", "presearch.org"]),
    ("karma", &["karmasearch.org"]),
    ("rambler", &["rambler.ru", "nova.rambler.ru"]),
    ("mail.ru", &["go.mail.ru"]),
    ("onet", &["szukaj.onet.pl"]),
    ("virgilio", &["search.virgilio.it", "ricerca.virgilio.it"]),
    ("coccoc", &["coccoc.com"]),
    ("petalsearch", &["petalsearch.com"]),
];

/// Social networks by the name that reports know them by.
const SOCIAL_NETWORKS: &[(&str, &[&str])] = &[
    (
        "facebook",
        &[
            "facebook.com",
            "*.facebook.com",
            "fb.com",
            "fb.me",
            "com.facebook.katana",
            "messenger.com",
        ],
    ),
    (
        "instagram",
        &["instagram.com", "l.instagram.com", "com.instagram.android"],
    ),
    (
        "threads",
        &[
            "threads.net",
            "threads.com",
            "l.threads.net",
            "l.threads.com",
        ],
    ),
    (
        "linkedin",
        &[
            "linkedin.com",
            "*.linkedin.com",
            "lnkd.in",
            "com.linkedin.android",
        ],
    ),
    (
        "twitter",
        &[
            "t.co",
            "x.com",
            "twitter.com",
            "mobile.twitter.com",
            "com.twitter.android",
        ],
    ),
    ("bluesky", &["bsky.app", "go.bsky.app"]),
    (
        "mastodon",
        &[
            "mastodon.social",
            "mastodon.online",
            "mstdn.social",
            "org.joinmastodon.android",
        ],
    ),
    (
        "youtube",
        &["youtube.com", "youtu.be", "com.google.android.youtube"],
    ),
    (
        "tiktok",
        &["tiktok.com", "*.tiktok.com", "com.zhiliaoapp.musically"],
    ),
    (
        "pinterest",
        &["pinterest.*", "*.pinterest.com", "pin.it", "com.pinterest"],
    ),
    (
        "reddit",
        &["reddit.com", "*.reddit.com", "com.reddit.frontpage"],
    ),
    (
        "snapchat",
        &["snapchat.com", "*.snapchat.com", "com.snapchat.android"],
    ),
    (
        "whatsapp",
        &["whatsapp.com", "wa.me", "*.whatsapp.com", "com.whatsapp"],
    ),
    (
        "telegram",
        &[
            "t.me",
            "telegram.org",
            "web.telegram.org",
            "org.telegram.messenger",
        ],
    ),
    ("discord", &["discord.com", "discord.gg"]),
    ("xing", &["xing.com"]),
    ("nextdoor", &["nextdoor.*"]),
    ("quora", &["quora.com", "*.quora.com"]),
    ("tumblr", &["tumblr.com", "*.tumblr.com"]),
    ("vk", &["vk.com", "vk.ru", "away.vk.com"]),
    ("odnoklassniki", &["ok.ru"]),
    (
        "weibo",
        &["weibo.com", "weibo.cn", "*.weibo.com", "*.weibo.cn"],
    ),
    ("line", &["line.me", "liff.line.me"]),
    ("kakao", &["story.kakao.com", "pf.kakao.com"]),
    ("yelp", &["yelp.*"]),
    ("tripadvisor", &["tripadvisor.*"]),
];

/// Source and medium of visitors whom `site` sent; its host in lower case and without `www.`.
pub(super) fn of_site(site: &str) -> (&str, &'static str) {
    let named = |table: &'static [(&str, &[&str])]| {
        let mut table = table.iter();
        let found = table.find(|(_, hosts)| hosts.iter().any(|host| is_host(host, site)));
        found.map(|(name, _)| *name)
    };
    if let Some(name) = named(SEARCH_ENGINES) {
        return (name, "organic");
    }
    match named(SOCIAL_NETWORKS) {
        Some(name) => (name, "social"),
        None => (site, "referral"),
    }
}

/// Whether `site` is one that `pattern` stands for.
fn is_host(pattern: &str, site: &str) -> bool {
    match pattern.strip_prefix('*') {
        Some(end) => {
            let mut dots = site.match_indices('.');
            dots.any(|(at, _)| is_same(end, &site[at..]))
        }
        None => {
            let mobile = site.strip_prefix("m.");
            is_same(pattern, site) || mobile.is_some_and(|site| is_same(pattern, site))
        }
    }
}

fn is_same(pattern: &str, site: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(begin) => site.strip_prefix(begin).is_some_and(is_of_country),
        None => pattern == site,
    }
}

/// `com`, `de`, `co.uk`, `com.br`.
fn is_of_country(domain: &str) -> bool {
    let short =
        |part: &str| matches!(part.len(), 2 | 3) && part.bytes().all(|b| b.is_ascii_lowercase());
    domain.split('.').count() <= 2 && domain.split('.').all(short)
}
