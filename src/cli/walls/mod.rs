//! The wall around a project's commands, at isolation `sandbox` and `hermetic`.

mod network;
mod refused;
mod settings;
mod told;

use std::borrow::Cow;
use std::cell::RefCell;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use network::Reached;
pub use told::tell;

use super::failure::{Failure, code};
use super::grants::Grants;
use super::{Context, own_base};
use crate::dialect::Places;
use crate::env::Variables;
use crate::files::own;
use crate::host::Host;
use crate::manifest::{GPU, WeakerWall};
use crate::project::Project;
use crate::road::Ready;
use crate::sandbox::{self, Absent, Place, Repository};
use crate::session::Walled;

/// What is known about the command that is about to start.
pub struct Start<'a> {
    pub project: &'a Project,
    pub ready: &'a Ready,
    /// Of its environment.
    pub variables: &'a Variables,
    pub directory: &'a Path,
    /// The shell that runs it, if it is one that the user chose.
    pub shell: Option<&'a Path>,
    /// Whether a person types into it.
    pub interactive: bool,
    /// What the command line says.
    pub grants: &'a Grants,
}

/// Whether what is started in this environment has a wall of its own.
pub fn will_be(cx: &Context, ready: &Ready) -> bool {
    ready.walls.is_some() && sandbox::around(Some(&cx.host)).is_none()
}

/// The wall, if the environment has one and this process is not inside of it already.
pub fn of<'a>(cx: &'a Context, start: &Start) -> Result<Option<Walled<'a>>, Failure> {
    let Start { project, ready, variables, directory, shell, interactive, grants } = *start;
    let Some(walls) = &ready.walls else { return without_walls(grants) };
    if let Some(around) = sandbox::around(Some(&cx.host)) {
        return if around == project.root { inside(grants) } else { Err(elsewhere(&around)) };
    }
    let host = &cx.host;
    refused::check_project(&project.root, host.home.as_deref())?;
    let wishes = settings::tightened(cx, grants.besides(&walls.wishes, &host.directory)?)?;
    let Reached { network, gate, is_closed } = network::of(cx, project, &wishes)?;
    let mut own_files = vec![host.directories.data.clone(), host.directories.cache.clone()];
    own_files.extend(ready.nix.as_ref().map(|nix| nix.directory.clone()));
    let variable = |name: &str| variables.get(OsStr::new(name)).map(OsString::as_os_str);
    let base = ready.base.as_ref().map(|directory| own_base::of(cx, directory, &network, variables));
    let mut commands = Cow::Borrowed(&walls.commands);
    if let Some(shell) = shell.filter(|_| base.is_none()) {
        // What rc files call, as by `devshell hook`.
        let called = interactive.then(|| host.find("devshell")).flatten();
        let programs: Vec<PathBuf> = std::iter::once(shell.to_owned()).chain(called).collect();
        commands.to_mut().include(sandbox::needed(&[], &programs, &own_files), host.home.as_deref());
    }
    own_files.push(host.lasting_executable());
    own_files.extend(base.as_ref().and_then(|_| own_base::certificates(cx)));
    let hostname = Host::machine_name();
    let place = Place {
        wishes: &wishes.sandbox,
        project: &project.root,
        repository: Repository::of(&project.root, host.home.as_deref()),
        home: host.home.as_deref(),
        rc_files: rc_files(host),
        base,
        commands: &commands,
        own: own_files,
        state: variable("DEVSHELL_STATE").map_or(Path::new(""), Path::new),
        temporary: variable("TMPDIR").map(Path::new),
        directory,
        network,
        resolver: fs_err::canonicalize("/etc/resolv.conf").ok(),
        hostname: &hostname,
        agent: variable("SSH_AUTH_SOCK").map(Path::new),
        devices: devices(&wishes.sandbox.devices),
        kept: interactive.then(|| kept(host, variables)).flatten(),
        runtime: host.variable("XDG_RUNTIME_DIR").map(Path::new),
        interactive,
    };
    let wall = sandbox::plan(&place);
    refused::check_start(&wall, directory, &project.root)?;
    let weaker = wishes.sandbox.or.map(|WeakerWall::Landlock| told::weaker(cx));
    let absent = sandbox::protects(&place).then(|| Absent::of(&wall, &place));
    let afterwards = absent.map(|absent| told::planted(cx, absent));
    Ok(Some(Walled { wall, gate, is_closed, weaker, report: RefCell::default(), goes_on: None, afterwards }))
}

/// Without walls, nothing is limited.
fn without_walls<'a>(grants: &Grants) -> Result<Option<Walled<'a>>, Failure> {
    let Some(option) = grants.any() else { return Ok(None) };
    let text = format!("`{option}` works only in a sandbox");
    Err(Failure::said(code::USAGE, text, "add `--isolation sandbox`".to_owned()))
}

/// The walls that there are stay as they are.
fn inside<'a>(grants: &Grants) -> Result<Option<Walled<'a>>, Failure> {
    let Some(option) = grants.any() else { return Ok(None) };
    let text = format!("`{option}` changes nothing here: this process is in the project's sandbox already");
    Err(Failure::said(code::USAGE, text, "leave the sandbox first, or take the option out".to_owned()))
}

/// The devices, those for graphics by the names that the kernel's drivers give them.
fn devices(wished: &[String]) -> Vec<PathBuf> {
    let is_for_graphics = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("nvidia") || ["dri", "kfd", "dxg"].contains(&&*name)
    };
    let mut devices: Vec<PathBuf> = wished.iter().filter(|wish| *wish != GPU).map(PathBuf::from).collect();
    if wished.iter().any(|wish| wish == GPU) {
        let all = fs_err::read_dir("/dev").into_iter().flatten().flatten().map(|entry| entry.path());
        devices.extend(all.filter(is_for_graphics));
    }
    devices
}

/// Where a person's history of this project is kept: that of the home directory knows what is typed elsewhere, and would be
/// what is typed elsewhere next.
pub fn history(variables: &Variables) -> Option<PathBuf> {
    Some(Path::new(variables.get(OsStr::new("DEVSHELL_STATE"))?).join("history"))
}

/// The same for fish, which has a directory for it.
fn kept(host: &Host, variables: &Variables) -> Option<(PathBuf, PathBuf)> {
    let data = host.variable("XDG_DATA_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let data = data.or_else(|| Some(host.home.as_ref()?.join(".local/share")))?;
    let history = history(variables)?;
    own::make_directory(history.parent()?, "history/fish", own::PRIVATE).ok()?;
    Some((history.join("fish"), data.join("fish")))
}

fn rc_files(host: &Host) -> Vec<PathBuf> {
    let Some((home, own)) = host.home.as_deref().zip(host.config_directory()) else { return Vec::new() };
    let zdotdir = host.variable("ZDOTDIR").map(Path::new);
    sandbox::rc_files(&Places { home, config: own.parent().unwrap_or(home), zdotdir })
}

fn elsewhere(around: &Path) -> Failure {
    let text = format!("this process is in the sandbox of `{}`", around.display());
    Failure::said(code::BEFORE_START, text, "start it outside of that sandbox".to_owned())
}
