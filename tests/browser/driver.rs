//! A browser that a test steers, over the DevTools protocol: it goes to a page, presses keys as a person
//! does, measures what is shown, and hears every complaint of the browser.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::chromium::{FLAGS, find, say_skipped};
use crate::daemon::Directory;
use std::time::Duration;

/// For one word of the browser, which takes its time on a busy machine.
const LIMIT: Duration = Duration::from_secs(60);

/// A browser with one page; ended with the value.
pub(crate) struct Driver {
    child: Child,
    to: ChildStdin,
    coming: Receiver<Value>,
    session: String,
    last: u64,
    /// Pages that were loaded since the last step.
    loaded: usize,
    /// What the browser complained of.
    pub(crate) complaints: Vec<String>,
    _profile: Directory,
}

/// What a person looks at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Screen {
    pub(crate) name: &'static str,
    pub(crate) width: u32,
    pub(crate) dark: bool,
}

pub(crate) const PHONE: Screen = Screen {
    name: "phone",
    width: 360,
    dark: false,
};
pub(crate) const PHONE_AT_NIGHT: Screen = Screen {
    name: "phone-dark",
    dark: true,
    ..PHONE
};
pub(crate) const DESK: Screen = Screen {
    name: "desk",
    width: 1280,
    dark: false,
};
pub(crate) const DESK_AT_NIGHT: Screen = Screen {
    name: "desk-dark",
    dark: true,
    ..DESK
};

/// Keys by name: code, number, and the text that they type.
const KEYS: [(&str, u32, &str); 4] = [
    ("Tab", 9, ""),
    ("Enter", 13, "\r"),
    ("ArrowDown", 40, ""),
    ("End", 35, ""),
];
/// No page has more that can be reached by Tab.
const STOPS_MAX: usize = 400;

impl Driver {
    /// Starts a browser; none, and a word on standard error, where none is installed.
    pub(crate) fn start() -> Option<Driver> {
        let Some(program) = find() else {
            say_skipped("the pages were not looked at");
            return None;
        };
        let profile = Directory::new();
        // The browser listens on descriptor 3 and answers on 4.
        let mut child = Command::new("sh")
            .args(["-c", "exec \"$@\" 3<&0 4>&1 </dev/null >/dev/null", "sh"])
            .arg(program)
            .args(FLAGS)
            .arg("--remote-debugging-pipe")
            .arg(format!("--user-data-dir={}", profile.0.display()))
            .arg("about:blank")
            .env("HOME", &profile.0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("a browser that starts");
        let (sender, coming) = mpsc::channel();
        let mut from = BufReader::new(child.stdout.take().expect("its answers"));
        thread::spawn(move || {
            let mut message = Vec::new();
            while from.read_until(0, &mut message).is_ok_and(|n| n > 0) {
                message.pop();
                let read = serde_json::from_slice(&message);
                if sender.send(read.expect("JSON")).is_err() {
                    return;
                }
                message.clear();
            }
        });
        let mut driver = Driver {
            to: child.stdin.take().expect("its ear"),
            child,
            coming,
            session: String::new(),
            last: 0,
            loaded: 0,
            complaints: Vec::new(),
            _profile: profile,
        };
        driver.attach();
        Some(driver)
    }

    fn attach(&mut self) {
        let made = self.ask("Target.createTarget", json!({ "url": "about:blank" }));
        let target = json!({ "targetId": made["targetId"], "flatten": true });
        let attached = self.ask("Target.attachToTarget", target);
        self.session = attached["sessionId"]
            .as_str()
            .expect("a session")
            .to_owned();
        for domain in ["Page", "Runtime", "Log", "Network"] {
            self.ask(&format!("{domain}.enable"), json!({}));
        }
        // The pages are to work without; whatever script runs all the same would be a lead's.
        self.ask(
            "Emulation.setScriptExecutionDisabled",
            json!({ "value": true }),
        );
    }

    /// Sends a command and waits for what it gives.
    #[track_caller]
    fn ask(&mut self, method: &str, params: Value) -> Value {
        self.last += 1;
        let mut message = json!({ "id": self.last, "method": method, "params": params });
        if !self.session.is_empty() {
            message["sessionId"] = json!(self.session);
        }
        let sent = self.to.write_all(format!("{message}\0").as_bytes());
        sent.and_then(|()| self.to.flush())
            .expect("a browser that hears");
        loop {
            let mut told = self.hear();
            if told["id"] == self.last {
                assert!(told["error"].is_null(), "{method}: {}", told["error"]);
                return told["result"].take();
            }
        }
    }

    /// What comes next; complaints are kept.
    #[track_caller]
    fn hear(&mut self) -> Value {
        let told = self
            .coming
            .recv_timeout(LIMIT)
            .expect("a word of the browser");
        let params = &told["params"];
        match told["method"].as_str().unwrap_or_default() {
            "Page.loadEventFired" => self.loaded += 1,
            "Log.entryAdded" => {
                self.complain("log", &params["entry"]["text"], &params["entry"]["url"])
            }
            "Runtime.exceptionThrown" => self.complain("exception", params, &Value::Null),
            "Runtime.consoleAPICalled" => self.complain("console", &params["args"], &Value::Null),
            "Page.javascriptDialogOpening" => {
                self.complain("dialog", &params["message"], &Value::Null)
            }
            "Network.requestWillBeSent" => {
                let url = params["request"]["url"].as_str().unwrap_or_default();
                if !url.starts_with("http://127.0.0.1:") && !url.starts_with("data:") {
                    self.complaints.push(format!("asked elsewhere: {url}"));
                }
            }
            _ => {}
        }
        told
    }

    fn complain(&mut self, kind: &str, what: &Value, place: &Value) {
        self.complaints.push(format!("{kind}: {what} {place}"));
    }

    /// How large the window is, and how bright the room.
    pub(crate) fn look_at(&mut self, screen: Screen) {
        let is_phone = screen.width < 600;
        let metrics = json!({
            "width": screen.width, "height": 800, "deviceScaleFactor": 1, "mobile": is_phone,
        });
        self.ask("Emulation.setDeviceMetricsOverride", metrics);
        let scheme = if screen.dark { "dark" } else { "light" };
        let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.ask("Emulation.setEmulatedMedia", media);
    }

    /// Goes to an address, as by typing it.
    #[track_caller]
    pub(crate) fn go(&mut self, url: &str) {
        self.loaded = 0;
        self.ask("Page.navigate", json!({ "url": url }));
        self.wait_for_page();
    }

    /// Waits until a page has been loaded since the last step.
    #[track_caller]
    fn wait_for_page(&mut self) {
        while self.loaded == 0 {
            self.hear();
        }
    }

    /// The value of an expression on the page.
    #[track_caller]
    pub(crate) fn evaluate(&mut self, expression: &str) -> Value {
        let asked = json!({ "expression": expression, "returnByValue": true });
        let mut told = self.ask("Runtime.evaluate", asked);
        assert!(told["exceptionDetails"].is_null(), "{expression}: {told}");
        told["result"]["value"].take()
    }

    /// Presses a key.
    pub(crate) fn press(&mut self, key: &str) {
        let (name, code, text) = KEYS.iter().find(|(name, ..)| *name == key).expect(key);
        let event = json!({ "key": name, "code": name, "windowsVirtualKeyCode": code });
        self.key(event, text);
    }

    /// A key goes down, types its text, if it has any, and goes up.
    fn key(&mut self, mut event: Value, text: &str) {
        event["type"] = json!("keyUp");
        let up = event.clone();
        event["type"] = json!("keyDown");
        if !text.is_empty() {
            event["text"] = json!(text);
        }
        self.ask("Input.dispatchKeyEvent", event);
        self.ask("Input.dispatchKeyEvent", up);
    }

    /// Types key by key: a date takes no text at once.
    pub(crate) fn type_keys(&mut self, text: &str) {
        for letter in text.chars().map(String::from) {
            self.key(json!({ "key": letter }), &letter);
        }
    }

    /// Presses Enter and waits for the page that this leads to. In a list of choices, or a text of many
    /// lines, Enter leads nowhere: waiting for the page would be waiting for ever.
    #[track_caller]
    pub(crate) fn enter(&mut self) {
        let at = self.evaluate("document.activeElement.tagName");
        let leads_on = ["A", "BUTTON", "INPUT"].map(Value::from);
        assert!(leads_on.contains(&at), "Enter leads nowhere from {at}");
        self.loaded = 0;
        self.press("Enter");
        self.wait_for_page();
    }

    /// Types a text where the focus is, in place of what is there.
    pub(crate) fn write(&mut self, text: &str) {
        self.evaluate("document.activeElement.select && document.activeElement.select()");
        self.ask("Input.insertText", json!({ "text": text }));
    }

    /// Goes by Tab to what this selector names; each stop on the way must be seen.
    #[track_caller]
    pub(crate) fn tab_to(&mut self, selector: &str) {
        let quoted = json!(selector);
        for _ in 0..STOPS_MAX {
            self.press("Tab");
            let at = self.evaluate(&format!(
                "(() => {{ const at = document.activeElement, style = getComputedStyle(at);
                    return [at.matches({quoted}), style.outlineStyle != 'none' || at == document.body, at.outerHTML]; }})()"
            ));
            assert_eq!(at[1], true, "the focus is not seen at {}", at[2]);
            if at[0] == true {
                return;
            }
        }
        panic!("Tab does not lead to {selector}");
    }

    /// Goes by Tab to a link or button and follows it.
    #[track_caller]
    pub(crate) fn follow(&mut self, selector: &str) {
        self.tab_to(selector);
        self.enter();
    }

    /// The text of the page.
    pub(crate) fn text(&mut self) -> String {
        let text = self.evaluate("document.body.innerText");
        text.as_str().unwrap_or_default().to_owned()
    }

    /// A picture of the whole page, as a PNG.
    pub(crate) fn picture(&mut self) -> Vec<u8> {
        let whole = json!({ "captureBeyondViewport": true });
        let told = self.ask("Page.captureScreenshot", whole);
        let bytes = STANDARD.decode(told["data"].as_str().unwrap_or_default());
        bytes.expect("a picture")
    }

    /// Keeps a picture, where `LEADHOOK_PICTURES` names a directory.
    pub(crate) fn keep_picture(&mut self, name: &str) {
        if let Some(directory) = std::env::var_os("LEADHOOK_PICTURES") {
            let path = std::path::Path::new(&directory).join(format!("{name}.png"));
            std::fs::write(path, self.picture()).expect("a directory for pictures");
        }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
