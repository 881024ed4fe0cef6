//! npm itself, pinned by hash, asked for one thing: which packages a package needs and where each
//! belongs. It writes a `package-lock.json` in a scratch directory; it installs nothing and runs
//! no script of a package.

use std::collections::BTreeMap;
use std::path::Path;

use crate::child::{Child, Place};
use crate::files::{Scratch, bounded, most};
use crate::hint::Hint;
use crate::host::Host;
use crate::lock::{self, Artifact};
use crate::net::Http;
use crate::source::{SolveError, Solver, Sources, Wanted};
use crate::store::{CLibrary, Progress, Store};

/// A node and an npm, as `devshell lock` wrote them down.
const PINNED: &str = include_str!("pinned.lock");

/// What npm is started with so that it can look into packages that bring dependencies along.
const BUNDLES: &str = include_str!("bundles.cjs");

/// Arguments for an answer that depends on nothing but the package and the registries.
const ARGUMENTS: &[&str] = &[
    "install",
    "--package-lock-only",
    "--lockfile-version=3",
    // So that an entry with an address is one that is not from the registry.
    "--omit-lockfile-registry-resolved",
    "--ignore-scripts",
    // Nothing above the scratch directory counts, wherever the cache is.
    "--no-workspaces",
    // Nothing guarantees the bytes of what is not from the registry.
    "--allow-git=none",
    "--allow-remote=none",
    "--allow-file=none",
    "--allow-directory=none",
    "--no-audit",
    "--no-fund",
    "--no-progress",
    "--no-update-notifier",
    "--loglevel=error",
];

/// The npm of a project's sources.
pub struct PinnedNpm<'a> {
    pub host: &'a Host,
    pub http: &'a Http,
    /// Where npm itself comes from.
    pub sources: Sources<'a>,
    pub progress: Box<dyn Progress>,
    /// What node uses where the host has no C library for it.
    pub c_library: Box<dyn Fn() -> Option<CLibrary> + Send + Sync + 'a>,
}

impl Solver for PinnedNpm<'_> {
    fn package_lock(&self, wanted: &Wanted) -> Result<String, SolveError> {
        let (node, npm) = self.installed()?;
        let cache = self.host.make_cache("npm-cli-1").map_err(SolveError::Start)?;
        let scratch = Scratch::new(&self.host.directories.cache, "npm").map_err(SolveError::Start)?;
        let beside = wanted.with.iter().map(|it| (it.package.as_str(), it.requirement.to_npm()));
        let dependencies: BTreeMap<&str, String> =
            beside.chain([(wanted.package, wanted.version.to_owned())]).collect();
        let dependencies = serde_json::json!({ "dependencies": dependencies });
        scratch.write("package.json", dependencies.to_string()).map_err(SolveError::Start)?;
        // It may hold tokens.
        let settings = scratch.write("settings", wanted.settings).map_err(SolveError::Start)?;

        let mut command = Child::new(&node, Place::Scratch(&scratch)).map_err(SolveError::Start)?;
        let bundles = scratch.write("bundles.cjs", BUNDLES).map_err(SolveError::Start)?;
        command.arg("--require").arg(bundles).arg(npm).args(ARGUMENTS);
        let absent = scratch.path().join("absent");
        for (option, path) in [("userconfig", &settings), ("globalconfig", &absent), ("cache", &cache)] {
            command.arg(format!("--{option}")).arg(path);
        }
        if self.http.is_offline() {
            command.arg("--offline");
        }
        if let Some(before) = &wanted.before {
            command.arg(format!("--before={before}"));
        }
        self.give_variables(&mut command);
        let output = command.output().map_err(SolveError::Start)?;
        if !output.status.success() {
            return Err(complaint(&String::from_utf8_lossy(&output.stderr)));
        }
        bounded::read_text(&scratch.path().join("package-lock.json"), most::PACKAGE_LOCK).map_err(SolveError::Start)
    }
}

impl PinnedNpm<'_> {
    /// The paths of node and npm, fetched when they are not in the store.
    fn installed(&self) -> Result<(std::path::PathBuf, std::path::PathBuf), SolveError> {
        let store = Store::new(&self.host.directories.data);
        let pinned = lock::parse("pinned.lock", PINNED).expect("a unit test parses the constant");
        let platform = self.host.platform;
        let mut artifacts: Vec<&Artifact> = Vec::new();
        let mut paths = Vec::new();
        for tool in &pinned.tools {
            let Some(artifact) = tool.artifacts_on(platform).next() else {
                let text = format!("`{}` is not published for {platform}", tool.tool);
                let hint = "lock on another platform; the lock then serves this one too".to_owned();
                return Err(SolveError::NoNpm { text, hint: Some(hint) });
            };
            paths.push(&tool.commands[&tool.tool.as_str().parse().expect("both are commands")]);
            artifacts.push(artifact);
        }
        let _access = store.share();
        self.progress.plan(vec!["npm, which finds out what packages need".to_owned(); artifacts.len()]);
        store.install(&artifacts, &self.sources, self.http, self.progress.as_ref()).map_err(|errors| {
            let text = errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
            SolveError::NoNpm { text, hint: errors.first().and_then(Hint::hint) }
        })?;
        let c_library = self.host.missing_loader().and_then(|_| (self.c_library)());
        let store = store.with_c_library(c_library);
        let mut programs = Vec::new();
        for (artifact, path) in artifacts.into_iter().zip(paths) {
            let object = store.object(artifact);
            store.relink(&object).map_err(SolveError::Start)?;
            programs.push(store.as_used(object).join(path.as_str()));
        }
        let [node, npm] = <[_; 2]>::try_from(programs).expect("the constant holds two tools");
        Ok((node, npm))
    }

    /// The caller's variables, for proxies and for what an npmrc file refers to; without those
    /// that would give npm or node orders.
    fn give_variables(&self, command: &mut Child) {
        command.callers(self.host, |name| {
            let name = name.to_string_lossy();
            name.starts_with("NODE_") || name.to_lowercase().starts_with("npm_")
        });
        // node brings its own certificates; these are what devshell itself goes by.
        if let Some(file) = self.host.variable("NODE_EXTRA_CA_CERTS").or_else(|| self.host.variable("SSL_CERT_FILE"))
            && Path::new(file).is_file()
        {
            command.env("NODE_EXTRA_CA_CERTS", file);
        }
    }
}

/// What npm complains about, without its prefixes and the path of its log.
fn complaint(stderr: &str) -> SolveError {
    let lines = stderr.lines().filter_map(|line| line.strip_prefix("npm error ")).map(str::trim);
    let told: Vec<&str> = lines.filter(|line| !line.is_empty() && !line.contains("complete log")).collect();
    let text = if told.is_empty() { stderr.trim().to_owned() } else { told.join("; ") };
    if text.starts_with("code EALLOW") { SolveError::Foreign(text) } else { SolveError::Npm(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pinned_npm_is_a_lock_of_two_tools() {
        let pinned = lock::parse("pinned.lock", PINNED).unwrap();
        assert_eq!(lock::write(&pinned), PINNED);
        let names: Vec<&str> = pinned.tools.iter().map(|tool| tool.tool.as_str()).collect();
        assert_eq!(names, ["node", "npm"]);
    }

    #[test]
    fn complaints_are_short() {
        let said = "npm error code ETARGET\nnpm error notarget No matching version found for a@9.\nnpm error\nnpm error A complete log of this run can be found in: /x\n";
        assert_eq!(complaint(said).to_string(), "npm says: code ETARGET; notarget No matching version found for a@9.");
        assert_eq!(complaint("node: bad option\n").to_string(), "npm says: node: bad option");
        let said = "npm error code EALLOWGIT\nnpm error Fetching packages of type \"git\" have been disabled\n";
        assert!(matches!(complaint(said), SolveError::Foreign(_)));
    }
}
