//! uv, driven as a program: it finds out which packages some packages need, brings interpreters
//! and makes environments. Nothing of what it knows is done again here.

mod build;
mod compile;
mod complaint;
mod copies;
mod environment;
mod filled;
mod indexes;
mod interpreter;
mod obtain;
mod overlay;
mod own_package;
mod packages;
mod pylock;
mod resolve;
mod site;
mod uv_lock;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::OnceLock;

use url::Url;

pub use environment::Built;
use interpreter::Found;
pub use overlay::attach;
pub use own_package::OwnPackage;
pub use pylock::exported;

use crate::child::{Child, Place};
use crate::env::policy;
use crate::files::mask::Strict;
use crate::files::{Scratch, touch};
use crate::host::Host;
use crate::manifest::{Manifest, Registries};
use crate::name::normalized;
use crate::net::Http;
use crate::source::{PythonError, Sources, Wheelless};
use crate::store::{CLibrary, Progress, Store, UV_CACHE};

/// uv, found when it is first needed.
pub struct Uv<'a> {
    host: &'a Host,
    http: &'a Http,
    progress: Box<dyn Progress>,
    /// Where a project's packages come from, and so uv itself if need be.
    registries: Registries,
    program: OnceLock<PathBuf>,
    default_index: OnceLock<Url>,
    /// What uv unpacks into its cache is shared with environments of the store.
    umask: OnceLock<Strict>,
    /// What programs of packages use where the host has no C library for them.
    c_library: Option<CLibrary>,
}

/// The settings of the user's that reach uv: certificates, patience, and where interpreters are
/// fetched. All others would bend what it finds. Logins for named indexes are not among them: it is
/// the repository that names those.
const PASSED: [&str; 8] = [
    "UV_KEYRING_PROVIDER",
    "UV_HTTP_*",
    "UV_SYSTEM_CERTS",
    "UV_NATIVE_TLS",
    "UV_INSECURE_HOST",
    "UV_PYTHON_INSTALL_MIRROR",
    "UV_PYTHON_DOWNLOADS_JSON_URL",
    "UV_CONCURRENT_*",
];

impl<'a> Uv<'a> {
    pub fn new(host: &'a Host, http: &'a Http, progress: Box<dyn Progress>) -> Self {
        let (program, default_index, umask) = (OnceLock::new(), OnceLock::new(), OnceLock::new());
        Self { host, http, progress, registries: Registries::default(), program, default_index, umask, c_library: None }
    }

    /// The same for a project whose manifest names registries.
    #[must_use]
    pub fn with_registries(self, registries: &Registries) -> Self {
        Self { registries: registries.clone(), ..self }
    }

    /// Where packages come from, for what is fetched while uv resolves.
    fn own_sources(&self) -> Sources<'a> {
        let manifest = Manifest { registries: self.registries.clone(), ..Manifest::default() };
        let (program, default_index) = (self.program.clone(), self.default_index.clone());
        let resolver = Self { program, default_index, ..Self::new(self.host, self.http, Box::new(Silent)) };
        let resolver = resolver.with_registries(&self.registries);
        Sources::without_npmrc(self.host, self.http, Path::new("/"), &manifest).with_resolver(Box::new(resolver))
    }

    /// The same on a host whose programs are to use a C library of the store.
    #[must_use]
    pub fn with_c_library(self, c_library: Option<CLibrary>) -> Self {
        Self { c_library, ..self }
    }

    fn store(&self) -> Store {
        Store::new(&self.host.directories.data).with_c_library(self.c_library.clone())
    }

    /// uv's executable.
    fn program(&self) -> Result<&Path, PythonError> {
        if let Some(program) = self.program.get() {
            return Ok(program);
        }
        let program = self.obtain()?;
        Ok(self.program.get_or_init(|| program))
    }

    /// uv, ready for its arguments. Its directory holds no settings but those that devshell writes.
    fn command(&self, scratch: &Scratch) -> Result<Child, PythonError> {
        let mut command = Child::new(self.program()?, Place::Scratch(scratch))?;
        command.callers(self.host, is_order);
        self.umask.get_or_init(Strict::new);
        command.arg("--no-progress").arg("--color=never");
        let cache = self.host.cache(UV_CACHE);
        // So that gc sees that it is in use; it may not be there yet.
        let _ = touch(&cache);
        command.env("UV_CACHE_DIR", cache);
        // In the usual place, everyone can hold the locks that uv makes there.
        command.env("TMPDIR", scratch.path());
        command.env("UV_PYTHON_INSTALL_DIR", self.store().pythons());
        command.env("UV_PYTHON_INSTALL_BIN", "0");
        // Which login goes to which index has been decided, and is in the index's address. Where the variable
        // names a file that is not there, uv reads the user's own all the same.
        command.env("NETRC", "/dev/null");
        // uv looks for its user's settings in these; the directory is not there.
        for name in ["XDG_CONFIG_HOME", "XDG_CONFIG_DIRS"] {
            command.env(name, scratch.path().join("settings"));
        }
        if self.host.missing_loader().is_some() {
            // Of a machine whose programs name no loader that uv knows, it would not know what to install.
            command.env("UV_LIBC", "gnu");
        }
        if self.http.is_offline() {
            command.arg("--offline");
        }
        Ok(command)
    }

    /// A directory for one run of uv. It is not in uv's cache, where uv would not work.
    fn scratch(&self) -> Result<Scratch, PythonError> {
        let scratch = Scratch::new(&self.host.directories.cache, "uv")?;
        // The cache may be in a repository. Nothing above this directory is looked at for settings.
        scratch.write("uv.toml", "")?;
        Ok(scratch)
    }
}

/// For what is asked on the side.
struct Silent;

impl Progress for Silent {
    fn start(&self, _id: usize, _name: &str, _bytes: Option<u64>) {}
    fn advance(&self, _id: usize, _bytes: u64) {}
    fn finish(&self, _id: usize) {}
}

/// Whether a variable would give uv, pip or Python orders.
fn is_order(name: &OsStr) -> bool {
    let text = name.to_string_lossy();
    let is_foreign = ["UV_", "PIP_", "PYTHON", "VIRTUAL_ENV", "CONDA_"].iter().any(|start| text.starts_with(start));
    is_foreign && !PASSED.iter().any(|pattern| policy::matches(pattern, name))
}

/// A text as TOML writes it: one in JSON is a basic string there.
fn toml_text(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// What a run of uv printed, or what it complained about.
fn checked(output: Output) -> Result<Vec<u8>, PythonError> {
    if output.status.success() {
        return Ok(output.stdout);
    }
    Err(complaint(&String::from_utf8_lossy(&output.stderr)))
}

/// uv's words, without those that belong to its own command line.
fn complaint(stderr: &str) -> PythonError {
    let (mut text, mut hint) = (Vec::new(), Vec::new());
    let mut in_hint = false;
    for line in stderr.lines().map(str::trim_end).filter(|line| !line.trim().is_empty()) {
        let line = line.trim_start_matches("error: ").trim();
        if ["warning:", "Using ", "Resolved ", "Downloading ", "Downloaded "]
            .iter()
            .any(|start| line.starts_with(start))
        {
            continue;
        }
        match line.strip_prefix("hint: ") {
            Some(said) => {
                in_hint = true;
                hint.push(said);
            }
            None if in_hint => hint.push(line),
            None => text.push(line.trim_start_matches("cause: ")),
        }
    }
    // Every machine runs CPython.
    let text = text.join(" ").replace(" and platform_python_implementation == 'CPython'", "");
    let text = text.replace("implementation_name == 'cpython' and ", "");
    let hint = hint.join(" ");
    let packages = without_wheels(&hint);
    if !packages.is_empty() {
        return PythonError::NoSolution { text, packages };
    }
    let hint = Some(hint).filter(|hint| !hint.is_empty()).map(|hint| own_hint(&hint).unwrap_or(hint));
    PythonError::Uv { text, hint }
}

/// The packages of which uv says that they have no wheels, and that building is off.
fn without_wheels(hint: &str) -> Vec<Wheelless> {
    let named = hint.split("Wheels are required for `").skip(1);
    named.filter_map(|rest| Some(Wheelless::new(normalized(rest.split_once('`')?.0)))).collect()
}

/// What to do about it here, where uv's advice is for those who type uv's options.
fn own_hint(hint: &str) -> Option<String> {
    let is_foreign = ["`tool.uv", "`requires-python`", "--", "active Python"].iter().any(|word| hint.contains(word));
    is_foreign.then(|| "change what the manifest or its files ask for, then `devshell lock`".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn complaints_are_uv_s_own_words() {
        let said = "error: No solution found when resolving dependencies\n  cause: Because a was not found\n         And b.\n\nhint: Try c\n  at d\n";
        let PythonError::Uv { text, hint } = complaint(said) else { panic!() };
        assert_eq!(text, "No solution found when resolving dependencies Because a was not found And b.");
        assert_eq!(hint.as_deref(), Some("Try c at d"));
        let said = "error: No solution\n\nhint: Wheels are required for `A_b` because x\n\nhint: Wheels are required for `c` because y\n";
        let PythonError::NoSolution { packages, .. } = complaint(said) else { panic!() };
        assert_eq!(packages, ["a-b", "c"].map(|name| Wheelless::new(name.to_owned())));
    }
}
