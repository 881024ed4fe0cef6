//! The road from a project to an environment that is ready to be entered: the short way when it
//! is known, else manifest, lock, store, composer.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Context;
use super::failure::{Failure, code};
use super::locking::{self, Stale};
use super::npmrc::OfProject;
use super::personal::{self, Obtained, Own, Place, Wished};
use crate::catalog;
use crate::env::{self, Applied, Definition, FileVariable, Inputs, Pinned, PythonPaths, Secrets, Variables};
use crate::files::{Time, most};
use crate::hint::Hint as _;
use crate::host::{self, Host};
use crate::lock::{Artifact, Lock};
use crate::manifest::config::Taste;
use crate::manifest::{self, Isolation, Layer, Manifest, Problem, Problems};
use crate::name::{CommandName, VarName, project_name_of};
use crate::project::{Content, Known, PYPROJECT, Project};
use crate::python::{self, Built, Uv};
use crate::registry::ProjectNpmrc;
use crate::solver::PinnedNpm;
use crate::source::Sources;
use crate::store::{LayoutError, Link, Store};
use crate::warm::{self, Ready, Selection, Stamp};
use crate::{digest, version};

/// The environment that was asked for.
pub fn prepare(cx: &Context, project: &mut Project, selection: &Selection, stale: Stale) -> Result<Ready, Failure> {
    cx.check_sudo()?;
    let own_files = personal::of_entry(cx, selection);
    if let Some(ready) = look_up(cx, project, selection, own_files.as_ref(), |_, _| false) {
        return Ok(ready);
    }
    make(cx, project, selection, stale, own_files)
}

/// The environment of a project whose files were read for somebody to consent to: made of these
/// bytes and no others. Nobody types into it, so it is without the user's own settings.
pub fn prepare_exactly(
    cx: &Context,
    project: &mut Project,
    manifest: &Manifest,
    selection: &Selection,
) -> Result<Ready, Failure> {
    match exactly_at_hand(cx, project, manifest, selection)? {
        Some(ready) => Ok(ready),
        None => make(cx, project, selection, Stale::Refuse, None),
    }
}

/// The same, if it is known. What the files say tells, and not when they were changed.
pub fn exactly_at_hand(
    cx: &Context,
    project: &Project,
    manifest: &Manifest,
    selection: &Selection,
) -> Result<Option<Ready>, Failure> {
    let (own, overlays) = (project.root.join(PYPROJECT), state_directory(&cx.host, project).join("projects"));
    // An interpreter finds the project by PATH, if that has commands of it, else by a link that may have moved.
    let is_on_path = |ready: &Ready| ready.directories.iter().any(|directory| directory.starts_with(&overlays));
    let was_read = |path: &Path| !matches!(project.known(path), Known::Nothing);
    let is_vouched_for = |ready: &Ready, path: &Path| was_read(path) && (path != own || is_on_path(ready));
    let ready = look_up(cx, project, selection, None, is_vouched_for);
    let made_of = made_of(cx, project, manifest)?;
    let is_made_of_it = |ready: &Ready| ready.made_of == made_of;
    if ready.as_ref().is_some_and(|ready| !is_made_of_it(ready)) {
        log::info!("it is composed even so: it was made of other files");
    }
    Ok(ready.filter(is_made_of_it))
}

/// A hash of the project's files that an environment is made of.
fn made_of(cx: &Context, project: &Project, manifest: &Manifest) -> Result<String, Failure> {
    let failure = |error| Failure::new(code::MANIFEST, &error);
    let lock = project.lock_text().map_err(failure)?.unwrap_or_default();
    let own = own_package(cx, project)?;
    let own = own.as_ref().map(|content| content.bytes.as_slice()).unwrap_or_default();
    // Which directories there are counts as well.
    let text = std::str::from_utf8(own).ok();
    let deciding = text.and_then(|own| manifest::deciding(own, |path| project.has_directory(path)));
    let deciding = deciding.map(|deciding| deciding.to_string()).unwrap_or_default();
    let texts = manifest.python.iter().flat_map(|python| &python.texts);
    let texts = texts.flat_map(|(name, text)| [name.as_bytes(), text.as_bytes()]);
    let parts = [project.manifest_text.as_bytes(), lock.as_bytes(), own, deciding.as_bytes()].into_iter().chain(texts);
    Ok(digest::key(&parts.collect::<Vec<_>>()))
}

/// What says which package the project itself is.
fn own_package(cx: &Context, project: &Project) -> Result<Option<Arc<Content>>, Failure> {
    let content = project.content(&cx.host, PYPROJECT, most::REQUIREMENTS);
    content.map_err(|error| Failure::new(code::MANIFEST, &error))
}

/// Makes the environment from manifest, lock and store, and keeps it.
fn make(
    cx: &Context,
    project: &mut Project,
    selection: &Selection,
    stale: Stale,
    own_files: Option<Project>,
) -> Result<Ready, Failure> {
    host::survive_large_files();
    cx.check_own()?;
    let store = Store::new(&cx.host.directories.data);
    let manifest = read_manifest(cx, project)?;
    let layer = select(&manifest, &selection.environments)?;
    let sources = sources(cx, project, &manifest);
    let lock = locking::current(cx, project, &manifest, &sources, stale)?;
    let mut wished = own_files.and_then(|files| Wished::of(cx, files, &project.root));
    // Nothing of what is found, fetched and made from here on is swept away before the root that
    // names it is there.
    let _access = store.share();
    let installed = install(cx, project, &sources, &manifest, &lock, &layer)?;
    let mut obtained = wished.as_mut().map(|wished| wished.install(cx)).unwrap_or_default();
    let own_objects = std::mem::take(&mut obtained.objects);
    // A lock may have been written just now, and the key is over its bytes.
    let key = warm::key(&cx.host, project, selection, wished.as_ref().map(Wished::key));
    let parts = Parts { manifest: &manifest, layer: &layer, lock: &lock, python: &installed.python };
    let ready = compose(cx, project, &parts, wished.map(|wished| (wished, obtained)), selection, &key)?;
    let objects = installed.needed.iter().map(|artifact| store.object(artifact)).chain(own_objects);
    store.keep_root(&key, &project.root, &ready.directories.iter().cloned().chain(objects).collect::<Vec<_>>());
    warm::keep(&cx.host, &key, &ready);
    store.hold_root(&key);
    Ok(ready)
}

fn look_up(
    cx: &Context,
    project: &Project,
    selection: &Selection,
    own_files: Option<&Project>,
    is_vouched_for: impl Fn(&Ready, &Path) -> bool,
) -> Option<Ready> {
    let store = Store::new(&cx.host.directories.data);
    let own_key = own_files.map(|files| warm::Personal { files, has_tools: true });
    let key = warm::key(&cx.host, project, selection, own_key);
    // An interactive shell tells by the root's time whether the project's files have changed.
    let since = if selection.interactive { project.changed } else { Time::default() };
    let found = warm::look_up(&cx.host, &store, &key, since, is_vouched_for);
    let ready = found.inspect_err(|miss| log::info!("environment {key} is composed: {miss}")).ok()?;
    log::debug!("environment {key}: from the cache");
    store.hold_root(&key);
    Some(ready)
}

/// Parses the manifest, and checks that this devshell is one it was written for and that every
/// tool has a meaning. What a newer devshell understands is no mistake of this file's, so the
/// version comes first.
pub fn read_manifest(cx: &Context, project: &Project) -> Result<Manifest, Failure> {
    let parsed = parse(project, &project.manifest_text).map_err(Box::new);
    let wanted = match &parsed {
        Ok(manifest) => manifest.devshell.clone(),
        Err(_) => manifest::wanted_devshell(&project.manifest_text),
    };
    let own = env!("CARGO_PKG_VERSION");
    if let Some(wanted) = wanted.filter(|wanted| !wanted.accepts(own, version::Scheme::Semver)) {
        let text = format!("the manifest wants devshell `{wanted}`, and this is {own}");
        return Err(Failure::said(code::MANIFEST, text, "update devshell".to_owned()));
    }
    let manifest = parsed?;
    check_tools(project, &manifest)?;
    with_requirements(cx, project, manifest)
}

/// Checks that every tool has a meaning.
pub fn check_tools(project: &Project, manifest: &Manifest) -> Result<(), Failure> {
    let unknown = manifest.all_tools().filter_map(|tool| Some((tool, catalog::find(&tool.name).err()?)));
    // To look for the tool that was meant takes time, which only those that are shown are worth.
    let told = unknown.enumerate().map(|(index, (tool, error))| {
        let hint = if index < manifest::MOST_SHOWN { error.hint() } else { None };
        Problem::new(tool.range.clone(), error.to_string(), hint)
    });
    let list: Vec<Problem> = told.collect();
    if !list.is_empty() {
        let problems = Problems::new(&project.manifest_name(), &project.manifest_text, list);
        return Err(Box::new(problems).into());
    }
    Ok(())
}

/// Parses a text that is to become the project's manifest.
pub fn parse_edited(cx: &Context, project: &Project, text: &str) -> Result<Manifest, Failure> {
    let manifest = parse(project, text).map_err(Box::new)?;
    with_requirements(cx, project, manifest)
}

/// Parses a manifest, or the user's own settings, which wish for tools in the same way.
fn parse(project: &Project, text: &str) -> Result<Manifest, Problems> {
    if project.is_personal {
        return manifest::config::parse(&project.manifest_name(), text).map(|config| config.manifest);
    }
    manifest::parse(&project.manifest_name(), text)
}

/// The manifest, with the texts of the files of requirements that it names.
fn with_requirements(cx: &Context, project: &Project, mut manifest: Manifest) -> Result<Manifest, Failure> {
    let Some(python) = &mut manifest.python else { return Ok(manifest) };
    let mut list = Vec::new();
    for file in &python.requirements {
        let read = project.read_requirements(&cx.host, &file.path, &mut python.texts);
        if let Err(error) = read {
            list.push(Problem::new(file.range.clone(), error.to_string(), error.hint()));
        }
    }
    if list.is_empty() {
        return Ok(manifest);
    }
    let problems = Problems::new(&project.manifest_name(), &project.manifest_text, list);
    Err(Box::new(problems).into())
}

/// The layer of the chosen environments.
pub fn select(manifest: &Manifest, environments: &[String]) -> Result<Layer, Failure> {
    manifest.select(environments).map_err(|error| Failure::new(code::USAGE, &error))
}

/// The sources of a project's tools.
pub fn sources<'a>(cx: &'a Context, project: &Project, manifest: &Manifest) -> Sources<'a> {
    let npmrc = Arc::new(OfProject::new(cx, project));
    let sources = || {
        let npmrc: Arc<dyn ProjectNpmrc + 'a> = npmrc.clone();
        Sources::new(&cx.host, &cx.http, &project.root, manifest, npmrc)
    };
    let (host, http) = (&cx.host, &cx.http);
    sources()
        .with_solver(Box::new(PinnedNpm { host, http, sources: sources(), progress: cx.ui.progress() }))
        .with_resolver(Box::new(uv(cx)))
}

/// The uv of this run.
pub fn uv(cx: &Context) -> Uv<'_> {
    Uv::new(&cx.host, &cx.http, cx.ui.progress())
}

/// What a layer needs, all of which is in the store now.
pub struct Installed<'l> {
    pub needed: Vec<&'l Artifact>,
    /// How many of these were fetched.
    pub fetched: usize,
    pub python: Built,
}

/// Puts what a layer needs into the store, of which the caller has a shared turn.
pub fn install<'l>(
    cx: &Context,
    project: &Project,
    sources: &Sources,
    manifest: &Manifest,
    lock: &'l Lock,
    layer: &'l Layer,
) -> Result<Installed<'l>, Failure> {
    let store = Store::new(&cx.host.directories.data);
    let chosen = lock.choose(layer).map_err(|error| Failure::new(code::TOOL, &error))?;
    let mut needed = Store::needed(&chosen, cx.host.platform).map_err(|error| Failure::new(code::TOOL, &error))?;
    let interpreter = lock.interpreter().into_iter().flat_map(|tool| tool.artifacts_on(cx.host.platform));
    needed.extend(interpreter.filter(|artifact| !needed.contains(artifact)).collect::<Vec<_>>());
    let (there, missing): (Vec<_>, Vec<_>) = needed.iter().copied().partition(|artifact| store.has(artifact));
    for artifact in there {
        store.refresh(artifact);
    }
    if !missing.is_empty() {
        let progress = cx.ui.progress();
        store
            .install(&missing, sources, &cx.http, progress.as_ref())
            .map_err(|errors| Failure::several(code::TOOL, &errors))?;
    }
    store.build(&chosen, cx.host.platform).map_err(|error| Failure::new(code::TOOL, &error))?;
    let python = uv(cx).environments(lock, &chosen, manifest.python.is_some(), sources);
    let mut python = python.map_err(|error| Failure::new(code::TOOL, &error))?;
    if let Some((directory, _)) = &python.project {
        let state = make_state_directory(&cx.host, project)?;
        let own = own_package(cx, project)?;
        let path = project.root.join(PYPROJECT);
        let own = own.as_ref().map(|content| content.text(&path)).transpose();
        let own = own.map_err(|error| Failure::new(code::MANIFEST, &error))?;
        python.commands = python::attach(&state, &project.root, own, |name| project.has_directory(name), directory)?;
    }
    Ok(Installed { fetched: missing.len() + python.made, needed, python })
}

/// What an environment is composed of.
struct Parts<'a> {
    manifest: &'a Manifest,
    layer: &'a Layer,
    lock: &'a Lock,
    python: &'a Built,
}

fn compose(
    cx: &Context,
    project: &Project,
    parts: &Parts,
    wished: Option<(Wished, Obtained)>,
    selection: &Selection,
    key: &str,
) -> Result<Ready, Failure> {
    let Parts { manifest, layer, lock, python } = *parts;
    let host = &cx.host;
    let store = Store::new(&host.directories.data);
    let isolation = selection.isolation.unwrap_or(manifest.isolation);
    let name = manifest.name.clone().unwrap_or_else(|| project_name_of(&project.root));
    let chosen = lock.choose(layer).map_err(|error| Failure::new(code::TOOL, &error))?;
    let laid_out = store.lay_out(host, &chosen, &python.tools).map_err(|error| Failure::new(code::TOOL, &error))?;
    let directory_of = |links: BTreeMap<CommandName, Link>| {
        store.link_directory(&links).map_err(|error| Failure::new(code::TOOL, &LayoutError::Links(error)))
    };
    let own = directory_of(BTreeMap::from([(known("devshell"), Link::To(host.executable.clone()))]))?;
    let base_utilities = directory_of(host_links(host, env::policy::commands(env::policy::BASE_UTILITIES)))?;
    let state = make_state_directory(host, project)?;
    let project_python = python.project.as_ref().map(|(directory, version)| PythonPaths {
        directory: directory.clone(),
        version: version.clone(),
        commands: python.commands.clone(),
        variables: python.variables.clone(),
        unset: catalog::unset("python"),
    });
    let own_settings = match wished {
        None => Own::default(),
        Some((wished, obtained)) => {
            let commands = project_python.as_ref().map(|python| (python, commands_of(python)));
            let pinned = Pinned::of(&laid_out.tools, commands, layer);
            wished.beside(cx, obtained, &pinned, &Place { root: &project.root, state: &state, name: &name })?
        }
    };
    let Own { personal, taste, .. } = own_settings;
    let session_commands = selection.interactive.then(|| host_links(host, session_words(&taste)));
    let session_commands = session_commands.map(directory_of).transpose()?;

    let mut stamps: Vec<PathBuf> = laid_out.host_files;
    stamps.extend(python.host_files.iter().cloned());
    let requirements = manifest.python.iter().flat_map(|python| python.texts.keys());
    stamps.extend(requirements.map(|file| project.root.join(file)));
    if manifest.python.is_some() {
        // An environment of before is entered again only as long as the state leads to its Python.
        stamps.extend([project.root.join(PYPROJECT), state.join("python/pyvenv.cfg")]);
    }
    stamps.extend(host.path_directories());
    stamps.extend(own_settings.stamps);
    let mut directories: Vec<PathBuf> = laid_out.tools.iter().map(|tool| tool.directory.clone()).collect();
    directories.extend(laid_out.contents);
    directories.extend(python.contents.iter().cloned());
    directories.extend(own_settings.directories);
    // Where the project's own commands are is below its state.
    let kept = python.commands.clone().unwrap_or_else(|| state.clone());
    directories.extend([own.clone(), base_utilities.clone(), kept]);
    directories.extend(laid_out.companions.clone().into_iter().chain(session_commands.clone()));
    for directory in &directories {
        host.check(directory).map_err(|error| Failure::new(code::BEFORE_START, &error))?;
    }
    let commands = laid_out.tools.iter().flat_map(|tool| &tool.commands).map(ToString::to_string).collect();
    let inputs = Inputs {
        layer,
        isolation,
        under_ci: host.is_under_ci(),
        name: &name,
        root: project.root.clone(),
        state,
        key,
        tools: laid_out.tools,
        companions: laid_out.companions,
        python: project_python,
        own,
        base_utilities,
        session_commands,
        personal,
        host_path: host.path().to_owned(),
    };
    let environment = env::compose(&inputs).map_err(|clash| Failure::new(code::MANIFEST, &clash))?;
    Ok(Ready {
        environment,
        marker: taste.marker(&name),
        aliases: taste.aliases.into_iter().collect(),
        name,
        scripts: layer.scripts.clone().into_iter().collect(),
        enter_hook: manifest.hooks.enter.clone(),
        env_files: layer.env_files.iter().map(|file| project.root.join(file)).collect(),
        commands,
        directories,
        stamps: stamps.into_iter().map(|path| (path.clone(), stamp(project, &path))).collect(),
        made_of: made_of(cx, project, manifest)?,
    })
}

/// A stamp of what was read, where that was.
fn stamp(project: &Project, path: &Path) -> Option<Stamp> {
    match project.known(path) {
        Known::Content(content) => Some(Stamp::of_opened(&content.metadata)),
        Known::Absent => None,
        Known::Nothing => Stamp::of(path),
    }
}

fn known(command: &str) -> CommandName {
    command.parse().expect("it is a command name")
}

/// Links to those of the commands that the host has. They lead to where the host's PATH finds
/// them, unresolved, so that the host's own links and alternatives go on working.
fn host_links<'c>(host: &Host, commands: impl Iterator<Item = &'c str>) -> BTreeMap<CommandName, Link> {
    let directories: Vec<PathBuf> = host.path_directories().collect();
    let find = |command: &str| directories.iter().map(|directory| directory.join(command)).find(|path| path.is_file());
    commands.filter_map(|command| Some((known(command), Link::To(find(command)?)))).collect()
}

/// The commands that people want while they type: those of the list, as one of them changed it.
fn session_words(taste: &Taste) -> impl Iterator<Item = &str> {
    let wishes = || taste.session.iter().map(|(name, wanted)| (name.as_str(), *wanted));
    let added = wishes().filter(|(_, wanted)| *wanted).map(|(name, _)| name);
    env::policy::commands(env::policy::SESSION_COMMANDS)
        .filter(move |word| wishes().all(|(name, _)| name != *word))
        .chain(added)
}

/// What the project's Python puts on PATH.
fn commands_of(python: &PythonPaths) -> Vec<String> {
    let directories = python.commands.iter().cloned().chain([python.directory.join("bin")]);
    let entries = directories.filter_map(|directory| fs_err::read_dir(directory).ok()).flatten().flatten();
    entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

/// The project's own directory for sockets, databases and the like. The name is short, since a
/// socket's path must fit in 107 bytes.
pub fn state_directory(host: &Host, project: &Project) -> PathBuf {
    host.directories.state.join(state_key(project))
}

/// The same, made if it is missing. In a home that belongs to another user it cannot be made, and
/// what that user has made ready can be run all the same.
pub fn make_state_directory(host: &Host, project: &Project) -> std::io::Result<PathBuf> {
    match host.make_state(&state_key(project)) {
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied && host.is_guest() => {
            Ok(state_directory(host, project))
        }
        made => made,
    }
}

fn state_key(project: &Project) -> String {
    use std::os::unix::ffi::OsStrExt as _;
    digest::key(&[project.root.as_os_str().as_bytes()])[..12].to_owned()
}

/// The variables of an environment for this caller, with what the env files say now.
pub fn apply(cx: &Context, project: &Project, ready: &Ready) -> Result<Applied, Failure> {
    apply_to(cx, project, ready, &cx.host.variables)
}

/// The same for a caller with other variables.
pub fn apply_to(cx: &Context, project: &Project, ready: &Ready, caller: &Variables) -> Result<Applied, Failure> {
    applied(ready, caller, &env_files(cx, project, ready)?)
}

/// The same for this caller, and which of the variables people are not shown.
pub fn apply_with_secrets(cx: &Context, project: &Project, ready: &Ready) -> Result<(Applied, Secrets), Failure> {
    let files = env_files(cx, project, ready)?;
    Ok((applied(ready, &cx.host.variables, &files)?, Secrets::of(&ready.environment, &files)))
}

fn applied(ready: &Ready, caller: &Variables, files: &[FileVariable]) -> Result<Applied, Failure> {
    ready.environment.apply(caller, files).map_err(|missing| Failure::several(code::MANIFEST, &missing))
}

/// What the env files say, a later one behind an earlier one. One that was read already is not read
/// again. devshell's own variables are none of theirs.
pub fn env_files(cx: &Context, project: &Project, ready: &Ready) -> Result<Vec<FileVariable>, Failure> {
    let mut files = Vec::new();
    for path in &ready.env_files {
        // An env file decides what runs as much as the manifest does.
        let failure = |error| Failure::new(code::MANIFEST, &error);
        let Some(content) = project.content(&cx.host, path, most::ENV_FILE).map_err(failure)? else { continue };
        let variables = env::parse_env_file(content.text(path).map_err(failure)?)
            .map_err(|bad| Failure::said(code::MANIFEST, format!("{}, {bad}", path.display()), None))?;
        let variables = variables.into_iter().filter(|variable| !VarName::is_reserved(variable.name.as_str()));
        files.extend(variables.map(|Definition { name, value, line }| FileVariable {
            name,
            value: value.into(),
            file: path.clone(),
            line,
        }));
    }
    Ok(files)
}

/// Says something to those who stand in the project's dev shell.
pub fn tell_inside(cx: &Context, project: &Project, text: &str) {
    let inside = cx.host.variable("DEVSHELL_ROOT");
    // One's own tools are in every dev shell.
    if inside == Some(project.root.as_os_str()) || (project.is_personal && inside.is_some()) {
        cx.ui.note(text);
    }
}

/// What the options of a verb select.
pub fn selection(environments: &[String], isolation: Option<Isolation>, interactive: bool) -> Selection {
    Selection { environments: environments.to_vec(), isolation, interactive }
}
