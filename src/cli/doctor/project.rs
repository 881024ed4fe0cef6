//! The project: its files, the host's tools, what its tools need to run, and whether the dev shell around us is still
//! what the lock says.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::{Finding, ci, files, launcher, loader, registries, scripts, tools, walls};
use crate::catalog;
use crate::cli::{Context, Environments, tried};
use crate::hint::Hint as _;
use crate::lock::{Form, Lock, LockedTool};
use crate::manifest::{self, Manifest};
use crate::probe;
use crate::project::{Project, ProjectError};
use crate::road::{Locked, Selection};
use crate::store::{self, Store};

/// What is wrong with a project, for a person in it.
pub fn checks(cx: &Context) -> Vec<Finding> {
    let project = match Project::find(&cx.host) {
        Ok(project) => project,
        Err(ProjectError::NotFound(_)) => {
            let mut checks = vec![Finding::skipped("project", "there is none here")];
            checks.extend(loader::of_machine(cx));
            checks.extend(registries::checks(cx, None));
            return checks;
        }
        Err(error) => return vec![unusable(&error)],
    };
    let mut checks = vec![Finding::good("project", project.root.display().to_string())];
    let (finding, manifest) = files::manifest(cx, &project);
    checks.push(finding);
    let Some(manifest) = manifest else { return checks };
    let (finding, lock) = files::lock(cx, &project, &manifest);
    let lock = lock.map(|lock| cx.road().as_used_here(lock, &manifest));
    checks.push(finding);
    checks.extend(nix(&project, &manifest));
    checks.extend(walls::check(&cx.host, &manifest, lock.as_ref()));
    checks.extend(registries::checks(cx, Some((&project, &manifest))));
    checks.extend(host_tools(cx, &project, &manifest));
    checks.extend(lock.iter().map(|lock| interpreters(cx, Locked { project: &project, manifest: &manifest, lock })));
    checks.extend(lock.iter().flat_map(|lock| packages(cx, &manifest, lock)));
    checks.extend(lock.iter().flat_map(|lock| scripts::checks(cx, &manifest, lock)));
    checks.extend(session(cx, &project));
    checks
}

/// What a job with these environments needs to know of a project. No registry is asked.
pub fn checks_of_job(cx: &Context, environments: &Environments) -> Vec<Finding> {
    let project = match Project::find(&cx.host) {
        Ok(project) => project,
        Err(error) => return vec![unusable(&error)],
    };
    let mut checks = vec![Finding::good("project", project.root.display().to_string())];
    checks.push(ci::safe_directory(&cx.host, &project));
    checks.extend(launcher::check(cx, &project));
    let (findings, manifest) = files::manifest_with_places(cx, &project);
    checks.extend(findings);
    let Some(manifest) = manifest else { return checks };
    let (finding, lock) = files::lock(cx, &project, &manifest);
    let lock = lock.map(|lock| cx.road().as_used_here(lock, &manifest));
    checks.push(finding);
    checks.extend(walls::check(&cx.host, &manifest, None));
    checks.extend(host_tools(cx, &project, &manifest));
    if let Some(lock) = &lock {
        checks.push(interpreters(cx, Locked { project: &project, manifest: &manifest, lock }));
        checks.extend(tools::checks(cx, (&project, &manifest, lock), environments));
    }
    checks
}

/// A file of Nix that the manifest does not mention: no fault, but perhaps not meant.
fn nix(project: &Project, manifest: &Manifest) -> Option<Finding> {
    let has_nix = manifest.selections().any(|layer| layer.nix.is_some());
    let file = manifest::nix_shell_file(|file| project.root.join(file).is_file()).filter(|_| !has_nix)?;
    let text = format!("{file} is not used; \"nix\": true in the manifest adds its dev shell to the environment");
    Some(Finding::skipped("nix", text))
}

fn unusable(error: &ProjectError) -> Finding {
    Finding::fault("project", error.to_string(), error.hint())
}

fn host_tools(cx: &Context, project: &Project, manifest: &Manifest) -> Vec<Finding> {
    let is_hosts = |tool: &&manifest::Tool| catalog::is_of_host(&tool.name);
    // A repository can name any command, so doctor starts only what the catalog knows.
    let check = |tool: &manifest::Tool| match probe::check(&cx.host, tool) {
        Ok(found) => {
            let unasked = if tool.requirement.is_any() { "there" } else { "found; its version is not checked here" };
            let version = found.version.as_deref().unwrap_or(unasked);
            Finding::good("host tool", format!("{} {version}", tool.name))
        }
        Err(error) => {
            Finding::fault("host tool", error.to_string(), error.hint()).at(&project.manifest_path, tool.line)
        }
    };
    manifest.all_tools().filter(is_hosts).map(check).collect()
}

/// Whether the installed tools find the loader or the interpreter that they name. NixOS has no loader where
/// executables of other systems expect it, and Alpine has no loader of glibc.
fn interpreters(cx: &Context, locked: Locked) -> Finding {
    if let Some(missing) = cx.host.missing_loader() {
        return loader::check(cx, locked, &missing);
    }
    let (store, lock) = (Store::new(&cx.host.directories.data), locked.lock);
    let missing = store.lacking(&lock.tools, cx.host.platform, None);
    let Some((_, first)) = missing.first() else {
        let good = || Finding::good("loader", "every installed tool finds its own");
        return not_installed(cx, &store, lock).map_or_else(good, |text| Finding::skipped("loader", text));
    };
    let list: Vec<String> = missing.iter().map(|(tool, path)| format!("`{tool}` wants {}", path.display())).collect();
    Finding::fault("loader", format!("not there: {}", list.join(", ")), store::remedy(first))
}

/// What tools may want that are not installed yet, on a machine without the usual loader. Some bring all they need,
/// which their executables say, and the lock does not.
fn not_installed(cx: &Context, store: &Store, lock: &Lock) -> Option<String> {
    let platform = cx.host.platform;
    let loader = platform.loader().map(Path::new).filter(|loader| !loader.exists())?;
    let is_native = |tool: &&LockedTool| matches!(tool.form(), Form::Object(_)) && tool.runtime.is_none();
    let natives = lock.tools.iter().filter(is_native).filter(|tool| !store.has_tool(tool, platform));
    let list: Vec<String> = natives.map(|tool| format!("`{}`", tool.tool)).collect();
    let (path, list, remedy) = (loader.display(), list.join(", "), store::remedy(loader));
    (!list.is_empty()).then(|| format!("no {path}, which {list} may need once installed: {remedy}"))
}

/// The Debian packages of which something is known not to work.
fn packages(cx: &Context, manifest: &Manifest, lock: &Lock) -> Vec<Finding> {
    const CHECK: &str = "Debian package";
    let layers = Selection::each(manifest).filter_map(|selection| selection.layer(manifest).ok());
    let tried = layers.flat_map(|layer| tried::all(cx, &lock.chosen(&layer).collect::<Vec<_>>()).unwrap_or_default());
    let mut lines: BTreeMap<String, bool> = BTreeMap::new();
    for tried in tried {
        lines.extend(tried::line(&tried).map(|line| (line, tried::cannot_start(&tried))));
    }
    let finding = |(line, cannot_start)| {
        if cannot_start {
            Finding::fault(CHECK, line, "`devshell list -v` has all commands; report it".to_owned())
        } else {
            Finding::skipped(CHECK, line)
        }
    };
    lines.into_iter().map(finding).collect()
}

/// The dev shell around us, if it is this project's.
fn session(cx: &Context, project: &Project) -> Option<Finding> {
    const CHECK: &str = "dev shell";
    if cx.host.dev_shell("DEVSHELL_ROOT") != Some(project.root.as_os_str()) {
        return None;
    }
    let store = Store::new(&cx.host.directories.data);
    let key = cx.host.dev_shell("DEVSHELL_KEY")?.to_str()?;
    let again = || "`devshell reload`".to_owned();
    if let Some(gone) = stale_link(cx) {
        let text = format!("{} no longer leads anywhere", gone.display());
        return Some(Finding::fault(CHECK, text, again()));
    }
    let is_older = store.time_of_root(key).is_some_and(|time| time < project.changed);
    Some(if is_older {
        Finding::fault(CHECK, "the manifest or the lock has changed since you entered", again())
    } else {
        Finding::good(CHECK, "up to date")
    })
}

/// A command on the dev shell's PATH that was removed from the host.
fn stale_link(cx: &Context) -> Option<PathBuf> {
    let path = cx.host.variables_here().get(OsStr::new("PATH"))?;
    let ours = std::env::split_paths(path).filter(|entry| entry.starts_with(&cx.host.directories.data));
    let commands = ours.filter_map(|entry| fs_err::read_dir(entry).ok()).flatten().flatten().map(|entry| entry.path());
    let mut gone: Vec<PathBuf> = commands.filter(|path| path.is_symlink() && !path.exists()).collect();
    gone.sort();
    gone.into_iter().next()
}
