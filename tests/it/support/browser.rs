//! Chromium without a window, driven by its DevTools protocol over two pipes: a message is JSON and ends in a zero byte.
//! A call waits for its answer; what Chromium reports in between is kept until it is asked for.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Instant;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{DEADLINE, host};

/// What Chromium is called where.
const NAMES: &[&str] = &["chromium", "google-chrome"];

const OPTIONS: &[&str] = &[
    "--headless",
    // Root is refused otherwise; it shows only the pages of the tests.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-sync",
    "--no-first-run",
    "--remote-debugging-pipe",
];

/// A browser with one tab.
#[must_use]
pub struct Browser {
    child: Child,
    input: ChildStdin,
    messages: Receiver<Value>,
    calls: u64,
    tab: Option<String>,
    reports: Vec<Value>,
    // Removed at the end.
    _profile: TempDir,
}

impl Browser {
    pub fn start() -> Self {
        let program = NAMES.iter().find_map(|name| which::which(name).ok());
        let program =
            program.unwrap_or_else(|| panic!("none of {NAMES:?} is installed, and this test is about a page"));
        let profile = tempfile::Builder::new().prefix("browser-").tempdir_in(host::place()).unwrap();
        // Chromium reads from 3 and writes to 4.
        let mut child = Command::new("sh")
            .args(["-c", r#"exec "$@" 3<&0 4>&1 </dev/null >/dev/null 2>&1"#, "sh"])
            .arg(program)
            .args(OPTIONS)
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let (sender, messages) = channel();
        std::thread::spawn(move || {
            let mut message = Vec::new();
            while matches!(output.read_until(0, &mut message), Ok(1..)) {
                let _ = sender.send(serde_json::from_slice(&message[..message.len() - 1]).unwrap());
                message.clear();
            }
        });
        let input = child.stdin.take().unwrap();
        let mut browser = Self { child, input, messages, calls: 0, tab: None, reports: Vec::new(), _profile: profile };
        let target = browser.call("Target.createTarget", &json!({ "url": "about:blank" }))["targetId"].clone();
        let tab = browser.call("Target.attachToTarget", &json!({ "targetId": target, "flatten": true }));
        browser.tab = Some(tab["sessionId"].as_str().unwrap().to_owned());
        for domain in ["Page", "Runtime", "Network", "Log"] {
            browser.call(&format!("{domain}.enable"), &json!({}));
        }
        browser
    }

    /// Calls a method of the protocol, and gives its result.
    #[track_caller]
    pub fn call(&mut self, method: &str, parameters: &Value) -> Value {
        self.calls += 1;
        let mut message = json!({ "id": self.calls, "method": method, "params": parameters });
        if let Some(tab) = &self.tab {
            message["sessionId"] = tab.as_str().into();
        }
        self.input.write_all(format!("{message}\0").as_bytes()).unwrap();
        let start = Instant::now();
        loop {
            let mut answer = self.next(method, start);
            if answer["id"] == self.calls {
                assert!(answer["error"].is_null(), "{method}: {answer}");
                return answer["result"].take();
            }
            self.reports.push(answer);
        }
    }

    #[track_caller]
    fn next(&self, what: &str, start: Instant) -> Value {
        let left = DEADLINE.saturating_sub(start.elapsed());
        self.messages.recv_timeout(left).unwrap_or_else(|error| panic!("waiting for {what}: {error}"))
    }

    /// Opens a page, and waits until it is loaded. Earlier reports are forgotten.
    #[track_caller]
    pub fn visit(&mut self, url: &str) {
        self.reports.clear();
        self.call("Page.navigate", &json!({ "url": url }));
        let start = Instant::now();
        while self.reports("Page.loadEventFired").next().is_none() {
            let report = self.next("the page to load", start);
            self.reports.push(report);
        }
    }

    /// What was reported by this name since the page was opened.
    pub fn reports(&self, method: &str) -> impl Iterator<Item = &Value> {
        self.reports.iter().filter(move |report| report["method"] == method).map(|report| &report["params"])
    }

    /// The value of an expression of JavaScript; that of a promise is waited for.
    #[track_caller]
    pub fn value(&mut self, expression: &str) -> Value {
        let parameters = json!({ "expression": expression, "awaitPromise": true, "returnByValue": true });
        let mut answer = self.call("Runtime.evaluate", &parameters);
        assert!(answer["exceptionDetails"].is_null(), "{expression}: {answer}");
        answer["result"]["value"].take()
    }

    /// Waits until an expression is true, which is looked at each time the page is drawn.
    #[track_caller]
    pub fn wait_for(&mut self, expression: &str) -> Value {
        self.value(&format!(
            "new Promise(done => {{
                const look = () => {{ const value = {expression}; value ? done(value) : requestAnimationFrame(look) }};
                look()
            }})"
        ))
    }

    /// The size of the window. A narrow one is a telephone's.
    pub fn resize(&mut self, width: u32, height: u32) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500 });
        self.call("Emulation.setDeviceMetricsOverride", &size);
    }

    /// What the reader prefers: `light` or `dark`.
    pub fn prefer(&mut self, scheme: &str) {
        let feature = json!({ "name": "prefers-color-scheme", "value": scheme });
        self.call("Emulation.setEmulatedMedia", &json!({ "features": [feature] }));
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        self.tab = None;
        let _ = self.input.write_all(b"{\"id\":0,\"method\":\"Browser.close\"}\0");
        // It ends its own processes, and then the pipe.
        let start = Instant::now();
        while self.messages.recv_timeout(DEADLINE.saturating_sub(start.elapsed())).is_ok() {}
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
