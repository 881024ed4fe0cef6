//! A private home directory with two projects in it: one of five tools, and one whose lock holds
//! a thousand artifacts of which the same five tools are used.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::Outcome;
use crate::prompt::MARKER;
use crate::registry::{PREFIX, Registry};
use crate::shipped;

/// The tools of both projects, by their names in the catalog.
pub const TOOLS: [&str; 5] = ["biome", "esbuild", "node", "prettier", "typescript"];

/// How many artifacts the large lock holds.
const ARTIFACTS: usize = 1_000;

/// The name of the projects' script, whose line is `true`.
pub const SCRIPT: &str = "nothing";

/// What a user's PATH is like on Debian.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Everything the rows stand in.
pub struct World {
    root: PathBuf,
    registry: Option<Registry>,
    pub home: PathBuf,
    /// The project of five tools.
    pub small: PathBuf,
    /// The project of many artifacts.
    pub large: PathBuf,
    /// What is shipped, or what `BENCH_DEVSHELL` names.
    pub built: PathBuf,
    /// The copy that is measured. Its pages came from the disk as it ran, as those of every
    /// program do after a start of the machine.
    pub devshell: PathBuf,
    /// Another copy, which the kernel holds in large pieces since it has just been written. That
    /// alone makes an executable start faster.
    pub fresh: PathBuf,
}

impl World {
    /// Makes the projects, locks and installs them.
    pub fn new() -> Outcome<Self> {
        let root = tempfile::Builder::new().prefix("devshell-bench-").tempdir()?.keep();
        let home = root.join("home");
        let world = Self {
            registry: Some(Registry::start()?),
            small: home.join("work/small"),
            large: home.join("work/large"),
            built: shipped::executable()?,
            devshell: home.join("bin/devshell"),
            fresh: home.join("bin/devshell-fresh"),
            home,
            root,
        };
        world.copy_executable()?;
        world.write_rc_files()?;
        world.write_manifest(&world.small, 0)?;
        let used = world.lock(&world.small)?;
        world.write_manifest(&world.large, ARTIFACTS - used)?;
        let locked = world.lock(&world.large)?;
        if locked != ARTIFACTS {
            return Err(format!("the large lock holds {locked} artifacts").into());
        }
        world.devshell(&world.small, &["install"])?;
        Ok(world)
    }

    /// The world with nobody to ask.
    pub fn without_registry(mut self) -> Self {
        self.registry = None;
        self
    }

    pub fn registry_url(&self) -> String {
        self.registry.as_ref().map(Registry::url).unwrap_or_default()
    }

    /// The variables every row starts with.
    pub fn variables(&self) -> BTreeMap<OsString, OsString> {
        let pairs = [("HOME", self.home.as_os_str()), ("PATH", PATH.as_ref()), ("TERM", "xterm".as_ref())];
        pairs.map(|(name, value)| (name.into(), value.into())).into()
    }

    /// Runs devshell to its end.
    pub fn devshell(&self, directory: &Path, arguments: &[&str]) -> Outcome<Output> {
        complete(Command::new(&self.devshell).args(arguments).env_clear().envs(self.variables()).current_dir(directory))
    }

    fn copy_executable(&self) -> Outcome<()> {
        fs_err::create_dir_all(self.home.join("bin"))?;
        fs_err::copy(&self.built, &self.fresh)?;
        fs_err::copy(&self.built, &self.devshell)?;
        #[cfg(target_os = "linux")]
        {
            let file = fs_err::File::open(&self.devshell)?;
            file.sync_all()?;
            rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed)?;
        }
        Ok(())
    }

    /// Prompts that can be waited for. fish would otherwise start to read all manual pages in
    /// the background when it finds that it never did.
    fn write_rc_files(&self) -> Outcome<()> {
        for (path, text) in [
            (".bashrc", format!("PS1='{MARKER}'\n")),
            (".zshrc", format!("PS1='{MARKER}'\n")),
            (".config/fish/config.fish", format!("function fish_prompt\n    printf %s '{MARKER}'\nend\n")),
            (".local/share/fish/generated_completions/.keep", String::new()),
        ] {
            let place = self.home.join(path);
            fs_err::create_dir_all(place.parent().unwrap_or(&self.home))?;
            fs_err::write(place, text)?;
        }
        Ok(())
    }

    fn write_manifest(&self, project: &Path, further: usize) -> Outcome<()> {
        let tools: Value = TOOLS.iter().map(|tool| ((*tool).to_owned(), json!("1"))).collect();
        let further: Value = (0..further).map(|number| (format!("npm:{PREFIX}{number:04}"), json!("1"))).collect();
        let manifest = json!({
            "name": "bench",
            "tools": tools,
            "scripts": { SCRIPT: "true" },
            "environments": { "big": { "tools": further } },
            "registries": { "npm": self.registry_url() },
        });
        fs_err::create_dir_all(project)?;
        fs_err::write(project.join("devshell.json"), serde_json::to_string_pretty(&manifest)?)?;
        Ok(())
    }

    /// Writes a project's lock, and counts the artifacts in it.
    fn lock(&self, project: &Path) -> Outcome<usize> {
        self.devshell(project, &["lock"])?;
        let lock: Value = serde_json::from_slice(&fs_err::read(project.join("devshell.lock"))?)?;
        let tools = lock["tools"].as_array().ok_or("the lock has no tools")?;
        Ok(tools.iter().filter_map(|tool| tool["artifacts"].as_array()).map(Vec::len).sum())
    }
}

impl Drop for World {
    fn drop(&mut self) {
        // The store's directories are sealed, so it takes devshell's own way of removing them.
        let _ = devshell::files::remove_tree(&self.root);
    }
}

/// Runs a command to its end; that it fails is an error with what it said.
pub fn complete(command: &mut Command) -> Outcome<Output> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{command:?} ended with {}:\n{said}", output.status).into());
    }
    Ok(output)
}
