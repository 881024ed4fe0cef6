//! What a project adds to an environment that it shares with others: itself. A checkout's own
//! modules, metadata and commands are named in its state directory, and the environment looks
//! there when its interpreter starts.

use std::collections::BTreeMap;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::FileType;

use super::own_package::{OwnPackage, Texts};
use super::site::site_packages;
use crate::digest;
use crate::files::{self, Beneath};
use crate::host::now;

/// What the environment's interpreter runs when it starts: it looks for the project beside the
/// link it was started through, or in the dev shell it runs in.
const MODULE: &str = include_str!("overlay/devshell_project.py");

/// Replaces pip, whose installing would not reach the lock.
const PIP: &str = include_str!("overlay/pip.py");

/// Makes an environment look for the project that uses it, and answer for pip. `directory` is
/// where it will be.
pub(super) fn prepare(staging: &Path, directory: &Path, uv: &Path) -> io::Result<()> {
    // A package may have files of these names, which are shared with uv's cache.
    let packages = Beneath::open(&site_packages(staging)?)?;
    packages.replace(Path::new("_devshell_project.py"), MODULE.as_bytes(), 0o644)?;
    packages.replace(Path::new("_devshell_project.pth"), b"import _devshell_project\n", 0o644)?;
    if packages.kind(Path::new("pip"))? != Some(FileType::Directory) {
        let uv = serde_json::to_string(&uv.to_string_lossy())?;
        packages.replace(Path::new("pip.py"), PIP.replace("\"@UV@\"", &uv).as_bytes(), 0o644)?;
    }
    // A project that locks pip itself wants its other verbs; installing is not for it either.
    let text = "import sys\nimport pip\nsys.exit(pip.main())\n";
    let bin = Beneath::open(&staging.join("bin"))?;
    for name in ["pip", "pip3"].map(Path::new) {
        if !bin.exists(name)? {
            write_command(&bin, name, directory, text)?;
        }
    }
    Ok(())
}

/// Writes a command that an environment's interpreter runs.
fn write_command(directory: &Beneath, inside: &Path, environment: &Path, text: &str) -> io::Result<()> {
    let start = start_of_script(&environment.join("bin/python").to_string_lossy());
    directory.write(inside, format!("{start}{text}").as_bytes(), 0o755)
}

/// Some kernels read no more of a `#!` line.
const LONGEST_START: usize = 127;

/// How a script begins that an interpreter runs: what is too long for a `#!` line, or has a space in it,
/// is written in a way that both `sh` and Python read.
fn start_of_script(interpreter: &str) -> String {
    let plain = format!("#!{interpreter}\n");
    if plain.len() <= LONGEST_START && !interpreter.contains(char::is_whitespace) {
        return plain;
    }
    let quoted = interpreter.replace('\'', "'\"'\"'");
    format!("#!/bin/sh\n'''exec' '{quoted}' \"$0\" \"$@\"\n' '''\n")
}

/// Leads `python` of a project's state directory to the environment of its lock, and `project`
/// to what the checkout itself adds. Returns the directory of the project's own commands, if it
/// has any: one that never changes, so that what is on PATH does not.
pub fn attach(state: &Path, root: &Path, own: &[OwnPackage], environment: &Path) -> io::Result<Option<PathBuf>> {
    files::replace_link(&state.join("python"), environment)?;
    let link = state.join("project");
    let before = fs_err::read_link(&link).ok();
    if own.is_empty() {
        return match fs_err::remove_file(link) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(None),
        };
    }
    let files: Texts = own.iter().flat_map(|package| package.files(root)).collect();
    let commands: Texts = own.iter().flat_map(OwnPackage::commands).collect();
    let links: BTreeMap<PathBuf, PathBuf> = own.iter().flat_map(|package| package.links(root)).collect();
    let parts = [environment, root].into_iter().chain(links.iter().flat_map(|(at, to)| [at.as_path(), to.as_path()]));
    let parts = parts.map(|path| path.as_os_str().as_bytes());
    let parts = parts.chain(files.values().chain(commands.values()).map(String::as_bytes));
    let directory = state.join("projects").join(digest::key(&parts.collect::<Vec<_>>()));
    files::publish(&directory, |staging| {
        for (path, text) in &files {
            staging.lay(Path::new(path), text.as_bytes(), 0o444)?;
        }
        for (at, to) in &links {
            staging.make_directories(at.parent().unwrap_or(at))?;
            staging.symlink(to, at)?;
        }
        let bin = Path::new("bin");
        staging.make_directory(bin)?;
        commands.iter().try_for_each(|(name, text)| write_command(staging, &bin.join(name), environment, text))
    })?;
    files::replace_link(&link, &directory)?;
    if let Some(before) = before.filter(|before| *before != directory) {
        // From now on nothing leads to it any more.
        let _ = files::touch(&before);
    }
    forget_others(&directory)?;
    Ok((!commands.is_empty()).then(|| directory.join("bin")))
}

/// How long, in seconds, what an earlier state of the project had added is kept for shells that have
/// it on their PATH: as long as `gc` keeps what such a shell may use.
const KEPT_FOR: i64 = 30 * 24 * 60 * 60;

/// Removes what earlier states of the project had added, once no shell should have it any more.
fn forget_others(directory: &Path) -> io::Result<()> {
    let oldest = (now() - KEPT_FOR, 0);
    for entry in fs_err::read_dir(directory.parent().unwrap_or(directory))? {
        let path = entry?.path();
        let is_staging = path.file_name().is_some_and(|name| name.as_bytes().starts_with(b"."));
        if path != directory && !is_staging && files::time_of(&path).is_some_and(|time| time < oldest) {
            files::remove_tree(&path)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn scripts_start_however_long_the_path_is() {
        assert_eq!(start_of_script("/store/bin/python"), "#!/store/bin/python\n");
        let place = tempfile::tempdir().unwrap();
        for name in ["a b", "it's one", &"long".repeat(40)] {
            let environment = place.path().join(name);
            fs_err::create_dir_all(environment.join("bin")).unwrap();
            // In the interpreter's place, what shows how it was started.
            fs_err::os::unix::fs::symlink("/bin/echo", environment.join("bin/python")).unwrap();
            let bin = Beneath::open(&environment.join("bin")).unwrap();
            write_command(&bin, Path::new("pip"), &environment, "text\n").unwrap();
            let script = environment.join("bin/pip");
            let output = Command::new("/bin/sh").arg(&script).arg("list").output().unwrap();
            assert_eq!(String::from_utf8(output.stdout).unwrap(), format!("{} list\n", script.display()), "{name}");
        }
    }
}
