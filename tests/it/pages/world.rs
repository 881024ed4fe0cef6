//! Where a page's commands run: a sandbox with a shell, servers on the loopback interface, and what the deeds of a
//! fixture have put there. In deeds, `{npm}`, `{index}`, `{debian}` and `{forge}` are the addresses of the servers, `{home}`
//! is the home directory, `{python}` the version of the host's Python, `{here}` this machine's architecture, and `{other}`
//! another one.

use std::cell::OnceCell;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::compare::Names;
use super::fixture::Deed;
use crate::support::pty::Terminal;
use crate::support::{
    DEVSHELL, Debian, Forge, HERE, Index, Outcome, Package, Registry, RustServer, Sandbox, Signer, brought, tree,
};

/// The shell that the pages are typed in.
const RC: &str = "PS1='\\w$ '\nbind 'set enable-bracketed-paste off'\n";

pub struct World {
    pub sandbox: Sandbox,
    pub names: Names,
    /// A question on the terminal, and what is typed then.
    pub answers: Vec<(String, String)>,
    /// Where `$` alone is typed.
    pub directory: String,
    pub npm: Registry,
    pub index: OnceCell<Index>,
    pub debian: OnceCell<Debian>,
    pub forge: OnceCell<Forge>,
    /// Where the host's programs are.
    pub programs: PathBuf,
    /// The servers of Rust and of vendors.
    pub vendors: Vec<Registry>,
    pub rust: OnceCell<RustServer>,
    /// What npm answers, each package with its place.
    pub solved: Vec<(String, Package)>,
    /// Only root can do what the fixture says.
    pub needs_root: bool,
    variables: Vec<(String, String)>,
}

impl World {
    /// A home with bash in it, and devshell on the host's PATH.
    pub fn new() -> Self {
        let npm = Registry::new();
        let mut sandbox = Sandbox::new().with_registry(&npm);
        let programs = sandbox.host_directory("programs");
        let installed = sandbox.host_directory("installed");
        fs_err::os::unix::fs::symlink(DEVSHELL, installed.join("devshell")).unwrap();
        sandbox.write(sandbox.home().join(".bashrc"), RC);
        let shell = sandbox.find("bash").to_string_lossy().into_owned();
        Self {
            sandbox,
            names: Names::default(),
            answers: Vec::new(),
            directory: "~/shop".to_owned(),
            npm,
            index: OnceCell::new(),
            debian: OnceCell::new(),
            forge: OnceCell::new(),
            programs,
            vendors: Vec::new(),
            rust: OnceCell::new(),
            solved: Vec::new(),
            needs_root: false,
            variables: vec![("SHELL".to_owned(), shell)],
        }
    }

    pub fn index(&self) -> &Index {
        self.index.get_or_init(|| {
            let index = Index::new();
            // What a step publishes is there at once.
            index.cache_control("no-cache");
            self.sandbox.set_index(index.url());
            index
        })
    }

    pub fn debian(&self) -> &Debian {
        self.debian.get_or_init(|| Debian::with([]))
    }

    pub fn forge(&self) -> &Forge {
        self.forge.get_or_init(Forge::new)
    }

    /// Does what a deed says.
    #[track_caller]
    pub fn perform(&mut self, deed: &Deed) {
        let deed = &deed.with(|text| self.named(text));
        match deed.verb() {
            "in" => deed.word(0).clone_into(&mut self.directory),
            "env" => self.set(deed.word(0), deed.word(1)),
            "shown" => self.names.shown.push((deed.word(0).to_owned(), deed.word(1).to_owned())),
            "numbers" => self.names.numbers.push(deed.word(0).to_owned()),
            "answer" => self.answers.push((deed.word(0).to_owned(), deed.word(1).to_owned())),
            "file" => _ = self.sandbox.write(self.path(deed.word(0)), &deed.text),
            "program" => _ = self.sandbox.write_executable(self.path(deed.word(0)), &deed.text),
            "remove" => self.sandbox.remove(self.path(deed.word(0))),
            "key" => _ = self.sandbox.write(self.path(deed.word(0)), Signer::Archive.public()),
            "sh" => self.run(deed),
            "owner" => give(&self.path(deed.word(0)), deed.word(1).parse().unwrap()),
            "root" => self.needs_root = true,
            _ => self.publish(deed),
        }
    }

    /// Sets a variable of the terminal.
    pub fn set(&mut self, name: &str, value: &str) {
        self.variables.push((name.to_owned(), value.to_owned()));
    }

    /// A text with the addresses of the servers that it names.
    fn named(&self, text: &str) -> String {
        let mut text = text.replace("{home}", &self.sandbox.home().to_string_lossy());
        let is_arm = HERE.starts_with("aarch64");
        let [here, other] = if is_arm { ["aarch64", "x86_64"] } else { ["x86_64", "aarch64"] };
        text = text.replace("{here}", here).replace("{other}", other);
        if text.contains("{python}") {
            text = text.replace("{python}", &brought().version);
        }
        let address = |url: String| url.trim_end_matches('/').to_owned();
        let servers: [(&str, &dyn Fn() -> String); 5] = [
            ("{npm}", &|| self.npm.url().to_owned()),
            ("{npm-host}", &|| self.npm.url().trim_start_matches("http://").to_owned()),
            ("{index}", &|| self.index().url().to_owned()),
            ("{debian}", &|| self.debian().url()),
            ("{forge}", &|| self.forge().url().to_owned()),
        ];
        for (name, url) in servers {
            if text.contains(name) {
                text = text.replace(name, &address(url()));
            }
        }
        text
    }

    /// A path of the sandbox; a relative one begins in `~/shop`.
    pub fn path(&self, path: &str) -> PathBuf {
        match path.strip_prefix('~') {
            Some(rest) => self.sandbox.home().join(rest.trim_start_matches('/')),
            None => self.sandbox.project().join(path),
        }
    }

    /// Runs lines of bash, which have to succeed.
    #[track_caller]
    fn run(&self, deed: &Deed) {
        let outcome = self.bash(&format!("set -e\ncd ~/shop 2>/dev/null || cd\n{}", deed.text));
        assert!(outcome.ended_well(), "{}: {outcome}", deed.place);
    }

    /// Runs lines of bash where `$` alone is typed.
    #[track_caller]
    pub fn bash(&self, script: &str) -> Outcome {
        let run = self.sandbox.program("bash", &["-c", script]).envs(self.variables.clone());
        run.directory(self.path(&self.directory)).run()
    }

    /// A terminal with bash in it.
    pub fn terminal(&self, directory: &str) -> Terminal {
        let variables: Vec<(&str, &OsStr)> =
            self.variables.iter().map(|(name, value)| (name.as_str(), value.as_ref())).collect();
        let directory = self.path(directory);
        fs_err::create_dir_all(&directory).unwrap();
        Terminal::start(&self.sandbox, &["bash", "-i"], &directory, &variables)
    }

    /// What is printed here, and how pages write it: what the fixture says first.
    pub fn names(&self) -> Names {
        let path = self.sandbox.path();
        let mut shown = self.names.shown.clone();
        shown.push((path.to_string_lossy().into_owned(), "/usr/local/bin:/usr/bin:/bin".to_owned()));
        let directories = std::env::split_paths(path).map(|directory| directory.to_string_lossy().into_owned());
        shown.extend(directories.map(|directory| (directory, "/usr/bin".to_owned())));
        shown.push((self.sandbox.home().to_string_lossy().into_owned(), "~".to_owned()));
        Names { shown, numbers: self.names.numbers.clone() }
    }

    /// A line of a page as it is typed here.
    pub fn typed(&self, line: &str) -> String {
        let replace = |line: String, (here, page): &(String, String)| line.replace(page.as_str(), here);
        self.names.shown.iter().fold(line.to_owned(), replace)
    }
}

/// Gives a directory and all in it to another user.
fn give(path: &Path, user: u32) {
    let below = tree(path).into_keys().map(|inner| path.join(inner));
    for path in below.chain([path.to_owned()]) {
        std::os::unix::fs::lchown(path, Some(user), None).unwrap();
    }
}
