//! Words that mean something else than a tool of their own name: they are followed to what is pinned. The host's command
//! is taken only by its full name, or where nothing that is pinned can be used here.

use std::cell::OnceCell;
use std::collections::{BTreeMap, VecDeque};

use crate::catalog::{pinned, ways};
use crate::cli::Context;
use crate::manifest::{Manifest, Takes};
use crate::name::ToolName;
use crate::project::Project;
use crate::registry::DebArchives;

/// What the words of a command were followed to, by the name that is added.
#[derive(Default)]
pub struct Followed(BTreeMap<ToolName, Origin>);

/// The word that a name is added for.
struct Origin {
    word: String,
    /// What else it may mean, the first to take first.
    further: VecDeque<ToolName>,
}

/// Which of the pinned ways can be used here.
pub struct Usable<'a> {
    cx: &'a Context,
    place: (&'a Project, &'a Manifest),
    has_archive: OnceCell<bool>,
}

impl<'a> Usable<'a> {
    pub const fn new(cx: &'a Context, place: (&'a Project, &'a Manifest)) -> Self {
        Self { cx, place, has_archive: OnceCell::new() }
    }

    /// Debian's packages are for Linux, and from an archive that is configured.
    fn is(&self, name: &ToolName) -> bool {
        Takes::of(name) != Takes::Suite || *self.has_archive.get_or_init(|| self.has_archive())
    }

    fn has_archive(&self) -> bool {
        let (project, manifest) = self.place;
        let archives = || DebArchives::in_force(&self.cx.host, &manifest.registries, &project.root);
        self.cx.host.platform.os() == "linux" && archives().is_ok_and(|archives| archives.stable().is_ok())
    }
}

impl Followed {
    /// What to add for a word: itself, unless it leads elsewhere.
    pub fn follow(&mut self, word: &ToolName, usable: &Usable) -> Option<ToolName> {
        let mut names: VecDeque<ToolName> = pinned::names(word.as_str()).into();
        names.retain(|name| usable.is(name));
        let first = names.pop_front()?;
        self.0.insert(first.clone(), Origin { word: word.to_string(), further: names });
        Some(first)
    }

    /// What to add for the same word in place of this.
    pub fn next(&self, name: &ToolName) -> Option<&ToolName> {
        self.0.get(name)?.further.front()
    }

    /// Adds that instead.
    pub fn move_on(&mut self, name: &mut ToolName) {
        let Some(mut origin) = self.0.remove(name) else { return };
        let Some(next) = origin.further.pop_front() else { return };
        self.0.insert(next.clone(), origin);
        *name = next;
    }

    /// The word that a name is added for; the name itself, if it was typed.
    pub fn word<'f>(&'f self, name: &'f ToolName) -> &'f str {
        self.0.get(name).map_or(name.as_str(), |origin| &origin.word)
    }

    /// Whose it is, of a name that is added for another word, and what else to know of it: the host's command, and what
    /// the table says of the word.
    pub fn line(&self, name: &ToolName) -> Option<String> {
        let word = &self.0.get(name)?.word;
        let publisher = pinned::publisher(name).filter(|_| word != name.as_str())?;
        let host = pinned::on_host(word).map(|host| format!("`{host}` is the host's, not pinned"));
        let note = ways::lead(word).and_then(|lead| lead.note).map(str::to_owned);
        let parts = [format!("{name}, for `{word}`, is published by {publisher}")];
        Some(parts.into_iter().chain(host).chain(note).collect::<Vec<_>>().join("; "))
    }
}
