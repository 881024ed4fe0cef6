//! Sorts uses, in the order in which they began: a program is known before the files that it reads.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use devshell_wall::{Action, Trace, Use};

use super::place::{is_for_development, is_library, is_of_the_system, named};
use super::{Around, Files, Kind, Leaks, Line, Packages, provider};

/// Where a sandbox has the system's files once more.
const HOST: &str = "/.host";

/// The files of which the packages have to be known: none, if only programs that the dev shell has were run.
pub fn candidates(trace: &Trace, around: &Around) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    let mut is_asked = false;
    for OfHost { used, path } in trace.uses.iter().filter_map(|used| of_host(used, around)) {
        let link = named(&used.path, &path);
        let is_program = used.action == Action::Run;
        if is_program || is_for_development(&link) || is_for_development(&path) {
            is_asked |= !(is_program && around.provided.contains(&path));
            found.extend([link, path]);
        }
    }
    if is_asked { found } else { BTreeSet::new() }
}

/// What was used of the host, and the manifest does not name.
pub fn sort(trace: &Trace, around: &Around) -> Leaks {
    let mut sorter = Sorter {
        around,
        leaks: Leaks::default(),
        known: BTreeMap::new(),
        found: BTreeSet::new(),
        development: BTreeMap::new(),
    };
    for used in &trace.uses {
        if used.action == Action::Run {
            sorter.program(used);
        } else {
            sorter.file(used);
        }
    }
    sorter.finish()
}

struct Sorter<'a> {
    around: &'a Around<'a>,
    leaks: Leaks,
    /// The programs of the host, and what each is a part of.
    known: BTreeMap<PathBuf, Part>,
    /// The names of all commands that could be started.
    found: BTreeSet<String>,
    /// Files to compile and link with, by their packages.
    development: BTreeMap<String, Files>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    /// What the dev shell has.
    DevShell,
    /// A line, by its number.
    Line(usize),
}

/// A file of the host.
struct OfHost<'u> {
    used: &'u Use,
    path: PathBuf,
}

fn of_host<'u>(used: &'u Use, around: &Around) -> Option<OfHost<'u>> {
    let path = outside(used.real.as_deref()?);
    let is_below = |directories: &[PathBuf]| directories.iter().any(|directory| path.starts_with(directory));
    let is_home = around.home.is_some_and(|home| path.starts_with(home));
    // A build makes programs in temporary directories too.
    let is_passing = !is_home && is_below(around.passing) && !is_command(&path, around.host_path);
    let is_ours = is_below(around.own) || is_passing || !(around.is_of_host)(used, &path);
    (!is_ours).then_some(OfHost { used, path })
}

/// The path on the host of one in a sandbox.
fn outside(path: &Path) -> PathBuf {
    path.strip_prefix(HOST).map_or_else(|_| path.to_owned(), |below| Path::new("/").join(below))
}

fn is_command(path: &Path, directories: &[PathBuf]) -> bool {
    path.parent().is_some_and(|parent| directories.iter().any(|directory| directory == parent))
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

impl Sorter<'_> {
    fn program(&mut self, used: &Use) {
        let command = name(&used.path);
        if used.real.is_none() {
            self.look_for(used, command);
            return;
        }
        self.found.insert(command.clone());
        let Some(OfHost { path, .. }) = of_host(used, self.around) else { return };
        if self.around.provided.contains(&path) {
            self.known.insert(path.clone(), Part::DevShell);
            self.leaks.provided.insert(path);
            return;
        }
        let directories = self.around.host_path;
        let is_command = is_command(&used.path, directories) || is_command(&path, directories);
        let by = outside(&used.by);
        let is_part = used.interprets || (!is_command && self.is_part(&by, &path));
        let whole = self.known.get(&by).copied().filter(|_| is_part);
        let part = whole.unwrap_or_else(|| self.part(used, &path, &command));
        if let Part::Line(number) = part {
            add(&mut self.leaks.lines[number].programs, used, &path);
        }
        self.known.insert(path, part);
    }

    /// Whether a program that is no command belongs to the one that started it, as `cc1` does to `gcc`.
    fn is_part(&self, by: &Path, path: &Path) -> bool {
        let packages = self.around.packages;
        match (packages.owner(by), packages.owner(path)) {
            (Some(whole), Some(part)) => packages.brings(whole, part),
            _ => path.components().any(|part| ["lib", "lib64", "libexec"].iter().any(|name| part.as_os_str() == *name)),
        }
    }

    fn part(&mut self, used: &Use, path: &Path, command: &str) -> Part {
        if self.around.commands.contains(command) {
            add(&mut self.leaks.bypassed, used, path);
            return Part::DevShell;
        }
        let companion = provider::of_command(command).is_empty().then(|| {
            let brings = |line: &Line| line.tools.iter().any(|tool| provider::brings(tool, command));
            self.leaks.lines.iter().position(brings)
        });
        let line = || provider::of_program(self.around, &used.path, path);
        Part::Line(companion.flatten().unwrap_or_else(|| self.line(line())))
    }

    /// The number of the line that is for the same tool.
    fn line(&mut self, like: Line) -> usize {
        let lines = &mut self.leaks.lines;
        lines.iter().position(|line| line.tools.first() == like.tools.first()).unwrap_or_else(|| {
            lines.push(like);
            lines.len() - 1
        })
    }

    /// A command that is not there, if it was looked for on PATH, from its beginning.
    fn look_for(&mut self, used: &Use, command: String) {
        let first = self.around.path.first().map(PathBuf::as_path);
        if first.is_some() && used.path.parent() == first {
            let tools = provider::of_command(&command);
            self.leaks.absent.insert(command, tools);
        }
    }

    fn file(&mut self, used: &Use) {
        let Some(OfHost { path, .. }) = of_host(used, self.around) else { return };
        if let Some(list) = self.list(used, &path) {
            add(list, used, &path);
        }
    }

    /// Where a file that was read or written belongs, unless it says nothing about the project.
    fn list(&mut self, used: &Use, path: &Path) -> Option<&mut Files> {
        let home = self.around.home;
        let is_home = home.is_some_and(|home| path.starts_with(home));
        if used.action == Action::Write {
            return Some(self.of_kind(if is_home { Kind::Home } else { Kind::Written }));
        }
        let by = outside(&used.by);
        let part = self.known.get(&by).copied();
        if let Some(Part::Line(number)) = part.filter(|_| is_in_prefix(&by, path, home)) {
            return Some(&mut self.leaks.lines[number].files);
        }
        if is_home {
            return Some(self.of_kind(Kind::Home));
        }
        let link = named(&used.path, path);
        if is_for_development(&link) || is_for_development(path) {
            return Some(self.for_development(&link, path));
        }
        if is_of_the_system(path) || is_of_the_system(&used.path) {
            return None;
        }
        match part {
            Some(Part::DevShell) => None,
            Some(Part::Line(number)) => Some(&mut self.leaks.lines[number].files),
            None if is_library(path) => Some(self.of_kind(Kind::Libraries)),
            None if path.starts_with("/etc") => Some(self.of_kind(Kind::Configuration)),
            None => Some(self.of_kind(Kind::Data)),
        }
    }

    fn for_development(&mut self, link: &Path, path: &Path) -> &mut Files {
        let packages = self.around.packages;
        match packages.owner(link).or_else(|| packages.owner(path)) {
            Some(package) => self.development.entry(package.to_owned()).or_default(),
            None => self.of_kind(Kind::Development),
        }
    }

    fn of_kind(&mut self, kind: Kind) -> &mut Files {
        self.leaks.files.entry(kind).or_default()
    }

    fn finish(self) -> Leaks {
        let Self { around: Around { packages, .. }, mut leaks, found, development, .. } = self;
        leaks.absent.retain(|name, _| !found.contains(name));
        let of_tools: BTreeSet<&str> = leaks.provided.iter().filter_map(|program| packages.owner(program)).collect();
        let of_lines: Vec<BTreeSet<String>> = leaks.lines.iter().map(|line| packages_of(line, packages)).collect();
        for (package, files) in development {
            // What a package needs comes with it.
            if of_tools.iter().any(|tool| packages.brings(tool, &package)) {
                continue;
            }
            let brings = |of_line: &BTreeSet<String>| of_line.iter().any(|one| packages.brings(one, &package));
            match of_lines.iter().position(brings) {
                Some(number) => leaks.lines[number].files.extend(files),
                None => {
                    let tools = provider::of_package(&package).into_iter().collect();
                    leaks.lines.push(Line { tools, files, ..Line::default() });
                }
            }
        }
        leaks
    }
}

/// The packages that a line is about.
fn packages_of(line: &Line, packages: &Packages) -> BTreeSet<String> {
    let owners = line.programs.keys().filter_map(|path| packages.owner(path));
    let tools = line.tools.iter().filter_map(|tool| tool.strip_prefix("deb:"));
    owners.chain(tools).map(str::to_owned).collect()
}

/// Whether a file is in the directory that a program was installed into as a whole, such as `~/.pyenv/versions/3.12`.
fn is_in_prefix(program: &Path, path: &Path, home: Option<&Path>) -> bool {
    let prefix = program.parent().and_then(Path::parent);
    let is_own = |prefix: &&Path| *prefix != Path::new("/") && *prefix != Path::new("/usr") && Some(*prefix) != home;
    prefix.filter(is_own).is_some_and(|prefix| path.starts_with(prefix))
}

fn add(files: &mut Files, used: &Use, path: &Path) {
    let usage = files.entry(path.to_owned()).or_default();
    if usage.name.is_empty() {
        usage.name = name(&used.path);
    }
    usage.actions.insert(used.action);
    usage.by.insert(outside(&used.by));
    usage.times += used.times;
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A dev shell whose project is `/p`, with the host's `sh` as a base utility and a `python3` of its own.
    fn sorted(uses: &[(Action, &str, &str, &str)]) -> Leaks {
        sorted_with(&Packages::default(), uses)
    }

    fn sorted_with(packages: &Packages, uses: &[(Action, &str, &str, &str)]) -> Leaks {
        let uses = uses.iter().map(|(action, path, real, by)| Use {
            action: *action,
            path: path.into(),
            real: (!real.is_empty()).then(|| real.into()),
            file: None,
            by: by.into(),
            interprets: by.contains("/script-"),
            times: 1,
        });
        let trace = Trace { uses: uses.collect(), lost: 0 };
        let path = |path: &str| PathBuf::from(path);
        sort(
            &trace,
            &Around {
                own: &[path("/p"), path("/store")],
                passing: &[path("/tmp"), path("/proc")],
                home: Some(Path::new("/home/ann")),
                provided: &["/usr/bin/dash", "/usr/bin/own-gcc", "/usr/bin/script-which"].map(PathBuf::from).into(),
                commands: &["sh".to_owned(), "python3".to_owned()].into(),
                path: &[path("/store/bin")],
                host_path: &[path("/usr/bin"), path("/home/ann/bin")],
                packages,
                is_of_host: &|used, _| !used.path.ends_with("of-the-wall"),
            },
        )
    }

    fn paths(files: &Files) -> Vec<&str> {
        files.keys().map(|path| path.to_str().unwrap()).collect()
    }

    use Action::{Read, Run, Write};

    #[test]
    fn programs_are_grouped_by_what_provides_them() {
        let leaks = sorted(&[
            (Run, "/bin/sh", "/usr/bin/dash", "/store/bin/devshell"),
            (Run, "/usr/bin/make", "/usr/bin/make", "/usr/bin/dash"),
            (Run, "/usr/bin/gcc", "/usr/bin/x86_64-linux-gnu-gcc-12", "/usr/bin/make"),
            (Run, "/usr/lib/gcc/12/cc1", "/usr/lib/gcc/12/cc1", "/usr/bin/x86_64-linux-gnu-gcc-12"),
            (Run, "/usr/bin/as", "/usr/bin/x86_64-linux-gnu-as", "/usr/bin/x86_64-linux-gnu-gcc-12"),
            (Run, "/usr/bin/frobnicate", "/usr/bin/frobnicate", "/usr/bin/dash"),
            (Run, "/opt/x/bin/y", "/opt/x/bin/y", "/store/bin/node"),
            (Run, "/p/a.out", "/p/a.out", "/usr/bin/dash"),
            (Run, "/tmp/a.out", "/tmp/a.out", "/usr/bin/dash"),
            (Run, "/store/bin/node", "/store/object/node", "/usr/bin/dash"),
        ]);
        let lines: Vec<_> = leaks.lines.iter().map(|line| (line.tools.join(" "), paths(&line.programs))).collect();
        let expected = [
            ("deb:make host:make", vec!["/usr/bin/make"]),
            (
                "deb:gcc host:gcc",
                vec!["/usr/bin/x86_64-linux-gnu-as", "/usr/bin/x86_64-linux-gnu-gcc-12", "/usr/lib/gcc/12/cc1"],
            ),
            ("host:frobnicate", vec!["/usr/bin/frobnicate"]),
            ("", vec!["/opt/x/bin/y"]),
        ];
        assert_eq!(lines, expected.map(|(tools, programs)| (tools.to_owned(), programs)));
        assert_eq!(leaks.provided, [PathBuf::from("/usr/bin/dash")].into());
        assert!(leaks.files.is_empty() && leaks.absent.is_empty() && leaks.bypassed.is_empty(), "{leaks:?}");
    }

    #[test]
    fn a_command_of_the_dev_shell_may_be_bypassed() {
        let leaks = sorted(&[
            (Run, "/p/script-setup", "/p/script-setup", "/usr/bin/dash"),
            (Run, "/usr/bin/python3", "/usr/bin/python3.11", "/p/script-setup"),
            (Read, "/usr/lib/python3/os.py", "/usr/lib/python3/os.py", "/usr/bin/python3.11"),
        ]);
        assert_eq!(paths(&leaks.bypassed), ["/usr/bin/python3.11"]);
        assert_eq!(leaks.bypassed.values().next().unwrap().by, [PathBuf::from("/p/script-setup")].into());
        assert!(leaks.lines.is_empty() && leaks.files.is_empty(), "{leaks:?}");
    }

    #[test]
    fn the_interpreter_of_a_hosts_script_is_a_part_of_it() {
        let leaks = sorted(&[
            (Run, "/usr/bin/script-frob", "/usr/bin/script-frob", "/usr/bin/dash"),
            (Run, "/usr/bin/python3", "/usr/bin/python3.11", "/usr/bin/script-frob"),
            (Run, "/usr/bin/script-which", "/usr/bin/script-which", "/usr/bin/dash"),
            (Run, "/usr/bin/perl", "/usr/bin/perl", "/usr/bin/script-which"),
        ]);
        let programs: Vec<_> = leaks.lines.iter().map(|line| paths(&line.programs)).collect();
        assert_eq!(programs, [["/usr/bin/python3.11", "/usr/bin/script-frob"]]);
        assert!(leaks.bypassed.is_empty(), "{leaks:?}");
    }

    #[test]
    fn what_is_looked_for_and_not_found_is_absent() {
        let leaks = sorted(&[
            (Run, "/store/bin/xgettext", "", "/usr/bin/dash"),
            (Run, "/usr/bin/machine", "", "/usr/bin/dash"),
            (Run, "/store/bin/sh", "", "/usr/bin/dash"),
            (Run, "/usr/bin/sh", "/usr/bin/dash", "/usr/bin/dash"),
            (Run, "/p/build/x", "", "/usr/bin/dash"),
        ]);
        assert_eq!(leaks.absent.keys().collect::<Vec<_>>(), ["xgettext"]);
    }

    #[test]
    fn files_have_kinds() {
        let python = "/home/ann/.pyenv/versions/3/bin/python3.9";
        let leaks = sorted(&[
            (Run, "/bin/sh", "/usr/bin/dash", "/store/bin/devshell"),
            (Read, "/etc/inputrc", "/etc/inputrc", "/usr/bin/dash"),
            (Read, "/etc/ssl/openssl.cnf", "/etc/ssl/openssl.cnf", "/store/object/node"),
            (Read, "/etc/passwd", "/etc/passwd", "/store/object/node"),
            (Read, "/lib/x/libssl.so.3", "/usr/lib/x/libssl.so.3", "/store/object/node"),
            (Read, "/usr/share/mime/x", "/usr/share/mime/x", "/store/object/node"),
            (Read, "/usr/include/zlib.h", "/usr/include/zlib.h", "/usr/bin/dash"),
            (Read, "/usr/lib/x-linux-gnu/libz.so", "/usr/lib/x-linux-gnu/libz.so.1", "/usr/bin/dash"),
            (Read, "/home/ann/.gitconfig", "/home/ann/.gitconfig", "/usr/bin/dash"),
            (Read, "/home/ann/of-the-wall", "/home/ann/of-the-wall", "/usr/bin/dash"),
            (Write, "/usr/local/x", "/usr/local/x", "/usr/bin/dash"),
            (Read, "/p/x", "/p/x", "/usr/bin/dash"),
            (Run, python, python, "/usr/bin/dash"),
            (Read, "/home/ann/.pyenv/versions/3/lib/os.py", "/home/ann/.pyenv/versions/3/lib/os.py", python),
        ]);
        let kinds: Vec<_> = leaks.files.iter().map(|(kind, files)| (*kind, paths(files))).collect();
        let expected = [
            (Kind::Libraries, vec!["/usr/lib/x/libssl.so.3"]),
            (Kind::Development, vec!["/usr/include/zlib.h", "/usr/lib/x-linux-gnu/libz.so.1"]),
            (Kind::Configuration, vec!["/etc/ssl/openssl.cnf"]),
            (Kind::Home, vec!["/home/ann/.gitconfig"]),
            (Kind::Data, vec!["/usr/share/mime/x"]),
            (Kind::Written, vec!["/usr/local/x"]),
        ];
        assert_eq!(kinds, expected);
        assert_eq!(paths(&leaks.lines[0].files), ["/home/ann/.pyenv/versions/3/lib/os.py"]);
    }

    #[test]
    fn files_of_packages_are_grouped_with_what_brings_them() {
        let owners = [
            ("/usr/bin/gcc", "gcc"),
            ("/usr/bin/own-gcc", "gcc"),
            ("/usr/bin/dash", "dash"),
            ("/usr/lib/gcc/cc1", "cpp"),
            ("/usr/lib/jvm/java", "java"),
            ("/usr/include/stdio.h", "libc6-dev"),
            ("/usr/include/zlib.h", "zlib1g-dev"),
            ("/usr/lib/x-linux-gnu/libz.so", "zlib1g-dev"),
            ("/usr/lib/x-linux-gnu/libz.so.1", "zlib1g"),
        ];
        let needs = "Package: gcc\nDepends: cpp\nRecommends: libc6-dev\n\nPackage: zlib1g-dev\nDepends: libc6-dev\n";
        let packages = Packages::known(&owners, needs);
        let shown = |gcc: &str| -> Vec<String> {
            let leaks = sorted_with(
                &packages,
                &[
                    (Run, "/bin/sh", "/usr/bin/dash", "/store/bin/devshell"),
                    (Run, gcc, gcc, "/usr/bin/dash"),
                    (Run, "/usr/lib/gcc/cc1", "/usr/lib/gcc/cc1", gcc),
                    (Read, "/usr/include/stdio.h", "/usr/include/stdio.h", "/usr/lib/gcc/cc1"),
                    (Read, "/usr/include/zlib.h", "/usr/include/zlib.h", "/usr/lib/gcc/cc1"),
                    (Read, "/usr/lib/x-linux-gnu/libz.so", "/usr/lib/x-linux-gnu/libz.so.1", gcc),
                    // No part of the shell that starts it, although it is no command.
                    (Run, "/usr/lib/jvm/java", "/usr/lib/jvm/java", "/usr/bin/dash"),
                ],
            );
            let line = |line: &Line| format!("{} {:?} {:?}", line.tools[0], paths(&line.programs), paths(&line.files));
            leaks.lines.iter().map(line).collect()
        };
        let of_zlib = r#"deb:zlib1g-dev [] ["/usr/include/zlib.h", "/usr/lib/x-linux-gnu/libz.so.1"]"#;
        let of_java = r#"java ["/usr/lib/jvm/java"] []"#;
        let of_gcc = r#"deb:gcc ["/usr/bin/gcc", "/usr/lib/gcc/cc1"] ["/usr/include/stdio.h"]"#;
        assert_eq!(shown("/usr/bin/gcc"), [of_gcc, of_java, of_zlib]);
        assert_eq!(shown("/usr/bin/own-gcc"), [of_java, of_zlib]);
    }

    #[test]
    fn a_sandbox_has_the_hosts_files_at_another_place() {
        let leaks = sorted(&[
            (Run, "/usr/bin/sh", "/.host/usr/bin/dash", "/store/bin/devshell"),
            (Run, "/.host/usr/bin/make", "/.host/usr/bin/make", "/.host/usr/bin/dash"),
            (Read, "/etc/inputrc", "/etc/inputrc", "/.host/usr/bin/dash"),
        ]);
        assert_eq!(leaks.provided, [PathBuf::from("/usr/bin/dash")].into());
        assert_eq!(paths(&leaks.lines[0].programs), ["/usr/bin/make"]);
        assert!(leaks.files.is_empty(), "{leaks:?}");
    }
}
