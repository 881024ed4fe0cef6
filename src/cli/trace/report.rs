//! What `devshell trace` found, as text and as JSON.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use devshell_wall::Action;
use serde_json::{Value, json};

use super::super::table::table;
use crate::leaks::{Files, Kind, Leaks, Line, Usage};
use crate::session::Ending;
use crate::text::{self, in_json};

pub struct Report<'a> {
    pub command: &'a [OsString],
    pub ending: Ending,
    pub leaks: &'a Leaks,
    /// How many uses are missing from it.
    pub lost: u64,
    pub home: Option<&'a Path>,
}

/// So many rows, and so many names in a row, are shown to people.
const MOST_ROWS: usize = 16;
const MOST_NAMES: usize = 5;

impl Report<'_> {
    pub fn to_text(&self) -> String {
        let mut lines = Vec::new();
        if self.leaks.lines.is_empty() && self.leaks.files.is_empty() {
            let nothing = "devshell: of the host, the command used nothing that the manifest does not name";
            lines.push(nothing.to_owned());
        } else {
            lines.push("devshell: the command used files of the host that the manifest does not name:".to_owned());
            lines.extend(self.rows());
        }
        for (path, usage) in &self.leaks.bypassed {
            let by = usage.by.iter().next().map(|by| name(by)).unwrap_or_default();
            let Usage { name, .. } = usage;
            let path = path.display();
            lines.push(format!("devshell: {by} ran {path}, and not the dev shell's own `{name}`"));
        }
        if !self.leaks.absent.is_empty() {
            let one = |(name, tools): (&String, &Vec<String>)| match tools.first() {
                Some(tool) => format!("`{name}` (`devshell add {tool}`)"),
                None => format!("`{name}`"),
            };
            let names = enough(self.leaks.absent.iter().map(one).collect());
            lines.push(format!("devshell: looked for and not found: {names}"));
        }
        if self.lost > 0 {
            lines.push(format!("devshell: the list is not complete: {} uses could not be read", self.lost));
        }
        lines.join("\n") + "\n"
    }

    fn rows(&self) -> Vec<String> {
        let mut rows: Vec<[String; 2]> = self.leaks.lines.iter().map(row).collect();
        rows.extend(self.leaks.files.iter().map(|(kind, files)| [label(*kind).to_owned(), self.shown(*kind, files)]));
        let more = rows.len().saturating_sub(MOST_ROWS);
        rows.truncate(MOST_ROWS);
        let mut lines: Vec<String> = table(&rows).lines().map(|line| format!("  {line}")).collect();
        if more > 0 {
            lines.push(format!("  {more} more; `--json` has all"));
        }
        lines
    }

    fn shown(&self, kind: Kind, files: &Files) -> String {
        let Some(home) = self.home.filter(|_| kind == Kind::Home) else {
            return enough(files.keys().map(|path| path.display().to_string()).collect());
        };
        // A cache has thousands of files.
        let mut places: Vec<(PathBuf, usize)> = Vec::new();
        for path in files.keys() {
            let place = place(path, home);
            match places.last_mut() {
                Some((last, count)) if *last == place => *count += 1,
                _ => places.push((place, 1)),
            }
        }
        let place = |(place, count): (PathBuf, usize)| match count {
            1 => place.display().to_string(),
            _ => format!("{} ({count} files)", place.display()),
        };
        enough(places.into_iter().map(place).collect())
    }

    /// One line, without what a terminal would obey.
    pub fn to_json(&self) -> String {
        let Leaks { lines, files, bypassed, absent, provided } = self.leaks;
        let command: Vec<_> = self.command.iter().map(|word| word.to_string_lossy()).collect();
        let line = |line: &Line| json!({ "tools": line.tools, "note": line.note, "programs": list(&line.programs), "files": list(&line.files) });
        let of_kind = |(kind, files): (&Kind, &Files)| (kind.name().to_owned(), list(files));
        let of_absent = |(name, tools)| json!({ "command": name, "tools": tools });
        let report = json!({
            "command": command,
            "ending": self.ending.to_string(),
            "lines": lines.iter().map(line).collect::<Vec<_>>(),
            "files": files.iter().map(of_kind).collect::<serde_json::Map<_, _>>(),
            "bypassed": list(bypassed),
            "absent": absent.iter().map(of_absent).collect::<Vec<_>>(),
            "provided": provided.iter().map(|path| path.to_string_lossy()).collect::<Vec<_>>(),
            "lost": self.lost,
        });
        in_json(&report.to_string()) + "\n"
    }
}

fn list(files: &Files) -> Value {
    let one = |(path, usage): (&PathBuf, &Usage)| {
        let Usage { name, actions, by, times } = usage;
        let actions: Vec<&str> = actions.iter().map(|action| word(*action)).collect();
        let by: Vec<_> = by.iter().map(|path| path.to_string_lossy()).collect();
        json!({ "path": path.to_string_lossy(), "name": name, "actions": actions, "by": by, "times": times })
    };
    files.iter().map(one).collect()
}

const fn word(action: Action) -> &'static str {
    match action {
        Action::Run => "run",
        Action::Read => "read",
        Action::Write => "write",
    }
}

fn row(line: &Line) -> [String; 2] {
    let add = match line.tools.as_slice() {
        [] => "no tool is known".to_owned(),
        [tool] => format!("devshell add {tool}"),
        [tool, .., last] => format!("devshell add {tool} (or {last})"),
    };
    let program = |(path, usage): (&PathBuf, &Usage)| {
        if line.tools.is_empty() { path.display().to_string() } else { usage.name.clone() }
    };
    // Several programs may have one name, as those of a version manager do.
    let programs: BTreeSet<String> = line.programs.iter().map(program).collect();
    let programs: Vec<String> = programs.into_iter().collect();
    let count = line.files.len();
    let shown = match (programs.is_empty(), count) {
        (false, 0) => enough(programs),
        (false, 1) => format!("{}; 1 file", enough(programs)),
        (false, _) => format!("{}; {count} files", enough(programs)),
        (true, _) => enough(line.files.keys().map(|path| path.display().to_string()).collect()),
    };
    let note = line.note.map(|note| format!(" ({note})")).unwrap_or_default();
    [add, shown + &note]
}

const fn label(kind: Kind) -> &'static str {
    match kind {
        Kind::Libraries => "libraries",
        Kind::Development => "to compile and link with",
        Kind::Configuration => "configuration",
        Kind::Home => "your home directory",
        Kind::Data => "other files",
        Kind::Written => "written outside of the project",
    }
}

fn enough(names: Vec<String>) -> String {
    text::first_few(names, MOST_NAMES)
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The part of a home directory that a file is in: `~/.npm`, `~/.cache/pip`.
fn place(path: &Path, home: &Path) -> PathBuf {
    let below = path.strip_prefix(home).unwrap_or(path);
    let is_shared = [".cache", ".config", ".local"].iter().any(|name| below.starts_with(name));
    Path::new("~").join(below.iter().take(if is_shared { 2 } else { 1 }).collect::<PathBuf>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(paths: &[&str], action: Action, by: &str) -> Files {
        let usage = |path: &str| Usage {
            name: name(path.as_ref()),
            actions: [action].into(),
            by: [by.into()].into(),
            times: 2,
        };
        paths.iter().map(|path| (PathBuf::from(path), usage(path))).collect()
    }

    fn leaks() -> Leaks {
        let line = |tools: &[&str], programs: &[&str], read: &[&str]| Line {
            tools: tools.iter().map(ToString::to_string).collect(),
            note: tools.contains(&"host:python").then_some("`devshell add python@3.13` pins one"),
            programs: files(programs, Action::Run, "/usr/bin/dash"),
            files: files(read, Action::Read, "/usr/bin/cc1"),
        };
        Leaks {
            lines: vec![
                line(&["deb:make", "host:make"], &["/usr/bin/make"], &[]),
                line(&["deb:gcc"], &["/bin/as", "/bin/cc", "/bin/cc1", "/bin/gcc", "/bin/ld", "/bin/x"], &["/usr/a.h"]),
                line(&["host:python"], &["/usr/bin/python3"], &[]),
                line(&["deb:zlib1g-dev"], &[], &["/usr/include/zconf.h", "/usr/include/zlib.h"]),
                line(&[], &["/opt/x/y"], &[]),
            ],
            files: [
                (Kind::Libraries, files(&["/usr/lib/libssl.so.3"], Action::Read, "/store/node")),
                (
                    Kind::Home,
                    files(
                        &["/home/ann/.cache/pip/a", "/home/ann/.cache/pip/b", "/home/ann/.gitconfig"],
                        Action::Read,
                        "/store/git",
                    ),
                ),
            ]
            .into(),
            bypassed: files(&["/usr/bin/python3"], Action::Run, "/p/setup.py"),
            absent: [("xgettext".to_owned(), vec!["deb:gettext".to_owned()]), ("frob".to_owned(), vec![])].into(),
            provided: [PathBuf::from("/usr/bin/dash")].into(),
        }
    }

    fn report(leaks: &Leaks, lost: u64) -> Report<'_> {
        Report { command: &[], ending: Ending::Exited(2), leaks, lost, home: Some(Path::new("/home/ann")) }
    }

    #[test]
    fn people_see_what_to_type() {
        let expected = "\
devshell: the command used files of the host that the manifest does not name:
  devshell add deb:make (or host:make)  make
  devshell add deb:gcc                  as, cc, cc1, gcc, ld and 1 more; 1 file
  devshell add host:python              python3 (`devshell add python@3.13` pins one)
  devshell add deb:zlib1g-dev           /usr/include/zconf.h, /usr/include/zlib.h
  no tool is known                      /opt/x/y
  libraries                             /usr/lib/libssl.so.3
  your home directory                   ~/.cache/pip (2 files), ~/.gitconfig
devshell: setup.py ran /usr/bin/python3, and not the dev shell's own `python3`
devshell: looked for and not found: `frob`, `xgettext` (`devshell add deb:gettext`)
devshell: the list is not complete: 3 uses could not be read
";
        assert_eq!(report(&leaks(), 3).to_text(), expected);
        let nothing = "devshell: of the host, the command used nothing that the manifest does not name\n";
        assert_eq!(report(&Leaks::default(), 0).to_text(), nothing);
    }

    #[test]
    fn programs_get_everything_in_one_line() {
        let text = report(&leaks(), 0).to_json();
        assert_eq!(text.matches('\n').count(), 1);
        let read: Value = serde_json::from_str(&text).unwrap();
        let file = json!({
            "path": "/usr/bin/make", "name": "make", "actions": ["run"], "by": ["/usr/bin/dash"], "times": 2
        });
        assert_eq!(
            read["lines"][0],
            json!({ "tools": ["deb:make", "host:make"], "note": null, "programs": [file], "files": [] })
        );
        assert_eq!(read["files"]["home"].as_array().unwrap().len(), 3);
        assert_eq!(read["absent"][0], json!({ "command": "frob", "tools": [] }));
        assert_eq!((&read["ending"], &read["lost"]), (&json!("exit status: 2"), &json!(0)));
    }
}
