//! Directories of commands: what a dev shell puts on PATH. Each is immutable and named by what
//! is in it, so a virtual environment or an editor may point into one.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, ErrorKind};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use super::assignment::quoted;
use super::placed::Placed;
use super::{Assignment, LINKS, Store, entries};
use crate::digest;
use crate::files::own::{PRIVATE, make_directory};
use crate::files::{self, Beneath, bounded, most};
use crate::name::CommandName;

/// What a command of a link directory is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Link {
    /// A link to an executable.
    To(PathBuf),
    /// A program run by another: `exec RUNTIME PROGRAM "$@"`, so that the runtime is the locked
    /// one wherever the command is started from.
    Run { runtime: PathBuf, program: PathBuf },
    /// A program with arguments and variables: `exec PROGRAM ARGUMENT "$@"`.
    Wrap { program: PathBuf, arguments: Vec<String>, variables: Vec<Assignment> },
    /// A program of a prefix that devshell, by this path, starts in its place.
    Placed { launcher: PathBuf, placed: Placed },
}

impl Store {
    /// The directory with these commands, made if it is not there.
    pub fn link_directory(&self, commands: &BTreeMap<CommandName, Link>) -> io::Result<PathBuf> {
        let directory = self.links().join(key_of(commands));
        let directory = match publish(&directory, commands) {
            Err(error) if matches!(error.kind(), ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem) => {
                self.as_guest(commands).map_err(|_| error)?
            }
            published => published.map(|()| directory)?,
        };
        log::debug!("{} commands are linked in {}", commands.len(), directory.display());
        Ok(directory.join("bin"))
    }

    /// The same, in the cache of a user who can only read the store.
    fn as_guest(&self, commands: &BTreeMap<CommandName, Link>) -> io::Result<PathBuf> {
        let cache = self.guest.as_deref().ok_or(ErrorKind::PermissionDenied)?;
        let directory = make_directory(cache, LINKS, PRIVATE)?.join(key_of(commands));
        publish(&directory, commands).map(|()| directory)
    }
}

fn publish(directory: &Path, commands: &BTreeMap<CommandName, Link>) -> io::Result<()> {
    files::publish(directory, |staging| {
        let bin = Path::new("bin");
        staging.make_directory(bin)?;
        commands.iter().try_for_each(|(name, link)| link.make(staging, &bin.join(name.as_str())))
    })
}

/// The key that a link directory should be named by, from what is in it. `None` when that is not
/// what devshell puts there.
pub fn link_key(directory: &Path) -> Option<String> {
    let bin = directory.join("bin");
    let commands = entries(&bin).ok()?.into_iter().map(|path| {
        let name = path.file_name()?.to_str()?.parse().ok()?;
        Some((name, Link::read(&path)?))
    });
    let is_alone = entries(directory).ok()? == [bin.clone()];
    Some(key_of(&commands.collect::<Option<_>>()?)).filter(|_| is_alone)
}

fn key_of(commands: &BTreeMap<CommandName, Link>) -> String {
    let parts: Vec<Vec<u8>> = commands.iter().map(|(name, link)| link.describe(name)).collect();
    digest::key(&parts.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

impl Link {
    /// The program that is started, unless another one runs it.
    pub fn program(&self) -> Option<&Path> {
        match self {
            Self::To(program) | Self::Wrap { program, .. } => Some(program),
            Self::Placed { placed, .. } => Some(&placed.program),
            Self::Run { .. } => None,
        }
    }

    fn describe(&self, name: &CommandName) -> Vec<u8> {
        let mut text = name.as_str().as_bytes().to_vec();
        let (mark, words): (&[u8], Vec<&[u8]>) = match self {
            Self::To(target) => (b"\0to\0", vec![target.as_os_str().as_bytes()]),
            Self::Run { runtime, program } => {
                (b"\0run\0", [runtime, program].map(|path| path.as_os_str().as_bytes()).to_vec())
            }
            // Which of the two a script was made for cannot be seen in it.
            Self::Wrap { program, arguments, variables } if variables.is_empty() => {
                let arguments = arguments.iter().map(String::as_bytes);
                (b"\0run\0", std::iter::once(program.as_os_str().as_bytes()).chain(arguments).collect())
            }
            Self::Wrap { .. } => {
                text.extend_from_slice(b"\0wrap\0");
                text.extend_from_slice(self.script().unwrap_or_default().as_bytes());
                return text;
            }
            Self::Placed { launcher, placed } => {
                text.extend_from_slice(b"\0placed\0");
                text.extend_from_slice(placed.text(launcher).as_bytes());
                return text;
            }
        };
        text.extend_from_slice(mark);
        for word in words {
            text.extend_from_slice(word);
            text.push(0);
        }
        text
    }

    fn make(&self, directory: &Beneath, inside: &Path) -> io::Result<()> {
        match self {
            Self::To(target) => directory.symlink(target, inside),
            Self::Run { .. } | Self::Wrap { .. } => {
                directory.write(inside, self.script().unwrap_or_default().as_bytes(), 0o555)
            }
            Self::Placed { launcher, placed } => directory.write(inside, placed.text(launcher).as_bytes(), 0o555),
        }
    }

    /// What `make` made.
    fn read(place: &Path) -> Option<Self> {
        if let Ok(target) = fs_err::read_link(place) {
            return Some(Self::To(target));
        }
        let text = bounded::read_text(place, most::RECORD).ok()?;
        if let Some((launcher, placed)) = Placed::of(&text) {
            return Some(Self::Placed { launcher, placed });
        }
        let words = shell_words::split(text.strip_prefix("#!/bin/sh\n")?).ok()?;
        let mut words = words.as_slice();
        let mut variables = Vec::new();
        while let Some((assignment, rest)) = Assignment::read(words) {
            variables.push(assignment);
            words = rest;
        }
        let [exec, command @ .., typed] = words else { return None };
        let link = match command {
            [runtime, program] if variables.is_empty() && Path::new(program).is_absolute() => {
                Self::Run { runtime: runtime.into(), program: program.into() }
            }
            [program, arguments @ ..] => {
                Self::Wrap { program: program.into(), arguments: arguments.to_vec(), variables }
            }
            [] => return None,
        };
        (exec == "exec" && typed == "$@" && text == link.script()?).then_some(link)
    }

    /// The text of what is no link: a program that is run by another, or with something.
    fn script(&self) -> Option<String> {
        // What is in the store has a path without white space; all is quoted all the same.
        let path = |path: &Path| quoted(&path.to_string_lossy());
        let mut script = String::from("#!/bin/sh\n");
        let words = match self {
            Self::To(_) | Self::Placed { .. } => return None,
            Self::Run { runtime, program } => vec![path(runtime), path(program)],
            Self::Wrap { program, arguments, variables } => {
                script.extend(variables.iter().map(Assignment::line));
                std::iter::once(path(program)).chain(arguments.iter().map(|word| quoted(word))).collect()
            }
        };
        let _ = writeln!(script, "exec {} \"$@\"", words.join(" "));
        Some(script)
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn the_same_commands_are_the_same_directory() {
        let data = tempfile::tempdir().unwrap();
        let store = Store::new(data.path());
        let commands = |target: &str| BTreeMap::from([("sh".parse().unwrap(), Link::To(target.into()))]);
        let first = store.link_directory(&commands("/bin/sh")).unwrap();
        assert_eq!(first, store.link_directory(&commands("/bin/sh")).unwrap());
        assert_ne!(first, store.link_directory(&commands("/bin/dash")).unwrap());
        assert_eq!(fs_err::read_link(first.join("sh")).unwrap(), Path::new("/bin/sh"));
        assert_eq!(fs_err::read_dir(store.links()).unwrap().count(), 2);
    }

    #[test]
    fn keys_are_those_of_stores_that_are_there() {
        let key = |link: Link| key_of(&BTreeMap::from([("tool".parse().unwrap(), link)]));
        let (program, set) = (PathBuf::from("/store/bin/tool"), Assignment::Set("A".parse().unwrap(), "b c".into()));
        let wrap = |variables| Link::Wrap { program: program.clone(), arguments: vec!["-x".into()], variables };
        let keys = [
            key_of(&BTreeMap::new()),
            key(Link::To(program.clone())),
            key(Link::Run { runtime: "/store/bin/node".into(), program: program.clone() }),
            key(wrap(vec![])),
            key(wrap(vec![set])),
        ];
        let there = [
            "e3b0c44298fc1c149afbf4c8996fb924",
            "a165f8ae87d31f705f0694786c3719e9",
            "001fd16e6fff32a2841e5c01342f40de",
            "f48fc591117c47e3f622bacc47118d1f",
            "1b108dda490bfff9fbba529228b1e849",
        ];
        assert_eq!(keys, there);
    }

    #[test]
    fn a_directory_knows_its_own_name() {
        let data = tempfile::tempdir().unwrap();
        let store = Store::new(data.path());
        let run = Link::Run { runtime: "/o/bin/node".into(), program: "/o/it's $1.js".into() };
        let wrap = |arguments: &[&str], value: Option<&str>| Link::Wrap {
            program: "/bin/sh".into(),
            arguments: arguments.iter().map(|word| (*word).to_owned()).collect(),
            variables: value.map(|value| Assignment::Set("A".parse().unwrap(), value.to_owned())).into_iter().collect(),
        };
        let assignments = || {
            let nasty = "~/it's $(no); ${A:+$A:}\nexport B=1;".to_owned();
            let name = || "A".parse().unwrap();
            let (set, default) = (Assignment::Set(name(), nasty.clone()), Assignment::Default(name(), nasty.clone()));
            vec![
                default,
                Assignment::Append(name(), nasty),
                set.clone(),
                Assignment::Append(name(), String::new()),
                set,
            ]
        };
        let placed = |launcher: &str| {
            let variables = assignments();
            let placed =
                Placed::new("/p".into(), "/p/usr/bin/x".into(), vec!["a\nb".into(), "%s".into()], &variables[..3]);
            Link::Placed { launcher: launcher.into(), placed }
        };
        let links = [
            run,
            Link::To("/bin/b".into()),
            wrap(&[], None),
            wrap(&["/x"], None),
            wrap(&["-u", "$@", "a b\n'\"", ""], None),
            wrap(&["/x"], Some("~/it's $(no)\nexport B=1")),
            placed("/opt/devshell"),
            placed("/opt/a b/it's"),
            Link::Wrap { program: "/x".into(), arguments: vec!["/y".to_owned()], variables: assignments() },
        ];
        let commands: BTreeMap<CommandName, Link> =
            "abcdefghi".chars().map(|name| name.to_string().parse().unwrap()).zip(links).collect();
        let directory = store.link_directory(&commands).unwrap().parent().unwrap().to_owned();
        assert_eq!(link_key(&directory), Some(key_of(&commands)));
        fs_err::set_permissions(directory.join("bin"), std::fs::Permissions::from_mode(0o755)).unwrap();
        fs_err::remove_file(directory.join("bin/b")).unwrap();
        assert_ne!(link_key(&directory), Some(key_of(&commands)));
    }

    #[test]
    fn what_is_wrapped_gets_every_word_as_it_is() {
        let data = tempfile::tempdir().unwrap();
        let script = "printf '<%s>' \"$A\" \"$@\"";
        let words = ["~/it's", "$(no) `no`", "a\nb", ""];
        let wrap = Link::Wrap {
            program: "/bin/sh".into(),
            arguments: ["-c", script, "sh"].iter().chain(&words).map(|word| (*word).to_owned()).collect(),
            variables: vec![Assignment::Set("A".parse().unwrap(), "~/\"x\" $HOME\n'".to_owned())],
        };
        let store = Store::new(data.path());
        let bin = store.link_directory(&BTreeMap::from([("wrapped".parse().unwrap(), wrap)])).unwrap();
        let output = std::process::Command::new(bin.join("wrapped")).arg("typed").output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        assert_eq!(said, "<~/\"x\" $HOME\n'><~/it's><$(no) `no`><a\nb><><typed>");
    }

    #[test]
    fn what_the_caller_has_counts_as_the_assignment_says() {
        let data = tempfile::tempdir().unwrap();
        let variable = |name: &str| name.parse().unwrap();
        let wrap = Link::Wrap {
            program: "/usr/bin/env".into(),
            arguments: Vec::new(),
            variables: vec![
                Assignment::Default(variable("D"), "it's $D".to_owned()),
                Assignment::Append(variable("P"), "/a b:$P".to_owned()),
            ],
        };
        let bin = Store::new(data.path()).link_directory(&BTreeMap::from([("x".parse().unwrap(), wrap)])).unwrap();
        for (given, expected) in [
            (&[][..], ["D=it's $D", "P=/a b:$P"]),
            (&[("D", ""), ("P", "")], ["D=it's $D", "P=/a b:$P"]),
            (&[("D", "own"), ("P", "/own")], ["D=own", "P=/own:/a b:$P"]),
        ] {
            let given = given.iter().copied();
            let output = std::process::Command::new(bin.join("x")).env_clear().envs(given).output().unwrap();
            let said = String::from_utf8(output.stdout).unwrap();
            let mut lines: Vec<&str> =
                said.lines().filter(|line| line.starts_with("D=") || line.starts_with("P=")).collect();
            lines.sort_unstable();
            assert_eq!(lines, expected);
        }
    }
}
