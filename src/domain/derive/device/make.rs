//! Who made the device, and its model where the browser tells it.

/// Begins of the models of Android, and their maker. A model that begins with its maker's name is as
/// it should be already.
const MAKERS: &[(&str, &str)] = &[
    ("SM-", "Samsung"),
    ("GT-", "Samsung"),
    ("Pixel", "Google"),
    ("Nexus", "Google"),
    ("Redmi", "Xiaomi"),
    ("POCO", "Xiaomi"),
    ("Mi ", "Xiaomi"),
    ("MI ", "Xiaomi"),
    ("M20", "Xiaomi"),
    ("M21", "Xiaomi"),
    ("21", "Xiaomi"),
    ("22", "Xiaomi"),
    ("23", "Xiaomi"),
    ("24", "Xiaomi"),
    ("25", "Xiaomi"),
    ("moto", "Motorola"),
    ("Moto", "Motorola"),
    ("XT", "Motorola"),
    ("CPH", "OPPO"),
    ("PCLM", "OPPO"),
    ("RMX", "Realme"),
    ("V20", "vivo"),
    ("V21", "vivo"),
    ("V22", "vivo"),
    ("V23", "vivo"),
    ("V24", "vivo"),
    ("IN20", "OnePlus"),
    ("LE21", "OnePlus"),
    ("KB20", "OnePlus"),
    ("NE22", "OnePlus"),
    ("HD19", "OnePlus"),
    ("AC20", "OnePlus"),
    ("LM-", "LG"),
    ("LG-", "LG"),
    ("ELE-", "Huawei"),
    ("VOG-", "Huawei"),
    ("ANE-", "Huawei"),
    ("LYA-", "Huawei"),
    ("MAR-", "Huawei"),
    ("POT-", "Huawei"),
    ("CLT-", "Huawei"),
    ("ANA-", "Huawei"),
    ("JNY-", "Huawei"),
    ("TA-1", "Nokia"),
    ("XQ-", "Sony"),
    ("SO-", "Sony"),
    ("SOG", "Sony"),
    ("SH-", "Sharp"),
    ("FP3", "Fairphone"),
    ("FP4", "Fairphone"),
    ("FP5", "Fairphone"),
    ("A063", "Nothing"),
    ("A065", "Nothing"),
    ("A142", "Nothing"),
    ("KF", "Amazon"),
    ("AFT", "Amazon"),
    ("ASUS_", "Asus"),
    ("TB-", "Lenovo"),
    ("Quest", "Meta"),
];

/// The make of the device, if it is known.
pub(super) fn of(text: &str) -> Option<String> {
    for (mark, make) in [
        ("iPhone", "Apple iPhone"),
        ("iPad", "Apple iPad"),
        ("iPod", "Apple iPod"),
        ("Xbox", "Microsoft Xbox"),
        ("PlayStation", "Sony PlayStation"),
        ("Nintendo Switch", "Nintendo Switch"),
    ] {
        if text.contains(mark) {
            return Some(make.to_owned());
        }
    }
    if text.contains("Macintosh") {
        let make = if text.contains("Mobile/") {
            "Apple iPad"
        } else {
            "Apple Mac"
        };
        return Some(make.to_owned());
    }
    let model = model(text)?;
    let maker = MAKERS.iter().find(|(begin, _)| model.starts_with(begin));
    Some(match maker {
        Some((_, maker)) => format!("{maker} {model}"),
        None => model.to_owned(),
    })
}

/// The model of an Android device: what stands last in the first parentheses, without its build.
fn model(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once('(')?;
    let inside = rest.split_once(')').map_or(rest, |(inside, _)| inside);
    let mut parts = inside.split(';').map(str::trim);
    parts.find(|part| part.starts_with("Android") || part.starts_with("HarmonyOS"))?;
    let is_model = |part: &&str| {
        let is_locale = part.len() == 5
            && part.as_bytes()[2] == b'-'
            && part.is_ascii()
            && part[..2].bytes().all(|b| b.is_ascii_lowercase());
        !matches!(*part, "" | "K" | "wv" | "Mobile" | "Tablet" | "U")
            && !part.starts_with("rv:")
            && !is_locale
    };
    let model = parts.find(is_model)?;
    let model = model.split(" Build/").next().unwrap_or(model);
    let model = model.strip_prefix("SAMSUNG ").unwrap_or(model);
    (!model.is_empty() && model != "K").then_some(model.trim())
}
