//! The visitor's device, as far as his browser tells: system, browser, kind and make.
//!
//! Names are those that reports are used to: `iOS 17`, `Chrome Mobile 126`, `Smartphone`, `Apple
//! iPhone`. Browsers tell less from year to year, and what they do not tell stays empty: Windows 11
//! calls itself 10, every new Mac `10_15_7`, Chrome on Android hides the model behind a `K`, and an
//! iPad that asks for the pages of computers is a Mac.

mod browser;
mod make;

use crate::domain::field::Field;
use crate::domain::intake::{StandIn, Submission, clean};
use crate::domain::value::Value;

/// The fields; they belong together.
pub(in crate::domain) const FIELDS: [Field; 4] = [
    Field::OperatingSystem,
    Field::Browser,
    Field::DeviceType,
    Field::DeviceMake,
];

/// So many characters of a `User-Agent` are looked at; real ones are far shorter.
const CHARS_MAX: usize = 1024;

/// What kind of device it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Desktop,
    Smartphone,
    Tablet,
    Tv,
    Console,
    Bot,
}

impl Kind {
    fn label(self) -> &'static str {
        match self {
            Kind::Desktop => "Desktop",
            Kind::Smartphone => "Smartphone",
            Kind::Tablet => "Tablet",
            Kind::Tv => "TV",
            Kind::Console => "Console",
            Kind::Bot => "Bot",
        }
    }

    fn is_mobile(self) -> bool {
        matches!(self, Kind::Smartphone | Kind::Tablet)
    }
}

/// Finds what was not posted. A device is one thing: where something of it was posted, the rest does
/// not come from elsewhere.
pub(super) fn find(submission: &mut Submission, user_agent: &str) {
    if FIELDS.iter().any(|field| submission.text(*field).is_some()) {
        return;
    }
    for (field, text) in FIELDS.into_iter().zip(of(user_agent)) {
        if let Some(text) = text.map(|text| clean(&text)) {
            submission.stand_in(StandIn {
                field,
                value: Value::Text(text),
                from: None,
            });
        }
    }
}

/// What a `User-Agent` tells, in the order of [`FIELDS`].
fn of(text: &str) -> [Option<String>; 4] {
    let text = match text.char_indices().nth(CHARS_MAX) {
        Some((end, _)) => &text[..end],
        None => text,
    };
    if let Some(bot) = browser::bot(text) {
        return [None, Some(bot), Some(Kind::Bot.label().to_owned()), None];
    }
    let Some((system, kind)) = system(text) else {
        return [None, browser::of(text, false), None, None];
    };
    [
        Some(system),
        browser::of(text, kind.is_mobile()),
        Some(kind.label().to_owned()),
        make::of(text),
    ]
}

/// A mark of a system, its name, what stands before its version, and its kind of device.
type System = (&'static str, &'static str, [&'static str; 2], Kind);

/// Systems that are told by a mark alone; the first that is found counts.
const SYSTEMS: &[System] = &[
    ("iPhone", "iOS", ["iPhone OS ", "CPU OS "], Kind::Smartphone),
    ("iPod", "iOS", ["iPhone OS ", "CPU OS "], Kind::Smartphone),
    ("iPad", "iPadOS", ["CPU OS ", "iPhone OS "], Kind::Tablet),
    (
        "Windows Phone",
        "Windows Phone",
        ["Windows Phone "; 2],
        Kind::Smartphone,
    ),
    ("Xbox", "Xbox", [NEVER; 2], Kind::Console),
    ("PlayStation", "PlayStation", [NEVER; 2], Kind::Console),
    ("Nintendo", "Nintendo", [NEVER; 2], Kind::Console),
    ("Tizen", "Tizen", ["Tizen "; 2], Kind::Tv),
    ("Web0S", "webOS", [NEVER; 2], Kind::Tv),
    ("SMART-TV", "TV", [NEVER; 2], Kind::Tv),
    ("HbbTV", "TV", [NEVER; 2], Kind::Tv),
    (
        "HarmonyOS",
        "HarmonyOS",
        ["HarmonyOS "; 2],
        Kind::Smartphone,
    ),
    (
        "Android",
        "Android",
        ["Android ", "Android/"],
        Kind::Smartphone,
    ),
    ("KAIOS", "KaiOS", ["KAIOS/"; 2], Kind::Smartphone),
    ("Windows", "Windows", [NEVER; 2], Kind::Desktop),
    ("Macintosh", "macOS", ["Mac OS X "; 2], Kind::Desktop),
    ("CrOS", "Chrome OS", [NEVER; 2], Kind::Desktop),
    ("Ubuntu", "Ubuntu", [NEVER; 2], Kind::Desktop),
    ("Fedora", "Fedora", [NEVER; 2], Kind::Desktop),
    ("Linux", "Linux", [NEVER; 2], Kind::Desktop),
];
/// Stands in no `User-Agent`.
const NEVER: &str = "\0";

/// The system with its major version, and the kind of device that it runs on.
fn system(text: &str) -> Option<(String, Kind)> {
    let found = SYSTEMS.iter().find(|(mark, ..)| text.contains(mark));
    let (_, name, [place, other], kind) = *found?;
    let version = after(text, place).or_else(|| after(text, other));
    Some(match name {
        "Windows" => (windows(text), kind),
        // Only an iPad calls itself a Mac and is held in the hand.
        "macOS" if text.contains("Mobile/") => (
            with_version("iPadOS", after(text, "Version/")),
            Kind::Tablet,
        ),
        "Android" | "HarmonyOS" => (with_version(name, version), android_kind(text)),
        _ => (with_version(name, version), kind),
    })
}

fn phone_or_tablet(text: &str) -> Kind {
    match text.contains("Mobile") || text.contains("Phone") {
        true => Kind::Smartphone,
        false => Kind::Tablet,
    }
}

fn android_kind(text: &str) -> Kind {
    const TVS: [&str; 6] = [" TV", "BRAVIA", "AFTT", "AFTS", "AFTM", "Chromecast"];
    if TVS.iter().any(|word| text.contains(word)) {
        return Kind::Tv;
    }
    // Facebook's and Instagram's own tablets of Samsung call themselves mobile.
    match text.contains("SM-T") || text.contains("SM-X") {
        true => Kind::Tablet,
        false => phone_or_tablet(text),
    }
}

fn windows(text: &str) -> String {
    let name = match after_dotted(text, "Windows NT ") {
        Some("10.0") => "Windows 10",
        Some("6.3") => "Windows 8.1",
        Some("6.2") => "Windows 8",
        Some("6.1") => "Windows 7",
        Some("6.0") => "Windows Vista",
        Some("5.1" | "5.2") => "Windows XP",
        _ => "Windows",
    };
    name.to_owned()
}

fn with_version(name: &str, version: Option<&str>) -> String {
    match version {
        Some(version) => format!("{name} {version}"),
        None => name.to_owned(),
    }
}

/// The digits right behind `word`.
fn after<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(word)?;
    let end = rest
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(rest.len());
    (end > 0).then(|| &rest[..end])
}

fn after_dotted<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(word)?;
    let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.');
    Some(&rest[..end.unwrap_or(rest.len())])
}
