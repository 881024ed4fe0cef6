//! Why uv has no answer, and what to do about it.

use super::super::ResolveError;
use crate::hint::Hint;
use crate::name::BadName;
use crate::version::Requirement;

/// Why uv has no answer.
#[derive(Debug, thiserror::Error)]
pub enum PythonError {
    #[error("uv, which is needed for Python packages, is not available: {text}")]
    NoUv { text: String, hint: Option<String> },
    #[error("uv says: {text}")]
    Uv { text: String, hint: Option<String> },
    /// What uv says when it finds no versions that fit, and the packages that it names as being
    /// without wheels.
    #[error("uv says: {text}")]
    NoSolution { text: String, packages: Vec<Wheelless> },
    #[error("{}", no_wheels(.packages, .pythons))]
    NeedsBuild {
        packages: Vec<Wheelless>,
        /// The Pythons that were asked for.
        pythons: Requirement,
    },
    #[error("the host has no Python that satisfies `{requirement}`")]
    NoHostPython { requirement: Requirement, found: Option<String> },
    #[error(
        "`{name}` is locked for Python below {below}, since some package had no wheel for it, and this is {version}"
    )]
    TooNew { name: String, version: String, below: String },
    #[error("{text}")]
    Refused { place: String, text: String, hint: Option<String> },
    #[error("`{package}` would have to be built, and the manifest does not allow that")]
    Build { package: String },
    #[error("`{package}` {version} could not be built; its build says:{said}")]
    Failed {
        package: String,
        version: String,
        /// Its last lines, each after a line break.
        said: String,
        hint: Option<String>,
    },
    #[error("what the build of `{package}` needs cannot be installed")]
    BuildNeeds { package: String, source: Box<PythonError> },
    #[error("`{package}` {version} cannot be built: {text}")]
    NotBuildable { package: String, version: String, text: String },
    #[error("the source of a package cannot be fetched")]
    Unfetched { source: Box<dyn std::error::Error + Send + Sync>, hint: Option<String> },
    #[error("uv has no build of Python that satisfies `{requirement}`")]
    NoBuild { requirement: Requirement },
    #[error("Python {version} cannot be fetched from {text}")]
    NotBrought {
        version: String,
        text: String,
        /// The version of the host's.
        host: Option<String>,
        is_linux: bool,
    },
    #[error("the lock has no Debian package for Python")]
    NotLocked,
    #[error("Debian has no Python for this platform")]
    NoDebian,
    #[error("Debian's Python cannot be laid out")]
    Debian { source: Box<dyn std::error::Error + Send + Sync>, hint: Option<String> },
    #[error("`{file}` is not on the active index")]
    NotThere { file: String },
    #[error("a package cannot be looked up")]
    Lookup(#[source] Box<ResolveError>),
    #[error("uv's answer makes no sense")]
    Name(#[from] BadName),
    #[error("uv cannot be run")]
    Start(#[from] std::io::Error),
}

/// A package that would have to be built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wheelless {
    pub name: String,
    /// A version of it with a wheel that fits, where there is one.
    pub other: Option<String>,
}

impl Wheelless {
    /// Of which nothing more is known.
    pub const fn new(name: String) -> Self {
        Self { name, other: None }
    }
}

/// What to do where uv's build of a version cannot be fetched.
fn other_pythons(version: &str, host: Option<&str>, is_linux: bool) -> String {
    let series = |version: &str| version.split('.').take(2).collect::<Vec<_>>().join(".");
    let mut ways = Vec::new();
    if let Some(host) = host {
        ways.push(format!("`devshell add python@{} --from host` takes this machine's {host}", series(host)));
    }
    if is_linux {
        ways.push(format!("`devshell add python@{} --from deb` takes Debian's", series(version)));
    }
    ways.push("UV_PYTHON_INSTALL_MIRROR names a mirror".to_owned());
    ways.join("; ")
}

fn no_wheels(packages: &[Wheelless], pythons: &Requirement) -> String {
    let names: Vec<String> = packages.iter().map(|package| format!("`{}`", package.name)).collect();
    let (has, would) = match names.len() {
        1 => ("has no wheel", "it would have"),
        _ => ("have no wheels", "they would have"),
    };
    let names = match names.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => String::new(),
    };
    format!("{names} {has} for Python {pythons} in the versions asked for; {would} to be built")
}

/// What to do: never to build what has a wheel in another version.
fn instead_of_wheels(packages: &[Wheelless], pythons: &Requirement) -> String {
    let others = packages.iter().filter_map(|package| Some(format!("{} {}", package.name, package.other.as_ref()?)));
    let others: Vec<String> = others.collect();
    let bare = packages.iter().filter(|package| package.other.is_none());
    let bare: Vec<String> = bare.map(|package| format!("\"{}\"", package.name)).collect();
    let change = || {
        format!("{} would have wheels for Python {pythons}; change the bounds, or `python.version`", others.join(", "))
    };
    let allow = || {
        let build = if bare.len() == 1 { "its build" } else { "their builds" };
        let names = bare.join(", ");
        format!("if {build} may run on your machines, say so: \"python\": {{ …, \"allow-build\": [{names}] }}")
    };
    match (others.is_empty(), bare.is_empty()) {
        (true, _) => allow(),
        (false, true) => change(),
        (false, false) => format!("{}; and for the others, {}", change(), allow()),
    }
}

impl Hint for PythonError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::NoUv { hint, .. }
            | Self::Uv { hint, .. }
            | Self::Debian { hint, .. }
            | Self::Failed { hint, .. }
            | Self::Unfetched { hint, .. }
            | Self::Refused { hint, .. } => hint.clone(),
            Self::NeedsBuild { packages, pythons } => Some(instead_of_wheels(packages, pythons)),
            Self::Build { package } => Some(format!(
                "type `devshell lock`; or let it be built: \"python\": {{ …, \"allow-build\": [\"{package}\"] }}"
            )),
            Self::NotBrought { version, host, is_linux, .. } => {
                Some(other_pythons(version, host.as_deref(), *is_linux))
            }
            Self::BuildNeeds { source, .. } => {
                let of_wheels = "a build gets wheels only: take a version of the package that has a wheel";
                source.hint().or_else(|| Some(of_wheels.to_owned()))
            }
            Self::NotLocked => Some("`devshell lock`".to_owned()),
            Self::NoDebian => Some("let uv bring one: \"from\": \"uv\"; Debian's runs on Linux alone".to_owned()),
            Self::NoHostPython { found: Some(found), .. } => {
                Some(format!("the host's is {found}; relax `python.version`, or let uv bring one: \"from\": \"uv\""))
            }
            Self::NoHostPython { .. } => {
                Some("install Python on this machine, or let uv bring one: \"from\": \"uv\"".to_owned())
            }
            Self::TooNew { .. } => {
                Some("`devshell update python` tries again; or ask for an older Python in `python.version`".to_owned())
            }
            Self::NoBuild { .. } => Some("relax `python.version` in the manifest".to_owned()),
            Self::NotThere { .. } => Some("check the index; `devshell update` moves to what it has".to_owned()),
            Self::Lookup(error) => error.hint(),
            Self::NoSolution { .. } | Self::NotBuildable { .. } | Self::Name(_) | Self::Start(_) => None,
        }
    }
}
