//! The machine devshell runs on, read once: variables, directories, terminals, platform.
//! No other module reads the process's environment.

mod account;
mod around;
mod c_library;
mod identity;
mod inside;
mod lasting;
mod limits;
mod loader;
mod own;
mod places;
mod repository;

use std::ffi::{OsStr, OsString};
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

use self::around::Around;
pub use self::around::{Entered, LOADED, UNDO};
pub use self::c_library::{c_library_version, numbers};
pub use self::identity::Identity;
pub use self::lasting::is_same;
pub use self::limits::survive_large_files;
pub use self::loader::MissingLoader;
pub use self::own::OwnError;
pub use self::places::{Directories, project_key};
use crate::env::{Pipes, Variables};
use crate::hint::Hint;
use crate::platform::{Platform, UnknownPlatform};

/// Why devshell cannot start here.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    #[error("the current directory cannot be read")]
    NoDirectory(#[source] std::io::Error),
    #[error("there is no directory `{}`", .0.display())]
    NoSuchDirectory(PathBuf),
    #[error("devshell does not support this machine ({arch} {os})")]
    NoPlatform { arch: &'static str, os: &'static str },
    #[error("DEVSHELL_PLATFORM is `{}`, which is not a platform that devshell knows", .0.word())]
    Platform(UnknownPlatform),
    #[error("no directory for devshell's files: HOME is not set, and /etc/passwd has no home directory for the user")]
    NoHome,
    #[error("devshell's files would be in `{}`, and a path with white space breaks scripts", .0.display())]
    Space(PathBuf),
    #[error("DEVSHELL_HOME is `{}`, and not an absolute path", .0.display())]
    Relative(PathBuf),
    #[error("DEVSHELL_TIMEOUT is `{}`, and not a number of seconds", .0.to_string_lossy())]
    Timeout(OsString),
}

/// The programs of the platform that `DEVSHELL_PLATFORM` names do not run on this machine.
#[derive(Debug, thiserror::Error)]
#[error("DEVSHELL_PLATFORM is `{chosen}`, but this machine ({machine}) cannot run programs for {chosen}")]
pub struct OtherPlatform {
    chosen: Platform,
    machine: Platform,
}

impl Hint for OtherPlatform {
    fn hint(&self) -> Option<String> {
        Some(format!("unset it here; `devshell install` fetches the tools for {}", self.chosen))
    }
}

impl Hint for HostError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NoSuchDirectory(_) => "check the directory after `-C`".to_owned(),
            Self::NoDirectory(_) => "it may have been deleted; `cd` to one that exists".to_owned(),
            Self::NoPlatform { .. } => "it runs on Linux and macOS, on x86_64 and aarch64".to_owned(),
            Self::Platform(_) => {
                format!("it is one of {}", Platform::ALL.map(Platform::name).join(", "))
            }
            Self::Timeout(_) => "unset it, or write `DEVSHELL_TIMEOUT=60`".to_owned(),
            Self::NoHome | Self::Space(_) | Self::Relative(_) => {
                "set DEVSHELL_HOME to an absolute path without white space".to_owned()
            }
        })
    }
}

/// A snapshot of the machine.
#[derive(Debug)]
pub struct Host {
    /// The caller's, without what a dev shell around it has set.
    pub variables: Variables,
    /// The caller's as they are, where a shell's hook has loaded an environment.
    pub shell: Option<Variables>,
    /// The dev shell that was entered around us.
    pub entered: Option<Entered>,
    /// The env files that the process before this one has read, if this one takes its place.
    pub pipes: Pipes,
    /// The user's directory, or what `-C` names.
    pub directory: PathBuf,
    /// Whether `-C` named it.
    pub chosen: bool,
    pub platform: Platform,
    /// The platform that programs run on here, whatever `DEVSHELL_PLATFORM` says.
    pub machine: Platform,
    pub home: Option<PathBuf>,
    /// The number of the user whose rights this process has.
    pub user: u32,
    pub directories: Directories,
    /// How long a server may say nothing.
    pub patience: Duration,
    /// devshell's own executable.
    pub executable: PathBuf,
    /// The name that it was called by, if that is known.
    pub called: Option<OsString>,
    pub terminals: Terminals,
    /// The number of this process.
    pub process: u32,
    search_path: OnceLock<OsString>,
}

/// Which of the standard streams are terminals.
#[derive(Clone, Copy, Debug)]
pub struct Terminals {
    pub stdin: bool,
    pub stderr: bool,
}

impl Host {
    /// Expects that what is started on this machine can run.
    pub fn check_platform(&self) -> Result<(), OtherPlatform> {
        let (chosen, machine) = (self.platform, self.machine);
        if chosen.runs_here() { Ok(()) } else { Err(OtherPlatform { chosen, machine }) }
    }

    /// Reads the machine, as if devshell had been started in `directory`.
    pub fn snapshot(directory: Option<&Path>) -> Result<Self, HostError> {
        let mut variables: Variables = std::env::vars_os().collect();
        let pipes = variables.get(OsStr::new(Pipes::VARIABLE)).map(|text| Pipes::parse(text)).unwrap_or_default();
        let (shell, entered) = match Around::take_back(&mut variables) {
            Some(Around::Loaded(shell)) => (Some(shell), None),
            Some(Around::Entered(entered)) => (None, Some(entered)),
            None => (None, None),
        };
        let here = match directory {
            Some(directory) => {
                let there =
                    fs_err::canonicalize(directory).map_err(|_| HostError::NoSuchDirectory(directory.to_owned()))?;
                variables.insert("PWD".into(), there.clone().into());
                there
            }
            None => std::env::current_dir().map_err(HostError::NoDirectory)?,
        };
        let home = account::home(&variables);
        Ok(Self {
            directory: here,
            chosen: directory.is_some(),
            platform: platform(&variables)?,
            machine: machine()?,
            directories: Directories::of(&variables, home.as_deref())?,
            home,
            user: rustix::process::geteuid().as_raw(),
            patience: patience(&variables)?,
            executable: std::env::current_exe().unwrap_or_else(|_| PathBuf::from("devshell")),
            called: None,
            terminals: Terminals { stdin: std::io::stdin().is_terminal(), stderr: std::io::stderr().is_terminal() },
            process: std::process::id(),
            search_path: OnceLock::new(),
            variables,
            shell,
            entered,
            pipes,
        })
    }

    /// A variable's value.
    pub fn variable(&self, name: &str) -> Option<&OsStr> {
        self.variables.get(OsStr::new(name)).map(OsString::as_os_str)
    }

    /// Whether colours are wanted on a terminal (<https://no-color.org>).
    pub fn may_colour(&self) -> bool {
        self.variable("NO_COLOR").is_none_or(OsStr::is_empty)
    }

    /// The user's directory as the shell calls it, which may lead through links: `PWD`, if it
    /// is that directory.
    pub fn logical_directory(&self) -> PathBuf {
        let logical = self.variable("PWD").map(PathBuf::from).filter(|path| path.is_absolute());
        logical.filter(|path| is_same(path, &self.directory)).unwrap_or_else(|| self.directory.clone())
    }

    /// A variable of the dev shell that was entered, if one is still in it.
    pub fn dev_shell(&self, name: &str) -> Option<&OsStr> {
        let entered = self.entered.as_ref().filter(|entered| entered.is_inside())?;
        entered.variables.get(OsStr::new(name)).map(OsString::as_os_str)
    }

    /// The variables as they are, with what a dev shell has set.
    pub fn variables_here(&self) -> &Variables {
        let entered = self.entered.as_ref().map(|entered| &entered.variables);
        self.shell.as_ref().or(entered).unwrap_or(&self.variables)
    }

    /// The host's PATH, also when devshell is called from inside a dev shell: there, what was put on PATH since is
    /// for the dev shell.
    pub fn path(&self) -> &OsStr {
        let outside = || self.variable("DEVSHELL_HOST_PATH").or_else(|| self.variable("PATH"));
        self.dev_shell("DEVSHELL_HOST_PATH").or_else(outside).unwrap_or(OsStr::new("/usr/bin:/bin"))
    }

    /// The absolute directories of the host's PATH.
    pub fn path_directories(&self) -> impl Iterator<Item = PathBuf> {
        std::env::split_paths(self.path()).filter(|directory| directory.is_absolute())
    }

    /// The directories where programs of the host are looked for: those of PATH, without those of
    /// the repository that the user works in. What a repository brings is not the host's.
    pub fn search_path(&self) -> &OsStr {
        self.search_path.get_or_init(|| {
            let repository = repository::around(&self.directory, self.home.as_deref());
            let is_outside = |directory: &PathBuf| {
                repository.as_ref().is_none_or(|repository| {
                    !fs_err::canonicalize(directory).unwrap_or_else(|_| directory.clone()).starts_with(repository)
                })
            };
            std::env::join_paths(self.path_directories().filter(is_outside)).unwrap_or_default()
        })
    }

    /// Finds a command of the host.
    pub fn find(&self, command: &str) -> Option<PathBuf> {
        which::which_in(command, Some(self.search_path()), Path::new("/")).ok()
    }

    /// The shell that the file of users names for the user.
    pub fn login_shell() -> Option<PathBuf> {
        account::login_shell()
    }

    /// What a link beside the home directory says, in the weaker wall of isolation `sandbox`.
    pub fn beside_home(&self, name: &str) -> Option<PathBuf> {
        inside::beside(self.home.as_deref()?, name)
    }

    /// The directory of the user's own settings. Where devshell keeps its files is no matter for
    /// it, and a path with a space is no harm there.
    pub fn config_directory(&self) -> Option<PathBuf> {
        let chosen = self.variable("XDG_CONFIG_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
        Some(chosen.or_else(|| Some(self.home.as_ref()?.join(".config")))?.join("devshell"))
    }

    /// The file of the certificates that programs here trust, wherever the system keeps it.
    pub fn certificates() -> Option<PathBuf> {
        CERTIFICATES.iter().map(PathBuf::from).find(|path| path.is_file())
    }

    /// Whether the system has locales where the GNU C library looks for them.
    pub fn has_locales() -> bool {
        fs_err::read_dir("/usr/lib/locale").is_ok_and(|mut entries| entries.next().is_some())
    }

    /// Whether a CI system runs us: `CI` is set, and not empty, `0` or `false`.
    pub fn is_under_ci(&self) -> bool {
        self.variable("CI").is_some_and(|ci| !matches!(ci.to_str(), Some("" | "0" | "false")))
    }

    /// Whether `BASH_ENV` is the CI system's and no person's: CircleCI hands variables from one step to the next in
    /// the file that it names.
    pub fn has_bash_env_of_ci(&self) -> bool {
        self.is_under_ci() && self.variable("CIRCLECI").is_some_and(|value| !value.is_empty())
    }
}

/// Debian and Arch, Fedora, its predecessors, openSUSE, Alpine.
const CERTIFICATES: [&str; 5] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// Seconds since 1970. How old a file is is all that devshell asks the clock for.
pub fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}

/// Opens the null device in place of each standard stream that the caller closed. Otherwise the
/// next file to be opened would take its number, and a message could end up in that file.
pub fn open_standard_streams() {
    use rustix::fs::{Mode, OFlags};
    for stream in [rustix::stdio::stdin(), rustix::stdio::stdout(), rustix::stdio::stderr()] {
        if rustix::io::fcntl_getfd(stream).is_err() {
            // The lowest free number is the one just found closed.
            let null = rustix::fs::open("/dev/null", OFlags::RDWR, Mode::empty());
            let _ = null.map(std::os::fd::IntoRawFd::into_raw_fd);
        }
    }
}

/// A variable of this process, for what starts a program without a snapshot of the machine.
pub fn inherited(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

/// A minute, or what `DEVSHELL_TIMEOUT` says.
fn patience(variables: &Variables) -> Result<Duration, HostError> {
    let Some(told) = variables.get(OsStr::new("DEVSHELL_TIMEOUT")) else { return Ok(Duration::from_mins(1)) };
    let seconds = told.to_str().and_then(|text| text.parse().ok()).and_then(|s| Duration::try_from_secs_f64(s).ok());
    seconds.filter(|patience| !patience.is_zero()).ok_or_else(|| HostError::Timeout(told.clone()))
}

/// The platform of this machine, or the one that `DEVSHELL_PLATFORM` names.
fn platform(variables: &Variables) -> Result<Platform, HostError> {
    if let Some(name) = variables.get(OsStr::new("DEVSHELL_PLATFORM")) {
        return name.to_string_lossy().parse().map_err(HostError::Platform);
    }
    machine()
}

fn machine() -> Result<Platform, HostError> {
    let (arch, os) = (std::env::consts::ARCH, std::env::consts::OS);
    Platform::of(arch, os, is_musl(arch, os)).ok_or(HostError::NoPlatform { arch, os })
}

/// Whether programs here are linked against musl. Our own executable is static and cannot tell,
/// but each C library puts its loader where its ABI says.
fn is_musl(arch: &str, os: &str) -> bool {
    let glibc = match arch {
        "x86_64" => "/lib64/ld-linux-x86-64.so.2",
        _ => "/lib/ld-linux-aarch64.so.1",
    };
    os == "linux" && !Path::new(glibc).exists() && Path::new(&format!("/lib/ld-musl-{arch}.so.1")).exists()
}
