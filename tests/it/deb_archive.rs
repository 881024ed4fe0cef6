//! Where no Debian archive is configured, `devshell add` asks for one, tries it, and keeps the answer in the user's own
//! settings.

use std::ffi::OsStr;
use std::path::PathBuf;

use crate::support::pty::Terminal;
use crate::support::{DEVSHELL, Debian, Outcome, Sandbox, Signer, deb};

const QUESTION: &str = "or Enter to cancel:";
const SETTINGS: &str = "{\n  // mine\n  \"registries\": { \"deb\": { \"keys\": \"archive.asc\" } }\n}\n";

/// A machine whose apt knows no archive, and an archive that has a `stable`.
struct Elsewhere {
    sandbox: Sandbox,
    debian: Debian,
    conf: PathBuf,
}

impl Elsewhere {
    fn new() -> Self {
        let debian =
            Debian::with([deb("tool", "1").command("tool", "echo tool"), deb("other", "2").command("other", "true")]);
        debian.write("/debian/dists/stable/InRelease", debian.read(&Debian::index_path("trixie")));
        let sandbox = Sandbox::new();
        sandbox.write(sandbox.config_directory().join("archive.asc"), Signer::Archive.public());
        sandbox.config(SETTINGS);
        sandbox.manifest("{}");
        let conf = sandbox.write(sandbox.root().join("apt.conf"), "Dir::Etc \"/nowhere\";\n");
        Self { sandbox, debian, conf }
    }

    fn run(&self, words: &[&str]) -> Outcome {
        self.sandbox.devshell(words).env("APT_CONFIG", &self.conf).run()
    }

    /// Types a command at a terminal.
    #[track_caller]
    fn at_terminal(&self, words: &[&str], ci: &str) -> Terminal {
        let words: Vec<&str> = [DEVSHELL].iter().chain(words).copied().collect();
        let variables = [("APT_CONFIG", OsStr::new(self.conf.as_os_str())), ("CI", OsStr::new(ci))];
        Terminal::start(&self.sandbox, &words, self.sandbox.project(), &variables)
    }

    /// Types a command at a terminal, and answers its question.
    #[track_caller]
    fn answer(&self, words: &[&str], line: &str) -> Terminal {
        let mut terminal = self.at_terminal(words, "");
        terminal.wait_for(QUESTION);
        terminal.send_line(line);
        terminal
    }

    fn settings(&self) -> String {
        self.sandbox.read(self.sandbox.config_directory().join("config.json"))
    }
}

#[test]
fn the_answer_is_tried_and_kept() {
    let elsewhere = Elsewhere::new();
    let url = elsewhere.debian.url();
    let mut terminal = elsewhere.answer(&["add", "deb:tool"], &url);
    terminal.wait_for("+ deb:tool 1");
    assert_eq!(terminal.exit_status(), 0, "{terminal}");
    terminal.wait_for(&format!("{url} is now your Debian archive"));
    terminal.wait_for("`deb:tool` comes from `trixie`, Debian's stable release; `--suite` names another");
    let settings = elsewhere.settings();
    assert!(settings.starts_with("{\n  // mine\n") && settings.contains(&format!("\"url\": \"{url}\"")), "{settings}");
    let manifest = elsewhere.sandbox.read("devshell.json");
    assert!(manifest.contains("\"suite\": \"trixie\"") && !manifest.contains(&url), "{manifest}");
    // From then on nothing is asked.
    elsewhere.run(&["add", "deb:other"]).success().stderr_contains("+ deb:other 2").stderr_lacks(QUESTION);
    assert_eq!(elsewhere.settings(), settings);
}

#[test]
fn the_answer_may_be_in_the_file_that_the_tool_is_added_to() {
    let elsewhere = Elsewhere::new();
    let url = elsewhere.debian.url();
    let mut terminal = elsewhere.answer(&["add", "--personal", "deb:tool", "--suite", "trixie"], &url);
    assert_eq!(terminal.exit_status(), 0, "{terminal}");
    let settings = elsewhere.settings();
    assert!(settings.contains(&url) && settings.contains("\"deb:tool\""), "{settings}");
}

#[test]
fn an_archive_that_does_not_do_is_not_kept() {
    let elsewhere = Elsewhere::new();
    let url = elsewhere.debian.url();
    let absent = url.replace("/debian", "/absent");
    let refused = |line: &str, code: u32, said: &str| {
        let mut terminal = elsewhere.answer(&["add", "deb:tool"], line);
        terminal.wait_for(said);
        assert_eq!(terminal.exit_status(), code, "{terminal}");
        assert_eq!(elsewhere.settings(), SETTINGS);
        assert_eq!(elsewhere.sandbox.read("devshell.json"), "{}");
    };
    refused("", 5, "hint: name a mirror of Debian");
    refused("mirror", 2, "`mirror` is not an http or https URL");
    refused("127.0.0.1/debian", 2, "hint: a URL begins with `https://` or `http://`");
    let login = "hint: type it without the login, and put that into `~/.netrc` or into apt's `auth.conf`";
    refused(&url.replace("//", "//me:secret@"), 2, login);
    refused("me:secret@127.0.0.1/debian", 2, login);
    refused(&absent, 5, "has no suite `stable`");
    let foreign = Signer::Stranger.sign("Codename: trixie\n");
    elsewhere.debian.write("/debian/dists/stable/InRelease", foreign);
    refused(&url, 5, "the index is signed by an untrusted key");
}

/// A CI system may give a job a terminal, and a mistake is no matter of the answer.
#[test]
fn nothing_is_asked_that_no_answer_helps() {
    let elsewhere = Elsewhere::new();
    for (words, ci, code, said) in [
        (&["add", "deb:tool"][..], "true", 5, "no Debian archive is configured"),
        (&["add", "ripgrep", "--from", "deb"], "", 2, "`--from` is for `python`"),
    ] {
        let mut terminal = elsewhere.at_terminal(words, ci);
        assert_eq!(terminal.exit_status(), code, "{terminal}");
        terminal.wait_for(said);
        assert!(!terminal.to_string().contains(QUESTION), "{terminal}");
    }
}

#[test]
fn without_a_terminal_the_error_says_what_to_write() {
    let elsewhere = Elsewhere::new();
    let hint = "in the manifest or in your own `[HOME]/.config/devshell/config.json`: \
                { \"registries\": { \"deb\": \"https://MIRROR/debian\" } }\n";
    for words in [&["add", "deb:tool"][..], &["add", "python", "--from", "deb"]] {
        let outcome = elsewhere.run(words);
        outcome.code(5).stderr_contains("devshell: no Debian archive is configured\nhint: ").stderr_contains(hint);
        outcome.stderr_lacks(QUESTION);
    }
}
