//! Which browser it is. Nearly all of them claim to be several; the rarest claim is the true one.

use super::{after, with_version};

/// A mark, the name of the browser that has it, and its name on telephones and tablets. The first
/// that is found counts.
const BROWSERS: &[(&str, &str, &str)] = &[
    // Browsers inside apps.
    ("FBAV/", "Facebook", "Facebook"),
    ("FBAN/", "Facebook", "Facebook"),
    ("FB_IAB/", "Facebook", "Facebook"),
    ("Instagram ", "Instagram", "Instagram"),
    ("Barcelona ", "Threads", "Threads"),
    ("musical_ly_", "TikTok", "TikTok"),
    ("trill_", "TikTok", "TikTok"),
    ("BytedanceWebview", "TikTok", "TikTok"),
    ("LinkedInApp", "LinkedIn", "LinkedIn"),
    ("Snapchat/", "Snapchat", "Snapchat"),
    ("[Pinterest/", "Pinterest", "Pinterest"),
    ("Pinterest for ", "Pinterest", "Pinterest"),
    ("Twitter for ", "Twitter", "Twitter"),
    ("TwitterAndroid", "Twitter", "Twitter"),
    ("MicroMessenger/", "WeChat", "WeChat"),
    ("KAKAOTALK ", "KakaoTalk", "KakaoTalk"),
    (" Line/", "Line", "Line"),
    ("GSA/", "Google Search App", "Google Search App"),
    // Browsers on the engines of others.
    ("Edg/", "Microsoft Edge", "Microsoft Edge"),
    ("EdgA/", "Microsoft Edge", "Microsoft Edge"),
    ("EdgiOS/", "Microsoft Edge", "Microsoft Edge"),
    ("Edge/", "Microsoft Edge", "Microsoft Edge"),
    ("OPR/", "Opera", "Opera Mobile"),
    ("OPT/", "Opera Touch", "Opera Touch"),
    ("OPiOS/", "Opera Mini", "Opera Mini"),
    ("Opera Mini/", "Opera Mini", "Opera Mini"),
    ("SamsungBrowser/", "Samsung Browser", "Samsung Browser"),
    ("YaBrowser/", "Yandex Browser", "Yandex Browser"),
    ("Vivaldi/", "Vivaldi", "Vivaldi"),
    (
        "DuckDuckGo/",
        "DuckDuckGo Privacy Browser",
        "DuckDuckGo Privacy Browser",
    ),
    (
        "Ddg/",
        "DuckDuckGo Privacy Browser",
        "DuckDuckGo Privacy Browser",
    ),
    ("Ecosia ", "Ecosia", "Ecosia"),
    ("HuaweiBrowser/", "Huawei Browser", "Huawei Browser Mobile"),
    ("MiuiBrowser/", "MIUI Browser", "MIUI Browser"),
    ("HeyTapBrowser/", "HeyTapBrowser", "HeyTapBrowser"),
    ("VivoBrowser/", "vivo Browser", "vivo Browser"),
    ("UCBrowser/", "UC Browser", "UC Browser"),
    ("Silk/", "Mobile Silk", "Mobile Silk"),
    ("Whale/", "Whale Browser", "Whale Browser"),
    ("QuarkPC/", "Quark", "Quark"),
    ("FxiOS/", "Firefox Mobile iOS", "Firefox Mobile iOS"),
    ("Focus/", "Firefox Focus", "Firefox Focus"),
    ("CriOS/", "Chrome Mobile iOS", "Chrome Mobile iOS"),
    // The engines' own.
    ("Firefox/", "Firefox", "Firefox Mobile"),
    ("; wv)", "Chrome Webview", "Chrome Webview"),
    ("Chrome/", "Chrome", "Chrome Mobile"),
    ("MSIE ", "Internet Explorer", "Internet Explorer"),
    ("Trident/", "Internet Explorer", "Internet Explorer"),
    ("Version/", "Safari", "Mobile Safari"),
];

/// Where the version of some stands, if not behind their mark.
const VERSIONS: &[(&str, &str)] = &[
    ("FBAN/", "FBAV/"),
    ("FB_IAB/", "FBAV/"),
    ("trill_", "app_version/"),
    ("BytedanceWebview", "app_version/"),
    ("LinkedInApp", "LinkedInApp]/"),
    ("; wv)", "Chrome/"),
    ("Trident/", "rv:"),
    ("TwitterAndroid", "TwitterAndroid/"),
    ("Ecosia ", "@"),
];

/// The browser with its major version.
pub(super) fn of(text: &str, is_mobile: bool) -> Option<String> {
    let found = BROWSERS.iter().find(|(mark, ..)| text.contains(mark));
    let Some((mark, desktop, mobile)) = found else {
        // Apps on iOS that show a page say no more than this.
        let is_page = text.contains("AppleWebKit/") && text.contains("Mobile/");
        return is_page.then(|| "Mobile Safari".to_owned());
    };
    // Android's own browser of old has a version, too.
    if *mark == "Version/" && !text.contains("Safari/") {
        return None;
    }
    let mut versions = VERSIONS.iter().filter(|(known, _)| known == mark);
    let place = versions.next().map_or(*mark, |(_, place)| place);
    let name = if is_mobile { mobile } else { desktop };
    Some(with_version(name, after(text, place)))
}

/// Words by which programs are known that no person sits in front of.
const BOTS: [&str; 15] = [
    "bot",
    "crawl",
    "spider",
    "slurp",
    "facebookexternalhit",
    "headlesschrome",
    "lighthouse",
    "mediapartners-google",
    "curl/",
    "wget/",
    "python",
    "go-http-client",
    "postmanruntime",
    "node-fetch",
    "axios/",
];

/// The name and the major version of a program, if it is one.
pub(super) fn bot(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let word = BOTS.iter().find(|word| lower.contains(**word))?;
    // A make of telephones.
    if lower.contains("cubot") {
        return None;
    }
    let at = lower.find(word)?;
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let begin = text[..at].trim_end_matches(is_part).len();
    let rest = &text[begin..];
    let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
    let name = &rest[..end];
    let version = rest[end..]
        .strip_prefix('/')
        .and_then(|rest| after(rest, ""));
    Some(with_version(name, version))
}
