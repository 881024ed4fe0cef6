//! A place of its own for one test: a home, a project, a directory for temporary files, a small
//! host, and the real executable run with nothing of the caller's environment. Without a registry or
//! an index of its own a test asks a port where nobody listens, never a real one.

use std::ffi::{OsStr, OsString};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use tempfile::TempDir;

use super::{DEADLINE, Forge, Index, Outcome, Registry, RustServer, host, python, tree, uv};

/// The real executable.
pub const DEVSHELL: &str = env!("CARGO_BIN_EXE_devshell");

/// Where nobody listens: port 1 is reserved for a service that nobody runs (RFC 1078).
const NOBODY: &str = "http://127.0.0.1:1/";

#[must_use]
pub struct Sandbox {
    // Held for its end, when everything in it is removed.
    _root: TempDir,
    root: PathBuf,
    home: PathBuf,
    project: PathBuf,
    path: OsString,
    has_apt: bool,
    /// The addresses of servers, and how they are shown.
    servers: Vec<(String, &'static str)>,
}

impl Sandbox {
    /// An empty home with an empty project `shop` in it.
    pub fn new() -> Self {
        let temporary = tempfile::Builder::new().prefix("it-").tempdir_in(host::place()).unwrap();
        let root = temporary.path().to_owned();
        let (home, project) = (root.join("home"), root.join("home/shop"));
        for directory in [&project, &root.join("tmp")] {
            fs_err::create_dir_all(directory).unwrap();
            fs_err::set_permissions(directory, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        let sandbox =
            Self { _root: temporary, root, home, project, path: host::path(), has_apt: false, servers: Vec::new() };
        sandbox.set_registry(NOBODY);
        sandbox.set_index(NOBODY);
        // What the machine's own apt knows would be asked.
        sandbox.write(sandbox.apt_settings(), "Dir::Etc \"/nowhere\";\n");
        sandbox
    }

    /// Settings of an apt that knows no archive.
    fn apt_settings(&self) -> PathBuf {
        self.root.join("apt.conf")
    }

    /// With the archive that the machine's own apt knows.
    pub fn with_apt(mut self) -> Self {
        self.has_apt = true;
        self
    }

    /// With all that the host's PATH leads to, which is another thing on each host.
    pub fn on_whole_host(mut self) -> Self {
        self.path = std::env::var_os("PATH").expect("the tests need PATH");
        self.with_apt()
    }

    /// The user's npm settings name this registry.
    pub fn with_registry(mut self, registry: &Registry) -> Self {
        self.set_registry(registry.url());
        self.servers.push((registry.url().to_owned(), "[REGISTRY]/"));
        self
    }

    fn set_registry(&self, url: &str) {
        self.write(self.home.join(".npmrc"), format!("registry={url}\n"));
    }

    /// The user's own settings name this forge in place of each that there is.
    pub fn with_forge(mut self, forge: &Forge) -> Self {
        let url = forge.url();
        self.config(format!(r#"{{ "registries": {{ "github": "{url}", "gitlab": "{url}", "codeberg": "{url}" }} }}"#));
        self.servers.push((url.to_owned(), "[FORGE]/"));
        self
    }

    /// The user's own settings name this server of Rust's releases.
    pub fn with_rust(mut self, server: &RustServer) -> Self {
        self.config(format!(r#"{{ "registries": {{ "rust": "{}" }} }}"#, server.url()));
        self.servers.push((server.url().to_owned(), "[RUST]/"));
        self
    }

    /// The user's pip settings name this index.
    pub fn with_index(mut self, index: &Index) -> Self {
        self.set_index(index.url());
        self.servers.push((index.url().to_owned(), "[INDEX]/"));
        self
    }

    /// The user's pip settings name the index at this address.
    pub fn set_index(&self, url: &str) {
        self.write(self.home.join(".config/pip/pip.conf"), format!("[global]\nindex-url = {url}\n"));
    }

    /// The host has Python, and uv.
    pub fn with_python(mut self) -> Self {
        let directory = self.host_directory("python-bin");
        for (name, program) in [("python3", python()), ("uv", uv())] {
            fs_err::os::unix::fs::symlink(program, directory.join(name)).unwrap();
        }
        self
    }

    /// Puts a directory in front of the host's PATH, and returns it.
    pub fn host_directory(&mut self, name: &str) -> PathBuf {
        let directory = self.root.join(name);
        fs_err::create_dir_all(&directory).unwrap();
        let rest = self.path.clone();
        let entries = std::iter::once(directory.clone()).chain(std::env::split_paths(&rest));
        self.path = std::env::join_paths(entries).unwrap();
        directory
    }

    /// The host's PATH from now on.
    pub fn set_path(&mut self, path: impl Into<OsString>) {
        self.path = path.into();
    }

    /// The host's PATH.
    pub fn path(&self) -> &OsStr {
        &self.path
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    pub fn home(&self) -> &Path {
        &self.home
    }

    pub fn project(&self) -> &Path {
        &self.project
    }

    /// The store.
    pub fn data(&self) -> PathBuf {
        self.home.join(".local/share/devshell")
    }

    /// Writes a file; a relative path begins in the project.
    pub fn write(&self, path: impl AsRef<Path>, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.project.join(path);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(&path, bytes).unwrap();
        // Whatever the umask of the one who runs the tests.
        fs_err::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        path
    }

    /// Writes an executable. Another process does it: one that this process has open for writing
    /// while another thread forks could not be run for a moment ("text file busy").
    pub fn write_executable(&self, path: impl AsRef<Path>, text: &str) -> PathBuf {
        let path = self.project.join(path);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        // Renamed into place, so that an older one may be running.
        let script = r#"cat >"$0.new" && chmod 755 "$0.new" && mv -f "$0.new" "$0""#;
        self.program("sh", &["-c", script]).arg(&path).stdin(text).run().success();
        path
    }

    /// The cache.
    pub fn cache(&self) -> PathBuf {
        self.home.join(".cache/devshell")
    }

    /// Makes the store and the cache look as if all in them had last been used or changed so many
    /// days ago.
    pub fn age(&self, days: i64) {
        for root in [self.data(), self.cache()] {
            for path in tree(&root).keys() {
                set_age(&root.join(path), days);
            }
        }
    }

    /// Removes a file or a tree, sealed or not, if it is there.
    pub fn remove(&self, path: impl AsRef<Path>) {
        let path = self.project.join(path);
        if path.is_dir() {
            devshell::files::remove_tree(&path).unwrap();
        } else if path.symlink_metadata().is_ok() {
            fs_err::remove_file(&path).unwrap();
        }
    }

    /// Writes the project's manifest.
    pub fn manifest(&self, text: impl AsRef<[u8]>) -> PathBuf {
        self.write("devshell.json", text)
    }

    /// Writes the user's own settings.
    pub fn config(&self, text: impl AsRef<[u8]>) -> PathBuf {
        self.write(self.config_directory().join("config.json"), text)
    }

    /// Where the user's own settings lie.
    pub fn config_directory(&self) -> PathBuf {
        self.home.join(".config/devshell")
    }

    /// Reads a file of the project.
    #[track_caller]
    pub fn read(&self, path: impl AsRef<Path>) -> String {
        fs_err::read_to_string(self.project.join(path)).unwrap()
    }

    /// The lock as JSON.
    #[track_caller]
    pub fn lock(&self) -> serde_json::Value {
        serde_json::from_str(&self.read("devshell.lock")).unwrap()
    }

    /// `devshell` with these arguments, in the project.
    pub fn devshell(&self, arguments: &[&str]) -> Invocation<'_> {
        self.program(DEVSHELL, arguments)
    }

    /// Any program, in the same surroundings.
    pub fn program(&self, program: impl AsRef<OsStr>, arguments: &[&str]) -> Invocation<'_> {
        let mut command = Command::new(program.as_ref());
        command.args(arguments).current_dir(&self.project).env_clear().envs(self.environment());
        Invocation { sandbox: self, command, stdin: None }
    }

    /// The variables that every process here begins with.
    pub fn environment(&self) -> Vec<(OsString, OsString)> {
        let mut variables: Vec<(OsString, OsString)> = vec![
            ("HOME".into(), self.home.clone().into()),
            ("TMPDIR".into(), self.root.join("tmp").into()),
            ("PATH".into(), self.path.clone()),
            ("TERM".into(), "dumb".into()),
        ];
        if !self.has_apt {
            variables.push(("APT_CONFIG".into(), self.apt_settings().into()));
        }
        if let Ok(shell) = which::which_in("sh", Some(&self.path), &self.root) {
            variables.push(("SHELL".into(), shell.into()));
        }
        variables
    }

    /// Where a program of the host lies. A test that is about one fails where it is missing:
    /// passing in silence would look like having been tested.
    #[track_caller]
    pub fn find(&self, program: &str) -> PathBuf {
        which::which_in(program, Some(&self.path), &self.root)
            .unwrap_or_else(|_| panic!("`{program}` is not installed, and this test is about it; install it"))
    }

    /// Runs `devshell` with these arguments to its end.
    #[track_caller]
    pub fn run(&self, arguments: &[&str]) -> Outcome {
        self.devshell(arguments).run()
    }

    fn names(&self) -> Vec<(String, &'static str)> {
        let text = |path: &Path| path.to_string_lossy().into_owned();
        let mut names = vec![
            (self.path.to_string_lossy().into_owned(), "[HOST_PATH]"),
            (text(&self.project), "[PROJECT]"),
            (text(&self.home), "[HOME]"),
            (text(&self.root), "[ROOT]"),
            (DEVSHELL.to_owned(), "[DEVSHELL]"),
        ];
        names.extend(self.servers.iter().cloned());
        names
    }
}

impl Drop for Sandbox {
    /// `TempDir` by itself cannot remove what the store has sealed.
    fn drop(&mut self) {
        let _ = devshell::files::remove_tree(&self.root);
    }
}

/// Sets the time of the last change of a file, a link or a directory.
pub fn set_age(path: &Path, days: i64) {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let time = rustix::fs::Timespec { tv_sec: i64::try_from(now).unwrap() - days * 24 * 60 * 60, tv_nsec: 0 };
    let times = rustix::fs::Timestamps { last_access: time, last_modification: time };
    rustix::fs::utimensat(rustix::fs::CWD, path, &times, rustix::fs::AtFlags::SYMLINK_NOFOLLOW).unwrap();
}

/// A process that is about to be started.
#[must_use]
pub struct Invocation<'s> {
    sandbox: &'s Sandbox,
    command: Command,
    stdin: Option<Vec<u8>>,
}

impl Invocation<'_> {
    pub fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.command.arg(argument);
        self
    }

    pub fn args(mut self, arguments: &[&str]) -> Self {
        self.command.args(arguments);
        self
    }

    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub fn envs(mut self, variables: impl IntoIterator<Item = (impl AsRef<OsStr>, impl AsRef<OsStr>)>) -> Self {
        self.command.envs(variables);
        self
    }

    pub fn env_remove(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    /// Where it stands; a relative path begins in the project.
    pub fn directory(mut self, path: impl AsRef<Path>) -> Self {
        self.command.current_dir(self.sandbox.project.join(path));
        self
    }

    pub fn stdin(mut self, bytes: impl AsRef<[u8]>) -> Self {
        self.stdin = Some(bytes.as_ref().to_vec());
        self
    }

    /// Runs it to its end.
    #[track_caller]
    pub fn run(self) -> Outcome {
        self.run_within(DEADLINE)
    }

    /// Runs it to its end, which may be some time away.
    #[track_caller]
    pub fn run_within(self, deadline: Duration) -> Outcome {
        let (shown, names) = (format!("{:?}", self.command), self.sandbox.names());
        let child = self.spawn();
        let pid = rustix::process::Pid::from_child(&child);
        let (sender, receiver) = mpsc::channel();
        std::thread::spawn(move || sender.send(child.wait_with_output()));
        match receiver.recv_timeout(deadline) {
            Ok(output) => Outcome::new(output.unwrap(), shown, names),
            Err(_) => {
                let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
                panic!("not done within {deadline:?}: {shown}");
            }
        }
    }

    /// Starts it, for what is to happen while it runs.
    #[track_caller]
    pub fn spawn(mut self) -> Child {
        let stdin = if self.stdin.is_some() { Stdio::piped() } else { Stdio::null() };
        self.command.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.command.spawn().unwrap_or_else(|error| panic!("{:?}: {error}", self.command));
        if let (Some(mut pipe), Some(bytes)) = (child.stdin.take(), self.stdin) {
            // A process that does not read all of it is no mistake.
            std::thread::spawn(move || pipe.write_all(&bytes));
        }
        child
    }
}
