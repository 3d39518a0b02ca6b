//! What a source says of the public form that posts to it: which pages it is on, what the visitor
//! sees afterwards, and what betrays a robot.

use std::time::Duration;

use super::secret::Secret;
use super::url::{Url, is_within};

/// The settings of a public form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    /// The sites whose pages may post by script and that the visitor may be sent on to. Empty:
    /// scripts of no other site can read the answer, and a form may be on any page.
    pub origins: Vec<Origin>,
    /// Where the visitor is sent after a post, where the form names no place of its own.
    pub redirect: Option<String>,
    /// Fields that people do not see; who fills one in is a robot.
    pub honeypots: Vec<String>,
    /// Who is faster is a robot; zero: not asked.
    pub min_fill_time: Duration,
    /// Who vouches for the visitor.
    pub captcha: Option<Captcha>,
    /// What the visitor reads.
    pub texts: Texts,
}

/// Names that form services have made usual for a honeypot.
pub const HONEYPOTS: [&str; 4] = ["_gotcha", "_honey", "botcheck", "bot-field"];

impl Default for Form {
    fn default() -> Form {
        Form {
            origins: Vec::new(),
            redirect: None,
            honeypots: HONEYPOTS.map(str::to_owned).to_vec(),
            min_fill_time: Duration::ZERO,
            captcha: None,
            texts: Texts::default(),
        }
    }
}

/// The words of the pages that a visitor sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Texts {
    /// Their language, as HTML names it: `en`, `pt-BR`.
    pub lang: String,
    /// The heading after a post.
    pub thank_you_title: String,
    /// What stands below it.
    pub thank_you: String,
    /// The heading when a post was not taken.
    pub error_title: String,
    /// What stands below it.
    pub error: String,
    /// On the button.
    pub send_again: String,
    /// On the link to the page with the form.
    pub back: String,
}

impl Default for Texts {
    fn default() -> Texts {
        Texts {
            lang: "en".to_owned(),
            thank_you_title: "Thank you".to_owned(),
            thank_you: "Your message has arrived. We will get back to you.".to_owned(),
            error_title: "Your message was not sent".to_owned(),
            error: "Nothing you typed is lost. Please check it and send it again.".to_owned(),
            send_again: "Send again".to_owned(),
            back: "Back to the form".to_owned(),
        }
    }
}

/// A service that tells people from robots, and how it is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Captcha {
    /// Which one.
    pub service: Service,
    /// The hosts that show the challenge, and those below them; empty: any.
    pub hosts: Vec<String>,
    /// What the service knows us by.
    pub secret: Secret,
    /// The least score that passes, in thousandths; only reCAPTCHA v3 gives one.
    pub min_score: u16,
    /// Where it is asked.
    pub url: String,
}

/// The services.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// Cloudflare Turnstile.
    Turnstile,
    /// hCaptcha.
    Hcaptcha,
    /// Google reCAPTCHA, v2 or v3.
    Recaptcha,
}

impl Service {
    /// All of them.
    pub const ALL: [Service; 3] = [Service::Turnstile, Service::Hcaptcha, Service::Recaptcha];

    /// The key in the config.
    pub fn name(self) -> &'static str {
        match self {
            Service::Turnstile => "turnstile",
            Service::Hcaptcha => "hcaptcha",
            Service::Recaptcha => "recaptcha",
        }
    }

    /// The field that its widget puts into the form.
    pub fn token_field(self) -> &'static str {
        match self {
            Service::Turnstile => "cf-turnstile-response",
            Service::Hcaptcha => "h-captcha-response",
            Service::Recaptcha => "g-recaptcha-response",
        }
    }

    /// Where it checks tokens.
    pub fn url(self) -> &'static str {
        match self {
            Service::Turnstile => "https://challenges.cloudflare.com/turnstile/v0/siteverify",
            Service::Hcaptcha => "https://api.hcaptcha.com/siteverify",
            Service::Recaptcha => "https://www.google.com/recaptcha/api/siteverify",
        }
    }
}

impl Captcha {
    /// Whether a challenge solved on this host counts.
    pub fn knows_host(&self, host: &str) -> bool {
        self.hosts.is_empty() || self.hosts.iter().any(|known| is_within(host, known))
    }
}

/// The origin of a page as browsers write it: `https://www.example.com`, without a port that goes
/// without saying.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(String);

impl Origin {
    /// Reads scheme, host and port, and nothing behind them.
    pub fn parse(text: &str) -> Option<Origin> {
        let url = Url::parse(text).ok().filter(|url| !url.has_target())?;
        Some(Origin::of(&url))
    }

    /// The origin of what is at `url`.
    pub fn of(url: &Url) -> Origin {
        Origin(url.origin())
    }

    /// As browsers write it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Form {
    /// The listed origin that this is, as a browser wrote it.
    pub fn listed(&self, origin: &str) -> Option<&Origin> {
        self.origins.iter().find(|known| known.0 == origin)
    }

    /// Where a visitor may be sent to: `wanted` is what the form asks for, `origin` where it is. A
    /// stranger who writes a form of his own must not send visitors to himself from here.
    ///
    /// A path counts from the site that the form is on, if that is listed.
    pub fn destination(&self, wanted: &str, origin: Option<&str>) -> Option<String> {
        let wanted = wanted.trim();
        if is_path(wanted) {
            let site = origin.and_then(|origin| self.listed(origin));
            return Some(format!("{}{wanted}", site.map_or("", Origin::as_str)));
        }
        let (url, _) = wanted.split_once('#').unwrap_or((wanted, ""));
        let origin = Origin::of(&Url::parse(url).ok()?);
        (is_plain(wanted) && self.origins.contains(&origin)).then(|| wanted.to_owned())
    }
}

/// Whether a configured place can be one: a path, or an absolute URL.
pub fn is_place(text: &str) -> bool {
    let (url, _) = text.split_once('#').unwrap_or((text, ""));
    is_path(text) || (is_plain(text) && Url::parse(url).is_ok())
}

/// A path of the same site: browsers take `//x` and `/\x` for another one.
fn is_path(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next() == Some(b'/') && bytes.next() != Some(b'/') && is_plain(text)
}

/// Browsers drop white space, and read `\` as `/`.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_graphic() && b != b'\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form() -> Form {
        let origins = ["https://www.example.com", "http://localhost:3000"];
        Form {
            origins: origins
                .iter()
                .filter_map(|text| Origin::parse(text))
                .collect(),
            ..Form::default()
        }
    }

    #[test]
    fn an_origin_is_written_as_browsers_write_it() {
        for (text, expected) in [
            ("https://WWW.Example.com", Some("https://www.example.com")),
            (
                "https://www.example.com:443/",
                Some("https://www.example.com"),
            ),
            ("http://localhost:3000", Some("http://localhost:3000")),
            ("http://[::1]:80", Some("http://[::1]")),
            ("https://www.example.com/contact", None),
            ("www.example.com", None),
            ("*", None),
            ("null", None),
        ] {
            let origin = Origin::parse(text);
            assert_eq!(origin.as_ref().map(Origin::as_str), expected, "{text}");
        }
    }

    #[test]
    fn a_visitor_is_sent_to_the_site_of_the_form_or_to_a_listed_one_and_nowhere_else() {
        let form = form();
        let page = Some("https://www.example.com");
        for (wanted, expected) in [
            (
                "/thanks?a=1#b",
                Some("https://www.example.com/thanks?a=1#b"),
            ),
            (
                "https://www.example.com/thanks",
                Some("https://www.example.com/thanks"),
            ),
            (
                "http://localhost:3000/x#y",
                Some("http://localhost:3000/x#y"),
            ),
            ("//evil.example/", None),
            ("/\\evil.example/", None),
            ("/\t/evil.example/", None),
            ("\\\\evil.example", None),
            ("https://evil.example/", None),
            ("https://www.example.com.evil.example/", None),
            ("https://www.example.com@evil.example/", None),
            ("https://www.example.com\\@evil.example/", None),
            ("https://www.example.com:8443/", None),
            ("javascript:alert(1)", None),
            ("thanks.html", None),
            ("", None),
        ] {
            assert_eq!(
                form.destination(wanted, page).as_deref(),
                expected,
                "{wanted}"
            );
        }
        let elsewhere = form.destination("/thanks", Some("https://evil.example"));
        assert_eq!(elsewhere.as_deref(), Some("/thanks"));
    }

    #[test]
    fn a_host_below_a_named_one_counts_and_one_that_only_ends_like_it_does_not() {
        let captcha = Captcha {
            service: Service::Turnstile,
            hosts: vec!["example.com".to_owned()],
            secret: Secret::new("s"),
            min_score: 0,
            url: String::new(),
        };
        assert!(captcha.knows_host("example.com") && captcha.knows_host("www.example.com"));
        assert!(!captcha.knows_host("badexample.com") && !captcha.knows_host(""));
    }
}
