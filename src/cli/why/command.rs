//! What a command is, and what a directory of PATH.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::provider::{Provider, SESSION_COMMAND};
use super::{Question, Row, row};
use crate::cli::tried::in_place;
use crate::cli::which::{find, shown};
use crate::env::{Origin, policy};
use crate::store::{self, Placed};

#[derive(Serialize)]
pub struct Command {
    /// All of the name, in the order of PATH; the first is run.
    found: Vec<Found>,
    /// Where the host's own is, which is hidden.
    hides: Option<String>,
    /// Where the host's is that only an interactive session has on its PATH.
    session: Option<String>,
}

#[derive(Serialize)]
struct Found {
    #[serde(serialize_with = "shown")]
    path: PathBuf,
    /// Where it leads, when it is a link.
    target: Option<String>,
    /// What it looks for in its place, when it starts in one.
    #[serde(skip_serializing_if = "Option::is_none")]
    in_place: Option<String>,
    #[serde(flatten)]
    provider: Provider,
}

/// A directory of PATH.
#[derive(Serialize)]
pub struct Entry {
    directory: String,
    /// Its place on PATH, counted from 1.
    position: usize,
    #[serde(flatten)]
    provider: Provider,
}

impl Question<'_> {
    pub fn command(&self) -> Option<Command> {
        if self.name.contains('/') {
            return None;
        }
        let path = self.trace(OsStr::new("PATH")).value;
        let found: Vec<Found> = find(self.cx, path.as_ref(), self.name).map(|path| self.found(path)).collect();
        let host = self.cx.host.find(self.name).map(|path| path.to_string_lossy().into_owned());
        if found.is_empty() {
            let is_one = policy::commands(policy::SESSION_COMMANDS).any(|command| command == self.name);
            let session = host.filter(|_| is_one)?;
            return Some(Command { found, hides: None, session: Some(session) });
        }
        let is_seen = |host: &String| {
            found.iter().any(|found| found.target.as_ref() == Some(host) || found.path == Path::new(host))
        };
        Some(Command { hides: host.filter(|host| !is_seen(host)), found, session: None })
    }

    fn found(&self, path: PathBuf) -> Found {
        let origin = self.directories().find(|(directory, _)| Some(directory.as_path()) == path.parent());
        let placed = Placed::at(&path);
        let target = fs_err::read_link(&path).ok().or_else(|| placed.as_ref().map(|placed| placed.program.clone()));
        Found {
            provider: self.provider(origin.map_or(&Origin::Host, |(_, origin)| origin), Some(self.name)),
            target: target.map(|target| target.to_string_lossy().into_owned()),
            in_place: placed.as_ref().and_then(store::looks_for),
            path,
        }
    }

    /// The directories of PATH. At isolation `none` the host's PATH is one entry of several.
    fn directories(&self) -> impl Iterator<Item = (PathBuf, &Origin)> {
        let of_entry = |(entry, origin)| std::env::split_paths(entry).map(move |directory| (directory, origin));
        self.ready.environment.path().flat_map(of_entry)
    }

    /// The directory of PATH that the name is, or is in.
    pub fn entry(&self) -> Option<Entry> {
        let path = Path::new(self.name);
        let is_it = |directory: &Path| path.is_absolute() && (directory == path || Some(directory) == path.parent());
        let (index, (directory, origin)) = self.directories().enumerate().find(|(_, (place, _))| is_it(place))?;
        Some(Entry {
            directory: directory.to_string_lossy().into_owned(),
            position: index + 1,
            provider: self.provider(origin, path.file_name().and_then(OsStr::to_str)),
        })
    }
}

impl Command {
    pub fn rows(&self) -> Vec<Row> {
        let mut rows = Vec::new();
        for (index, found) in self.found.iter().enumerate() {
            let target = found.target.as_ref().map(|target| format!(" -> {target}")).unwrap_or_default();
            let path = format!("{}{target}", found.path.display());
            if index == 0 {
                rows.push(row("runs", path));
                rows.extend(found.in_place.iter().map(|place| row("starts", in_place(place))));
                rows.extend(found.provider.rows());
            } else {
                rows.push(row("after it", format!("{path} ({})", found.provider.text)));
            }
        }
        rows.extend(self.hides.iter().map(|path| row("hides", format!("{path}, the host's"))));
        if let Some(path) = &self.session {
            rows.extend([row("runs", path.clone()), row("from", SESSION_COMMAND)]);
            rows.push(row("seen", "while you type in `devshell enter`, and not by `devshell run`"));
        }
        rows
    }
}

impl Entry {
    pub fn rows(&self) -> Vec<Row> {
        let first = [row("directory", self.directory.clone()), row("position", self.position.to_string())];
        first.into_iter().chain(self.provider.rows()).collect()
    }
}

impl Provider {
    /// Who it is, and where the manifest asks for it.
    fn rows(&self) -> Vec<Row> {
        let requirement = self.tool.as_ref().and_then(|tool| tool.requirement.as_ref().zip(Some(&tool.name)));
        let wish = requirement.map(|(requirement, name)| format!(", `{name}` `{requirement}`")).unwrap_or_default();
        let place = self.place.as_ref().map(|place| row("asked for", format!("{place}{wish}")));
        std::iter::once(row("from", self.text.clone())).chain(place).collect()
    }
}
