//! The Debian releases that `devshell add` writes beside its tools.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use super::{Arguments, Wish};
use crate::cli::Context;
use crate::cli::failure::{Failure, code};
use crate::manifest::{Layer, Manifest, Takes};
use crate::name::{Suite, ToolName};
use crate::project::Project;
use crate::registry::{self, DebArchives};
use crate::source::debian_codename;

/// The releases to write for Debian packages.
pub struct Suites<'a> {
    cx: &'a Context,
    place: (&'a Project, &'a Manifest),
    /// By the names that were asked for: the release that was asked for, or else the usual one.
    chosen: BTreeMap<ToolName, Option<Suite>>,
    /// For what takes the place of something that cannot be reached.
    usual: OnceCell<Option<Suite>>,
}

impl<'a> Suites<'a> {
    pub fn of(
        cx: &'a Context,
        arguments: &Arguments,
        wishes: &[Wish],
        place: (&'a Project, &'a Manifest),
        there: Option<&Layer>,
    ) -> Result<Self, Failure> {
        let chosen = chosen(cx, arguments, wishes, place, there)?;
        Ok(Self { cx, place, chosen, usual: OnceCell::new() })
    }

    /// The release to write for a package.
    pub fn get(&self, name: &ToolName) -> Option<&Suite> {
        match self.chosen.get(name) {
            Some(suite) => suite.as_ref(),
            None if Takes::of(name) == Takes::Suite => {
                let (project, before) = self.place;
                self.usual.get_or_init(|| usual(self.cx, project, before, &format!("`{name}`"))).as_ref()
            }
            None => None,
        }
    }
}

fn chosen(
    cx: &Context,
    arguments: &Arguments,
    wishes: &[Wish],
    (project, before): (&Project, &Manifest),
    there: Option<&Layer>,
) -> Result<BTreeMap<ToolName, Option<Suite>>, Failure> {
    let names = || wishes.iter().map(|(name, _)| name);
    let is_deb = |name: &&ToolName| Takes::of(name) == Takes::Suite;
    if let Some(suite) = &arguments.suite {
        if let Some(other) = names().find(|name| !is_deb(name)) {
            let text = format!("`--suite` is for Debian packages, and `{other}` is not one");
            return Err(Failure::said(code::USAGE, text, "such as `devshell add deb:jq --suite trixie`".to_owned()));
        }
        return Ok(names().map(|name| (name.clone(), Some(suite.clone()))).collect());
    }
    let has_one = |name: &&ToolName| {
        there.is_some_and(|layer| layer.tools.iter().any(|tool| tool.name == **name && tool.suite().is_some()))
    };
    let mut chosen: BTreeMap<ToolName, Option<Suite>> = names().map(|name| (name.clone(), None)).collect();
    let wanting: Vec<&ToolName> = names().filter(is_deb).filter(|name| !has_one(name)).collect();
    let Some(first) = wanting.first() else { return Ok(chosen) };
    let usual = usual(cx, project, before, &format!("`{first}`"));
    chosen.extend(wanting.into_iter().map(|name| (name.clone(), usual.clone())));
    Ok(chosen)
}

/// The release to write where the manifest sets none: that of the user's settings or of this machine, else
/// the one that the archive calls `stable`. `what` needs it, in a note about the last.
pub fn usual(cx: &Context, project: &Project, before: &Manifest, what: &str) -> Option<Suite> {
    if before.registries.deb().suite.is_some() {
        return None;
    }
    registry::usual_suite(&cx.host).or_else(|| {
        // Where nothing answers, the error about the suite says what to type.
        let archives = DebArchives::in_force(&cx.host, &before.registries, &project.root).ok()?;
        let suite = debian_codename(&cx.host, &cx.http, &archives, None).ok()?;
        cx.ui.note(&format!("{what} comes from `{suite}`, Debian's stable release; `--suite` names another"));
        Some(suite)
    })
}
